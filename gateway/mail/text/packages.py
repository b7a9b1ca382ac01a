"""Other packages of XML: Visio drawings, XPS, e-books. And OLE files of no known kind.

Promises: all text of every part, without the shape of the page.
"""

from gateway.mail.text import ole
from gateway.mail.text.collect import Notes
from gateway.mail.text.html import read_html
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import open_package
from gateway.mail.text.xml import harvest


def read_package(content: bytes, notes: Notes) -> None:
    """Read a vsdx, xps or epub."""
    package = open_package(content, notes)
    read_properties(package)
    for _path, page in package.named(r".*\.x?html?"):
        read_html(page, notes)
    for _path, page in package.named(r".*\.(fpage|opf|ncx)"):  # XPS keeps its words in attributes
        text, sound = harvest(page, notes, attributes=True)
        notes.text("text", text)
        if not sound:
            notes.incomplete("a part of it is damaged")
    for _path, _sheet in package.named(r".*\.(css|ttf|otf|odttf|woff2?)|mimetype"):
        pass  # looks, not words
    read_rest(package)


def read_ole(content: bytes, notes: Notes) -> None:
    """Hand on what an OLE file of no known kind holds; it may be an embedded object saved on its own."""
    before = len(notes.files)
    ole.unwrap("object", content, notes)
    if len(notes.files) == before:
        notes.incomplete("its type is not one that can be read")
