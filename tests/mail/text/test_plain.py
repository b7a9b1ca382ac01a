"""Text, CSV, JSON and XML files."""

import pytest

from gateway.mail.text import extract


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_whichever_its_separator(separator: str) -> None:
    lines = [("Name", "DOB", "Note"), ("Ann Lee", "03/04/2015", "x"), ("Bo Lee", "04/05/2016", "y")]
    document = extract("\r\n".join(separator.join(line) for line in lines).encode(), "csv")
    assert document.tables[0].rows == tuple(lines)
    assert document.complete


def test_quoted_cells_keep_their_separators_and_line_ends() -> None:
    document = extract(b'Name,Address\n"Lee, Ann","1 High St\nTown"\n', "csv")
    assert document.tables[0].rows == (("Name", "Address"), ("Lee, Ann", "1 High St\nTown"))


def test_text_of_a_csv_name_is_a_table() -> None:
    assert extract(b"a,b\nc,d\n", "text", "LIST.CSV").tables
    assert not extract(b"a,b\nc,d\n", "text", "list.txt").tables


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_the_charset_is_recognised(charset: str) -> None:
    assert extract("Zoë O’Brien and others".encode(charset), "text").texts[0].text == "Zoë O’Brien and others"


def test_prose_with_commas_is_still_read_whole() -> None:
    document = extract(b'He said, "no', "csv")
    assert document.texts[0].text == 'He said, "no'
    assert document.complete


def test_json_escapes_are_undone() -> None:
    document = extract(rb'{"name": "\u0041nn \u004cee", "x": "\ud83d\ude00 \ud800"}', "json")
    assert any("Ann Lee" in text.text for text in document.texts)


def test_xml_gives_its_text_and_attributes() -> None:
    document = extract(b'<r><child name="Ann Lee">Bo Lee</child></r>', "xml")
    assert "Ann Lee" in document.texts[0].text and "Bo Lee" in document.texts[0].text
    broken = extract(b"<r>Ann Lee<oops</r>", "xml")
    assert "Ann Lee" in broken.texts[0].text


def test_embedded_binary_data_in_xml_is_incomplete() -> None:
    assert not extract(b"<w:wordDocument xmlns:w='x'><w:binData>AAAA</w:binData></w:wordDocument>", "xml").complete
