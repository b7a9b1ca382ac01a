"""Text of Word documents (docx, docm): body, headers, footers, notes, comments, text boxes, tables, deleted and hidden text.

Promises: a word that formatting splits over many runs comes out whole; what a tracked change deleted or a style hid is
separate and marked hidden.
On failure: a damaged part is salvaged and the document is incomplete.
"""

from dataclasses import dataclass, field

from gateway.mail.text.collect import Notes
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import open_package
from gateway.mail.text.xml import Attributes, Malformed, parse, salvage

_PLACES = (
    ("document", "text"),
    ("header", "header"),
    ("footer", "footer"),
    ("footnotes", "footnotes"),
    ("endnotes", "endnotes"),
    ("comments", "comments"),
    ("chart", "chart"),
    ("data", "diagram"),
)
_TEXT = frozenset({"t", "delText", "v", "f"})
_FIELD_CODES = frozenset({"instrText", "delInstrText"})
_DELETIONS = frozenset({"del", "moveFrom"})
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OFF = ("0", "false", "off")


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)


class WordPart:
    """Reads one part of WordprocessingML; DrawingML text inside it uses the same local names."""

    def __init__(self, notes: Notes, place: str, *, hidden: bool = False) -> None:
        self._notes, self._place, self._hidden = notes, place, hidden
        self._main: list[str] = []
        self._deleted: list[str] = []
        self._vanished: list[str] = []
        self._codes: list[str] = []
        self._unseen: list[str] = []
        self._tables: list[_Table] = []
        self._runs: list[bool] = []
        self._deletions = 0
        self._sink: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _TEXT:
            self._sink = self._target()
        elif name in _FIELD_CODES:
            self._sink = self._codes
        elif name == "r":
            self._runs.append(False)
        elif name == "vanish" and self._runs and attributes.get("val", "1") not in _OFF:
            self._runs[-1] = True
        elif name in _BREAKS and self._runs:
            self._target().append(_BREAKS[name])
        elif name in _DELETIONS:
            self._deletions += 1
        elif name == "tbl":
            self._tables.append(_Table())
        elif name == "docVar":
            self._unseen.append(attributes.get("val", ""))
        elif name in ("docPr", "cNvPr"):  # alternative text of pictures
            self._unseen.append(attributes.get("descr", ""))
        elif name == "sym" and self._runs:
            self._target().append(_symbol(attributes.get("char", "")))

    def text(self, data: str) -> None:
        if self._sink is not None:
            self._sink.append(data)

    def end(self, name: str) -> None:
        if name in _TEXT or name in _FIELD_CODES:
            self._sink = None
        elif name == "r" and self._runs:
            self._runs.pop()
        elif name in _DELETIONS:
            self._deletions -= 1
        elif name == "p":
            self._here().append("\n")
            self._end_lines()
        elif name in ("tc", "tr", "tbl"):
            self._end_of_table_part(name)

    def _target(self) -> list[str]:
        if self._deletions:
            return self._deleted
        if self._runs and self._runs[-1]:
            return self._vanished
        return self._here()

    def _here(self) -> list[str]:
        return self._tables[-1].cell if self._tables else self._main

    def _end_lines(self) -> None:
        for sink in (self._deleted, self._vanished, self._codes):
            if sink and sink[-1] != "\n":
                sink.append("\n")

    def _end_of_table_part(self, name: str) -> None:
        if not self._tables:
            return
        table = self._tables[-1]
        if name == "tc":
            table.row.append(" ".join("".join(table.cell).split("\n")).strip())
            table.cell = []
        elif name == "tr":
            self._notes.count_row(table.row)
            table.rows.append(table.row)
            table.row = []
        else:
            self._tables.pop()
            self._notes.shape(self._place, table.rows, hidden=self._hidden)
            self._here().extend("\t".join(row) + "\n" for row in table.rows)

    def finish(self) -> None:
        """Hand everything to the notes, also of a part that broke off in the middle."""
        while self._tables:
            for name in ("tc", "tr", "tbl"):
                self._end_of_table_part(name)
        notes = self._notes
        notes.text(self._place, "".join(self._main), hidden=self._hidden)
        if deleted := "".join(self._deleted).strip():
            notes.hide("tracked changes keep deleted text")
            notes.text("tracked changes", deleted, hidden=True)
        if vanished := "".join(self._vanished).strip():
            notes.hide("some text is formatted as hidden")
            notes.text("hidden text", vanished, hidden=True)
        notes.text("fields", "".join(self._codes), hidden=True)
        notes.text("descriptions", "\n".join(filter(None, self._unseen)), hidden=True)


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    # Symbol fonts are mapped to U+F0xx; the low byte is the letter that a converter shows.
    return chr(number - 0xF000) if 0xF020 <= number <= 0xF0FF else chr(number) if number < 0xD800 else ""


def read_word(content: bytes, notes: Notes) -> None:
    """Read a docx or docm."""
    package = open_package(content, notes)
    read_properties(package)
    # Any part may be the main document: its path is a matter of relations that readers follow leniently.
    for path, part in package.named(r"(?!_rels/)[^/]*(?<!\[Content_Types\])\.xml|(?!docProps/|customXml/).*/[^/]*\.xml"):
        _read_part(notes, path, part)
    read_rest(package)


def _read_part(notes: Notes, path: str, content: bytes) -> None:
    stem = path.rpartition("/")[2].lower()
    place = next((place for start, place in _PLACES if stem.startswith(start)), "text")
    reader = WordPart(notes, place, hidden=place == "comments")
    try:
        parse(content, reader, notes)
    except Malformed:
        notes.incomplete("a part of it is damaged")
        notes.text(place, salvage(content))
    reader.finish()
