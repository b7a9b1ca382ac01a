"""Bytes to text by every charset a reader could choose.

Promises: never raises; time is linear; the declared charset's reading comes first; equal readings appear once.
On failure: an unknown charset falls back to UTF-8, then Windows-1252, as mail programs do.
Why a table of refusals: Python offers codecs that are no charsets (idna and punycode are quadratic, unicode_escape runs escapes).
"""

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache

# Not charsets of text, or worse than linear on hostile input.
_NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "utf_8_sig"})
# Labels that mail programs write and Python does not know.
_ALIASES = {
    "unknown-8bit": "cp1252",
    "x-unknown": "cp1252",
    "unknown": "cp1252",
    "ansi_x3.110-1983": "latin-1",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "x-gbk": "gb18030",
    "windows-874": "cp874",
    "cp-850": "cp850",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
# Readers treat these as Windows-1252 (WHATWG encoding standard), which differs in 0x80-0x9F.
_LATIN = frozenset({"ascii", "iso8859-1"})
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A UTF-7 run for a character below U+1000 begins with '+A' (its first six bits); two of them are no accident.
_UTF7 = re.compile(rb"\+A[A-Za-z0-9+/]{2,200}-?")


# Python remembers every name it was asked for, for good: ask only for those that it knows.
_KNOWN = (
    frozenset(aliases) | frozenset(aliases.values()) | {"cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_r", "koi8_u", "kz1048"}
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
# The charsets whose text is not its own ASCII bytes; only these need a second look at pure ASCII content.
_STATEFUL = frozenset(
    {"utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "cp500", "cp1140", "cp273"}
) | frozenset(name for name in _KNOWN if name.startswith("iso2022"))


@lru_cache(maxsize=512)
def codec(label: str) -> str:
    """The Python codec for a charset label, '' if there is none that is safe to use."""
    name = label.strip().strip("\"'").lower()
    name = _SEPARATORS.sub("_", _ALIASES.get(name, name)).strip("_")
    if name not in _KNOWN:
        return ""
    found = codecs.lookup(name)
    # bytes.decode refuses codecs that are no text encodings (zlib, rot13 ...); ask it once, on nothing.
    try:
        b"".decode(found.name)
    except (LookupError, ValueError):
        return ""
    return "" if found.name.replace("-", "_") in _NOT_CHARSETS else found.name


def decode(content: bytes, label: str) -> str:
    """The one usual reading: by the label, else UTF-8 where valid, else Windows-1252."""
    name = codec(label) if label else ""
    if name and name not in _LATIN:
        try:
            return content.decode(name, "replace")
        except (ValueError, LookupError):  # Some codecs raise even then (UTF-7 at odd surrogates).
            pass
    return _decode_unlabelled(content)


def _decode_unlabelled(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def texts_of(content: bytes, labels: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Every plausible reading of `content` as text, the declared one first, at most `most`."""
    names = tuple(map(codec, labels))
    if content.isascii() and not _needs_second_look(content, names):
        return (content.decode("ascii"),)
    readings: dict[str, None] = {}
    for name in _candidates(content, names):
        if len(readings) >= most:
            break
        try:
            readings[content.decode(name, "replace")] = None
        except (ValueError, LookupError):
            continue
    return tuple(readings) or (content.decode("cp1252", "replace"),)


def _needs_second_look(content: bytes, names: tuple[str, ...]) -> bool:
    # One byte is found twenty times as fast as two: each pair waits for its rarer half.
    return (
        not _STATEFUL.isdisjoint(names)
        or b"\x1b" in content
        or b"\0" in content
        or (b"~" in content and b"~{" in content)
        or (b"+" in content and b"+A" in content and _utf7_hidden(content))
    )


def _utf7_hidden(content: bytes) -> bool:
    hits = _UTF7.finditer(content)
    return next(hits, None) is not None and next(hits, None) is not None


def _candidates(content: bytes, names: tuple[str, ...]) -> list[str]:
    """Codecs to try, in order: byte-order mark, labels, what the bytes look like."""
    found = [name for mark, name in _BOMS if content.startswith(mark)][:1]
    found += [name for name in names if name and name not in _LATIN]
    valid = _is_utf8(content)
    if valid:
        found.append("utf-8")
    if not valid or (any(name in _LATIN for name in names) and not content.isascii()):
        found.append("cp1252")
    if b"\0" in content:
        found += ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
    if b"\x1b" in content:
        found += ["iso2022_jp_2", "iso2022_kr"]
    if b"~{" in content:
        found.append("hz")
    if b"+A" in content and _utf7_hidden(content):
        found.append("utf-7")
    return found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
