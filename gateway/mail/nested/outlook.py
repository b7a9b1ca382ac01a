"""Outlook's .msg files ([MS-OXMSG]): a message in a compound file.

Promises: never raises; subject, text, HTML and RTF bodies, attachments and the messages attached to it, to any depth a person makes.
On failure: a file that cannot be read says so in `Nest.unread`; it is never taken for empty.
"""

import io
import struct

import olefile

from gateway.mail.nested import mapi
from gateway.mail.nested.found import MESSAGE_FILE, NOTHING, Found, Nest
from gateway.mail.nested.mapi import Draft

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARK = "__properties_version1.0".encode("utf-16-le")
_STREAM = "__substg1.0_"
_MESSAGE_STORAGE = "__substg1.0_3701000d"
_MOST_STREAMS = 5_000
# What a damaged compound file makes olefile raise (it is fuzzed by others; these are what remained).
_ERRORS = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)

Path = tuple[str, ...]


def present(content: bytes) -> bool:
    """Whether a compound file is an Outlook message."""
    return content.startswith(SIGNATURE) and _MARK in content


def read(content: bytes) -> Nest:
    """What a .msg file carries."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as file:
            return _read(file, 2 * len(content))
    except _ERRORS:
        return Nest(unread="an Outlook message could not be read")


def _read(file: olefile.OleFileIO, most_bytes: int) -> Nest:
    """`most_bytes`: streams may share sectors, so that a small file could be read as gigabytes; an honest one cannot."""
    paths = [tuple(path) for path in file.listdir(streams=True, storages=False)]
    if ("__properties_version1.0",) not in paths:
        return NOTHING
    if len(paths) > _MOST_STREAMS:
        return Nest(container=True, media_type=MESSAGE_FILE, unread="an Outlook message holds more than we read")
    drafts: dict[Path, Draft] = {}
    for path in paths:
        name = path[-1].lower()
        if name.startswith(_STREAM) and len(name) >= len(_STREAM) + 8 and not any(step.startswith("__recip") for step in path):
            value = file.openstream(list(path)).read()
            most_bytes -= len(value)
            if most_bytes < 0:
                return Nest(container=True, media_type=MESSAGE_FILE, unread="an Outlook message is damaged")
            _property(drafts.setdefault(path[:-1], Draft()), name[len(_STREAM) :], value)
    texts: list[Found] = []
    files: list[Found] = []
    for path, draft in drafts.items():
        if draft.file is not None:
            files.append(draft.attachment())
        elif not path or path[-1].lower() == _MESSAGE_STORAGE:
            texts += draft.texts()
    files += _storages(file, paths)
    unread = next((draft.unread for draft in drafts.values() if draft.unread), "")
    if file.parsing_issues:  # olefile goes on with empty streams where a chain of sectors is broken.
        unread = "an Outlook message is damaged"
    return Nest((*texts, *files), container=True, media_type=MESSAGE_FILE, unread=unread)


def _property(draft: Draft, number: str, value: bytes) -> None:
    try:
        tag, kind = int(number[:4], 16), int(number[4:8], 16)
    except ValueError:
        return
    charset = "utf-16-le" if kind == 0x1F else "utf-8"
    if tag == mapi.SUBJECT:
        draft.subject = value.decode(charset, "replace")
    elif tag in (mapi.BODY, mapi.HTML, mapi.RTF):
        draft.add_body(tag, value, charset)
    elif tag == mapi.ATTACH_DATA:
        draft.file = value
    elif tag in (mapi.ATTACH_FILENAME, mapi.ATTACH_LONG_FILENAME, mapi.DISPLAY_NAME):
        draft.add_name(value.decode(charset, "replace"))
    elif tag == mapi.ATTACH_MIME_TAG:
        draft.media_type = value.decode(charset, "replace").strip("\0 ").lower()
    elif tag == mapi.ATTACH_CONTENT_ID:
        draft.content_id = value.decode(charset, "replace").strip("\0<> ")


def _storages(file: olefile.OleFileIO, paths: list[Path]) -> list[Found]:
    """An embedded object that is no message (a Word file in its storage): its streams count as files."""
    found = []
    for path in paths:
        inside = [index for index, step in enumerate(path[:-1]) if step.lower() == _MESSAGE_STORAGE]
        if inside and not path[-1].lower().startswith("__") and not any(step.startswith("__nameid") for step in path):
            found.append(Found(file.openstream(list(path)).read(), (path[-1],)))
    return found
