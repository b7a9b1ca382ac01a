"""Text of PowerPoint presentations (pptx, pptm): slides in order, speaker notes, comments, charts, masters.

Promises: hidden slides and speaker notes are read and marked hidden.
On failure: a damaged part is salvaged and the presentation is incomplete.
"""

import re

from gateway.mail.text.collect import Notes, counted
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import Package, open_package
from gateway.mail.text.xml import Attributes, Malformed, parse, salvage

_TEXT = frozenset({"t", "v", "f", "text"})
_NUMBER = re.compile(r"(\d+)\.xml$")


class _Slide:
    """One slide, notes page, comment list or chart: paragraphs as lines, tables as tables."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.is_hidden = False
        self._in_text = False
        self._table: list[list[str]] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _TEXT:
            self._in_text = True
        elif name == "br":
            self._add("\n")
        elif name == "tab":
            self._add("\t")
        elif name == "sld" and attributes.get("show") in ("0", "false"):
            self.is_hidden = True
        elif name == "tbl":
            self._table = []
        elif name == "tr" and self._table is not None:
            self._table.append([])
        elif name == "tc" and self._table:
            self._table[-1].append("")
        elif name == "cNvPr":  # alternative text of pictures
            self.lines.append(f"{attributes.get('descr', '')}\n" if attributes.get("descr") else "")
        elif name == "cm" and attributes.get("text"):
            self.lines.append(attributes["text"] + "\n")

    def text(self, data: str) -> None:
        if self._in_text:
            self._add(data)

    def end(self, name: str) -> None:
        if name in _TEXT:
            self._in_text = False
            if name != "t":
                self._add("\n")
        elif name == "p":
            self._add("\n")
        elif name == "tbl" and self._table is not None:
            rows = [[cell.strip() for cell in row] for row in self._table]
            self._table = None
            self.tables.append(rows)
            self.lines.extend("\t".join(row) + "\n" for row in rows)

    def _add(self, text: str) -> None:
        if self._table and self._table[-1]:
            self._table[-1][-1] += " " if text == "\n" else text
        else:
            self.lines.append(text)


def read_slides(content: bytes, notes: Notes) -> None:
    """Read a pptx or pptm."""
    package = open_package(content, notes)
    read_properties(package)
    hidden = _read_all(package, r"(.*/)?slides/[^/]*\.xml", "slide")
    if hidden:
        notes.hide(f"{counted(hidden, 'slide is', 'slides are')} hidden")
    _read_all(package, r".*notesSlides/[^/]*\.xml", "notes", hidden=True)
    _read_all(package, r".*comments/[^/]*\.xml", "comments", hidden=True)
    _read_all(package, r"ppt/(?!theme/|tableStyles|presProps|viewProps).*\.xml", "")
    read_rest(package)


def _read_all(package: Package, pattern: str, place: str, *, hidden: bool = False) -> int:
    """Read the parts that match; how many of them are hidden slides."""
    count = 0
    for path, content in package.named(pattern):
        slide = _Slide()
        try:
            parse(content, slide, package.notes)
        except Malformed:
            package.notes.incomplete("a part of it is damaged")
            package.notes.text(place or "text", salvage(content))
        count += slide.is_hidden
        _keep(package.notes, slide, _place(place, path), hidden=hidden or slide.is_hidden)
    return count


def _place(place: str, path: str) -> str:
    number = _NUMBER.search(path)
    if not place:
        return path.rpartition("/")[2].removesuffix(".xml")
    return f"{place} {number[1]}" if number else place


def _keep(notes: Notes, slide: _Slide, place: str, *, hidden: bool) -> None:
    notes.text(place, "".join(slide.lines), hidden=hidden)
    for rows in slide.tables:
        for row in rows:
            notes.count_row(row)
        notes.shape(place, rows, hidden=hidden)
