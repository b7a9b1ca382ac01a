"""Puts a notice together as bytes: a multipart/report for mail programs, a marker for ourselves (RFC 3462, 3464, 3834).

Promises: seven bits, CRLF, no line over 998, exactly the header fields written here, whatever the strings in the context hold.
The original's subject and body are not even in the context; of its header only Message-ID and Date come back.
"""

import re
from email.header import Header
from email.quoprimime import body_encode
from email.utils import format_datetime, parsedate_to_datetime

from gateway.model.address import Address
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import done, drafted, incident, review, stopped, undelivered
from gateway.notices.letter import Letter, as_html, as_text
from gateway.notices.status import delivery_status
from gateway.notices.words import clean

CONTROL_MAILBOX = "gateway"
"""Local part of the control address that notices come from."""

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,480}>")
_NOT_BOUNDARY = re.compile(r"[^A-Za-z0-9_-]")
BOUNDARY_CHARS = 50
"""RFC 2046 5.1.1 allows 70; ours carry a prefix."""


def write_notice(context: NoticeContext) -> bytes:
    """The complete message for `context.kind`, ready to be sent from the null sender."""
    letter = _letter(context)
    # Neither boundary may begin with the other: lenient readers end the outer part at an inner delimiter.
    base = _NOT_BOUNDARY.sub("", context.boundary)[:BOUNDARY_CHARS] or "notice"
    outer, inner = f"report-{base}", f"words-{base}"
    body = _multipart(
        outer,
        [
            _part(f'multipart/alternative; boundary="{inner}"', _multipart(inner, _alternatives(letter))),
            _part("message/delivery-status", delivery_status(context)),
            _part("text/rfc822-headers", _harmless_headers(context)),
        ],
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(context, letter, outer) if value)
    return f"{head}\r\n{body}".encode("ascii")


def as_read(context: NoticeContext) -> tuple[str, str]:
    """The subject and the plain text alone: what a person reads."""
    letter = _letter(context)
    return letter.subject, as_text(letter)


def _letter(context: NoticeContext) -> Letter:
    if context.kind in (NoticeKind.FAILED, NoticeKind.DELAYED):
        return undelivered.write(context)
    if context.kind in (NoticeKind.DONE, NoticeKind.PROTECTED, NoticeKind.RELEASED):
        return done.write(context)
    if context.kind is NoticeKind.REVIEW:
        return review.write(context)
    if context.kind is NoticeKind.INCIDENT:
        return incident.write(context)
    if context.kind is NoticeKind.CHECKED:
        return drafted.write(context)
    return stopped.write(context)


def _headers(context: NoticeContext, letter: Letter, boundary: str) -> list[tuple[str, str]]:
    original = _message_id(context.original_message_id)
    return [
        ("From", f"{_phrase(f'{context.organisation.name} mail gateway')} <{CONTROL_MAILBOX}@{_token(context.control)}>"),
        ("To", _to(context.to)),
        ("Subject", letter.subject),
        ("Date", format_datetime(context.now)),
        ("Message-ID", _message_id(context.message_id)),
        ("In-Reply-To", original),
        ("References", original),
        # RFC 2156: a telephone rings for it.
        ("Importance", "high" if context.kind is NoticeKind.REVIEW and context.urgent else ""),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Gateway-Notice", _token(context.marker)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"'),
    ]


def _alternatives(letter: Letter) -> list[str]:
    return [_encoded("text/plain", as_text(letter)), _encoded("text/html", as_html(letter))]


def _encoded(media_type: str, text: str) -> str:
    octets = text.encode("utf-8", "replace").decode("latin-1")
    content = body_encode(octets, eol="\r\n")
    return _part(f"{media_type}; charset=utf-8", content, "Content-Transfer-Encoding: quoted-printable\r\n")


def _part(media_type: str, content: str, more: str = "") -> str:
    return f"Content-Type: {media_type}\r\n{more}\r\n{content}"


def _multipart(boundary: str, parts: list[str]) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"


def _harmless_headers(context: NoticeContext) -> str:
    """Message-ID and Date let a mail server match the report; everything else of the original may hold what was found."""
    fields = (("Message-ID", _message_id(context.original_message_id)), ("Date", _date(context.original_date)))
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value)


def _date(text: str) -> str:
    """Read and written again: a Date field has room for comments."""
    try:
        return format_datetime(parsedate_to_datetime(text[:200]))
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _message_id(text: str) -> str:
    match = _MESSAGE_ID.fullmatch(text.strip())
    return match.group() if match else ""


def _to(address: Address) -> str:
    # Seven bits: an internationalised address stands in the envelope only, as a group without members (RFC 6854).
    return f"<{address}>" if address.is_ascii else "sender:;"


def _phrase(text: str) -> str:
    line = clean(text)
    if line.isascii():
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return Header(line, "utf-8", maxlinelen=75, header_name="From").encode(linesep="\r\n")


def _token(text: str) -> str:
    """A value of ours (host name, marker): printable ASCII without spaces, whatever the settings say."""
    return "".join(char for char in text if "!" <= char <= "~")[:900]
