"""Documents made to cost the reader more than they cost the sender (threats.md H01): what they are called, their type, their bytes."""

import zlib
from collections.abc import Callable

from tests.mail.text.documents import S, W, docx, opendocument, package, paragraph, rows, xlsx


def pdf_with_stream(content: bytes, count: int = 1) -> bytes:
    packed = zlib.compress(content)
    kids = " ".join("3 0 R" for _number in range(count))
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        + f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj\n".encode()
        + b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"
        + b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(packed)
        + packed
        + b"\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def nested(opening: str, inner: str, closing: str, times: int) -> str:
    return opening * times + inner + closing * times


CELL = '<c r="A1" t="s"><v>0</v></c>'
SHARED = {"xl/sharedStrings.xml": f"<sst {S}><si><t>{'a' * 1_000_000}</t></si></sst>"}
TABLE = '<table:table><table:table-row table:number-rows-repeated="64">{}</table:table-row></table:table>'
WIDE = f'<table:table-cell table:number-columns-repeated="64"><text:p>{"a" * 100_000}</text:p></table:table-cell>'

BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "one run of 70 MB": ("docx", lambda: docx(f"<w:p><w:r><w:t>{'a' * 70_000_000}</w:t></w:r></w:p>")),
    "a million empty paragraphs": ("docx", lambda: docx("<w:p/>" * 1_050_000)),
    "one-letter runs": ("docx", lambda: docx(paragraph(*("a" * 500_000)))),
    "many parts of 1 MB": ("docx", lambda: docx("", **{f"p{number}_xml": "<a>" + "b" * 1_000_000 + "</a>" for number in range(80)})),
    "five thousand parts": ("docx", lambda: docx("", **{f"p{number}_xml": "<a/>" for number in range(5000)})),
    "elements 100,000 deep": ("docx", lambda: docx(nested("<w:x>", "", "</w:x>", 100_000))),
    "tables within tables": (
        "docx",
        lambda: docx(nested("<w:tbl><w:tr><w:tc>", paragraph("a" * 300_000), "</w:tc></w:tr></w:tbl>", 80)),
    ),
    "a million laughs": (
        "docx",
        lambda: package(
            {
                "word/document.xml": '<!DOCTYPE d [<!ENTITY a "'
                + "a" * 1_000_000
                + f'">]><w:d {W}><w:p><w:r><w:t>{"&a;" * 1000}</w:t></w:r></w:p></w:d>'
            }
        ),
    ),
    "70 MB of cells": ("xlsx", lambda: xlsx({"A": f"<sheetData><row>{CELL * 2_600_000}</row></sheetData>"})),
    "a shared megabyte in every cell": ("xlsx", lambda: xlsx({"A": f"<sheetData><row>{CELL * 100_000}</row></sheetData>"}, more=SHARED)),
    "dense rows": ("xlsx", lambda: xlsx({"A": rows(*([("a", "b", "c", "d")] * 90_000))})),
    "a wide repeated cell in repeated rows": ("ods", lambda: opendocument("spreadsheet", TABLE.format(WIDE))),
    "a million repeated rows": ("ods", lambda: opendocument("spreadsheet", TABLE.format("<table:table-cell/>") * 60_000)),
    "spaces by number": ("odt", lambda: opendocument("text", '<text:p><text:s text:c="999999999"/></text:p>' * 100_000)),
    "150 MB of page": ("pdf", lambda: pdf_with_stream(b" " * 150_000_000)),
    "a page of 5 MB of text": ("pdf", lambda: pdf_with_stream(b"BT /F1 1 Tf (a) Tj ET\n" * 50_000)),
    "a page shown 100,000 times": ("pdf", lambda: pdf_with_stream(b"BT /F1 1 Tf (a) Tj ET\n", 100_000)),
    "24 MB of escapes": ("rtf", lambda: b"{\\rtf1 " + b"\\'41" * 6_000_000),
    "a million groups": ("rtf", lambda: b"{\\rtf1 " + b"{}" * 1_000_000),
    "24 MB of open tags": ("html", lambda: b"<b>" * 8_000_000),
    "tables within tables of HTML": ("html", lambda: b"<table><tr><td>a" * 100_000),
    "attributes of one HTML tag": ("html", lambda: b"<a " + b" ".join(b"a%d='>'" % number for number in range(100_000)) + b">x"),
    "quotes that hide attributes": ("html", lambda: b'<a " ' + b" ".join(b"a%d" % number for number in range(100_000)) + b'">x'),
    "tags without end": ("html", lambda: b"<a" * 3_000_000),
    "formatting that is never closed": ("html", lambda: b"".join(b"<font a=%d>" % number for number in range(3000)) + b"<p>x" * 3000),
    "24 MB of commas": ("csv", lambda: b"," * 24_000_000),
    "12 million lines": ("csv", lambda: b"a\n" * 12_000_000),
    "one quote too few": ("csv", lambda: b'a,b\n"' + b"c,d\n" * 5_000_000),
    "escaped quotes without end": ("json", lambda: b'"' + b'\\"' * 5_000_000),
    "escapes": ("json", lambda: b'["' + b"\\u0041" * 3_000_000 + b'"]'),
    "declared charset that is quadratic": ("text", lambda: b'charset="punycode" ' + b"\xe9a" * 2_000_000),
    "25 MB of XML attributes": ("xml", lambda: b"<a " + b" ".join(b"a%d='b'" % number for number in range(1_500_000)) + b"/>"),
    "25 MB of one tag": ("xml", lambda: b"<" * 25_000_000),
}
