"""Which reader reads which type.

Promises: a reader's module, and the library behind it, is loaded at its first use: the listener's process, which reads mail
without attachments only, never loads pdfium.
"""

from collections.abc import Callable
from importlib import import_module

from gateway.mail.text.collect import Notes

Reader = Callable[[bytes, Notes], None]

_READERS: dict[str, str] = {
    **dict.fromkeys(("docx", "docm", "dotx", "dotm"), "word.read_word"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx", "xltm", "xlam"), "sheet.read_sheets"),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "ppsm", "potx", "potm"), "slides.read_slides"),
    **dict.fromkeys(("odt", "ods", "odp", "odg", "odf", "ott", "ots", "otp"), "opendocument.read_opendocument"),
    **dict.fromkeys(("doc", "dot"), "legacy.read_doc"),
    **dict.fromkeys(("xls", "xlt"), "legacy_sheet.read_xls"),
    **dict.fromkeys(("ppt", "pps", "pot"), "legacy.read_ppt"),
    **dict.fromkeys(("csv", "tsv", "tab"), "plain.read_csv"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html.read_html"),
    **dict.fromkeys(("json", "jsonl"), "plain.read_json"),
    **dict.fromkeys(("xml", "svg", "kml", "fodt", "fods", "fodp"), "plain.read_xml"),
    **dict.fromkeys(("text", "txt", "plain", "log", "md", "yaml"), "plain.read_plain"),
    **dict.fromkeys(("eml", "mht"), "messages.read_eml"),
    **dict.fromkeys(("msg", "mbox", "tnef"), "messages.read_as_attachment"),
    **dict.fromkeys(("ics", "vcf"), "messages.read_card"),
    **dict.fromkeys(("vsdx", "vsdm", "xps", "epub"), "packages.read_package"),
    "ole": "packages.read_ole",
    "xlsb": "legacy_sheet.read_xlsb",
    "pdf": "pdf.read_pdf",
    "rtf": "rtf.read_rtf",
}


def reader_of(kind: str) -> Reader | None:
    """The reader for a type, None if there is none."""
    place = _READERS.get(kind)
    if place is None:
        return None
    module, _dot, function = place.partition(".")
    reader: Reader = getattr(import_module(f"gateway.mail.text.{module}"), function)
    return reader


def kinds() -> frozenset[str]:
    """Every type that has a reader."""
    return frozenset(_READERS)


def load_all() -> None:
    """Load every reader now: what a warm worker does before its first message."""
    for kind in _READERS:
        reader_of(kind)
