"""The demo's files are what they say: other programs' libraries open them, or cannot."""

import io
import zipfile

import pypdf
import pytest
import pyzipper
from python_calamine import CalamineWorkbook

from gateway.cli.demo_files import excel_file, form_that_opens_freely, locked_zip, pdf_file, word_file


def test_a_word_file_is_a_package_with_its_words() -> None:
    with zipfile.ZipFile(io.BytesIO(word_file("Early help <assessment>"))) as package:
        assert package.testzip() is None
        assert {"[Content_Types].xml", "_rels/.rels", "word/document.xml"} == set(package.namelist())
        assert b"Early help &lt;assessment&gt;" in package.read("word/document.xml")


def test_an_excel_file_opens_with_its_cells() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(excel_file([("Name", "Allergy"), ("Child 1", "nuts & seeds")])))
    assert book.sheet_names == ["Medical"]
    assert book.get_sheet_by_index(0).to_python() == [["Name", "Allergy"], ["Child 1", "nuts & seeds"]]


def test_a_pdf_has_its_line() -> None:
    assert pypdf.PdfReader(io.BytesIO(pdf_file("Referral (form)"))).pages[0].extract_text() == "Referral (form)"


def test_a_form_locked_against_changes_opens_without_a_password() -> None:
    reader = pypdf.PdfReader(io.BytesIO(form_that_opens_freely("Referral form")))
    assert reader.is_encrypted
    assert reader.pages[0].extract_text() == "Referral form"


def test_a_locked_zip_opens_with_its_password_only() -> None:
    content = locked_zip("Rainbow2026", {"papers.docx": b"words"})
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].wz_aes_strength == 3  # AES-256 in the AE extra field
        with pytest.raises(RuntimeError):
            archive.read("papers.docx", pwd=b"wrong")
        assert archive.read("papers.docx", pwd=b"Rainbow2026") == b"words"
