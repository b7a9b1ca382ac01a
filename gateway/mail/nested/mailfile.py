"""Messages carried as files: .eml, .mht, .mbox, Outlook's .msg, and winmail.dat.

Promises: never raises; linear time; recognised by bytes, with type and name only as a hint where bytes do not tell.
"""

import re

from gateway.mail.nested.found import MESSAGE_FILE, NOTHING, Found, Nest

_MAIL_NAMES = (".eml", ".mht", ".mhtml", ".nws", ".emlx")
_MAIL_TYPES = frozenset({"application/x-mimearchive", "multipart/x-mhtml", "application/eml"})
_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:\d{1,10}[ \t]*\r?\n)?(?:>?From [^\r\n]*\r?\n)?[!-9;-~]{1,100}[ \t]*:")
_MAIL_START = re.compile(
    rb"[\r\n]*(?:received|return-path|mime-version|message-id|from|date|delivered-to|x-[a-z-]+|subject):", re.IGNORECASE
)
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]{1,500}\r?\n(?=[!-9;-~]+:)")
# More messages than a person sends in one file; the rest is said to be unread.
_MOST_MESSAGES = 200


def read(kind: str, names: tuple[str, ...], content: bytes) -> Nest:
    """The messages in a file."""
    if content.startswith(b"From ") and _FROM_LINE.match(content):
        return _mailbox(content)
    if (kind in _MAIL_TYPES or is_named(names)) and _FIELD.match(content):
        return Nest((Found(_after_count(content), message=True),), container=True, media_type=MESSAGE_FILE)
    if _MAIL_START.match(content) and re.search(
        rb"^(?:mime-version|message-id|received)[ \t]*:", content[:8_192], re.IGNORECASE | re.MULTILINE
    ):
        return Nest((Found(content, message=True),), container=True, media_type=MESSAGE_FILE)
    return NOTHING


def is_named(names: tuple[str, ...]) -> bool:
    """Whether a file is named like a message."""
    return any(name.lower().rstrip(". ").endswith(_MAIL_NAMES) for name in names)


def _after_count(content: bytes) -> bytes:
    """Apple's .emlx begins with a line that is the message's length."""
    match = re.match(rb"\d{1,10}[ \t]*\r?\n", content)
    return content[match.end() :] if match else content


def _mailbox(content: bytes) -> Nest:
    starts = [match.start() for match in _FROM_LINE.finditer(content)]
    ends = [*starts[1:], len(content)]
    found = [
        Found(_without_from_line(content[start:end]), message=True) for start, end in list(zip(starts, ends, strict=True))[:_MOST_MESSAGES]
    ]
    unread = f"a mailbox file holds more than {_MOST_MESSAGES} messages" if len(starts) > _MOST_MESSAGES else ""
    return Nest(tuple(found), container=True, media_type=MESSAGE_FILE, unread=unread)


def _without_from_line(content: bytes) -> bytes:
    return content[content.find(b"\n") + 1 :]
