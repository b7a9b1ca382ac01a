"""The type is what the bytes say; the name only helps between text formats and for encrypted Office files."""

import os
import zlib

import pytest

from gateway.mail.containers import detect_type, name_disagrees, recognise
from tests.mail.containers import makers as m

_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR"
TYPES: tuple[tuple[str, bytes], ...] = (
    ("empty", b""),
    # archives
    ("zip", m.by_zipfile({"a.txt": b"x"})),
    ("zip", b"PK\5\6" + bytes(18)),
    ("jar", m.by_zipfile({"META-INF/MANIFEST.MF": b"x", "a.class": b"x"})),
    ("epub", m.by_zipfile({"mimetype": b"application/epub+zip"}, 0)),
    ("7z", b"7z\xbc\xaf\x27\x1c\0\4"),
    ("rar", b"Rar!\x1a\x07\x01\0"),
    ("rar", b"Rar!\x1a\x07\0"),
    ("gz", b"\x1f\x8b\x08\0"),
    ("bz2", b"BZh91AY&SY"),
    ("xz", b"\xfd7zXZ\0"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("lz4", b"\x04\x22\x4d\x18"),
    ("cab", b"MSCF\0\0\0\0"),
    ("tar", m.tar()),
    ("iso", bytes(32_769) + b"CD001"),
    ("lzh", b"\x20\x05-lh5-" + bytes(30)),
    ("arj", b"\x60\xea" + bytes(30)),
    # documents
    ("docx", m.plain_docx()),
    ("docm", m.office_like("word", "word/vbaProject.bin")),
    ("xlsx", m.office_like("xl")),
    ("pptx", m.office_like("ppt")),
    ("odt", m.opendocument("")),
    ("ods", m.opendocument("", kind="spreadsheet")),
    ("odp", m.opendocument("", kind="presentation")),
    ("pdf", m.plain_pdf()),
    ("pdf", b"\r\n\r\n%PDF-1.4"),
    ("rtf", b"{\\rtf1\\ansi Plan}"),
    ("one", b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"),
    ("mdb", b"\0\1\0\0Standard Jet DB\0"),
    ("accdb", b"\0\1\0\0Standard ACE DB\0"),
    # locks
    ("age", b"age-encryption.org/v1\n-> X25519 a\n"),
    ("age", b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl"),
    ("openssl", b"Salted__12345678"),
    ("pgp", b"-----BEGIN PGP MESSAGE-----\n\n"),
    ("pgp", b"\x8c\x0d\x04\x09\x03\x08" + bytes(9)),
    ("pgp", b"\xa3\x01\x9b\xc0"),
    ("smime", b"\x30\x82\x04\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0"),
    ("smime", b"\x30\x80\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17\xa0"),
    ("smime", b"-----BEGIN PKCS7-----\nMIIB"),
    ("kdbx", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"),
    # pictures, sound, programs
    ("png", _PNG),
    ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("gif", b"GIF89a\1\0"),
    ("bmp", b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(20)),
    ("tiff", b"II*\0\x08\0\0\0"),
    ("webp", b"RIFF\0\0\0\0WEBPVP8 "),
    ("heic", b"\0\0\0\x18ftypheic"),
    ("mp4", b"\0\0\0\x18ftypisom"),
    ("exe", b"MZ\x90\0" + bytes(60)),
    ("elf", b"\x7fELF\2\1"),
    ("lnk", b"L\0\0\0\x01\x14\x02\0"),
    ("tnef", b"\x78\x9f\x3e\x22\1\0"),
    # text
    ("text", b"Dear Sam,\r\nsee you on Thursday.\r\n"),
    ("text", "Bore da, mae'r cynllun yn dŷ.\n".encode("cp1252", "replace")),
    ("text", "The plan, in UTF-16".encode("utf-16")),
    ("html", b"<!DOCTYPE html><html><p>Plan</p></html>"),
    ("html", b"\xef\xbb\xbf  <HTML><body>Plan"),
    ("xml", b'<?xml version="1.0"?><plan/>'),
    ("svg", b'<?xml version="1.0"?><svg xmlns="x"/>'),
    ("json", b'{"plan": [1, 2]}'),
    ("csv", b"name,born,road\nA,1,2\nB,3,4\n"),
    ("csv", b"name;born\nA;1\nB;3\n"),
    ("ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"),
    ("vcf", b"BEGIN:VCARD\nVERSION:3.0\n"),
    ("eml", b"Received: from a\r\nFrom: a@example.org\r\nSubject: plan\r\n\r\nhello"),
    ("mbox", b"From a@example.org Mon\nFrom: a@example.org\n\nhello"),
    ("unknown", bytes(range(256))),
    ("unknown", bytes(100)),
)


@pytest.mark.parametrize(("kind", "content"), TYPES, ids=[f"{number} {kind}" for number, (kind, _) in enumerate(TYPES)])
def test_the_type_is_told_by_the_bytes(kind: str, content: bytes) -> None:
    assert detect_type(content) == kind
    assert detect_type(content, "letter.docx") == kind
    assert recognise(content).type == kind


def test_there_are_forty_types_at_least() -> None:
    assert len({kind for kind, _ in TYPES}) >= 40


def test_a_name_decides_between_text_formats_only() -> None:
    assert detect_type(b"a b c\n", "a.csv") == "csv"
    assert detect_type(b"%PDF-1.7\n", "a.csv") == "pdf"


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pptx"])
def test_the_name_tells_which_office_file_is_locked(ending: str) -> None:
    locked = m.by_msoffcrypto()
    assert detect_type(locked, f"plan.{ending}") == ending
    assert detect_type(locked, "plan.txt") == "ooxml"


def test_any_start_of_a_file_has_a_type() -> None:
    for content in (m.plain_docx(), m.plain_pdf(), m.by_msoffcrypto(), m.tar(), zlib.compress(m.TEXT)):
        for size in range(600):
            assert detect_type(content[:size])


def test_random_bytes_that_are_no_known_container_are_unknown_not_plain() -> None:
    container = recognise(b"\1" + os.urandom(5_000))
    assert (container.type, container.protection.state, container.complete) == ("unknown", "unknown", False)


@pytest.mark.parametrize(
    ("kind", "name", "disagrees"),
    [
        ("zip", "plan.docx", True),
        ("docx", "plan.docx", False),
        ("docm", "plan.docx", False),
        ("ooxml", "plan.docx", False),
        ("docx", "cafe.zip", True),
        ("xlsx", "plan.zip", True),
        ("jar", "tool.zip", False),
        ("pdf", "papers.gpg", True),
        ("text", "papers.gpg", False),
        ("text", "papers.7z", True),
        ("zip", "report.pdf", True),
        ("docx", "report.pdf", True),
        ("jpeg", "report.pdf", False),
        ("zip", "smime.p7m", True),
        ("smime", "smime.p7m", False),
        ("eml", "smime.p7m", False),
        # habits
        ("ooxml", "export.xls", False),
        ("xlsx", "export.xls", False),
        ("csv", "export.xls", False),
        ("xml", "export.xls", False),
        ("html", "letter.doc", False),
        ("doc", "letter.docx", False),
        ("docm", "letter.docx", False),
        ("jpeg", "scan.jfif", False),
        ("csv", "list.log", False),
        ("xlsx", "list.csv", False),
        ("exe", "winmail.dat", False),
        ("zip", "export.dat", False),
        ("gz", "backup.tar", False),
        ("unknown", "damaged.pdf", False),
        ("empty", "nothing.zip", False),
        # names that are drawn as others, or whose last ending is not shown
        ("exe", "plan\u202efdp.exe", True),
        ("text", "plan\u202etxt.docx", True),
        ("pdf", "\u200eתוכנית.pdf", False),
        ("exe", "papers.zip.exe", True),
        ("text", "letter.pdf        .js", True),
        ("exe", "letter.pdf.exe. ", True),
        ("exe", "papers.exe", False),
        ("gz", "papers.tar.gz", False),
        ("pdf", "letter.docx.pdf", False),
        ("pgp", "letter.pdf.gpg", False),
        ("zip", "letter.docx.zip", False),
        ("docx", "plan v2.1.docx", False),
        ("exe", "plan.pdf", True),
        ("exe", "plan.pdf. ", True),
        ("html", "export.xls", False),
        ("rtf", "letter.doc", False),
        ("zip", "scan.jpg", True),
        ("jpeg", "scan.png", False),
        ("7z", "a.zip", True),
        ("pdf", "notes.txt", True),
        ("csv", "notes.txt", False),
        ("zip", "a.unknownending", False),
        ("zip", "no ending", False),
        ("zip", ".docx", False),
    ],
)
def test_a_name_is_a_second_view_and_habits_say_nothing(kind: str, name: str, disagrees: bool) -> None:
    assert name_disagrees(kind, name) is disagrees
