"""Text of Word 97-2003 documents and PowerPoint 97-2003 presentations, from their streams.

Promises: all story text of a document (body, notes, headers, comments, text boxes) by its piece table, all text records of a
presentation. Deleted tracked text is not told apart.
On failure: what cannot be followed is incomplete; embedded objects are handed on or make it incomplete.
"""

import re
import struct
import zlib

import olefile

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes, Stop

_WORD = 0xA5EC
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_WORD_97 = 0x00C1
_STORIES = ("text", "footnotes", "header and footer", "macros", "comments", "endnotes", "text boxes", "text boxes of headers")
_CONTROLS = str.maketrans(
    {
        "\r": "\n",
        "\x07": "\t",
        "\x0b": "\n",
        "\x0c": "\n",
        "\x0e": "\n",
        "\x13": " ",
        "\x14": " ",
        "\x15": " ",
        "\x1e": "-",
        "\x1f": None,
        "\xad": None,
        "\x01": None,
        "\x02": None,
        "\x05": None,
        "\x08": None,
    }
)


def read_doc(content: bytes, notes: Notes) -> None:
    """Read a .doc or .dot."""
    storage = _open(content)
    document = ole.stream(storage, "WordDocument")
    if document is None or len(document) < 0x60:
        raise Stop("it is damaged")
    ident, version, flags = struct.unpack_from("<H", document)[0], *struct.unpack_from("<H6xH", document, 2)
    if ident != _WORD:
        raise Stop("it is of a kind that is not read")
    if flags & _ENCRYPTED:
        raise Stop("it needs a password")
    ole.read_summary(storage, notes)
    if version < _WORD_97:
        _read_word_95(document, notes)
    else:
        table = ole.stream(storage, "1Table" if flags & _TABLE_1 else "0Table")
        _read_pieces(document, table or b"", notes)
    _read_object_pool(storage, notes)


def _open(content: bytes) -> olefile.OleFileIO:
    storage = ole.open_ole(content)
    if storage is None:
        raise Stop("it is damaged")
    return storage


def _read_word_95(document: bytes, notes: Notes) -> None:
    start, end = struct.unpack_from("<II", document, 0x18)
    notes.text("text", document[start:end].decode("cp1252", "replace").translate(_CONTROLS))
    notes.incomplete("it was written by a version of Word that is only partly read")


def _read_pieces(document: bytes, table: bytes, notes: Notes) -> None:
    try:
        start, size = struct.unpack_from("<II", document, 0x1A2)
        counts = struct.unpack_from("<8I", document, 0x4C)
        text = "".join(_pieces(document, table[start : start + size]))
    except struct.error:
        raise Stop("it is damaged") from None
    at = 0
    for place, count in zip(_STORIES, counts, strict=True):
        story = text[at : at + count].replace("\x07\x07", "\n").translate(_CONTROLS)
        notes.text(place, story, hidden=place == "comments")
        at += count
    notes.text("text", text[at:].translate(_CONTROLS))
    if len(text) < sum(counts):
        notes.incomplete("a part of it is damaged")


def _pieces(document: bytes, clx: bytes) -> list[str]:
    """[MS-DOC] 2.4.1: the text is in pieces, each in UTF-16 or in Windows-1252."""
    at = 0
    while clx[at : at + 1] == b"\x01":
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at : at + 1] != b"\x02":
        raise Stop("it is damaged")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    count = (size - 4) // 12
    if not 0 <= count <= limits.TOKENS:
        raise Stop("it is damaged")
    positions = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    pieces = []
    for number in range(count):
        (fc,) = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)
        chars = positions[number + 1] - positions[number]
        if not 0 <= chars <= len(document):
            raise Stop("it is damaged")
        if fc & 0x40000000:
            offset = (fc & 0x3FFFFFFF) // 2
            pieces.append(document[offset : offset + chars].decode("cp1252", "replace"))
        else:
            pieces.append(document[fc : fc + 2 * chars].decode("utf-16-le", "replace"))
        if sum(map(len, pieces[-1:])) > limits.TEXT_CHARS:
            raise Stop("it holds more text than is looked at")
    return pieces


def _read_object_pool(storage: olefile.OleFileIO, notes: Notes) -> None:
    """Embedded objects of a document lie as storages within it; those that are no file of their own are not read."""
    for path in storage.listdir(streams=True, storages=False)[: limits.ENTRIES]:
        if len(path) < 3 or path[0] != "ObjectPool":
            continue
        if path[-1] in ("WordDocument", "Workbook", "Book", "PowerPoint Document"):
            notes.incomplete("an embedded document is not read")
        elif path[-1] in ("\x01Ole10Native", "Package", "CONTENTS", "EmbeddedOdf"):
            content = ole.stream(storage, path)
            if content is None:
                notes.incomplete("an embedded object is damaged")
            elif path[-1] == "\x01Ole10Native":
                notes.file(*ole.native(content, "object"))
            else:
                notes.file("object", content)


_TEXT_CHARS, _TEXT_BYTES, _CSTRING, _OLE_STORAGE = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011
_LEAST_KIND = 0x03E8
"""RT_Document, [MS-PPT] 2.13.24."""
_ENCRYPTED_PPT = 0xF3D1C4DF


def read_ppt(content: bytes, notes: Notes) -> None:
    """Read a .ppt, .pps or .pot."""
    storage = _open(content)
    document = ole.stream(storage, "PowerPoint Document")
    if document is None:
        raise Stop("it is damaged")
    user = ole.stream(storage, "Current User") or b""
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_PPT:
        raise Stop("it needs a password")
    ole.read_summary(storage, notes)
    lines: list[str] = []
    at = records = 0
    while at + 8 <= len(document) and records < limits.TOKENS:
        version, kind, size = struct.unpack_from("<HHI", document, at)
        records += 1
        if not (version or kind or size):
            at = _after_gap(document, at)
            continue
        at += 8
        if version & 0xF == 0xF:
            continue  # a container: its records follow
        _read_record(kind, document[at : at + size], version >> 4, lines, notes)
        at += size
    notes.text("slides", "\n".join(lines).replace("\r", "\n").replace("\x0b", "\n"))
    if at > len(document) or document[at:].strip(b"\0"):
        notes.incomplete("a part of it is damaged")
    if storage.exists("Pictures") and not lines:
        notes.image_only = True


_NOT_ZERO = re.compile(rb"[^\0]")


def _after_gap(document: bytes, at: int) -> int:
    """The next record after zeros, which saving on top of an old file leaves; a record itself may begin with two of them."""
    found = _NOT_ZERO.search(document, at)
    if found is None:
        return len(document)
    for start in (found.start() - 2, found.start()):
        if start + 8 <= len(document):
            kind, size = struct.unpack_from("<HI", document, start + 2)
            if kind >= _LEAST_KIND and start + 8 + size <= len(document):
                return start
    return found.start()


def _read_record(kind: int, data: bytes, instance: int, lines: list[str], notes: Notes) -> None:
    if kind in (_TEXT_CHARS, _CSTRING):
        lines.append(data.decode("utf-16-le", "replace"))
    elif kind == _TEXT_BYTES:
        lines.append(data.decode("latin-1"))
    elif kind == _OLE_STORAGE:
        content = _unpacked(data[4:]) if instance == 1 else data
        if content is None:
            notes.incomplete("an embedded object is damaged")
        elif ole.is_ole(content):
            ole.unwrap("object", content, notes)
        else:
            notes.file("object", content)


def _unpacked(data: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data, limits.UNPACKED_BYTES)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail else content
