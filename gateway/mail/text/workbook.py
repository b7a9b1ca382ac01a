"""What the sheets of an Excel workbook share: names and states, shared strings, number formats, defined names.

Promises: values only; what a cell means with them is `sheet`'s business.
On failure: a damaged part is salvaged as text and the workbook is incomplete.
"""

from dataclasses import dataclass, field

from gateway.mail.text.numbers import NumberFormat, format_of
from gateway.mail.text.package import Package
from gateway.mail.text.xml import Attributes, Malformed, parse, salvage

TRUE = ("1", "true", "on")


@dataclass(slots=True)
class Workbook:
    """What the sheets need to know of the rest."""

    strings: list[str] = field(default_factory=list)
    phonetic: list[str] = field(default_factory=list)
    formats: list[NumberFormat] = field(default_factory=list)
    from_1904: bool = False
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    """(relation id, name, hidden)"""
    names: list[str] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    """Lower-case path of a sheet by relation id."""


class WorkbookXml:
    """xl/workbook.xml: names, states, date system, defined names."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._in_name = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            state = attributes.get("state", "visible")
            self._book.sheets.append((attributes.get("id", ""), attributes.get("name", ""), state != "visible"))
        elif name == "workbookPr":
            self._book.from_1904 = attributes.get("date1904") in TRUE
        elif name == "definedName":
            self._in_name = True
            self._book.names.append(attributes.get("name", "") + " ")

    def text(self, data: str) -> None:
        if self._in_name:
            self._book.names.append(data)

    def end(self, name: str) -> None:
        if name == "definedName":
            self._in_name = False
            self._book.names.append("\n")


class _Relations:
    def __init__(self, book: Workbook) -> None:
        self._book = book

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "").lower()
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            self._book.paths[attributes.get("Id", "")] = path

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


class _Strings:
    """xl/sharedStrings.xml. Phonetic runs (rPh) repeat the word in kana; nobody sees them unless asked for."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._strings = book.strings
        self._now: list[str] = []
        self._in_text = False
        self._phonetic = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "t":
            self._in_text = not self._phonetic
        elif name == "si":
            self._now = []
        elif name == "rPh":
            self._phonetic = True

    def text(self, data: str) -> None:
        if self._in_text:
            self._now.append(data)
        elif self._phonetic:
            self._book.phonetic.append(data)

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "si":
            self._strings.append("".join(self._now))
        elif name == "rPh":
            self._phonetic = False


class _Styles:
    """xl/styles.xml: the number format of each cell style."""

    def __init__(self, book: Workbook) -> None:
        self._formats = book.formats
        self._codes: dict[str, str] = {}
        self._in_cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            number = attributes.get("numFmtId", "0")
            self._formats.append(format_of(number, self._codes.get(number, "")))

    def text(self, data: str) -> None: ...

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False


def read_workbook(package: Package) -> Workbook:
    book = Workbook()
    _parse_all(package, r"xl/_rels/workbook\.xml\.rels", _Relations(book))
    _parse_all(package, r"xl/workbook\.xml", WorkbookXml(book))
    _parse_all(package, r"xl/sharedStrings\.xml", _Strings(book))
    _parse_all(package, r"xl/styles\.xml", _Styles(book))
    if book.strings and sum(map(len, book.strings)) == 0:
        book.strings.clear()
    return book


def _parse_all(package: Package, pattern: str, handler: "_Relations | WorkbookXml | _Strings | _Styles") -> None:
    for _path, content in package.named(pattern):
        try:
            parse(content, handler, package.notes)
        except Malformed:
            package.notes.incomplete("a part of it is damaged")
            package.notes.text("workbook", salvage(content))
