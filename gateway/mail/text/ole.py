"""What lies inside OLE files: objects embedded in documents, and the property sets of legacy Office.

Promises: any stream that holds a file of its own is handed on; an object that cannot be unwrapped makes the document incomplete.
"""

import re
import struct

import olefile

from gateway.mail.text import limits
from gateway.mail.text.collect import Notes
from gateway.mail.text.signs import is_container

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WHOLE_DOCUMENTS = ("WordDocument", "Workbook", "Book", "PowerPoint Document", "__properties_version1.0", "VisioDocument")
_HARMLESS = re.compile(
    r"\x01(CompObj|Ole|Ole10\w{1,20})|\x02OlePres\d+|\x03(ObjInfo|OCXNAME|LinkInfo|PRINT|EPRINT|META)|\x05.*SummaryInformation"
    r"|Equation Native|VBA|_VBA_PROJECT|PROJECT(wm)?|dir",
    re.DOTALL,
)
_SMALL = 64
"""Streams that only hold settings."""
_LABEL = re.compile(rb"MSIP_Label_([0-9a-fA-F-]{36})_")


def is_ole(content: bytes) -> bool:
    return content.startswith(MAGIC)


def open_ole(content: bytes) -> olefile.OleFileIO | None:
    """The storage, or None where it is damaged."""
    try:
        return olefile.OleFileIO(content)
    except (OSError, ValueError, IndexError, struct.error, TypeError, AttributeError, OverflowError):
        return None


def stream(storage: olefile.OleFileIO, path: str | list[str]) -> bytes | None:
    """Content of a stream up to the limit, None where there is none or it is damaged."""
    try:
        if not storage.exists(path):
            return None
        # olefile follows a chain that bites its tail until the declared size is full: 600 MB from a file of 5 KB.
        if max(storage.get_size(path), storage.root.size) > storage._filesize:
            return None
        content: bytes = storage.openstream(path).read(limits.UNPACKED_BYTES)
    except (OSError, ValueError, IndexError, struct.error, TypeError, OverflowError):
        return None
    return content


def unwrap(name: str, content: bytes, notes: Notes) -> None:
    """Hand on what an embedded OLE object holds."""
    base = name.rpartition("/")[2]
    storage = open_ole(content)
    if storage is None:
        notes.incomplete("an embedded object is damaged")
        return
    paths = [path for path in storage.listdir(streams=True, storages=False) if path]
    if any(path[0] in _WHOLE_DOCUMENTS for path in paths):
        notes.file(base, content)
        return
    # Modules of macros have any name; what they hold is code, unless it is a file.
    is_macros = any(path[0] in ("VBA", "PROJECT") for path in paths)
    if len(paths) > limits.ENTRIES:
        notes.incomplete("an embedded object has too many parts")
    for path in paths[: limits.ENTRIES]:
        if not _unwrap_stream(base, path[-1], stream(storage, path), notes) and not is_macros:
            notes.incomplete("an embedded object is of an unknown kind")


def _unwrap_stream(base: str, name: str, content: bytes | None, notes: Notes) -> bool:
    """Whether it is known what the stream holds."""
    if content is None:
        notes.incomplete("an embedded object is damaged")
    elif name == "\x01Ole10Native":
        notes.file(*native(content, base))
    elif is_container(content) or name in ("Package", "CONTENTS", "EmbeddedOdf"):
        notes.file(base, content)
    else:
        return _HARMLESS.fullmatch(name) is not None or len(content) <= _SMALL
    return True


def native(content: bytes, otherwise: str) -> tuple[str, bytes]:
    """(name, bytes) of a packaged file: [MS-OLEDS] 2.3.6 OLE1.0 native data, as the Windows packager writes it."""
    try:
        name_end = content.index(b"\0", 6)
        path_end = content.index(b"\0", name_end + 1)
        after_flags = path_end + 1 + 4
        (temporary,) = struct.unpack_from("<I", content, after_flags)
        at = after_flags + 4 + temporary
        (size,) = struct.unpack_from("<I", content, at)
    except (ValueError, struct.error):
        return otherwise, content[4:]
    if size > len(content) - at - 4:
        return otherwise, content[4:]
    return content[6:name_end].decode("cp1252", "replace"), content[at + 4 : at + 4 + size]


def read_summary(storage: olefile.OleFileIO, notes: Notes) -> None:
    """Title, subject, author, keywords, comments, company ... and sensitivity labels of a legacy document."""
    for name in ("\x05SummaryInformation", "\x05DocumentSummaryInformation"):
        content = stream(storage, name) or b""
        for found in _LABEL.finditer(content.replace(b"\0", b"")):  # names are in the code page or in UTF-16
            notes.label(found[1].decode("ascii"))
        notes.text("properties", "\n".join(_strings(content)))


def _strings(content: bytes) -> list[str]:
    """Strings of a property set: [MS-OLEPS] VT_LPSTR (0x1E) and VT_LPWSTR (0x1F), each typed, counted and padded."""
    found = []
    for match in re.finditer(rb"\x1e\x00\x00\x00(.{4})", content, re.DOTALL):
        (size,) = struct.unpack("<I", match[1])
        found.append(content[match.end() : match.end() + min(size, 65_536)].partition(b"\0")[0].decode("cp1252", "replace"))
    for match in re.finditer(rb"\x1f\x00\x00\x00(.{4})", content, re.DOTALL):
        (size,) = struct.unpack("<I", match[1])
        text = content[match.end() : match.end() + 2 * min(size, 65_536)].decode("utf-16-le", "replace")
        found.append(text.partition("\0")[0])
    return [text for text in found if text.strip() and text.isprintable()]
