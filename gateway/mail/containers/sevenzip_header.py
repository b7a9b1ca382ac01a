"""The headers of a 7z archive as values (7zFormat.txt of the LZMA SDK, public domain).

Promises: counts are bounded before anything is allocated; every stream's place in the file is checked.
On failure: `ContainerError`.
"""

import binascii
import struct
from dataclasses import replace

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.sevenzip_coders import unpack_folder
from gateway.mail.containers.sevenzip_values import AES, Archive, Coder, File, Folder

SIGNATURE_BYTES = 32
_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _PACK, _UNPACK, _SUB, _SIZE, _CRC, _FOLDER, _UNPACK_SIZE, _COUNT = range(14)
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _ENCODED, _START_POSITIONS, _DUMMY = 14, 15, 17, 23, 24, 25
# 7-Zip writes 4 coders at most (BCJ2 with LZMA); each AES doubles that.
_CODERS, _STREAMS = 16, 32
_HEADER_BYTES = 16_777_216
_HEADER_LEVELS = 4  # An encoded header may hold an encoded header; 7-Zip writes one level.


class _Reader:
    """A cursor over header bytes; running off the end is a ContainerError."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.odd = False
        """There is a property that no archiver writes: room for a letter."""

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise ContainerError("the 7z header is cut off")
        self.at += count
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """7zFormat.txt 'UINT64': the leading ones of the first byte say how many bytes follow."""
        first = self.byte()
        mask, value = 0x80, 0
        for index in range(8):
            if not first & mask:
                return value + ((first & (mask - 1)) << (8 * index))
            value |= self.byte() << (8 * index)
            mask >>= 1
        return value

    def count(self, most: int) -> int:
        value = self.number()
        if value > most:
            raise ContainerError("the 7z archive has too many members")
        return value

    def bits(self, count: int) -> list[bool]:
        data = self.take((count + 7) // 8)
        return [bool(data[index // 8] & 0x80 >> index % 8) for index in range(count)]

    def optional_bits(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def digests(self, count: int) -> list[int | None]:
        return [struct.unpack("<L", self.take(4))[0] if defined else None for defined in self.optional_bits(count)]


def read_archive(content: bytes, most: int) -> Archive:
    """The archive's folders and files; ContainerError if the headers cannot be followed."""
    if len(content) < SIGNATURE_BYTES:
        raise ContainerError("the 7z archive is cut off")
    start_crc, offset, size, _ = struct.unpack_from("<LQQL", content, 8)
    at, end = SIGNATURE_BYTES + offset, SIGNATURE_BYTES + offset + size
    if binascii.crc32(content[12:32]) != start_crc or end > len(content) or size > _HEADER_BYTES:
        raise ContainerError("the 7z archive is damaged or cut off")
    gaps = ["there are bytes after the 7z archive"] if end != len(content) else []
    if not size:
        return Archive((), gaps=tuple(gaps))
    header, edge = content[at:end], at
    for _ in range(_HEADER_LEVELS):
        reader = _Reader(header)
        kind = reader.byte()
        if kind == _HEADER:
            folders, files = _read_header(reader, most)
            if _last(folders) != edge or reader.at != len(header) or reader.odd:
                gaps.append("there are bytes in the 7z archive that belong to no member")
            return Archive(_within(folders, edge), files, tuple(gaps))
        if kind != _ENCODED:
            break
        folder = _only(_within(_read_streams(reader, most), edge))
        if folder.packed and folder.packed[-1][1] != edge:
            gaps.append("there are bytes in the 7z archive that belong to no member")
        if any(coder.method == AES for coder in folder.coders):
            return Archive((), gaps=tuple(gaps), locked_header=folder)
        if folder.size > _HEADER_BYTES:
            break
        header, edge = unpack_folder(content, folder, folder.size), folder.packed[0][0]
    raise ContainerError("the 7z header is of an unusual kind")


def _only(folders: tuple[Folder, ...]) -> Folder:
    if len(folders) != 1 or not folders[0].packed:
        raise ContainerError("the 7z header is of an unusual kind")
    return folders[0]


def _last(folders: tuple[Folder, ...]) -> int:
    """Where the packed streams end, given that they follow one another from the signature (`_read_streams` places them so)."""
    return max((end for folder in folders for _, end in folder.packed), default=SIGNATURE_BYTES)


def _within(folders: tuple[Folder, ...], edge: int) -> tuple[Folder, ...]:
    if any(end > edge or start < SIGNATURE_BYTES for folder in folders for start, end in folder.packed):
        raise ContainerError("the 7z archive is cut off")
    return folders


def _read_header(reader: _Reader, most: int) -> tuple[tuple[Folder, ...], tuple[File, ...]]:
    folders: tuple[Folder, ...] = ()
    kind = reader.byte()
    if kind == _ARCHIVE_PROPERTIES:
        while reader.byte():
            reader.take(reader.count(_HEADER_BYTES))
        kind = reader.byte()
    if kind == _ADDITIONAL:
        raise ContainerError("the 7z header is of an unusual kind")
    if kind == _MAIN:
        folders = _read_streams(reader, most)
        if folders and folders[0].packed and folders[0].packed[0][0] != SIGNATURE_BYTES:
            raise ContainerError("the 7z archive has bytes before its first member")
        kind = reader.byte()
    files: tuple[File, ...] = ()
    if kind == _FILES:
        files, kind = _read_files(reader, folders, most), reader.byte()
    if kind != _END:
        raise ContainerError("the 7z header is of an unusual kind")
    return folders, files


def _read_streams(reader: _Reader, most: int) -> tuple[Folder, ...]:
    position = 0
    sizes: list[int] = []
    folders: list[Folder] = []
    while (kind := reader.byte()) != _END:
        if kind == _PACK:
            position, sizes = _read_pack(reader, most)
        elif kind == _UNPACK:
            folders = _read_folders(reader, most)
        elif kind == _SUB:
            folders = _read_substreams(reader, folders, most)
        else:
            raise ContainerError("the 7z header is of an unusual kind")
    return _placed(folders, SIGNATURE_BYTES + position, sizes)


def _placed(folders: list[Folder], at: int, sizes: list[int]) -> tuple[Folder, ...]:
    """Each folder's packed streams follow one another from `at`."""
    if sum(len(folder.packed_inputs) for folder in folders) != len(sizes):
        raise ContainerError("the 7z header counts its streams wrongly")
    placed, left = [], iter(sizes)
    for folder in folders:
        spans = []
        for _ in folder.packed_inputs:
            size = next(left)
            spans.append((at, at + size))
            at += size
        placed.append(replace(folder, packed=tuple(spans)))
    return tuple(placed)


def _read_pack(reader: _Reader, most: int) -> tuple[int, list[int]]:
    position, count = reader.number(), reader.count(most * 4)
    sizes: list[int] = []
    while (kind := reader.byte()) != _END:
        if kind == _SIZE:
            sizes = [reader.number() for _ in range(count)]
        elif kind == _CRC:
            reader.digests(count)
        else:
            raise ContainerError("the 7z header is of an unusual kind")
    return position, sizes


def _read_folders(reader: _Reader, most: int) -> list[Folder]:
    if reader.byte() != _FOLDER:
        raise ContainerError("the 7z header is of an unusual kind")
    count = reader.count(most)
    if reader.byte():
        raise ContainerError("the 7z header is of an unusual kind")
    folders = [_read_folder(reader) for _ in range(count)]
    if reader.byte() != _UNPACK_SIZE:
        raise ContainerError("the 7z header is of an unusual kind")
    folders = [replace(folder, sizes=tuple(reader.number() for coder in folder.coders for _ in range(coder.outputs))) for folder in folders]
    kind = reader.byte()
    if kind == _CRC:
        folders = [replace(folder, crc=crc) for folder, crc in zip(folders, reader.digests(count), strict=True)]
        kind = reader.byte()
    if kind != _END:
        raise ContainerError("the 7z header is of an unusual kind")
    return [replace(folder, stream_sizes=(folder.size,), stream_crcs=(folder.crc,)) for folder in folders]


def _read_folder(reader: _Reader) -> Folder:
    coders = tuple(_read_coder(reader) for _ in range(reader.count(_CODERS)))
    inputs, outputs = sum(coder.inputs for coder in coders), sum(coder.outputs for coder in coders)
    if not coders or inputs > _STREAMS or outputs > _STREAMS:
        raise ContainerError("the 7z archive is packed in an unusual way")
    binds = tuple((reader.number(), reader.number()) for _ in range(outputs - 1))
    free = inputs - len(binds)
    if free < 1:
        raise ContainerError("the 7z archive is packed in an unusual way")
    bound = {index for index, _ in binds}
    packed = tuple(index for index in range(inputs) if index not in bound) if free == 1 else tuple(reader.number() for _ in range(free))
    return Folder(coders, binds, packed)


def _read_coder(reader: _Reader) -> Coder:
    flags = reader.byte()
    method = reader.take(flags & 0x0F)
    inputs, outputs = (reader.count(_STREAMS), reader.count(_STREAMS)) if flags & 0x10 else (1, 1)
    properties = reader.take(reader.count(_HEADER_BYTES)) if flags & 0x20 else b""
    if flags & 0x80:
        raise ContainerError("the 7z archive is packed in an unusual way")
    return Coder(method, inputs, outputs, properties)


def _read_substreams(reader: _Reader, folders: list[Folder], most: int) -> list[Folder]:
    kind = reader.byte()
    if kind == _COUNT:
        counts = [reader.count(most) for _ in folders]
        if sum(counts) > most:
            raise ContainerError("the 7z archive has too many members")
        folders = [replace(folder, streams=count) for folder, count in zip(folders, counts, strict=True)]
        kind = reader.byte()
    sized = []
    for folder in folders:
        # All sizes but the last of a folder are written; that one is what remains.
        sizes = [reader.number() for _ in range(folder.streams - 1)] if kind == _SIZE else []
        rest = [folder.size - sum(sizes)] if folder.streams else []
        sized.append(replace(folder, stream_sizes=tuple(sizes + rest)))
    if kind == _SIZE:
        kind = reader.byte()
    if any(size < 0 for folder in sized for size in folder.stream_sizes):
        raise ContainerError("the 7z header counts its streams wrongly")
    while kind != _END:
        if kind == _CRC:
            unknown = sum(folder.streams for folder in sized if folder.streams != 1 or folder.crc is None)
            left = iter(reader.digests(unknown))
            sized = [
                replace(folder, stream_crcs=(folder.crc,))
                if folder.streams == 1 and folder.crc is not None
                else replace(folder, stream_crcs=tuple(next(left) for _ in range(folder.streams)))
                for folder in sized
            ]
        else:
            reader.take(reader.count(_HEADER_BYTES))
        kind = reader.byte()
    return sized


def _read_files(reader: _Reader, folders: tuple[Folder, ...], most: int) -> tuple[File, ...]:
    count = reader.count(most)
    names, empty = [""] * count, [False] * count
    while (kind := reader.number()) != _END:
        data = _Reader(reader.take(reader.count(_HEADER_BYTES)))
        if kind == _EMPTY_STREAM:
            empty = data.bits(count)
        elif kind == _NAMES:
            if data.byte():
                raise ContainerError("the 7z header is of an unusual kind")
            names = data.data[data.at :].decode("utf-16-le", "replace").split("\0")[:count]
        elif kind == _DUMMY:
            reader.odd = reader.odd or bool(data.data.strip(b"\0"))
        elif not _EMPTY_STREAM <= kind <= _START_POSITIONS:
            reader.odd = True
    streams = [(number, size) for number, folder in enumerate(folders) for size in folder.stream_sizes]
    if len(streams) != empty.count(False) or len(names) != count:
        raise ContainerError("the 7z header counts its files wrongly")
    left = iter(streams)
    files = []
    for name, hollow in zip(names, empty, strict=True):
        folder, size = (None, 0) if hollow else next(left)
        files.append(File(name, size, folder))
    return tuple(files)
