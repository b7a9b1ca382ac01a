"""The file name as a second view: does its ending fit what the bytes are?

Promises: an ending that nobody misuses by habit is judged strictly (a .docx that is a plain zip, a .pdf that is a program);
endings that programs themselves write over other content (an .xls that is HTML) are judged by that habit.
An unknown ending says nothing.
"""

_TEXTS = frozenset(("text", "csv", "json", "xml", "html", "svg", "eml", "mbox", "ics", "vcf", "empty"))
_WORD = frozenset(("doc", "docx", "docm", "rtf", "ooxml", "html", "xml", "text", "empty"))
_SHEET = frozenset(("xls", "xlsx", "xlsm", "xlsb", "ooxml", "html", "xml", "csv", "text", "empty"))
_SLIDES = frozenset(("ppt", "pptx", "pptm", "ooxml", "empty"))
_ZIPS = frozenset(
    ("zip", "jar", "docx", "docm", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "odt", "ods", "odp", "odg", "epub", "xps", "empty")
)

_FITS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("docx", "docm", "dotx"), frozenset(("docx", "docm", "ooxml", "empty"))),
    **dict.fromkeys(("xlsx", "xlsm", "xlsb"), frozenset(("xlsx", "xlsm", "xlsb", "ooxml", "empty"))),
    **dict.fromkeys(("pptx", "pptm", "ppsx"), frozenset(("pptx", "pptm", "ooxml", "empty"))),
    "doc": _WORD,
    "xls": _SHEET,
    "ppt": _SLIDES,
    "rtf": frozenset(("rtf", "doc", "empty")),
    "odt": frozenset(("odt", "empty")),
    "ods": frozenset(("ods", "empty")),
    "odp": frozenset(("odp", "empty")),
    "pdf": frozenset(("pdf", "empty")),
    "zip": _ZIPS,
    "7z": frozenset(("7z",)),
    "rar": frozenset(("rar",)),
    "tar": frozenset(("tar", "empty")),
    **dict.fromkeys(("gz", "tgz"), frozenset(("gz",))),
    "xz": frozenset(("xz",)),
    "bz2": frozenset(("bz2",)),
    **dict.fromkeys(
        ("jpg", "jpeg", "png", "gif", "bmp", "webp", "heic"), frozenset(("jpeg", "png", "gif", "bmp", "webp", "heic", "empty"))
    ),
    **dict.fromkeys(("tif", "tiff"), frozenset(("tiff", "empty"))),
    **dict.fromkeys(("txt", "log", "csv", "tsv", "json", "xml", "html", "htm", "ics", "vcf"), _TEXTS),
    "eml": _TEXTS,
    "msg": frozenset(("msg", *_TEXTS)),
    **dict.fromkeys(("gpg", "pgp", "asc"), frozenset(("pgp", "text"))),
    **dict.fromkeys(("p7m", "p7s", "p7c"), frozenset(("smime", "eml", "text"))),
    "age": frozenset(("age",)),
}


def name_disagrees(kind: str, name: str) -> bool:
    """Whether the ending of the name claims another kind of file than the bytes are."""
    # Windows drops dots and spaces at the end of a name before it looks at the ending.
    stem, dot, ending = name.rstrip(". ").lower().rpartition(".")
    fits = _FITS.get(ending) if dot and stem else None
    return fits is not None and kind not in fits
