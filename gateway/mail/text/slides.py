"""Text of PowerPoint presentations (pptx, pptm): slides in order, speaker notes, comments, charts, masters.

Promises: hidden slides and speaker notes are read and marked hidden.
On failure: a damaged part is salvaged and the presentation is incomplete.
"""

import re

from gateway.mail.text.collect import Notes, counted
from gateway.mail.text.drawing import Drawing
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import Package, open_package
from gateway.mail.text.xml import Malformed, parse, salvage

_NUMBER = re.compile(r"(\d+)\.xml$")


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
        slide = Drawing()
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


def _keep(notes: Notes, slide: Drawing, place: str, *, hidden: bool) -> None:
    notes.text(place, "".join(slide.lines), hidden=hidden)
    for rows in slide.tables:
        for row in rows:
            notes.count_row(row)
        notes.shape(place, rows, hidden=hidden)
