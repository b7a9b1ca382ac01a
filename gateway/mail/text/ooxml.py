"""What Word, Excel and PowerPoint files have in common: properties, labels, links, embedded files, pictures.

Promises: every entry of the package that is not plain XML is looked at by its bytes, not by its name: a workbook called
`image1.png` is handed on as a file.
"""

import re

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes
from gateway.mail.text.package import Package
from gateway.mail.text.signs import is_container, is_image
from gateway.mail.text.xml import Attributes, Malformed, harvest, parse

_MARKING_PROPERTIES = frozenset({"keywords", "category", "contentStatus", "subject"})
_NOT_WRITTEN = frozenset({"properties", "links", "attached data", "sheet names"})
_XML_NAMES = (".xml", ".rels", ".vml")
_KNOWN_BINARIES = re.compile(
    r"(.*/)?(printerSettings\d*\.bin|vbaProject\.bin|vbaProjectSignature\w*\.bin|activeX\d*\.bin|font\d*\.(odttf|fntdata))", re.IGNORECASE
)


class _Properties:
    """docProps: values by name; the classification labels among them."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._name = ""
        self._value: list[str] = []
        self._lines: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        self._value.clear()
        if name == "property":
            self._name = attributes.get("name", "")
        if name == "label" and attributes.get("id"):  # docMetadata/LabelInfo.xml, where Office keeps labels since 2021
            self._notes.label(attributes["id"].strip("{}"))

    def text(self, data: str) -> None:
        self._value.append(data)

    def end(self, name: str) -> None:
        value = "".join(self._value).strip()
        self._value.clear()
        if not value:
            return
        self._lines.append(f"{self._name}: {value}" if self._name else value)
        self._notes.property(self._name, value)
        if name in _MARKING_PROPERTIES:
            self._notes.label(value)
        self._name = ""

    def result(self) -> str:
        return "\n".join(self._lines)


def read_properties(package: Package) -> None:
    """docProps/*.xml, docMetadata/*.xml and customXml/*.xml."""
    notes = package.notes
    for _path, content in package.named(r"(docProps|docMetadata)/.*\.xml"):
        properties = _Properties(notes)
        try:
            parse(content, properties, notes)
        except Malformed:
            notes.incomplete("its properties are damaged")
        notes.text("properties", properties.result())
    for _path, content in package.named(r"customXml/.*\.xml"):
        text, sound = harvest(content, notes, attributes=True)
        notes.text("attached data", text, hidden=True)
        if not sound:
            notes.incomplete("its attached data is damaged")


class _Links:
    """Targets outside the document."""

    def __init__(self) -> None:
        self.targets: dict[str, None] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if attributes.get("TargetMode") == "External":
            self.targets[attributes.get("Target", "")] = None

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


def read_rest(package: Package) -> None:
    """Links, pictures, embedded files, and any entry that the format's own reader did not ask for."""
    links = _Links()
    largest_picture = 0
    for path, content in package.rest():
        if is_image(content):
            largest_picture = max(largest_picture, len(content))
        elif path.lower().endswith(_XML_NAMES) and not is_container(content):
            _read_xml(package.notes, path, content, links)
        elif ole.is_ole(content):
            ole.unwrap(path, content, package.notes)
        elif is_container(content) or not _KNOWN_BINARIES.fullmatch(path):
            package.notes.file(path.rpartition("/")[2], content)
    package.notes.text("links", "\n".join(links.targets), hidden=True)
    package.notes.image_only |= is_scan(package.notes, largest_picture)


def is_scan(notes: Notes, largest_picture: int) -> bool:
    """Pictures and no words, or hardly a word beside a picture as large as a scanned page."""
    written = sum(len(text.text) for text in notes.texts if text.place not in _NOT_WRITTEN and not text.hidden)
    return largest_picture > 0 and (not written or (written < limits.FEW_WORDS and largest_picture >= limits.SCAN_BYTES))


def _read_xml(notes: Notes, path: str, content: bytes, links: _Links) -> None:
    if path.endswith(".rels"):
        try:
            parse(content, links, notes)
        except Malformed:
            notes.incomplete("its links are damaged")
        return
    text, sound = harvest(content, notes)
    notes.text(path.rpartition("/")[2].removesuffix(".xml"), text)
    if not sound:
        notes.incomplete("a part of it is damaged")
