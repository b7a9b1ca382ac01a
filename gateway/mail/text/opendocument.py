"""Text of OpenDocument files (odt, ods, odp and templates): body, headers, footers, notes, comments, tables, deletions.

Promises: hidden sheets, rows, columns, sections and slides are read and marked hidden; repeated cells are not written out a
million times.
On failure: a damaged or encrypted part makes the document incomplete.
"""

from dataclasses import dataclass, field

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes, counted
from gateway.mail.text.ooxml import is_scan
from gateway.mail.text.package import Package, open_package
from gateway.mail.text.signs import is_container, is_image
from gateway.mail.text.xml import Attributes, Malformed, parse, salvage

_BLOCKS = frozenset({"p", "h"})
_HIDDEN_VISIBILITY = frozenset({"collapse", "filter", "hidden"})
_HIDING_PROPERTIES = frozenset({("table-properties", "false"), ("drawing-page-properties", "hidden")})
_SETTINGS = ("meta-inf/", "configurations2/", "settings.xml", "manifest.rdf", "layout-cache", "mimetype")


@dataclass(slots=True)
class _Table:
    name: str
    hidden: bool
    rows: list[list[str]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)
    cell_repeated: int = 1
    cell_value: str = ""
    row_repeated: int = 1
    row_hidden: bool = False
    hidden_rows: list[list[str]] = field(default_factory=list)
    columns: int = 0
    hidden_columns: set[int] = field(default_factory=set)


class _Content:
    """content.xml and styles.xml, whose elements share their local names across text, tables and drawings."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._sinks: list[tuple[str, str, list[str]]] = [("", "text", [])]
        """(element that closes it, place, text), innermost last."""
        self._tables: list[_Table] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._blocks = 0
        self.pictures = 0
        self.hidden_slides = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _BLOCKS:
            self._blocks += 1
        elif name == "s" and self._blocks:
            self._add(" " * min(_number(attributes.get("c")), limits.REPEATED))
        elif name == "tab":
            self._add("\t")
        elif name == "line-break":
            self._add("\n")
        elif name in _ASIDES:
            self._open_aside(name, attributes)
        elif name == "style":
            self._style = attributes.get("name", "")
        elif (name, attributes.get("display", attributes.get("visibility"))) in _HIDING_PROPERTIES:
            self._hidden_styles.add(self._style)
        elif name == "page" and attributes.get("style-name") in self._hidden_styles:
            self.hidden_slides += 1
        elif name == "image":
            self.pictures += 1
        elif name.startswith("table") or name == "covered-table-cell":
            self._start_table_part(name, attributes)

    def _open_aside(self, name: str, attributes: Attributes) -> None:
        # A section is an aside only while it is hidden, so that its end is told from others' by an empty place.
        hidden_section = name != "section" or attributes.get("display", "true") != "true"
        place = _ASIDES[name] if hidden_section else ""
        self._sinks.append((name, place, [] if place else self._sinks[-1][2]))
        if "string-value" in attributes:
            self._sinks[-1][2].append(attributes["string-value"])

    def _start_table_part(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self._tables.append(_Table(attributes.get("name", ""), attributes.get("style-name", "") in self._hidden_styles))
        elif not self._tables:
            return
        elif name in ("table-cell", "covered-table-cell"):
            table = self._tables[-1]
            table.cell_repeated = _number(attributes.get("number-columns-repeated"))
            table.cell_value = attributes.get("string-value") or attributes.get("date-value") or attributes.get("value") or ""
        elif name == "table-row":
            table = self._tables[-1]
            table.row_repeated = _number(attributes.get("number-rows-repeated"))
            table.row_hidden = attributes.get("visibility") in _HIDDEN_VISIBILITY
        elif name == "table-column":
            self._column(self._tables[-1], attributes)

    @staticmethod
    def _column(table: _Table, attributes: Attributes) -> None:
        repeated = min(_number(attributes.get("number-columns-repeated")), 16_384)
        if attributes.get("visibility") in _HIDDEN_VISIBILITY:
            table.hidden_columns.update(range(table.columns, table.columns + repeated))
        table.columns += repeated

    def text(self, data: str) -> None:
        if self._blocks or self._sinks[-1][0]:
            self._add(data)

    def _add(self, data: str) -> None:
        closes, _place, sink = self._sinks[-1]
        if self._tables and not closes:
            self._tables[-1].cell.append(data)
        else:
            sink.append(data)

    def end(self, name: str) -> None:
        if name in _BLOCKS:
            self._blocks -= 1
            self._add("\n")
        elif name == self._sinks[-1][0]:
            self._close_aside()
        elif name.startswith("table") or name == "covered-table-cell":
            self._end_table_part(name)

    def _close_aside(self) -> None:
        _name, place, sink = self._sinks.pop()
        text = "".join(sink) if place else ""
        if not text.strip():
            return
        hidden = place not in _SEEN
        self._notes.text(place, text, hidden=hidden)
        if place in _SAYS:
            self._notes.hide(_SAYS[place])

    def _end_table_part(self, name: str) -> None:
        if not self._tables:
            return
        table = self._tables[-1]
        if name in ("table-cell", "covered-table-cell"):
            text = " ".join("".join(table.cell).split()) or table.cell_value
            table.row.extend([text] * (min(table.cell_repeated, limits.REPEATED) if text else min(table.cell_repeated, 16)))
            table.cell, table.cell_value = [], ""
        elif name == "table-row":
            self._end_of_row(table)
        elif name == "table":
            self._tables.pop()
            self._end_of_table(table)

    def _end_of_row(self, table: _Table) -> None:
        if any(table.row):
            for _time in range(min(table.row_repeated, limits.REPEATED)):
                self._notes.count_row(table.row)
                table.rows.append(table.row)
                if table.row_hidden:
                    table.hidden_rows.append(table.row)
        table.row = []

    def _end_of_table(self, table: _Table) -> None:
        notes = self._notes
        place = f"sheet {table.name}" if table.name else "table"
        if self._tables:  # within a cell of another: its text is part of that cell
            self._tables[-1].cell.extend("\t".join(row) + "\n" for row in table.rows)
            notes.shape(place, table.rows, hidden=table.hidden)
            return
        notes.table(place, table.rows, hidden=table.hidden)
        if table.hidden and table.rows:
            notes.hide(f"a hidden sheet has {counted(len(table.rows), 'row', 'rows')}")
        elif table.hidden_rows:
            notes.hide(f"{counted(len(table.hidden_rows), 'row is', 'rows are')} hidden")
        used = sum(any(column < len(row) and row[column] for row in table.rows) for column in table.hidden_columns)
        if used and not table.hidden:
            notes.hide(f"{counted(used, 'column is', 'columns are')} hidden")

    def finish(self) -> None:
        """Hand over what is open at the end, also of a part that broke off."""
        while len(self._sinks) > 1:
            self._close_aside()
        while self._tables:
            self._end_of_table(self._tables.pop())
        self._notes.text("text", "".join(self._sinks[0][2]))
        if self.hidden_slides:
            self._notes.hide(f"{counted(self.hidden_slides, 'slide is', 'slides are')} hidden")


_ASIDES = {
    "header": "header",
    "header-left": "header",
    "header-first": "header",
    "footer": "footer",
    "footer-left": "footer",
    "footer-first": "footer",
    "annotation": "comments",
    "tracked-changes": "tracked changes",
    "notes": "notes",
    "section": "hidden text",
    "hidden-text": "hidden text",
    "hidden-paragraph": "hidden text",
    "script": "script",
}
_SEEN = frozenset({"header", "footer"})
_SAYS = {"tracked changes": "tracked changes keep deleted text", "hidden text": "some text is formatted as hidden"}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 1


class _Meta:
    """meta.xml: every element's text; user-defined ones with their name, among them sensitivity labels."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._name = ""
        self._lines: list[str] = []
        self._value: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        self._name = attributes.get("name", name)
        self._value = []

    def text(self, data: str) -> None:
        self._value.append(data)

    def end(self, name: str) -> None:
        value = "".join(self._value).strip()
        self._value = []
        if value:
            self._lines.append(value)
            if name in ("keyword", "subject"):
                self._notes.label(value)
            self._notes.property(self._name, value)

    def result(self) -> str:
        return "\n".join(self._lines)


def read_opendocument(content: bytes, notes: Notes) -> None:
    """Read an odt, ods, odp or their templates."""
    package = open_package(content, notes)
    manifest = package.peek("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        notes.incomplete("a part of it needs a password")
    for _path, meta in package.named(r"(.*/)?meta\.xml"):
        _read_meta(notes, meta)
    pictures = 0
    for _path, part in package.named(r"(.*/)?(content|styles)\.xml"):
        pictures += _read_content(notes, part)
    largest_picture = max(_read_rest(package), pictures)
    notes.image_only |= is_scan(notes, largest_picture)


def _read_meta(notes: Notes, content: bytes) -> None:
    meta = _Meta(notes)
    try:
        parse(content, meta, notes)
    except Malformed:
        notes.incomplete("its properties are damaged")
    notes.text("properties", meta.result())


def _read_content(notes: Notes, content: bytes) -> int:
    reader = _Content(notes)
    try:
        parse(content, reader, notes)
    except Malformed:
        notes.incomplete("a part of it is damaged")
        notes.text("text", salvage(content))
    reader.finish()
    return reader.pictures


def _read_rest(package: Package) -> int:
    """Embedded objects and pictures; the size of the largest picture."""
    largest = 0
    for path, content in package.rest():
        if is_image(content):
            largest = max(largest, 0 if path.lower().startswith("thumbnails/") else len(content))
        elif ole.is_ole(content):
            ole.unwrap(path, content, package.notes)
        elif is_container(content):
            package.notes.file(path.rpartition("/")[2], content)
        elif not path.lower().startswith(_SETTINGS) and not path.lower().endswith((".rdf", "objectreplacements")):
            _read_other(package.notes, path, content)
    return largest


def _read_other(notes: Notes, path: str, content: bytes) -> None:
    if content.lstrip()[:1] == b"<":
        notes.text("attached data", salvage(content), hidden=True)
    elif not path.lower().startswith("objectreplacements/"):  # drawn previews of embedded objects, in LibreOffice's own format
        notes.file(path.rpartition("/")[2], content)
