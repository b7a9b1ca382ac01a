"""The layout of a zip, read strictly: every byte of the file belongs to something, and both headers of a member agree.

Promises: a `Layout` without faults is read the same way by a reader that follows the directory and by one that streams;
whatever else is there (gaps, hidden members, comments, a second directory) is a fault. Never raises but `ContainerError`.
The constructions that this must not accept: "My ZIP isn't your ZIP" (USENIX Security 2025), types A1 to C5.
"""

import binascii
import struct
from dataclasses import dataclass

from gateway.mail.containers.limits import ContainerError

_LOCAL, _CENTRAL, _END, _END64, _LOCATOR, _DESCRIPTOR = (b"PK" + sign for sign in (b"\3\4", b"\1\2", b"\5\6", b"\6\6", b"\6\7", b"\7\x08"))
_LOCAL_BYTES, _CENTRAL_BYTES, _END_BYTES, _END64_BYTES, _LOCATOR_BYTES = 30, 46, 22, 56, 20
_COMMENT_BYTES = 65_535
OVERLAP = "members of the zip overlap"
_MANY16, _MANY32 = 0xFFFF, 0xFFFFFFFF

ENCRYPTED, DESCRIPTOR, STRONG, UTF8, MASKED = 0x1, 0x8, 0x40, 0x800, 0x2000
# Writers differ between their two headers in the deflate option bits and, when they could seek after all, in the descriptor bit.
_COMPARED_FLAGS = ENCRYPTED | STRONG | UTF8 | MASKED
AE_METHOD = 99
ZIP64, UNICODE_PATH, AE_EXTRA = 0x0001, 0x7075, 0x9901
# Extra fields that honest archivers write, with the longest honest size: time stamps, owners, NTFS times, zip64, Unicode path
# (a name is at most 64 KB, 1 KB is generous), AE, Office's growth hint is not among them (it is padding of any length).
_EXTRAS = {
    ZIP64: 28, 0x000A: 32, 0x000D: 12, 0x5455: 13, 0x5855: 12, 0x7855: 4, 0x7875: 24, UNICODE_PATH: 1_024, AE_EXTRA: 7, 0x0017: 64,
    0x6C78: 16, 0x756E: 14,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What one of the two headers says of a member. `extras` are (id, data)."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    extras: tuple[tuple[int, bytes], ...]

    def extra(self, kind: int) -> bytes | None:
        return next((data for each, data in self.extras if each == kind), None)

    @property
    def encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: its central view (None for one that only a streaming reader sees), its local view, and where its data lies."""

    central: View | None
    local: View | None
    start: int
    end: int

    @property
    def view(self) -> View:
        view = self.central or self.local
        assert view is not None, "an entry has at least one header"
        return view

    @property
    def views(self) -> tuple[View, ...]:
        return tuple(view for view in (self.central, self.local) if view is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """All members in file order. `faults`: why readers may differ; `readable`: bytes that are no member's and no header's."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return not self.faults and not self.readable


@dataclass(slots=True)
class _Found:
    faults: list[str]
    readable: list[str]


@dataclass(frozen=True, slots=True)
class _End:
    """Where the directory is said to be, and where its end records begin."""

    count: int
    offset: int
    size: int
    records: int


def ends_like_zip(content: bytes) -> bool:
    """Whether an end of directory stands at the end, with a directory header where it points or just before it."""
    at = content.rfind(_END, max(0, len(content) - _END_BYTES - _COMMENT_BYTES))
    if at < 0 or at + _END_BYTES > len(content):
        return False
    size, offset, comment = struct.unpack_from("<2LH", content, at + 12)
    if content[at + _END_BYTES + comment :].strip(b"\0\r\n"):
        return False
    return content[max(at - size, 0) :][:4] == _CENTRAL or content[offset : offset + 4] == _CENTRAL


def read_layout(content: bytes, most: int) -> Layout:
    """The layout; ContainerError if there is no directory that can be followed or more than `most` members."""
    found = _Found([], [])
    end = _read_end(content, found)
    if end.count > most:
        raise ContainerError("the zip has too many members")
    directory = _read_directory(content, end, found, most)
    entries = _follow(content, directory, end, found)
    return Layout(entries, tuple(dict.fromkeys(found.faults)), tuple(dict.fromkeys(found.readable)))


def _read_end(content: bytes, found: _Found) -> _End:
    at = content.rfind(_END, max(0, len(content) - _END_BYTES - _COMMENT_BYTES))
    if at < 0 or at + _END_BYTES > len(content):
        raise ContainerError("the zip has no directory")
    disk, start_disk, here, count, size, offset, comment = struct.unpack_from("<4H2LH", content, at + 4)
    # Zeros after the end are a tape block's filling (bsdtar writing to a pipe) and tell nobody anything.
    if comment or content[at + _END_BYTES :].strip(b"\0"):
        found.readable.append("there are bytes after the zip's directory")
    if at >= 4 and content.rfind(_END, max(0, at - _COMMENT_BYTES), at) >= 0:
        found.faults.append("there is more than one end of directory")
    if disk or start_disk or here != count:
        found.faults.append("the zip is one volume of several")
    end = _End(count, offset, size, at)
    if content[at - _LOCATOR_BYTES : at - _LOCATOR_BYTES + 4] == _LOCATOR:
        end = _read_end64(content, end, found)
    elif _MANY32 in (offset, size) or count == _MANY16:
        found.faults.append("the zip64 directory is missing")
    return end


def _read_end64(content: bytes, end: _End, found: _Found) -> _End:
    locator = end.records - _LOCATOR_BYTES
    at = locator - _END64_BYTES
    disk, offset, disks = struct.unpack_from("<LQL", content, locator + 4)
    if offset != at or disk or disks != 1 or content[at : at + 4] != _END64:
        found.faults.append("the zip64 directory is not where it should be")
        return end
    size_of, _, _, disk, start_disk, here, count, size, start = struct.unpack_from("<Q2H2L4Q", content, at + 4)
    if size_of != _END64_BYTES - 12 or disk or start_disk or here != count:
        found.faults.append("the zip64 directory has an unusual form")
    for short, long, sentinel in ((end.count, count, _MANY16), (end.offset, start, _MANY32), (end.size, size, _MANY32)):
        if short not in (long, sentinel):
            found.faults.append("the two ends of the zip's directory disagree")
    return _End(count, start, size, at)


def _read_directory(content: bytes, end: _End, found: _Found, most: int) -> list[tuple[int, View]]:
    """(offset of the local header, central view) in directory order."""
    if end.offset + end.size != end.records:
        found.faults.append("the zip's directory is not where it should be")
    start = end.records - end.size
    if start < 0 or (end.size and content[start : start + 4] != _CENTRAL):
        start = end.offset  # Readers differ: some trust the offset, some the size.
    entries: list[tuple[int, View]] = []
    at = start
    while content[at : at + 4] == _CENTRAL and at + _CENTRAL_BYTES <= end.records and len(entries) <= most:
        offset, view, at = _read_central(content, at, found)
        entries.append((offset, view))
    if at != end.records:
        found.faults.append("the zip's directory does not fill its place")
    if len(entries) != end.count:
        found.faults.append("the zip's directory has another number of members than it says")
    return entries


def _read_central(content: bytes, at: int, found: _Found) -> tuple[int, View, int]:
    (_, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes, comment_bytes, disk, _, _, offset) = struct.unpack_from(
        "<6H3L5H2L", content, at + 4
    )
    start = at + _CENTRAL_BYTES
    extras = _read_extras(content[start + name_bytes : start + name_bytes + extra_bytes], found)
    if comment_bytes:
        found.readable.append("a member of the zip has a comment")
    if disk:
        found.faults.append("the zip is one volume of several")
    long = dict(extras).get(ZIP64, b"")
    size, long = _widened(size, long)
    packed, long = _widened(packed, long)
    offset, long = _widened(offset, long)
    view = View(content[start : start + name_bytes], flags, method, crc, packed, size, extras)
    return offset, view, start + name_bytes + extra_bytes + comment_bytes


def _widened(short: int, long: bytes) -> tuple[int, bytes]:
    """A 32-bit field, or the next eight bytes of the zip64 extra field where it is all ones."""
    if short == _MANY32 and len(long) >= 8:
        return int.from_bytes(long[:8], "little"), long[8:]
    return short, long


def _read_extras(data: bytes, found: _Found) -> tuple[tuple[int, bytes], ...]:
    extras = []
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        extras.append((kind, data[at + 4 : at + 4 + size]))
        at += 4 + size
        if size > _EXTRAS.get(kind, -1):
            found.readable.append("a header of the zip has an extra field of unknown use")
    if at != len(data):
        found.faults.append("a header of the zip has a damaged extra field")
    if len({kind for kind, _ in extras}) != len(extras):
        found.faults.append("a header of the zip has an extra field twice")
    return tuple(extras)


def _follow(content: bytes, directory: list[tuple[int, View]], end: _End, found: _Found) -> tuple[Entry, ...]:
    """Walk from byte 0 to the directory: each local header where the one before ended. Whatever lies between is a fault."""
    entries: list[Entry] = []
    limit = min(end.offset, end.records)
    at = 0
    for offset, central in sorted(directory, key=lambda pair: pair[0]):
        if offset > at:
            entries += _hidden(content, at, min(offset, len(content)), found)
        elif offset < at:
            found.faults.append(OVERLAP)
        entry, at = _read_entry(content, offset, central, limit, found)
        entries.append(entry)
    if at != limit:
        entries += _hidden(content, at, limit, found)
    return tuple(entries)


def _read_entry(content: bytes, offset: int, central: View, limit: int, found: _Found) -> tuple[Entry, int]:
    local, start = _read_local(content, offset, found)
    if local is None:
        found.faults.append("a member of the zip is not where the directory says")
        return Entry(central, None, offset, offset), offset
    end = start + central.packed
    if end > limit:
        found.faults.append("a member of the zip runs into the directory")
        end = min(end, len(content))
    _compare(central, local, found)
    after = _after_descriptor(content, end, central, local, found)
    return Entry(central, local, start, end), after


def _read_local(content: bytes, offset: int, found: _Found) -> tuple[View | None, int]:
    if content[offset : offset + 4] != _LOCAL or offset + _LOCAL_BYTES > len(content):
        return None, offset
    _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = struct.unpack_from("<5H3L2H", content, offset + 4)
    start = offset + _LOCAL_BYTES
    extras = _read_extras(content[start + name_bytes : start + name_bytes + extra_bytes], found)
    long = dict(extras).get(ZIP64, b"")
    size, long = _widened(size, long)
    packed, long = _widened(packed, long)
    return View(content[start : start + name_bytes], flags, method, crc, packed, size, extras), start + name_bytes + extra_bytes


def _compare(central: View, local: View, found: _Found) -> None:
    """Name, flags, method, sizes and the AE field of both headers; sizes may be left to the data descriptor."""
    same = central.name == local.name and central.method == local.method and not (central.flags ^ local.flags) & _COMPARED_FLAGS
    same = same and central.extra(AE_EXTRA) == local.extra(AE_EXTRA)
    later = bool(local.flags & DESCRIPTOR)
    for of_central, of_local in ((central.crc, local.crc), (central.packed, local.packed), (central.size, local.size)):
        # A streaming writer leaves zeros, or all ones next to a zip64 field, where the descriptor will tell.
        same = same and (of_central == of_local or (later and of_local in (0, _MANY32)))
    if not same:
        found.faults.append("the two headers of a zip member disagree")
    if central.flags & MASKED or local.flags & MASKED:
        found.faults.append("the zip's directory is encrypted")
    for view in (central, local):
        path = view.extra(UNICODE_PATH)
        if path is not None and (path[:1] != b"\x01" or path[1:5] != binascii.crc32(view.name).to_bytes(4, "little")):
            found.faults.append("a zip member has two different names")


def _after_descriptor(content: bytes, end: int, central: View, local: View, found: _Found) -> int:
    """The offset after the data descriptor, of whose four shapes exactly one must repeat what the directory says."""
    if not local.flags & DESCRIPTOR:
        return end
    for sign in (_DESCRIPTOR, b""):
        for sizes in ("<LLL", "<LQQ"):
            wanted = sign + struct.pack(sizes, central.crc, central.packed & _mask(sizes), central.size & _mask(sizes))
            if content[end : end + len(wanted)] == wanted and content[end + len(wanted) : end + len(wanted) + 2] == b"PK":
                return end + len(wanted)
    found.faults.append("a zip member has no matching data descriptor")
    return end


def _mask(sizes: str) -> int:
    return _MANY32 if sizes == "<LLL" else (1 << 64) - 1


def _hidden(content: bytes, start: int, end: int, found: _Found) -> list[Entry]:
    """Members in a stretch that the directory does not mention; a streaming reader unpacks them."""
    if start >= end:
        return []
    found.readable.append("there are bytes in the zip that belong to no member")
    entries: list[Entry] = []
    at = content.find(_LOCAL, start, end)
    while at >= 0 and len(entries) < _HIDDEN:
        local, data = _read_local(content, at, found)
        stop = end
        if local is not None:
            if not local.flags & DESCRIPTOR and data + local.packed <= end:
                stop = data + local.packed
            entries.append(Entry(None, local, data, stop))
        at = content.find(_LOCAL, max(at + 4, stop if local is not None and stop < end else at + 4), end)
    return entries


# Hidden members that are looked into; one is enough for the verdict, the rest is for the text of an unprotected zip.
_HIDDEN = 64
