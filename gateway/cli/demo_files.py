"""Tiny files as councils send them, made from nothing: Word, Excel, PDF, and a zip locked with AES-256.

Everything about people in them is invented; the NHS number is from the range that is never given out.
"""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

import pyzipper
from pypdf import PdfReader, PdfWriter

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def word_file(*paragraphs: str) -> bytes:
    """A .docx with these paragraphs."""
    text = "".join(f"<w:p><w:r><w:t>{escape(paragraph)}</w:t></w:r></w:p>" for paragraph in paragraphs)
    document = (
        f'{_XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{text}</w:body></w:document>'
    )
    return _package(("word/document.xml", _WORD, document))


def excel_file(rows: Sequence[Sequence[str]]) -> bytes:
    """A .xlsx with one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join("<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) + "</row>" for row in rows)
    book = f'{_XML}<workbook xmlns="{main}" xmlns:r="{_OFFICE}"><sheets><sheet name="Medical" sheetId="1" r:id="rId1"/></sheets></workbook>'
    sheet = f'{_XML}<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
    links = _relationships(("rId1", f"{_OFFICE}/worksheet", "worksheets/sheet1.xml"))
    return _package(
        ("xl/workbook.xml", _BOOK, book), ("xl/worksheets/sheet1.xml", _SHEET, sheet), links={"xl/_rels/workbook.xml.rels": links}
    )


def _package(*parts: tuple[str, str, str], links: dict[str, str] | None = None) -> bytes:
    """An Office package: its parts, what they are, and which of them is the document."""
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind, _ in parts)
    types = (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relationships(("rId1", f"{_OFFICE}/officeDocument", parts[0][0])),
        **{name: content for name, _, content in parts},
        **(links or {}),
    }
    out = io.BytesIO()
    # Stored, so that a short text makes a file of the size that Word would write: tiny ones cannot be locked in their own format.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def _relationships(*links: tuple[str, str, str]) -> str:
    each = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>' for key, kind, target in links)
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def pdf_file(line: str) -> bytes:
    """A PDF of one page with one line of text, written object by object."""
    escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    page = f"BT /F1 14 Tf 72 720 Td ({escaped}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def form_that_opens_freely(line: str) -> bytes:
    """A PDF that is encrypted against changes only: no password is needed to open it (walks.md row 28)."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_file(line))))
    writer.encrypt(user_password="", owner_password="only-for-changes", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked_zip(password: str, files: dict[str, bytes]) -> bytes:
    """A zip whose members are all locked with AES-256."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
