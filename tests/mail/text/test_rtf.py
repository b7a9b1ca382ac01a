"""What is read of RTF files, and which of it a person who opens them would not see."""

import struct

from gateway.mail.text import extract
from gateway.model.document import Extracted


def read(body: str) -> Extracted:
    return extract(("{\\rtf1\\ansi\\ansicpg1252" + body + "}").encode("latin-1"), "rtf")


def place(document: Extracted, name: str) -> str:
    return "".join(text.text for text in document.texts if text.place == name).strip()


def test_formatting_inside_a_word_does_not_part_it() -> None:
    assert place(read("\\pard Kay{\\b lei}\\b0 gh\\par Lee\\tab x"), "text") == "Kayleigh\nLee\tx"


def test_characters_come_from_escapes_code_pages_and_unicode() -> None:
    assert place(read(" Zo\\'eb \\u8217? \\u-10179?\\u-8704?\\{\\}"), "text") == "Zoë ’ 😀{}"
    assert place(read("{\\fonttbl{\\f1\\fcharset204 Arial;}}\\f1 \\'c8\\'e2\\'e0\\'ed"), "text") == "Иван"
    assert place(read("\\uc2 \\u65\\'3f?B"), "text") == "AB"


def test_headers_notes_comments_and_properties_are_read() -> None:
    document = read("{\\info{\\title Case of Ann}}{\\header on top}{\\footer below}text{\\*\\annotation aside}{\\footnote small}\\par")
    assert place(document, "properties") == "Case of Ann"
    assert (place(document, "header"), place(document, "footer"), place(document, "comments")) == ("on top", "below", "aside")
    assert "small" in place(document, "text")


def test_hidden_and_deleted_text_are_said() -> None:
    document = read("open {\\v secret} {\\deleted gone}\\v more\\v0  end")
    assert place(document, "hidden text") == "secretmore"
    assert place(document, "tracked changes") == "gone"
    assert set(document.hidden) == {"some text is formatted as hidden", "tracked changes keep deleted text"}


def test_text_in_groups_that_readers_ignore_is_hidden_text() -> None:
    assert "Ann Lee" in place(read("{\\*\\unknownthing Ann Lee}x"), "ignored")
    assert place(read("{\\fonttbl{\\f0 Arial;}}{\\stylesheet{Normal;}}{\\*\\generator Word;}x"), "text") == "x"


def test_rows_are_a_table() -> None:
    document = read("intro\\par \\trowd Name\\cell DOB\\cell\\row\\trowd Ann \\b Lee\\b0\\cell 2015\\cell\\row\\pard after")
    assert document.tables[0].rows == (("Name", "DOB"), ("Ann Lee", "2015"))
    assert "Ann Lee\t2015" in place(document, "text")


def test_braces_in_binary_data_do_not_end_groups() -> None:
    assert place(read("{\\pict\\bin5 }}}}}}text"), "text") == "text"


def test_a_scan_in_rtf_is_image_only() -> None:
    assert read("{\\pict\\pngblip 89504e47}").image_only


def test_a_packaged_file_is_handed_on() -> None:
    native = b"\x02\x00case.txt\0C:\\case.txt\0" + struct.pack("<HHI", 0, 3, 4) + b"tmp\0" + struct.pack("<I", 7) + b"Ann Lee"
    raw = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + struct.pack("<II", 0, 0) + struct.pack("<I", len(native)) + native
    assert read("{\\object{\\*\\objdata " + raw.hex() + "}}x").files == (("case.txt", b"Ann Lee"),)


def test_deep_groups_and_lone_braces_do_no_harm() -> None:
    assert place(extract(b"{\\rtf1 }}}} text", "rtf"), "text") == "text"
    assert not extract(b"{\\rtf1 " + b"{" * 100_000, "rtf").complete
