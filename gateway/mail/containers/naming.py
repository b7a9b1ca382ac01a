"""The file name as a second view: does it claim something else than the bytes are?

Promises: true only where the name misleads in a way that matters: it promises a lock or an archive that is none, hides a program or an
archive behind a document's ending, or is drawn as another name. What programs and people do by habit (a .jpg that is a PNG,
an .xls that is HTML or CSV, a .doc that is RTF, .docx for .docm) says nothing; nor does an unknown ending, nor bytes we do not know.
"""

import re

_PROGRAMS = frozenset(("exe", "elf", "macho", "class", "lnk"))
_ARCHIVES = frozenset(
    (
        *("zip", "7z", "rar", "tar", "gz", "bz2", "xz", "zstd", "lz4", "lzip", "z", "cab", "arj", "ace", "lzh", "wim", "jar"),
        *("iso", "vhd", "vhdx", "vmdk", "dmg"),
    )
)
_WORD = frozenset(("doc", "docx", "docm", "odt"))
_SHEET = frozenset(("xls", "xlsx", "xlsm", "xlsb", "ods"))
_SLIDES = frozenset(("ppt", "pptx", "pptm", "odp"))
_OFFICE = _WORD | _SHEET | _SLIDES | {"ooxml"}
_NO_OFFICE = _PROGRAMS | _ARCHIVES | {"pdf"}
_NO_PICTURE = _NO_OFFICE | _OFFICE
_TAR_FAMILY = frozenset(("tar", "gz", "bz2", "xz"))

# What a file with this ending must not be, because its reader would open it as something else.
_NEVER: dict[str, frozenset[str]] = {
    **dict.fromkeys(("doc", "docx", "docm", "dot", "dotx", "rtf", "odt"), _NO_OFFICE),
    **dict.fromkeys(("xls", "xlsx", "xlsm", "xlsb", "ods"), _NO_OFFICE),
    **dict.fromkeys(("ppt", "pptx", "pptm", "pps", "ppsx", "odp"), _NO_OFFICE),
    "pdf": _PROGRAMS | _ARCHIVES | _OFFICE,
    **dict.fromkeys(("jpg", "jpeg", "jfif", "png", "gif", "bmp", "webp", "heic", "tif", "tiff"), _NO_PICTURE),
    **dict.fromkeys(("mp3", "m4a", "wav", "mp4", "mov", "avi", "wmv"), _NO_PICTURE),
    **dict.fromkeys(("txt", "log", "json", "xml", "html", "htm", "ics", "vcf", "eml", "msg"), _NO_PICTURE),
    # Systems write workbooks under these, and spreadsheet programs open them without a word.
    **dict.fromkeys(("csv", "tsv"), _NO_PICTURE - _SHEET),
    **dict.fromkeys(("tar", "gz", "tgz", "bz2", "xz"), (_NO_PICTURE - _TAR_FAMILY)),
    **dict.fromkeys(("p7m", "p7s", "p7c"), _NO_PICTURE),
}

# Endings that promise a lock or an archive: whatever else we recognise under them disappoints whoever relies on it.
_PROMISED: dict[str, frozenset[str]] = {
    # Programs and systems ship zips of their own kinds under .zip; an Office file is none: it opens without the lock it seems to have.
    "zip": frozenset(("zip", "jar", "epub", "xps", "vsdx", "vsdm")),
    "7z": frozenset(("7z",)),
    "rar": frozenset(("rar",)),
    # Armoured text, with a covering line before it, counts as text.
    **dict.fromkeys(("gpg", "pgp"), frozenset(("pgp", "text"))),
    "age": frozenset(("age", "text")),
}
_SAYS_NOTHING = frozenset(("unknown", "empty"))

# `letter.pdf.exe`: Windows hides the last ending, so that the one before it is what people see.
_STARTS = frozenset(("exe", "scr", "com", "pif", "bat", "cmd", "cpl", "msi", "lnk", "hta", "js", "jse", "vbs", "vbe", "wsf", "wsh", "ps1"))
_SHOWN = frozenset(_NEVER) | frozenset(_PROMISED)
# Overrides and right-to-left runs: 'exe.fdp' is drawn as 'pdf.exe' and the other way round. Plain marks (U+200E, U+200F) are honest.
_TURNED_ROUND = re.compile("[\u202b\u202d\u202e\u2067]")
# Windows drops dots and spaces at the end of a name before it looks at the ending.
_DROPPED = ". \t\u00a0"


def name_disagrees(kind: str, name: str) -> bool:
    """Whether the name claims another kind of file than the bytes are, in a way that would mislead who opens it."""
    if _TURNED_ROUND.search(name):
        return True
    stem, dot, ending = name.rstrip(_DROPPED).lower().rpartition(".")
    if not dot or not stem:
        return False
    if ending in _STARTS and stem.rstrip(_DROPPED).rpartition(".")[2] in _SHOWN and "." in stem:
        return True
    if ending in _PROMISED:
        return kind not in _PROMISED[ending] | _SAYS_NOTHING
    return kind in _NEVER.get(ending, ())
