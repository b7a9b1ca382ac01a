"""Base64 that stands in a text though nothing says so: pasted by hand, or left there by a header that other readers see.

Promises: never raises; linear time; ordinary prose costs one translation and one search.
Why: whenever a reader finds an encoding field that we did not (threats C02-C06), the file stands here as text to us.
"""

import re
from itertools import chain, islice

import pybase64

from gateway.mail.bodies import FILLING, has_variety, hidden_base64
from gateway.mail.nested.found import MOST_FOUND, Found
from gateway.mail.roles import begins_as_file

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_MASK = bytes(0x78 if byte in _LETTERS else 0x20 for byte in range(256))
# Shortest line of the encoders in use is 60 letters (OpenSSL 64, MIME 76).
_LINE = b"x" * 60
_SINGLE = b"x" * 80
# Two lines of equal length, then any last line: keys and tokens in prose stand alone on their line.
_RUN = re.compile(
    rb"(?:\A|(?<=[\r\n]))(?:[ \t>]*+[A-Za-z0-9+/]{60,}+[ \t]*+\r?\n){2,}(?:[ \t>]*+[A-Za-z0-9+/]++={0,2}[ \t]*(?=[\r\n]|\Z))?"
)
_ONE_LINE = re.compile(rb"(?:\A|(?<=[\r\n]))[A-Za-z0-9+/]{80,}+={0,2}[ \t]*(?=[\r\n]|\Z)")
# Two lines of base64 of text use some 30 different letters; rows of X and other filling use a handful.
_VARIETY = 16
# Letters of a single line that may be text: 150 bytes, three rows of a list. Shorter ones are links and tokens with words in them.
_LONG = 200
_WRITTEN = bytes((*range(0x20, 0x7F), 0x09, 0x0A, 0x0D))
# Quote marks and blanks before a line, line ends, padding.
_AROUND = b" \t\r\n>="
# Of a line, decoded: enough to know what kind of file begins there.
_START = 60
_ARMOUR = re.compile(rb"-----BEGIN [A-Z0-9 ]+-----")


def find(content: bytes) -> tuple[Found, ...]:
    """Files pasted into a text."""
    if len(content) < 24:
        return ()
    if b" " not in content[:2_000].strip():
        if not has_variety(content, FILLING):
            return ()
        whole = hidden_base64(content)
        if whole is not None:
            return (Found(whole),) if whole else ()
    masked = content.translate(_MASK)
    if _LINE not in masked or not has_variety(content, _VARIETY):
        return ()
    # A search for single lines costs 50 ns at every place: only where there is one.
    single = _ONE_LINE.finditer(content) if _SINGLE in masked else iter(())
    found = chain(
        (_decoded(match[0]) for match in _RUN.finditer(content) if _is_file(content, match)),
        (_decoded(match[0]) for match in single if begins_as_file(_decoded(match[0][:_START])) or _is_text(match[0])),
    )
    return tuple(Found(item) for item in islice(filter(None, found), MOST_FOUND))


def _is_file(content: bytes, match: re.Match[bytes]) -> bool:
    """Whether some lines are a file: by its first bytes, or because nothing else explains them."""
    # Quote marks and blanks may be many: without them sixty signs are letters.
    if begins_as_file(_decoded(match[0].lstrip(_AROUND)[:_START])):
        return True
    return has_variety(match[0].translate(None, _AROUND), _VARIETY) and not _is_explained(content, match)


def _is_text(line: bytes) -> bool:
    """Whether one long line is words, as PowerShell writes a list without a line end. Keys and tokens are not: of theirs a third is."""
    if len(line) < _LONG:
        return False
    decoded = _decoded(line).replace(b"\0", b"")
    return len(decoded.translate(None, _WRITTEN)) * 10 <= len(decoded)


def _decoded(lines: bytes) -> bytes:
    letters = lines.translate(None, _AROUND)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return pybase64.b64decode(letters + b"=" * (-len(letters) % 4))


def _is_explained(content: bytes, match: re.Match[bytes]) -> bool:
    """A key or signature in its armour, or the folded field of a header that a bounce quotes (DKIM and ARC signatures)."""
    before = content[max(0, match.start() - 400) : match.start()]
    if _ARMOUR.search(before):
        return True
    return match[0][:1] in (b" ", b"\t") and bool(before.rstrip(b"\r\n")) and not before.endswith((b"\n\n", b"\r\n\r\n"))
