"""Transfer encodings: one encoded body to all contents that some reader would decode it to.

Promises: never raises; linear time; no Python loop over the lines of a clean body; the usual reading first.
On failure: a reading that cannot be made is left out; the caller is told what could not be settled.
Why several readings: base64 that stops early and goes on, soft breaks that only some readers join (CCS'24 'Inbox Invasion').
The stdlib stops silently at padding in mid-stream; pybase64 raises there, which is what starts the slow way.
"""

import binascii
import re
from itertools import islice
from typing import NamedTuple

import pybase64

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _LETTERS)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_WHITE = b"\r\n \t\v\f"
_PADDING = re.compile(rb"=[=\s]*")
_SOFT_BREAK = re.compile(rb"=[ \t]*(?:\r\r\n|\r\n|\r|\n)")
# Places at which one body is broken. Honest damage is a handful; each place costs a microsecond in every reading.
_MOST_ODDITIES = 10_000
# Eight readings of a broken body: 64 MB at most, beside the message.
_MOST_BYTES = 8_388_608
_TRAILING_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
# An equals sign that is neither a hex pair in capitals nor a clean soft break: readers differ.
_ODD_QP = re.compile(rb"=(?![0-9A-F]{2}|\r\n|\n)")
# A whole body that is this and nothing else is what a reader decodes who found the encoding field that we did not.
_BASE64_TEXT = _LETTERS + _WHITE + b"="
# Text of digits alone becomes 25 different letters of base64; a body of fewer than these is filling, such as rows of X.
FILLING = 8


class Decoded(NamedTuple):
    """Readings of a body. `unsettled` says in plain words why more readings may exist than are given, '' if none."""

    contents: tuple[bytes, ...]
    unsettled: str = ""


def decode_base64(data: bytes, start: int = 0, end: int | None = None) -> Decoded:
    """All readings of a base64 body, which lies in [start, end) of `data`: a large one is never copied."""
    end = len(data) if end is None else end
    try:
        decoded = pybase64.b64decode(memoryview(data)[start:end])
    except (ValueError, binascii.Error):
        return _decode_broken_base64(data[start:end])
    if _is_regular(data, start, end, len(decoded)):
        return Decoded((decoded,))
    body = data[start:end]
    flat = body.translate(None, _WHITE)
    padding = len(flat) - len(flat.rstrip(b"="))
    if len(flat) % 4 == 0 and padding <= 2 and len(decoded) == len(flat) // 4 * 3 - padding:
        return Decoded(_with_lines(body, decoded))
    return _decode_broken_base64(body)


def _is_regular(data: bytes, start: int, end: int, decoded: int) -> bool:
    """Whether nothing was skipped: equal lines ended by CRLF or LF, checked by strides instead of by lines."""
    feed = data.find(b"\n", start, min(end, start + 1_000)) - start
    if feed < 0:
        text = data[start:end].rstrip(_WHITE) if end - start <= 1_000 else b""
        return bool(text) and len(text) % 4 == 0 and _size(text) == decoded
    ending = 2 if feed and data[start + feed - 1] == 0x0D else 1
    width = feed + 1
    letters = width - ending
    if letters <= 0 or letters % 4:
        return False
    full = (end - start) // width
    stop = start + full * width
    if data[start + feed : stop : width] != b"\n" * full:
        return False
    if ending == 2 and data[start + feed - 1 : stop : width] != b"\r" * full:
        return False
    per_line = letters // 4 * 3
    tail = data[stop:end].rstrip(_WHITE)
    if tail:
        return len(tail) % 4 == 0 and _size(tail) + full * per_line == decoded
    return _size(data[stop - width : stop - ending]) + (full - 1) * per_line == decoded


def _size(letters: bytes) -> int:
    return len(letters) // 4 * 3 - (2 if letters.endswith(b"==") else 1 if letters.endswith(b"=") else 0)


def _with_lines(body: bytes, decoded: bytes) -> tuple[bytes, ...]:
    """Lines that are no multiple of four: a reader that decodes line by line sees something else (vector D01)."""
    if len(body) > 1_000_000:
        return (decoded,)
    by_line = _decode_by_line(body)
    return (decoded,) if by_line == decoded else (decoded, by_line)


def _decode_by_line(body: bytes) -> bytes:
    out = []
    for line in body.split(b"\n"):
        letters = line.translate(None, _NOT_BASE64)
        out.append(_decode_letters(letters))
    return b"".join(out)


def _decode_letters(letters: bytes) -> bytes:
    """Decode pure alphabet; a single letter left over carries no byte."""
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return pybase64.b64decode(letters + b"=" * (-len(letters) % 4))


def _decode_broken_base64(body: bytes) -> Decoded:
    """Every way on from padding in mid-stream, junk, other alphabets and short lines."""
    if body.count(b"=") > _MOST_ODDITIES or body.count(b"\n") > 10 * _MOST_ODDITIES:
        return Decoded((_decode_letters(body.translate(None, _NOT_BASE64)),), "the base64 text is broken in too many places")
    if len(body) > _MOST_BYTES:
        return Decoded(
            (_decode_letters(body.translate(None, _NOT_BASE64)),), "the base64 text is broken, and too large for all its readings"
        )
    pieces = [piece for piece in _PADDING.split(body) if piece.strip()]
    junk = body.translate(None, _WHITE + b"=").translate(None, _LETTERS)
    readings = [_decode_letters(pieces[0].translate(None, _NOT_BASE64)) if pieces else b""]
    if len(pieces) > 1:
        readings.append(b"".join(_decode_letters(piece.translate(None, _NOT_BASE64)) for piece in pieces))
        readings.append(_decode_letters(body.translate(None, _NOT_BASE64)))
    if b"-" in junk or b"_" in junk:
        readings.append(_decode_letters(body.translate(_URL_SAFE, b"=").translate(None, _NOT_BASE64)))
    readings.append(_decode_by_line(body))
    readings += [_decode_letters(body.translate(None, _NOT_BASE64)[skip:]) for skip in (1, 2, 3)] if junk else []
    text_after = len(pieces) == 2 and not pieces[0].translate(None, _WHITE).translate(None, _LETTERS)
    unsettled = "the base64 text holds characters that readers skip or stop at" if junk and not text_after else ""
    return Decoded(tuple(dict.fromkeys(readings)), unsettled)


def decode_quoted_printable(body: bytes) -> Decoded:
    """All readings of a quoted-printable body."""
    usual = binascii.a2b_qp(body)
    if not _ODD_QP.search(body):
        return Decoded((usual,))
    odd = sum(1 for _ in islice(_ODD_QP.finditer(body), _MOST_ODDITIES))
    if odd == _MOST_ODDITIES or len(body) > _MOST_BYTES:
        return Decoded((usual,), "the quoted-printable text is broken in too many places")
    joined = _SOFT_BREAK.sub(b"", body)
    trimmed = _SOFT_BREAK.sub(b"", _TRAILING_BLANKS.sub(b"", body))
    strict = body.replace(b"=\r\n", b"")
    return Decoded(tuple(dict.fromkeys((usual, *map(binascii.a2b_qp, (joined, trimmed, strict))))))


def hidden_base64(content: bytes) -> bytes | None:
    """The decoded content of a body that is base64 and nothing else, though nothing said so; None if it is not."""
    if len(content) < 24 or b" " in content[:76].strip() or content[:2_000].translate(None, _BASE64_TEXT):
        return None
    letters = content.translate(None, _WHITE)
    if len(letters) % 4 or (len(letters) < 60 and not letters.endswith(b"=")) or not has_variety(letters, FILLING):
        return None
    try:
        return pybase64.b64decode(letters, validate=True)
    except (ValueError, binascii.Error):
        return None


def has_variety(content: bytes, least: int) -> bool:
    """Whether at least so many different bytes occur: one look at the beginning where they do, one pass or a few where they do not."""
    seen = set(content[:4_096])
    rest = content
    while len(seen) < least and (rest := rest.translate(None, bytes(seen))):
        seen.update(rest[:4_096])
    return len(seen) >= least
