"""What a leaf is to the person who wrote the message: body, attachment, picture, calendar ...

Promises: decides on bytes where a type could lie: a calendar, vCard, signature or report that does not look like one is an attachment.
On failure: anything unknown is an attachment, which is the role that is judged most severely.
"""

import re

from gateway.model.message import Role

# Shown as the message itself by mail programs when nothing calls them a file.
BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html", "text"})
CALENDAR_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
VCARD_TYPES = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_REPORT_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "message/tracking-status",
        "text/rfc822-headers",
        "message/global-headers",
    }
)
_SIGNATURE_TYPES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
    }
)
# DER SEQUENCE, ASCII armour, binary OpenPGP signature or key packets, or the control part of RFC 3156.
_SIGNATURE_START = re.compile(
    rb"\s*(?:\x30[\x80-\x84\x00-\x7f]|MI[IJKLMAG]|-----BEGIN PGP (?:SIGNATURE|PUBLIC KEY BLOCK)"
    rb"|[\x88\x89\xc2\x98\x99\xc6]|Version:\s*1\s*\Z)"
)
_HEADER_LINES = re.compile(rb"\s*[!-9;-~]+[ \t]*:")
# Files that some person could open, whatever the part calls itself.
_FILE_STARTS = (
    b"PK\x03\x04",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"Rar!\x1a",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"MZ\x90",
    b"{\\rtf",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"II*\x00",
    b"MM\x00*",
)
# Signatures are a few kilobytes (with a chain under 20); a larger one carries something.
_SIGNATURE_BYTES = 65_536


def role_of(media_type: str, disposition: str, named: bool, contents: tuple[bytes, ...]) -> Role:
    """The role of a leaf before anyone looked whether the HTML shows it: the most severe over all its readings."""
    if len(contents) == 1:
        return _role_of(media_type, disposition, named, contents[0])
    roles = {_role_of(media_type, disposition, named, content) for content in contents or (b"",)}
    return roles.pop() if len(roles) == 1 else Role.ATTACHMENT


def _role_of(media_type: str, disposition: str, named: bool, content: bytes) -> Role:
    if media_type in BODY_TYPES:
        if disposition == "attachment" or named or is_file(content):
            return Role.ATTACHMENT
        return Role.BODY
    if media_type in CALENDAR_TYPES:
        return Role.CALENDAR if _starts(content, b"BEGIN:VCALENDAR") else Role.ATTACHMENT
    if media_type in VCARD_TYPES:
        return Role.VCARD if _starts(content, b"BEGIN:VCARD") else Role.ATTACHMENT
    if media_type in _SIGNATURE_TYPES:
        fits = len(content) <= _SIGNATURE_BYTES and (not content or _SIGNATURE_START.match(content))
        return Role.SIGNATURE if fits else Role.ATTACHMENT
    if media_type in _REPORT_TYPES:
        return Role.REPORT if _is_header_text(content) else Role.ATTACHMENT
    return Role.ATTACHMENT


def begins_as_file(content: bytes) -> bool:
    """Whether the first bytes are those of a file that people open."""
    return content.startswith(_FILE_STARTS)


def is_file(content: bytes) -> bool:
    """Whether a part that calls itself text is really a file of another kind."""
    if begins_as_file(content):
        return True
    # UTF-16 and UTF-32 of Western text are half or three quarters NUL; other text has none, and binary files a few.
    return b"\0" in content and not 0.3 < content.count(b"\0") / len(content) < 0.8


def _starts(content: bytes, word: bytes) -> bool:
    return content[:200].lstrip(b"\xef\xbb\xbf\r\n \t").upper().startswith(word)


def _is_header_text(content: bytes) -> bool:
    return not content.strip() or (b"\0" not in content and _HEADER_LINES.match(content) is not None)
