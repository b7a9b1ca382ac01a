"""Formats that carry something inside a part: uuencode, TNEF, Outlook messages, mailbox files, data: URIs ...

Promises: never raises; linear time; what is found is given as bytes with names, for the reader to make parts of.
On failure: a format that cannot be read to its end says so in `Nest.unread`; nothing is dropped in silence.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Something carried inside: a file, or a whole message with its own header."""

    content: bytes
    names: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    message: bool = False
    disposition: str = ""
    content_id: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Nest:
    """What a part carries. `container`: the part itself does not count, only what is in it. `media_type` '' keeps the declared one."""

    found: tuple[Found, ...] = ()
    container: bool = False
    media_type: str = ""
    unread: str = ""


NOTHING = Nest()
# What a file of messages is called once it is opened, whatever program wrote it: the checks count it as an attachment of its own.
MESSAGE_FILE = "message/rfc822"
# One more than the parts of a whole message: what is beyond is not made, and the reader says so.
MOST_FOUND = 1_001
