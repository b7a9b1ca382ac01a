"""Word, Excel and PowerPoint of 1997-2003, and objects embedded in documents of any age."""

import struct
import zlib
from pathlib import Path
from time import process_time

import pytest

from gateway.mail.text import extract
from gateway.model.document import Extracted
from tests.mail.text.documents import docx, package, paragraph
from tests.mail.vectors.formats import compound_file, outlook_message

STORIES = (
    ("text", "Kay\x13 HYPERLINK \x14leigh\x15 Lee\rName\x07DOB\x07\x07Ann\x072015\x07\x07"),
    ("footnotes", "a note\r"),
    ("comments", "aside\r"),
)


def doc(*stories: tuple[str, str], flags: int = 0x0200, more: dict[str, object] | None = None) -> bytes:
    """A Word document whose text lies in two pieces, the first in Windows-1252, the second in UTF-16."""
    order = ("text", "footnotes", "header and footer", "macros", "comments", "endnotes", "text boxes", "text boxes of headers")
    by_place = dict(stories)
    text = "".join(by_place.get(place, "") for place in order)
    half = len(text) // 2
    stream = bytearray(0x800)
    struct.pack_into("<HH6xH", stream, 0, 0xA5EC, 0x00C1, flags)
    struct.pack_into("<8I", stream, 0x4C, *[len(by_place.get(place, "")) for place in order])
    pieces = struct.pack("<3I", 0, half, len(text))
    pieces += struct.pack("<HIH", 0, 0x40000000 | 2 * 0x800, 0)
    stream += text[:half].encode("cp1252")
    pieces += struct.pack("<HIH", 0, len(stream), 0)
    stream += text[half:].encode("utf-16-le")
    clx = b"\x01" + struct.pack("<H", 3) + b"abc" + b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", stream, 0x1A2, 10, len(clx))
    return compound_file({"WordDocument": bytes(stream), "1Table": bytes(10) + clx, **(more or {})})


def record(kind: int, data: bytes, instance: int = 0, container: bool = False) -> bytes:
    return struct.pack("<HHI", (instance << 4) | (0xF if container else 0), kind, len(data)) + data


def everything(document: Extracted) -> str:
    return "\n".join(text.text for text in document.texts)


def test_all_stories_of_a_document_are_read_from_its_pieces() -> None:
    document = extract(doc(*STORIES), "doc")
    found = {text.place: text.text for text in document.texts}
    assert document.complete
    assert found["footnotes"].strip() == "a note"
    assert found["comments"].strip() == "aside"
    assert "Name\tDOB\nAnn\t2015" in found["text"]
    assert [text.hidden for text in document.texts if text.place == "comments"] == [True]


def test_a_piece_that_lies_outside_makes_it_incomplete() -> None:
    whole = doc(*STORIES)
    assert not extract(whole.replace(struct.pack("<I", 0x40000000 | 0x1000), struct.pack("<I", 0x7FFFFFF0)), "doc").complete


def test_an_encrypted_document_needs_a_password() -> None:
    assert extract(doc(*STORIES, flags=0x0300), "doc").why == "it needs a password"


def test_files_embedded_in_a_document_are_handed_on_or_said() -> None:
    native = (
        struct.pack("<IH", 99, 2) + b"case.txt\0C:\\case.txt\0" + struct.pack("<II", 3, 4) + b"tmp\0" + struct.pack("<I", 7) + b"Ann Lee"
    )
    inner = package({"a": "b"})
    pool = {"ObjectPool": {"_1": {"\x01Ole10Native": native}, "_2": {"Package": inner}}}
    document = extract(doc(*STORIES, more=pool), "doc")
    assert sorted(document.files) == [("case.txt", b"Ann Lee"), ("object", inner)]
    assert document.complete
    assert not extract(doc(*STORIES, more={"ObjectPool": {"_1": {"WordDocument": bytes(99)}}}), "doc").complete


def test_properties_and_labels_of_legacy_documents_are_read() -> None:
    title = b"\x1e\0\0\0" + struct.pack("<I", 8) + b"Ann Lee\0"
    label = "MSIP_Label_0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa_Enabled".encode("utf-16-le")
    document = extract(doc(*STORIES, more={"\x05SummaryInformation": title, "\x05DocumentSummaryInformation": label}), "doc")
    assert "Ann Lee" in everything(document)
    assert document.labels == ("0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa",)


def test_text_records_of_a_presentation_are_read_at_any_depth() -> None:
    inner = compound_file({"Package": package({"a": "b"})})
    embedded = record(0x1011, struct.pack("<I", len(inner)) + zlib.compress(inner), instance=1)
    stream = record(
        0x03E8, record(0x0FF0, record(0x0FA0, "Ann Lee".encode("utf-16-le")) + record(0x0FA8, b"Bo Lee"), container=True), container=True
    )
    document = extract(compound_file({"PowerPoint Document": stream + embedded}), "ppt")
    assert "Ann Lee" in everything(document) and "Bo Lee" in everything(document)
    assert [name for name, _content in document.files] == ["object"]
    assert document.complete
    for gap in (8, 13, 38):  # left by saving on top of an older file
        assert "Bo Lee" in everything(extract(compound_file({"PowerPoint Document": bytes(gap) + stream}), "ppt"))
    assert not extract(compound_file({"PowerPoint Document": stream[:-3]}), "ppt").complete


def test_ole_objects_in_new_documents_are_unwrapped() -> None:
    inner = package({"a": "b"})
    whole = compound_file({"Workbook": bytes(100)})
    document = extract(
        docx(paragraph("x"), embeddings__oleObject1_bin=compound_file({"Package": inner}), embeddings__oleObject2_bin=whole), "docx"
    )
    assert sorted(content for _name, content in document.files) == sorted([inner, whole])
    assert document.complete


def test_an_object_of_an_unknown_kind_is_said_and_macros_are_not() -> None:
    unknown = extract(docx(paragraph("x"), embeddings__oleObject1_bin=compound_file({"Secret": b"Ann Lee " * 20})), "docx")
    assert not unknown.complete
    macros = compound_file({"VBA": {"ThisDocument": bytes(500), "dir": bytes(500)}, "PROJECT": bytes(100)})
    assert extract(docx(paragraph("x"), vbaProject_bin=macros), "docm").complete


def test_a_declared_size_beyond_the_file_is_damage_not_work() -> None:
    whole = compound_file({"PowerPoint Document": record(0x0FA8, b"Ann Lee " * 600)})
    real, lie = struct.pack("<Q", 4808), struct.pack("<Q", 600_000_000)
    assert extract(whole, "ppt").complete
    before = process_time()
    assert not extract(whole.replace(real, lie), "ppt").complete
    assert process_time() - before < 1


def test_an_outlook_message_inside_a_file_is_read() -> None:
    document = extract(outlook_message("About Ann", "plain words", (("a.pdf", b"%PDF-1.4"),)), "msg")
    assert "plain words" in everything(document)
    assert document.files == (("a.pdf", b"%PDF-1.4"),)


@pytest.mark.parametrize(
    "name", ["plain.doc", "plain.xls", "plain.ppt", "rc4cryptoapi_password_plain.xls", "xor_password_123456789012345_plain.xls"]
)
def test_legacy_files_of_real_programs_are_read_to_the_end(shared: Path, name: str) -> None:
    document = extract((shared / "corpus/attachments/msoffcrypto" / name).read_bytes(), name.rpartition(".")[2])
    assert document.complete
    assert document.texts
