"""Text of RTF files: body, headers, footers, notes, comments, properties, hidden and deleted text, embedded objects.

Promises: linear, without recursion; groups that readers skip are read too, and kept apart as hidden.
On failure: RTF has no errors: what cannot be understood is skipped as every reader does.
"""

import binascii
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes, Stop

_TOKEN = re.compile(r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)")
_CELL, _ROW = "\x1f", "\x1e"
_WORDS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "column": "\n",
    "tab": "\t",
    "cell": _CELL,
    "nestcell": _CELL,
    "row": _ROW,
    "nestrow": _ROW,
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_SYMBOLS = {"~": "\xa0", "_": "-", "\\": "\\", "{": "{", "}": "}", "\r": "\n", "\n": "\n"}
_PLACES = {
    "header": "header",
    "headerl": "header",
    "headerr": "header",
    "headerf": "header",
    "footer": "footer",
    "footerl": "footer",
    "footerr": "footer",
    "footerf": "footer",
    "annotation": "comments",
    "info": "properties",
    "userprops": "properties",
    "fldinst": "fields",
    "objdata": "object",
    "pict": "picture",
    "fonttbl": "skip",
    "colortbl": "skip",
    "stylesheet": "skip",
    "listtable": "skip",
    "listoverridetable": "skip",
    "rsidtbl": "skip",
    "themedata": "skip",
    "colorschememapping": "skip",
    "latentstyles": "skip",
    "datastore": "skip",
    "blipuid": "skip",
    "pgptbl": "skip",
    "xmlnstbl": "skip",
    "mmathPr": "skip",
    "generator": "skip",
}
# Destinations behind \* whose text every newer reader shows as part of the page.
_SHOWN = frozenset({"shpinst", "shptxt", "shppict", "ud", "footnote", "nesttableprops", "pnseclvl", "fldrslt", "upr"})
_CODE_PAGES = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254"} | {
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group inherits and gives back at its end."""

    place: str = "text"
    hidden: bool = False
    deleted: bool = False
    unicode_skip: int = 1
    font: int = -1
    starred: bool = False


@dataclass(slots=True)
class _Reader:
    sinks: dict[str, list[str]] = field(default_factory=dict)
    group: _Group = field(default_factory=_Group)
    stack: list[_Group] = field(default_factory=list)
    code_page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    in_fonts: bool = False
    pending: bytearray = field(default_factory=bytearray)
    skip: int = 0
    pictures: int = 0
    objects: list[str] = field(default_factory=list)

    def read(self, source: str) -> None:
        position, count = 0, 0
        while position < len(source):
            for found in _TOKEN.finditer(source, position):
                count += 1
                if count > limits.TOKENS:
                    raise Stop("it has more parts than are looked at")
                if found[1] == "bin":  # raw bytes follow, among them braces
                    position = found.end() + max(int(found[2] or 0), 0)
                    break
                self._token(found)
            else:
                break
        self._flush()

    def _token(self, found: re.Match[str]) -> None:
        word, number, code, symbol, brace, text = found.groups()
        if code is not None:
            if self.skip:
                self.skip -= 1
            else:
                self.pending.append(int(code, 16))
            return
        if text is not None:
            kept = text[self.skip :]
            self.skip = max(self.skip - len(text), 0)
            self._text(kept)
            return
        self._flush()
        self.skip = 0
        if word is not None:
            self._word(word, number)
        elif brace is not None:
            self._brace(brace)
        elif symbol == "*":
            self.group = replace(self.group, starred=True)
        else:
            self._put(_SYMBOLS.get(symbol, ""))

    def _brace(self, brace: str) -> None:
        if brace == "{":
            if len(self.stack) >= 4096:
                raise Stop("it is nested too deeply")
            self.stack.append(self.group)
        elif self.stack:
            if self.group.place in ("header", "footer", "comments", "properties"):
                self._put("\n")
            self.group = self.stack.pop()

    def _word(self, word: str, number: str | None) -> None:
        if word in _WORDS:
            self._put(_WORDS[word])
        elif word == "u" and number:
            self._put(chr(int(number) % 65536))
            self.skip = self.group.unicode_skip
        elif word in _PLACES:
            self._destination(_PLACES[word], is_fonts=word == "fonttbl")
        elif self.group.starred and word not in _SHOWN:
            self.group = replace(self.group, starred=False, place=self.group.place if self.group.place == "skip" else "ignored")
        elif word in _STATES:
            if self.group.starred:
                self.group = replace(self.group, starred=False)
            _STATES[word](self, number)
        elif self.group.starred:
            self.group = replace(self.group, starred=False)

    def _destination(self, place: str, *, is_fonts: bool) -> None:
        self.in_fonts = is_fonts
        if self.group.place != "skip":
            self.group = replace(self.group, place=place, starred=False)
        if place == "picture":
            self.pictures += 1
        elif place == "object":
            self.objects.append("")

    def _text(self, text: str) -> None:
        if not text:
            return
        if text.isascii():
            self._flush()
            self._put(text)
        else:
            self.pending.extend(text.encode("latin-1", "replace"))

    def _flush(self) -> None:
        if self.pending:
            page = self.fonts.get(self.group.font, self.code_page)
            self._put(self.pending.decode(page, "replace"))
            self.pending.clear()

    def _put(self, text: str) -> None:
        group = self.group
        if group.place in ("skip", "picture"):
            return
        if group.place == "object":
            self.sinks.setdefault(f"object {len(self.objects)}", []).append(text)
            return
        place = "tracked changes" if group.deleted else "hidden text" if group.hidden else group.place
        self.sinks.setdefault(place, []).append(text)


def _is_on(number: str | None) -> bool:
    return number != "0"


def _set_page(reader: _Reader, number: str | None) -> None:
    name = f"cp{number}"
    try:
        "".encode(name)
    except LookupError:
        return
    reader.code_page = name


def _set_font(reader: _Reader, number: str | None) -> None:
    reader.group = replace(reader.group, font=int(number or 0))


def _set_font_charset(reader: _Reader, number: str | None) -> None:
    if reader.in_fonts and int(number or 0) in _CODE_PAGES:
        reader.fonts[reader.group.font] = _CODE_PAGES[int(number or 0)]


def _set_hidden(reader: _Reader, number: str | None) -> None:
    reader.group = replace(reader.group, hidden=_is_on(number))


def _set_deleted(reader: _Reader, number: str | None) -> None:
    reader.group = replace(reader.group, deleted=_is_on(number))


def _set_plain(reader: _Reader, number: str | None) -> None:
    reader.group = replace(reader.group, hidden=False, deleted=False)


def _set_skip(reader: _Reader, number: str | None) -> None:
    wanted = min(max(int(number or 1), 0), 16)
    if wanted != reader.group.unicode_skip:
        reader.group = replace(reader.group, unicode_skip=wanted)


_STATES: dict[str, Callable[[_Reader, str | None], None]] = {
    "ansicpg": _set_page,
    "f": _set_font,
    "fcharset": _set_font_charset,
    "v": _set_hidden,
    "deleted": _set_deleted,
    "plain": _set_plain,
    "uc": _set_skip,
}


def read_rtf(content: bytes, notes: Notes) -> None:
    """Read an RTF file."""
    reader = _Reader()
    reader.read(content.decode("latin-1"))
    for place, pieces in reader.sinks.items():
        text = "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if place.startswith("object "):
            _read_object(text, notes)
        else:
            _keep(place, text, notes)
    if reader.pictures and not "".join(reader.sinks.get("text", ())).strip():
        notes.image_only = True


def _keep(place: str, text: str, notes: Notes) -> None:
    if place == "tracked changes" and text.strip():
        notes.hide("tracked changes keep deleted text")
    if place == "hidden text" and text.strip():
        notes.hide("some text is formatted as hidden")
    for rows in _tables(text):
        for row in rows:
            notes.count_row(row)
        notes.shape(place, rows)
    hidden = place not in ("text", "header", "footer", "properties")
    notes.text(place, text.replace(_CELL, "\t").replace(_ROW, "\n"), hidden=hidden)


def _tables(text: str) -> list[list[list[str]]]:
    """Rows that follow one another without a paragraph between them are one table."""
    tables: list[list[list[str]]] = []
    for number, piece in enumerate(text.split(_ROW)[:-1]):
        first, _between, rest = piece.partition(_CELL)
        before, _line, first = first.rpartition("\n")
        if number == 0 or before.strip():
            tables.append([])
        cells = [first, *rest.split(_CELL)[:-1]]
        tables[-1].append([" ".join(cell.split()) for cell in cells])
    return tables


def _read_object(text: str, notes: Notes) -> None:
    """\\objdata: an OLE 1.0 object in hexadecimal ([MS-OLEDS] 2.2.5)."""
    digits = re.sub(r"[^0-9a-fA-F]", "", text)
    raw = binascii.unhexlify(digits[: len(digits) & ~1])
    try:
        at = 8
        for _name in ("class", "topic", "item"):
            at += 4 + struct.unpack_from("<I", raw, at)[0]
        class_name = raw[12 : 12 + struct.unpack_from("<I", raw, 8)[0]].rstrip(b"\0")
        (size,) = struct.unpack_from("<I", raw, at)
    except struct.error:
        notes.incomplete("an embedded object is damaged")
        return
    data = raw[at + 4 : at + 4 + size]
    if class_name == b"Package":
        notes.file(*ole.native(struct.pack("<I", size) + data, "object"))
    elif ole.is_ole(data):
        ole.unwrap("object", data, notes)
    else:
        notes.file("object", data)
