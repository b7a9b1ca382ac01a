"""Unstructured header values: encoded words (RFC 2047) and raw 8-bit text, by all readings.

Promises: never raises; linear time; the usual reading first.
On failure: a word that does not decode stays as it was written, and the raw text becomes a reading too.
"""

import binascii
import re

from gateway.mail import charsets

# Lenient: any charset label, spaces inside the encoded text (RFC 2047 forbids them, Outlook and Gmail decode them).
_WORD = re.compile(rb"=\?([^?\s]{1,100})\?([bBqQ])\?([^?]*)\?=")
# More encoded words than any person's header holds; beyond it the raw text is kept. 20,000 took the stdlib 12 s and 3.7 GB.
_MOST_WORDS = 2_000


def decode_words(value: bytes) -> tuple[str, ...]:
    """All readings of an unstructured header value, the usual one first; surrounding white space is removed."""
    if b"\n" in value or b"\r" in value:
        value = value.translate(None, b"\r\n")
    if b"=?" not in value:
        return _raw_readings(value)
    found = _split(value)
    if not found:
        return _raw_readings(value)
    joined, clean = _join(found, by_charset=True)
    readings = [joined]
    if len(found) > 1:
        readings.append(_join(found, by_charset=False)[0])
    if not clean or b"=?" in b"".join(piece for piece, charset, _ in found if charset is None):
        readings.append(charsets.decode(value, ""))
    return tuple(dict.fromkeys(reading.strip() for reading in readings))


def decode_first(value: bytes) -> str:
    """The usual reading only."""
    return decode_words(value)[0]


def _raw_readings(value: bytes) -> tuple[str, ...]:
    value = value.strip()
    if value.isascii() and b"\x1b" not in value:
        return (value.decode("ascii"),)
    return charsets.texts_of(value, (), 4)


def _split(value: bytes) -> list[tuple[bytes, bytes | None, bytes]]:
    """Pieces (bytes, charset, encoding); charset None for plain text. White space between two words is dropped (RFC 2047 6.2)."""
    pieces: list[tuple[bytes, bytes | None, bytes]] = []
    at = 0
    for count, match in enumerate(_WORD.finditer(value)):
        if count >= _MOST_WORDS:
            break
        between = value[at : match.start()]
        if between and (between.strip() or not pieces):
            pieces.append((between, None, b""))
        pieces.append((match[3], match[1], match[2].lower()))
        at = match.end()
    if pieces and at < len(value):
        pieces.append((value[at:], None, b""))
    return pieces


def _join(pieces: list[tuple[bytes, bytes | None, bytes]], *, by_charset: bool) -> tuple[str, bool]:
    """The text, and whether every word decoded. `by_charset` joins the bytes of neighbours first: senders split mid-character."""
    text: list[str] = []
    held: list[bytes] = []
    charset: str = ""
    clean = True
    for piece, label, encoding in pieces:
        name = "" if label is None else label.partition(b"*")[0].decode("latin-1").lower()
        if held and (label is None or name != charset or not by_charset):
            text.append(charsets.decode(b"".join(held), charset))
            held = []
        if label is None:
            text.append(charsets.decode(piece, ""))
            continue
        decoded, good = _decode_b(piece) if encoding == b"b" else (binascii.a2b_qp(piece, header=True), True)
        clean = clean and good and bool(charsets.codec(name))
        held.append(decoded)
        charset = name
    if held:
        text.append(charsets.decode(b"".join(held), charset))
    return "".join(text), clean


def _decode_b(piece: bytes) -> tuple[bytes, bool]:
    """Base64 of an encoded word; missing padding and junk are forgiven, as readers do."""
    try:
        return binascii.a2b_base64(piece, strict_mode=True), True
    except binascii.Error:
        pass
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", piece)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), False
