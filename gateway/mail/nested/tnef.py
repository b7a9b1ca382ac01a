"""TNEF (winmail.dat, [MS-OXTNEF]): Outlook's envelope round bodies and attachments. Its contents count, never itself.

Promises: never raises; linear time; attachments with their long names, embedded messages, text, HTML and RTF bodies are given.
On failure: an attribute or property that runs past its end says so in `Nest.unread`, and what was read before it is given.
"""

import struct
from collections.abc import Iterator

from gateway.mail.nested import mapi
from gateway.mail.nested.found import Nest
from gateway.mail.nested.mapi import Draft

SIGNATURE = b"\x78\x9f\x3e\x22"
_MESSAGE, _ATTACHMENT = 1, 2
_SUBJECT, _BODY, _CODEPAGE, _PROPERTIES = 0x8004, 0x800C, 0x9007, 0x9003
_NEW_ATTACHMENT, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# More than any program writes behind the last attribute.
_GARBAGE = 16
_MOST_ATTRIBUTES = 20_000
_MOST_PROPERTIES = 5_000
# PT_ types of fixed size, padded to four bytes; all others are counted lists of sized values.
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_SIZED = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")  # IID_IMessage: a TNEF stream follows.


class _DamagedError(Exception):
    """The stream does not go on as the format says."""


def read(content: bytes) -> Nest:
    """What a TNEF stream carries."""
    message, unread = Draft(), ""
    files: list[Draft] = []
    charset = "cp1252"
    try:
        for level, number, value in _attributes(content):
            if number == _CODEPAGE and len(value) >= 4:
                charset = f"cp{struct.unpack_from('<I', value)[0]}"
            elif level == _ATTACHMENT:
                if number == _NEW_ATTACHMENT or not files:
                    files.append(Draft())
                _attachment(files[-1], number, value, charset)
            elif number == _SUBJECT:
                message.subject = value.rstrip(b"\0").decode("cp1252", "replace")
            elif number == _BODY:
                message.add_body(mapi.BODY, value, charset)
            elif number == _PROPERTIES:
                _message_properties(message, value, charset)
    except _DamagedError as damaged:
        unread = str(damaged)
    found = (*message.texts(), *(draft.attachment() for draft in files if draft.file is not None))
    unread = unread or message.unread or next((draft.unread for draft in files if draft.unread), "")
    return Nest(found, container=True, media_type="application/ms-tnef", unread=unread)


def _attributes(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(level, number, value) of each attribute."""
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if len(content) - at <= _GARBAGE and (len(content) - at < 9 or content[at] not in (_MESSAGE, _ATTACHMENT)):
            return
        level, tag, size = struct.unpack_from("<BII", content.ljust(at + 9, b"\0") if len(content) < at + 9 else content, at)
        end = at + 9 + size
        if level not in (_MESSAGE, _ATTACHMENT) or end > len(content):
            raise _DamagedError("winmail.dat is damaged")
        yield level, tag & 0xFFFF, content[at + 9 : end]
        at = end + 2
        if at > len(content):
            raise _DamagedError("winmail.dat is damaged")
    raise _DamagedError("winmail.dat holds more attributes than we read")


def _attachment(draft: Draft, number: int, value: bytes, charset: str) -> None:
    if number == _NEW_ATTACHMENT:
        draft.file = b""
    elif number == _DATA:
        draft.file = value
    elif number == _TITLE:
        draft.names += [name] if (name := value.rstrip(b"\0").decode(_codec(charset), "replace").strip()) else []
    elif number == _ATTACHMENT_PROPERTIES:
        for tag, kind, data in _properties(value):
            _attachment_property(draft, tag, kind, data, charset)


def _attachment_property(draft: Draft, tag: int, kind: int, value: bytes, charset: str) -> None:
    if tag == mapi.ATTACH_DATA:
        if kind == 0x0D:
            draft.file = value[16:]
            draft.media_type = "application/ms-tnef" if value.startswith(_MESSAGE_OBJECT) else ""
        elif not draft.file:
            draft.file = value
    elif tag in (mapi.ATTACH_FILENAME, mapi.ATTACH_LONG_FILENAME, mapi.DISPLAY_NAME):
        draft.add_name(_text(kind, value, charset))
    elif tag == mapi.ATTACH_MIME_TAG and draft.media_type != "application/ms-tnef":
        draft.media_type = _text(kind, value, charset).rstrip("\0").strip().lower()
    elif tag == mapi.ATTACH_CONTENT_ID:
        draft.content_id = _text(kind, value, charset).rstrip("\0").strip("<> ")


def _message_properties(message: Draft, value: bytes, charset: str) -> None:
    for tag, kind, data in _properties(value):
        if tag in (mapi.BODY, mapi.HTML, mapi.RTF):
            message.add_body(tag, data, "utf-16-le" if kind == 0x1F else charset)
        elif tag == mapi.SUBJECT:
            message.subject = _text(kind, data, charset).rstrip("\0")


def _text(kind: int, value: bytes, charset: str) -> str:
    return value.decode("utf-16-le" if kind == 0x1F else _codec(charset), "replace")


def _codec(charset: str) -> str:
    from gateway.mail.charsets import codec

    return codec(charset) or "cp1252"


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(number, type, value) of each MAPI property; of several values, each."""
    try:
        count = struct.unpack_from("<I", value)[0]
        at = 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", value, at)
            at += 4
            if number >= 0x8000:
                at = _after_name(value, at)
            base = kind & 0x0FFF
            many = bool(kind & 0x1000) or base in _SIZED
            items = struct.unpack_from("<I", value, at)[0] if many else 1
            at += 4 if many else 0
            if items > len(value):
                raise _DamagedError("winmail.dat is damaged")
            for _ in range(items):
                data, at = _value(value, at, base)
                yield number, base, data
        if count > _MOST_PROPERTIES:
            raise _DamagedError("winmail.dat holds more properties than we read")
    except struct.error as error:
        raise _DamagedError("winmail.dat is damaged") from error


def _after_name(value: bytes, at: int) -> int:
    """Past the GUID and number, or GUID and name, of a named property."""
    kind, size = struct.unpack_from("<II", value, at + 16)
    return at + 24 if kind == 0 else at + 24 + size + (-size % 4)


def _value(value: bytes, at: int, base: int) -> tuple[bytes, int]:
    if base in _FIXED:
        return value[at : at + _FIXED[base]], at + _FIXED[base]
    if base not in _SIZED:
        raise _DamagedError("winmail.dat holds a property that we do not know")
    size = struct.unpack_from("<I", value, at)[0]
    if at + 4 + size > len(value):
        raise _DamagedError("winmail.dat is damaged")
    return value[at + 4 : at + 4 + size], at + 4 + size + (-size % 4)
