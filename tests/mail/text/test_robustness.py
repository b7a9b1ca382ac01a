"""Whatever the bytes: extraction answers, in time, and never calls damage complete without having read it."""

import random
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.text import extract
from gateway.mail.text.formats import kinds
from gateway.model.document import Extracted
from tests.mail.text.documents import A, docx, opendocument, package, paragraph, pdf, pptx, rows, shows, xlsx

SAMPLES: dict[str, Callable[[], bytes]] = {
    "docx": lambda: docx(paragraph("Ann ", "Lee") + "<w:tbl><w:tr><w:tc>" + paragraph("x") + "</w:tc></w:tr></w:tbl>"),
    "xlsx": lambda: xlsx({"A": rows(("Ann", "Lee"), ("x", "y"))}, {"A": "hidden"}),
    "pptx": lambda: pptx("<a:p><a:r><a:t>Ann</a:t></a:r></a:p>", more={"ppt/notesSlides/notesSlide1.xml": f"<p:notes {A}/>"}),
    "odt": lambda: opendocument(
        "text", "<office:text><text:p>Ann<office:annotation><text:p>x</text:p></office:annotation></text:p></office:text>"
    ),
    "ods": lambda: opendocument("spreadsheet", "<table:table><table:table-row><table:table-cell/></table:table-row></table:table>"),
    "pdf": lambda: pdf(shows("Ann Lee"), "q 595 0 0 842 0 0 cm /I1 Do Q", info="/Title(x)"),
    "rtf": lambda: b"{\\rtf1\\ansi{\\fonttbl{\\f0 A;}}{\\*\\unknown x}Ann\\'e9\\u8217?{\\object{\\*\\objdata 0105}}\\cell\\row}",
    "html": lambda: b"<html><table><tr><td>Ann<td hidden>x</table><a href='data:x/y;base64,QUJDREVGR0hJSktM'>",
    "csv": lambda: b'Name,DOB\n"Lee, Ann",2015\n',
    "json": lambda: b'{"a": "\\u0041nn"}',
    "ics": lambda: b"BEGIN:VCALENDAR\r\nATTACH;ENCODING=BASE64:QUJD\r\nEND:VCALENDAR\r\n",
    "eml": lambda: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nAnn\r\n--b--\r\n",
}


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, a stretch cut out, doubled or moved."""
    out = bytearray(content)
    for _change in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(out) + 1), chance.randint(1, 40)
        match chance.randrange(4):
            case 0:
                out[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del out[at : at + length]
            case 2:
                out[at:at] = out[at : at + length]
            case _:
                out[at:at] = chance.choice((b"\0", b"\xff" * 4, b"<", b"]]>", b"&#0;", b"{", b"\\bin99 ", b"<!--", b"\x7f\xff\xff\xff"))
    return bytes(out)


def unzipped_and_mutated(content: bytes, chance: random.Random) -> bytes:
    """The parts of a package mutated, and packed again: a mutated deflate stream only ever tests the checksum."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return package({name: mutated(archive.read(name), chance) for name in archive.namelist()})


@pytest.mark.parametrize("kind", SAMPLES)
def test_mutated_documents_are_answered_in_time(kind: str) -> None:
    sample, chance = SAMPLES[kind](), random.Random(kind)
    ways = [mutated] + [unzipped_and_mutated] * sample.startswith(b"PK")
    for number in range(150):
        content = ways[number % len(ways)](sample, chance)
        before = process_time()
        assert isinstance(extract(content, kind), Extracted), content
        assert process_time() - before < 2


@given(st.binary(max_size=400), st.sampled_from(sorted(kinds())))
@settings(max_examples=400, deadline=None)
def test_any_bytes_under_any_type_are_answered(content: bytes, kind: str) -> None:
    document = extract(content, kind)
    assert document.complete or document.why


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "odt", "ods", "pdf"])
def test_a_truncated_document_is_not_complete(kind: str) -> None:
    sample = SAMPLES[kind]()
    assert extract(sample, kind).complete
    assert not extract(sample[: len(sample) // 3], kind).complete


def test_every_file_of_the_corpus_is_answered_under_its_own_and_other_types(shared: Path) -> None:
    files = sorted((shared / "corpus").glob("*/*/*"))
    assert len(files) > 400
    for number, path in enumerate(files):
        content = path.read_bytes()
        endings = {path.suffix.lstrip(".").lower(), "text", "html", sorted(kinds())[number % len(kinds())]}
        for kind in endings:
            before = process_time()
            document = extract(content, kind, path.name)
            assert document.complete or document.why, path
            assert process_time() - before < 2, path
