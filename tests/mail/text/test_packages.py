"""Visio, XPS, e-books, loose OLE files; and what `extract` says of everything else."""

import pytest

from gateway.mail.text import extract
from gateway.model.document import Extracted
from tests.mail.text.documents import PNG, package


def test_visio_xps_and_books_give_their_words() -> None:
    visio = extract(package({"visio/pages/page1.xml": "<PageContents><Text>Ann Lee</Text></PageContents>"}), "vsdx")
    xps = extract(package({"Documents/1/Pages/1.fpage": '<FixedPage><Glyphs UnicodeString="Ann Lee"/></FixedPage>'}), "xps")
    book = extract(package({"mimetype": "application/epub+zip", "OEBPS/1.xhtml": "<html><p>Ann <b>Lee</b></p></html>"}), "epub")
    for document in (visio, xps, book):
        assert any("Ann Lee" in text.text for text in document.texts)
        assert document.complete


@pytest.mark.parametrize("kind", ["exe", "mp3", "one", "pst", "dwg", "zip", "pgp", "no such type"])
def test_a_type_that_cannot_be_read_is_incomplete(kind: str) -> None:
    assert not extract(b"content", kind).complete


@pytest.mark.parametrize("kind", ["png", "jpeg", "heic", "tiff"])
def test_a_picture_is_image_only(kind: str) -> None:
    assert extract(PNG, kind).image_only


def test_an_empty_file_holds_nothing() -> None:
    assert extract(b"", "empty") == Extracted()
    assert extract(b"", "unknown", "a.docx") == Extracted()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "ods", "pdf", "doc", "xls", "ppt", "xlsb", "msg", "ole"])
def test_bytes_that_are_not_the_type_are_incomplete_in_plain_words(kind: str) -> None:
    document = extract(b"nothing of the kind", kind)
    assert not document.complete
    assert document.why and "Error" not in document.why
