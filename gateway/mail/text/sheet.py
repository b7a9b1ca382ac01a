"""Cells of Excel workbooks (xlsx, xlsm): every sheet as a table, with what is hidden.

Promises: hidden sheets, rows and columns, pivot caches and cached external data are read and marked hidden. Dates appear as
dates (a birthday stored as 42097 is still a birthday), numbers without exponents, padded numbers with their zeros.
On failure: a damaged part is salvaged and the workbook is incomplete.
"""

import re
from functools import lru_cache

from gateway.mail.text.collect import Notes, counted
from gateway.mail.text.drawing import Drawing
from gateway.mail.text.numbers import NumberFormat, shown_header, shown_number
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import Package, open_package
from gateway.mail.text.workbook import TRUE, Workbook, read_workbook
from gateway.mail.text.xml import Attributes, Malformed, harvest, parse, salvage

_PASSED_OVER = frozenset({"is", "r", "rPr", "sheetData"})
"""Around the cells' text and nothing in itself: told first, because there is one for every cell."""


class _Sheet:
    """One worksheet, read row by row."""

    def __init__(self, notes: Notes, book: Workbook) -> None:
        self._notes, self._book = notes, book
        self.rows: list[list[str]] = []
        self.hidden_rows: list[list[str]] = []
        self.other: list[str] = []
        self.formulas: list[str] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self._row: list[str] = []
        self._row_hidden = False
        self._type = self._style = ""
        self._column = 0
        self._value: list[str] = []
        self._formula: list[str] = []
        self._sink: list[str] | None = None
        self._in_cell = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._in_cell = True
            self._type, self._style = attributes.get("t", ""), attributes.get("s", "")
            self._column = _column(attributes.get("r", "")) or len(self._row)
            self._value, self._formula = [], []
        elif name in _PASSED_OVER:
            return
        elif name in ("v", "t"):
            self._sink = self._value if self._in_cell else self.other
        elif name == "f":
            self._sink = self._formula if self._in_cell else self.other
        elif name == "row":
            self._row = []
            self._row_hidden = attributes.get("hidden") in TRUE or attributes.get("ht") == "0" or attributes.get("zeroHeight") in TRUE
        elif name == "col":
            self._column_definition(attributes)
        elif name.endswith(("Header", "Footer")) or name.startswith("formula"):
            self._sink = self.other
        elif name == "dataValidation":
            self.other.extend(f"{attributes.get(key, '')}\n" for key in ("prompt", "promptTitle", "error") if attributes.get(key))

    def text(self, data: str) -> None:
        if self._sink is not None:
            self._sink.append(data)

    def end(self, name: str) -> None:
        if name == "c":
            self._in_cell = False
            self._end_of_cell()
        elif name == "row":
            self._end_of_row()
        elif self._sink is not None and name != "r":
            if self._sink is self.other:
                self.other.append("\n")
            self._sink = None

    def _column_definition(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in TRUE or attributes.get("width") == "0":
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.hidden_columns.append((int(first) - 1, int(last)))

    def _end_of_cell(self) -> None:
        value = self._cell_text("".join(self._value))
        formula = "".join(self._formula)
        if formula and (not value or '"' in formula):  # its words may be shown instead of the value that was kept
            self.formulas.append(formula + "\n")
        if not value:
            return
        row = self._row
        # A gap of thousands of empty columns is one cell wide: only the order matters to a reader of the table.
        gap = self._column - len(row)
        if 0 < gap <= 256:
            row.extend([""] * gap)
        row.append(value)

    def _cell_text(self, value: str) -> str:
        if self._type == "s":
            index = int(value) if value.isdecimal() else -1
            return self._book.strings[index] if 0 <= index < len(self._book.strings) else value
        if self._type in ("str", "inlineStr", "e", "d"):
            return value
        if self._type == "b":
            return "TRUE" if value == "1" else "FALSE"
        style = int(self._style) if self._style.isdecimal() else -1
        formats = self._book.formats
        kind = formats[style] if 0 <= style < len(formats) else NumberFormat()
        return shown_number(value, kind, from_1904=self._book.from_1904)

    def _end_of_row(self) -> None:
        if not self._row:
            return
        self._notes.count_row(self._row)
        self.rows.append(self._row)
        if self._row_hidden:
            self.hidden_rows.append(self._row)
        self._row = []


def _column(reference: str) -> int:
    """0 for A1, 27 for AB7; 0 when there is none."""
    return _column_of(reference.rstrip("0123456789"))


@lru_cache(maxsize=18_278)  # as many columns as three letters name
def _column_of(letters: str) -> int:
    if not (letters.isascii() and letters.isupper() and len(letters) <= 3):
        return 0
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def read_sheets(content: bytes, notes: Notes) -> None:
    """Read an xlsx or xlsm."""
    package = open_package(content, notes)
    read_properties(package)
    book = read_workbook(package)
    names = {book.paths.get(id, ""): (name, hidden) for id, name, hidden in book.sheets}
    for path, part in package.named(r"xl/(work|dialog|macro|chart)sheets/[^/]*\.xml"):
        name, hidden = names.pop(path.lower(), (path.rpartition("/")[2].removesuffix(".xml"), False))
        _read_sheet(notes, book, part, name, hidden=hidden)
    # A sheet may lie at any path that a relation names.
    for path, (name, hidden) in names.items():
        for _path, part in package.named(re.escape(path)) if path else ():
            _read_sheet(notes, book, part, name, hidden=hidden)
    notes.text("sheet names", "\n".join(name for _id, name, _hidden in book.sheets))
    notes.text("phonetic guides", "\n".join(book.phonetic), hidden=True)
    notes.text("defined names", "".join(book.names), hidden=True)
    _read_caches(package)
    _read_comments(package)
    read_rest(package)


def _read_sheet(notes: Notes, book: Workbook, content: bytes, name: str, *, hidden: bool) -> None:
    sheet = _Sheet(notes, book)
    place = f"sheet {name}"
    try:
        parse(content, sheet, notes)
    except Malformed:
        notes.incomplete("a sheet is damaged")
        notes.text(place, salvage(content))
    notes.table(place, sheet.rows, hidden=hidden)
    notes.text(f"{place}, header and footer", shown_header("".join(sheet.other)), hidden=hidden)
    notes.text(f"{place}, formulas", "".join(sheet.formulas), hidden=True)
    if hidden and sheet.rows:
        notes.hide(f"a hidden sheet has {counted(len(sheet.rows), 'row', 'rows')}")
    if sheet.hidden_rows and not hidden:
        notes.hide(f"{counted(len(sheet.hidden_rows), 'row is', 'rows are')} hidden")
        notes.shape(f"{place}, hidden rows", sheet.hidden_rows, hidden=True)
    if not hidden:
        _say_hidden_columns(notes, sheet)


def _say_hidden_columns(notes: Notes, sheet: _Sheet) -> None:
    width = max(map(len, sheet.rows), default=0)
    columns = {column for first, last in sheet.hidden_columns for column in range(first, min(last, width))}
    used = sum(any(column < len(row) and row[column] for row in sheet.rows) for column in columns)
    if used:
        notes.hide(f"{counted(used, 'column is', 'columns are')} hidden")


def _read_caches(package: Package) -> None:
    """Pivot caches keep a copy of the rows that a pivot table was made from, also when the sheet itself was deleted."""
    notes = package.notes
    for pattern, place, words in (
        (r"xl/pivotCache/[^/]*\.xml", "pivot cache", "a pivot table keeps a copy of its source rows"),
        (r"xl/externalLinks/[^/]*\.xml", "linked workbook", "it keeps cells of another workbook"),
        (r"xl/(connections|queryTables/[^/]*|tables/[^/]*|metadata|persons/[^/]*)\.xml", "data connection", ""),
    ):
        for _path, content in package.named(pattern):
            text, sound = harvest(content, notes, attributes=True)
            if not sound:
                notes.incomplete("a part of it is damaged")
            notes.text(place, text, hidden=True)
            if words and "record" not in _path.lower():
                notes.hide(words)


def _read_comments(package: Package) -> None:
    notes = package.notes
    for _path, content in package.named(r"xl/(comments\d*|threadedComments/[^/]*|comments/[^/]*)\.xml"):
        text, sound = harvest(content, notes, frozenset({"comment", "text", "author", "threadedComment"}))
        notes.text("comments", text, hidden=True)
        if not sound:
            notes.incomplete("a part of it is damaged")
    for _path, content in package.named(r"xl/(drawings|charts|diagrams)/[^/]*\.xml"):
        drawing = Drawing()
        try:
            parse(content, drawing, notes)
        except Malformed:
            notes.incomplete("a part of it is damaged")
            notes.text("drawing", salvage(content))
        notes.text("drawing", "".join(drawing.lines))
