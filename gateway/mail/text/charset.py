"""Bytes of a text file as characters, when nobody says in which charset.

Promises: never fails; UTF-8 where the bytes are UTF-8, else UTF-16 where every other byte is zero, else what a declaration in
the text says, else Windows-1252, which is what Excel's CSV and old editors write here.
"""

import codecs
import re

from gateway.mail import charsets

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)


def decode(content: bytes) -> str:
    """The characters of a text file."""
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(charset, "replace")
    if b"\0" in content[:4096]:
        return content.decode(_wide(content), "replace")
    if b"\x1b" not in content:  # ISO-2022 is ASCII with escapes
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    declared = _DECLARED.search(content, 0, 4096)
    return charsets.decode(content, declared[1].decode("ascii") if declared else "")


def _wide(content: bytes) -> str:
    even, odd = content[:4096:2].count(0), content[1:4096:2].count(0)
    if max(even, odd) * 4 < len(content[:4096]):
        return "latin-1"  # zeros here and there: not UTF-16
    return "utf-16-le" if odd >= even else "utf-16-be"
