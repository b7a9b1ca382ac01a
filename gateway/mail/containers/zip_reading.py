"""Unpacking the members of a zip that are not encrypted: stored, deflate, deflate64 not, bzip2, LZMA, Zstandard not.

Promises: reads at most what it is asked for; the declared size is never trusted.
On failure: `ContainerError`, with what could be read before it.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.zip_layout import Entry

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
_STEP = 65_536


def read_entry(content: bytes, entry: Entry, most: int) -> bytes:
    """At most `most` bytes of the unpacked member, by the method that the local header names (what a streaming reader does)."""
    if entry.view.method == STORED:  # Without a copy of the whole for a look at its start.
        return content[entry.start : min(entry.end, entry.start + most)]
    return unpack(memoryview(content)[entry.start : entry.end], entry.view.method, most)


class Decompressor(Protocol):
    """What the standard library's three kinds have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes: ...


def unpack(data: bytes | memoryview, method: int, most: int) -> bytes:
    """`data` unpacked to at most `most` bytes."""
    if method == STORED:
        return bytes(data[:most])
    try:
        if method == DEFLATED:
            return unpack_stream(zlib.decompressobj(-15), data, 0, most)[0]
        if method == BZIP2:
            return unpack_stream(bz2.BZ2Decompressor(), data, 0, most)[0]
        if method == LZMA:
            return _unlzma(data, most)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
        raise ContainerError("a zip member is damaged") from None
    raise ContainerError("a zip member is packed in an unusual way")


def unpack_stream(reader: Decompressor, data: bytes | memoryview, at: int, most: int) -> tuple[bytes, int]:
    """At most `most` bytes of the stream that begins at `at`, and where it ends if it was read to its end.

    Fed in steps: a decompressor copies whatever it was given and did not use.
    """
    pieces: list[bytes] = []
    size = 0
    while size < most and not reader.eof:
        step = data[at : at + _STEP]
        at += len(step)
        piece = reader.decompress(step, most - size)
        pieces.append(piece)
        size += len(piece)
        if not piece and not step:
            break
    return b"".join(pieces), at - len(reader.unused_data)


def drain(decompress: Callable[[bytes, int], bytes], data: bytes, most: int) -> bytes:
    """Up to `most` bytes out of a decompressor of the `bz2` or `lzma` kind."""
    out = decompress(data, most)
    pieces, size = [out], len(out)
    while out and size < most:
        try:
            out = decompress(b"", most - size)
        except EOFError:
            break
        pieces.append(out)
        size += len(out)
    return b"".join(pieces)


def _unlzma(data: bytes | memoryview, most: int) -> bytes:
    """APPNOTE 5.8.8: version, properties size, properties, then a raw LZMA1 stream."""
    size = int.from_bytes(data[2:4], "little")
    filters = [lzma1_filter(bytes(data[4 : 4 + size]))]
    return unpack_stream(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), data, 4 + size, most)[0]


def lzma1_filter(properties: bytes) -> dict[str, int]:
    """The filter of five LZMA property bytes (lc, lp, pb, dictionary size), refusing dictionaries above our memory."""
    first, dictionary = properties[0], int.from_bytes(properties[1:5], "little")
    return {
        "id": lzma.FILTER_LZMA1,
        "lc": first % 9,
        "lp": first // 9 % 5,
        "pb": first // 45,
        "dict_size": checked_dictionary(dictionary),
    }


def checked_dictionary(size: int) -> int:
    """A header may ask for 4 GB before the first byte comes out; 7-Zip's own largest preset asks for 64 MB."""
    if size > _DICTIONARY_BYTES:
        raise ContainerError("it asks for too much memory")
    return max(size, 4096)


_DICTIONARY_BYTES = 67_108_864
