"""Unpacking a 7z folder with the standard library: copy, LZMA, LZMA2, delta, branch filters, deflate, bzip2.

Promises: at most as many bytes as asked for. PPMd, BCJ2 and whatever else has no decoder here: `ContainerError`.
"""

import bz2
import lzma
import zlib
from typing import Any

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.sevenzip_values import Coder, Folder
from gateway.mail.containers.zip_reading import checked_dictionary, drain, lzma1_filter

_COPY, _DEFLATE, _BZIP2 = b"\x00", bytes.fromhex("040108"), bytes.fromhex("040202")
_LZMA, _LZMA2, _DELTA = bytes.fromhex("030101"), b"\x21", b"\x03"
_BRANCHES = {
    bytes.fromhex("03030103"): lzma.FILTER_X86, b"\x04": lzma.FILTER_X86,
    bytes.fromhex("03030205"): lzma.FILTER_POWERPC, b"\x05": lzma.FILTER_POWERPC,
    bytes.fromhex("03030401"): lzma.FILTER_IA64, b"\x06": lzma.FILTER_IA64,
    bytes.fromhex("03030501"): lzma.FILTER_ARM, b"\x07": lzma.FILTER_ARM,
    bytes.fromhex("03030701"): lzma.FILTER_ARMTHUMB, b"\x08": lzma.FILTER_ARMTHUMB,
    bytes.fromhex("03030805"): lzma.FILTER_SPARC, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
Filter = dict[str, Any]


def unpack_folder(content: bytes, folder: Folder, most: int) -> bytes:
    """The unpacked bytes of an unencrypted folder with one packed stream."""
    order = folder.in_order
    if not order or len(folder.packed) != 1:
        raise ContainerError("the 7z archive is packed in an unusual way")
    start, end = folder.packed[0]
    return unpack_coders(order, content[start:end], most)


def unpack_coders(coders: tuple[Coder, ...], data: bytes, most: int) -> bytes:
    """Run the data through coders in the order of unpacking; AES must already be undone."""
    for chain in _chains(coders):
        data = _unpack(chain, data, most)
    return data


def _chains(coders: tuple[Coder, ...]) -> list[tuple[Coder, ...]]:
    """LZMA and the filters after it are one raw stream of liblzma, which wants them listed filters first; others stand alone."""
    chains: list[tuple[Coder, ...]] = []
    for coder in coders:
        is_filter = coder.method in _BRANCHES or coder.method == _DELTA
        if is_filter and chains and chains[-1][-1].method in (_LZMA, _LZMA2):
            chains[-1] = (coder, *chains[-1])
        else:
            chains.append((coder,))
    return chains


def _unpack(chain: tuple[Coder, ...], data: bytes, most: int) -> bytes:
    method = chain[-1].method
    try:
        if method == _COPY:
            return data[:most]
        if method == _DEFLATE:
            return zlib.decompressobj(-15).decompress(data, most)
        if method == _BZIP2:
            return drain(bz2.BZ2Decompressor().decompress, data, most)
        reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(coder) for coder in chain])
        return drain(reader.decompress, data, most)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, IndexError):
        raise ContainerError("a 7z member is damaged or packed in an unusual way") from None


def _filter(coder: Coder) -> Filter:
    if coder.method == _LZMA:
        return dict(lzma1_filter(coder.properties))
    if coder.method == _LZMA2:
        return {"id": lzma.FILTER_LZMA2, "dict_size": checked_dictionary(_lzma2_dictionary(coder.properties[0]))}
    if coder.method == _DELTA:
        return {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}
    if coder.method in _BRANCHES:
        return {"id": _BRANCHES[coder.method]}
    raise ContainerError("the 7z archive is packed in an unusual way")


def _lzma2_dictionary(code: int) -> int:
    """LZMA2 packs the size into six bits: (2 | bit 0) << (code / 2 + 11)."""
    return 0xFFFFFFFF if code >= 40 else (2 | code & 1) << (code // 2 + 11)
