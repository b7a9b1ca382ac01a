"""Plain packers: gzip, bzip2, xz, tar, cab. They protect nothing; what they carry is judged.

Promises: unpacks within the budget, whatever the headers declare. On failure: `ContainerError`, incomplete.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

from gateway.mail.containers.limits import Budget, ContainerError
from gateway.mail.containers.looking import Look, Reader, reader_of
from gateway.mail.containers.verdicts import combined
from gateway.mail.containers.zip_reading import Decompressor, unpack_stream
from gateway.model.findings import Container, State

_BLOCK = 512
# Times and a long path take 300 bytes of a pax header.
_PAX_BYTES = 1_536
# liblzma refuses to start a decoder that needs more: an xz header may ask for 4 GB.
_LZMA_BYTES = 134_217_728
# A block-gzipped file (bgzip) of 25 MB has some 1,300.
_STREAMS = 4_096
_ZEROS = re.compile(rb"\0*")


def judge(content: bytes, kind: str, name: str, look: Look) -> Container:
    """A packer is as protected as the least of its members."""
    found = look.inside(_entries(content, kind, name, look.budget))
    whole = combined(found.protections)
    if whole.state.needs_a_secret and kind == "gz" and _says_more(content):
        whole = replace(whole, state=State.PARTIAL)
    return Container(kind, whole, found.members, found.complete, found.names_visible, found.notes)


def plain_members(content: bytes, kind: str, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each member; ContainerError where the archive ends early or a limit is hit."""
    for name, data in _unpacked(content, kind, "", budget):
        budget.spend_member()
        yield name, data


def _entries(content: bytes, kind: str, name: str, budget: Budget) -> Iterator[tuple[str, int | None, Reader]]:
    for inner, data in _unpacked(content, kind, name, budget):
        yield inner, len(data), reader_of(data)


def _unpacked(content: bytes, kind: str, name: str, budget: Budget) -> Iterator[tuple[str, bytes]]:
    if kind == "tar":
        for member, data in _untar(content):
            budget.spend_bytes(len(data))
            yield member, data
        return
    data = _streams(content, kind, budget.readable_bytes + 1)
    budget.spend_bytes(len(data))
    yield _inner_name(name, kind), data


def _inner_name(name: str, kind: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in ("tgz", "tbz2", "txz"):
        return f"{stem}.tar"
    return stem if dot and ending.lower() == kind else name or "content"


def _says_more(content: bytes) -> bool:
    """A gzip header with a comment or an extra field (RFC 1952 2.3.1): words beside the content."""
    return bool(content[3] & 0x14)


def _open(kind: str) -> Decompressor:
    if kind == "gz":
        return zlib.decompressobj(31)
    return bz2.BZ2Decompressor() if kind == "bz2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_BYTES)


def _streams(content: bytes, kind: str, most: int) -> bytes:
    """At most `most` bytes of all streams of the file, one after another, as gzip itself reads them."""
    pieces: list[bytes] = []
    size = at = 0
    for _ in range(_STREAMS):
        reader = _open(kind)
        try:
            piece, at = unpack_stream(reader, content, at, most - size)
        except (zlib.error, lzma.LZMAError, OSError, ValueError):
            raise ContainerError(f"the {kind} file is damaged") from None
        pieces.append(piece)
        size += len(piece)
        if not reader.eof and size < most:
            raise ContainerError(f"the {kind} file is cut off")
        at = _end_of_zeros(content, at)
        if at >= len(content) or size >= most:
            return b"".join(pieces)
    raise ContainerError(f"the {kind} file has too many parts")


def _end_of_zeros(content: bytes, at: int) -> int:
    zeros = _ZEROS.match(content, at)
    return zeros.end() if zeros else at


def _untar(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Regular files of a tar; names by GNU and pax extensions too. What lies beside them is one more member."""
    at, long_name, slack = 0, "", b""
    while at + _BLOCK <= len(content):
        header = content[at : at + _BLOCK]
        if not header.strip(b"\0"):
            break
        size, kind = _octal(header[124:136]), header[156:157]
        start = at + _BLOCK
        data = content[start : start + size]
        if len(data) < size:
            raise ContainerError("the tar archive is cut off")
        at = start + -(-size // _BLOCK) * _BLOCK
        slack += content[start + size : at].strip(b"\0")
        if kind == b"L":
            long_name = data.rstrip(b"\0").decode("utf-8", "replace")
        elif kind in (b"x", b"g"):
            long_name = _pax_path(data) or long_name
            if size > _PAX_BYTES:
                yield "extended header", data
        else:
            if size:
                yield long_name or _tar_name(header), data
            long_name = ""
    rest = slack + content[at:].strip(b"\0")
    if rest:
        yield "beside the members", rest


def _tar_name(header: bytes) -> str:
    name = header[:100].rstrip(b"\0")
    prefix = header[345:500].rstrip(b"\0") if header[257:262] == b"ustar" and header[263:265] == b"00" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


def _octal(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")  # GNU: a binary number where eleven octal digits are not enough.
    digits = field.strip(b"\0 ")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise ContainerError("the tar archive is damaged") from None


def _pax_path(data: bytes) -> str:
    """POSIX pax record 'length path=value'."""
    start = data.find(b" path=")
    stop = data.find(b"\n", start)
    return data[start + 6 : stop].decode("utf-8", "replace") if start >= 0 else ""
