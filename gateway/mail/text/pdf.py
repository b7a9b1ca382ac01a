"""Text of PDF files by pdfium: pages, annotations, form fields, properties, attachments, XFA forms.

Promises: a page without text that shows a picture or many drawn shapes makes the document `image_only`: what it says cannot be
checked. Runs in the workers, under their limits of time and memory.
On failure: a file that pdfium cannot open, or that needs a password, is incomplete.
"""

import ctypes
import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from gateway.mail.text import limits
from gateway.mail.text.collect import Notes, Stop
from gateway.mail.text.pdf_tables import Tables, tables_of
from gateway.mail.text.xml import harvest

_LABEL = re.compile(rb"MSIP_Label_([0-9a-fA-F-]{36})_(\w+)")
_LABEL_NAME = re.compile(rb"MSIP_Label_[0-9a-fA-F-]{36}_Name\s*\(([^)\\]{1,200})\)")
_ANNOTATION_TEXTS = (b"Contents", b"T", b"Subj", b"RC", b"V", b"TU", b"DV")
_SMALL_PICTURE = 0.03
"""Share of the page under which a picture on a page without text is a logo, not a scan."""
_LARGE_PICTURE = 0.5
"""Share of the page from which a picture with a caption or a copier's stamp counts as a scan."""
_FEW_CHARS = 3
"""Text layers of scanners that recognised nothing hold a form feed or a page number."""


def read_pdf(content: bytes, notes: Notes) -> None:
    """Read a PDF."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Stop("it needs a password" if "password" in str(error).lower() else "it is damaged") from None
    try:
        _read_properties(document, content, notes)
        _read_pages(document, notes)
        _read_attachments(document, notes)
        _read_xfa(document, notes)
    finally:
        document.close()


def _read_pages(document: pypdfium2.PdfDocument, notes: Notes) -> None:
    if document.get_formtype() == pdfium.FORMTYPE_ACRO_FORM:
        document.init_forms()
    count = len(document)
    if count == 0:
        raise Stop("it is damaged")
    tables = Tables()
    for number in range(min(count, limits.PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            notes.incomplete("a page of it is damaged")
            continue
        try:
            _read_page(document, page, number + 1, tables, notes)
        finally:
            page.close()
    for place, rows in tables.found:
        for row in rows:
            notes.count_row(row)
        notes.shape(place, rows)
    if count > limits.PAGES:
        raise Stop("it has more pages than are looked at")


def _read_page(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int, tables: Tables, notes: Notes) -> None:
    place = f"page {number}"
    try:
        layer = page.get_textpage()
    except pypdfium2.PdfiumError:
        notes.incomplete("a page of it is damaged")
        return
    try:
        text = layer.get_text_range() if layer.count_chars() else ""
        if number <= limits.TABLE_PAGES and len(text) <= limits.TABLE_CHARS:
            tables.take(place, tables_of(layer, text))
    finally:
        layer.close()
    text = text.replace("\ufffe", "-").replace("\r\n", "\n")  # pdfium's mark for a hyphen at a line's end
    notes.text(place, text)
    written = len(text.strip())
    if written < limits.FEW_WORDS and _shows_picture(page, _SMALL_PICTURE if written <= _FEW_CHARS else _LARGE_PICTURE):
        notes.image_only = True
    notes.text(f"{place}, notes and fields", "\n".join(dict.fromkeys(_annotations(document, page))))


def _shows_picture(page: pypdfium2.PdfPage, share: float) -> bool:
    """Pictures that cover this share of the page together, or drawings that may be letters."""
    area = page.get_width() * page.get_height()
    paths = 0
    covered = 0.0
    for number, thing in enumerate(page.get_objects()):
        if number > limits.PAGE_OBJECTS:
            return True
        paths += thing.type in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING)
        if paths >= limits.DRAWN_PATHS:
            return True
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            covered += abs((right - left) * (top - bottom))
            if covered >= share * area:
                return True
    return False


def _annotations(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    form = document.formenv
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), limits.PAGE_OBJECTS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            for key in _ANNOTATION_TEXTS:
                yield _string(pdfium.FPDFAnnot_GetStringValue, annotation, key)
            if form is not None:
                yield _string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _string(getter: object, *arguments: object) -> str:
    """A UTF-16 string from one of pdfium's two-step getters: first the size, then the content."""
    assert callable(getter)
    size = getter(*arguments, None, 0)
    if size <= 2 or size > 2 * limits.TEXT_CHARS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    getter(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _read_properties(document: pypdfium2.PdfDocument, content: bytes, notes: Notes) -> None:
    properties = document.get_metadata_dict(skip_empty=True)
    notes.text("properties", "\n".join(value for key, value in properties.items() if not key.endswith("Date")))
    for key in ("Keywords", "Subject"):
        notes.label(properties.get(key, ""))
    for found in _LABEL.finditer(content):
        notes.label(found[1].decode("ascii"))
    for found in _LABEL_NAME.finditer(content):
        notes.label(found[1].decode("latin-1"))
    start = content.rfind(b"<x:xmpmeta")
    end = content.find(b"</x:xmpmeta>", start)
    if 0 <= start < end:
        notes.text("properties", harvest(content[start : end + 12], notes)[0])


def _read_attachments(document: pypdfium2.PdfDocument, notes: Notes) -> None:
    for number in range(min(document.count_attachments(), limits.FILES)):
        try:
            attachment = document.get_attachment(number)
            notes.file(attachment.get_name(), bytes(attachment.get_data()))
        except pypdfium2.PdfiumError:
            notes.incomplete("a file attached to it cannot be read")


def _read_xfa(document: pypdfium2.PdfDocument, notes: Notes) -> None:
    for number in range(min(pdfium.FPDF_GetXFAPacketCount(document), limits.FILES)):
        size = ctypes.c_ulong()
        if not pdfium.FPDF_GetXFAPacketContent(document, number, None, 0, size) or not 0 < size.value <= limits.UNPACKED_BYTES:
            continue
        buffer = ctypes.create_string_buffer(size.value)
        pdfium.FPDF_GetXFAPacketContent(document, number, buffer, size.value, size)
        notes.text("form data", harvest(b"<r>" + _without_declaration(buffer.raw) + b"</r>", notes)[0])


def _without_declaration(content: bytes) -> bytes:
    return re.sub(rb"^\s*<\?xml[^>]*\?>", b"", content)
