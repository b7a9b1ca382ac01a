"""Legacy zip encryption (APPNOTE 6.1), only to prove that a word of the message opens a file.

Promises: a yes is certain for stored and deflated members: the CRC of the whole, or of a long one the unpacking of its beginning.
"""

import binascii
import zlib

from gateway.mail.containers.zip_layout import DESCRIPTOR, Entry

_HEADER = 12
# Python decrypts about 2 MB/s; a wrong word is gone after the header 255 times of 256.
_WHOLE_BYTES = 262_144
_TABLE = tuple(binascii.crc32(bytes([n]), 0xFFFFFFFF) ^ 0xFFFFFFFF for n in range(256))
_DEFLATED = 8


def spellings(word: str) -> tuple[bytes, ...]:
    """The bytes that archivers make of a password: UTF-8, and Windows-1252 where that differs."""
    utf8 = word.encode("utf-8", "surrogatepass")
    try:
        ansi = word.encode("cp1252")
    except UnicodeEncodeError:
        return (utf8,)
    return (utf8,) if ansi == utf8 else (utf8, ansi)


def opens(content: bytes, entry: Entry, word: str) -> bool:
    """Whether the word decrypts the member."""
    return any(_opens(content, entry, secret) for secret in spellings(word))


def _opens(content: bytes, entry: Entry, secret: bytes) -> bool:
    size = entry.end - entry.start
    if size <= _HEADER:
        return False
    keys = _keys(secret)
    header = _decrypt(content[entry.start : entry.start + _HEADER], keys)
    view = entry.view
    if not view.flags & DESCRIPTOR and header[-1] != view.crc >> 24:
        return False
    data = _decrypt(content[entry.start + _HEADER : min(entry.end, entry.start + _HEADER + _WHOLE_BYTES)], keys)
    try:
        plain = zlib.decompressobj(-15).decompress(data) if view.method == _DEFLATED else data
    except zlib.error:
        return False
    if size - _HEADER > _WHOLE_BYTES:
        # A wrong key does not survive 256 KB of inflate; a long stored member cannot be told for certain.
        return view.method == _DEFLATED
    return binascii.crc32(plain) == view.crc


def _crc(crc: int, byte: int) -> int:
    return crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]


def _keys(secret: bytes) -> list[int]:
    keys = [0x12345678, 0x23456789, 0x34567890]
    for byte in secret:
        _update(keys, byte)
    return keys


def _update(keys: list[int], byte: int) -> None:
    keys[0] = _crc(keys[0], byte)
    keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    keys[2] = _crc(keys[2], keys[1] >> 24)


def _decrypt(data: bytes, keys: list[int]) -> bytes:
    out = bytearray()
    for byte in data:
        temp = keys[2] | 2
        plain = byte ^ (temp * (temp ^ 1) >> 8 & 0xFF)
        _update(keys, plain)
        out.append(plain)
    return bytes(out)
