"""Messages, mailboxes, calendars and contacts inside other files (a .eml in a zip, a .msg in a Word file), read by our own reader.

Promises: bodies as text, everything else in them handed on as files; what the reader found ambiguous makes it incomplete.
On failure: as reading a message: never raises, defects say what could not be read.
"""

import re

from gateway.mail.read import read
from gateway.mail.text.charset import decode
from gateway.mail.text.collect import Notes
from gateway.mail.text.html import read_html
from gateway.model.message import Message, Part, Role

_WRITTEN = (Role.BODY, Role.REPORT, Role.CALENDAR, Role.VCARD)
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([nN,;\\])")


def read_eml(content: bytes, notes: Notes) -> None:
    """Read a message file."""
    _take(read(content), notes)


def read_as_attachment(content: bytes, notes: Notes) -> None:
    """Read an Outlook .msg, a mailbox or a winmail.dat, which the message reader recognises by their bytes."""
    wrapped = read(b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + content)
    if not wrapped.root.children:
        notes.incomplete("it could not be opened")
        return
    _take(wrapped, notes)


def read_card(content: bytes, notes: Notes) -> None:
    """Read a calendar or a contact: its lines unfolded, its files handed on."""
    notes.text("text", _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], _FOLD.sub("", decode(content))))
    wrapped = read(b"Content-Type: text/calendar; charset=utf-8\r\nContent-Transfer-Encoding: binary\r\n\r\n" + content)
    for part in wrapped.leaves:
        if part.role not in _WRITTEN:
            _hand_on(part, notes)


def _take(message: Message, notes: Notes) -> None:
    notes.text("message header", "\n".join((*message.subjects, *(box.display for box in (*message.authors, *message.to, *message.cc)))))
    for part in message.leaves:
        if part.role in _WRITTEN and part.texts:
            _written(part, notes)
        else:
            _hand_on(part, notes)
    for defect in message.defects:
        if defect.ambiguous or defect.unchecked:
            notes.incomplete(defect.words)


def _written(part: Part, notes: Notes) -> None:
    if part.media_type == "text/html":
        read_html(part.texts[0].encode("utf-8", "replace"), notes)
    for text in part.texts[1:] if part.media_type == "text/html" else part.texts:
        notes.text("message text", text)


def _hand_on(part: Part, notes: Notes) -> None:
    for content in part.contents:
        if content:
            notes.file(part.name or "attachment", content)
