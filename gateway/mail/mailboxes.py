"""Mailboxes as a header shows them: lenient, for words and comparison only, never for delivery.

Promises: never raises; linear time; understands comments, groups, quoted names, encoded words, source routes and bare addresses.
On failure: what cannot be read as an address is left out.
"""

import re
from functools import lru_cache

from gateway.mail.words import decode_first
from gateway.model.message import Mailbox

_ADDRESS = rb"[^\s<>()@,;:\"\\]+@[^\s<>()@,;:\"\\]+"
# The usual forms, each up to the comma that ends it: Name <a@b> or "Name" <a@b> or a@b.
_USUAL = re.compile(
    rb'(?:(?:[ \t\r\n]*+"([^"\\<>]*)"[ \t\r\n]*+|([^"<>@,;:()\\]*+))<[ \t]*+(' + _ADDRESS + rb")[ \t]*+>"
    rb"|[ \t\r\n]*+(" + _ADDRESS + rb"))[ \t\r\n]*+(?:,|\Z)"
)
# Each character belongs to exactly one alternative, so a list is read once from left to right.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[<>,;:()\\]|[^"<>,;:()\\]+', re.DOTALL)
# Exchange allows 500 recipients in one message as shipped, 1,000 at most; the words of a notice need far fewer.
_MOST = 2_000
# One person, or two: the same people write, and are written to, all day. Longer lists seldom come twice.
_SHORT_BYTES = 128


def mailboxes(value: bytes) -> tuple[Mailbox, ...]:
    """Every mailbox of an address header, in order."""
    return _short(value) if len(value) <= _SHORT_BYTES else _mailboxes(value)


@lru_cache(maxsize=512)
def _short(value: bytes) -> tuple[Mailbox, ...]:
    return _mailboxes(value)


def _mailboxes(value: bytes) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    at = 0
    while match := _USUAL.match(value, at):
        quoted, name, address, bare = match.groups()
        if bare is not None:
            found.append(Mailbox("", bare.decode("utf-8", "replace")))
        else:
            found.append(Mailbox(_shown((quoted if quoted is not None else name).strip()), address.decode("utf-8", "replace")))
        at = match.end()
        if at == len(value) or len(found) >= _MOST:
            return tuple(found)
    return _read_list(value)


def _read_list(value: bytes) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    words: list[bytes] = []
    comments: list[bytes] = []
    angle: list[bytes] | None = None
    depth = 0
    for match in _TOKEN.finditer(value):
        token = match[0]
        if depth or token == b"(":
            depth += (token == b"(") - (token == b")")
            comments.append(b"" if token in (b"(", b")") else token)
        elif token == b"<":
            angle = []
        elif token == b">":
            pass
        elif token in (b",", b";") and not (angle is not None and _is_route(angle)):
            _finish(found, words, comments, angle)
            words, comments, angle = [], [], None
            if len(found) >= _MOST:
                break
        elif token == b":" and angle is None:
            words = []  # A group's name (RFC 5322 3.4) is no mailbox.
        elif angle is not None:
            angle.append(token)
        else:
            words.append(token)
    _finish(found, words, comments, angle)
    return tuple(found[:_MOST])


def _is_route(angle: list[bytes]) -> bool:
    """Inside <@a,@b:c@d> a comma does not end the mailbox."""
    return bool(angle) and angle[0].lstrip().startswith(b"@") and b":" not in angle


def _finish(found: list[Mailbox], words: list[bytes], comments: list[bytes], angle: list[bytes] | None) -> None:
    text = b"".join(words).strip()
    if angle is not None:
        address = b"".join(angle)
        address = address.rpartition(b":")[2] if address.lstrip().startswith(b"@") else address
        display = text or b"".join(comments)
    else:
        address, display = text, b"".join(comments)
    address = address.strip() if b'"' in address else re.sub(rb"\s+", b"", address)
    if b"@" in address:
        found.append(Mailbox(_shown(display), address.decode("utf-8", "replace")))


def _shown(display: bytes) -> str:
    if not display:
        return ""
    if display.isalnum():
        return display.decode("ascii")
    unquoted = re.sub(rb"\\(.)", rb"\1", display.replace(b'"', b"")) if b'"' in display or b"\\" in display else display
    return decode_first(unquoted)
