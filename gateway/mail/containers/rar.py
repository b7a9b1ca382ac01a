"""RAR archives by their headers: RAR5 (AES-256 or nothing), RAR 1.5 to 4 (AES-128 or older: weak).

Promises: STRONG only for RAR5 whose every content block is encrypted, with nothing readable (a comment, an alternate stream,
bytes between or after the blocks) and data that looks random. Never runs another program.
Nothing is unpacked: a plain RAR is incomplete, except for members that are only stored.
"""

import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.mail.containers.limits import Budget, ContainerError
from gateway.mail.containers.looking import Found, Look, Reader, reader_of
from gateway.mail.containers.office_opening import first_within
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import combined, needing_secret
from gateway.model.findings import UNPROTECTED, Container, Member, Protection, State

_RAR5, _RAR4 = b"Rar!\x1a\x07\x01\x00", b"Rar!\x1a\x07\x00"
_MAIN, _FILE, _SERVICE, _ENCRYPTION, _END = 1, 2, 3, 4, 5
# Encryption (48 bytes), hash, times, owner: an honest header has under 200 bytes beside the name; more would be a letter.
_PLAIN_HEADER_BYTES = 512
_HEADER_BYTES = 2_097_152  # The RAR 5.0 technical note's own bound.
_MEMBERS = 20_000
_BLOCKS = 65_536  # Of any kind; 20 MB of empty ones took two seconds.
# RAR writes 2^15 rounds and allows 2^24; 2^15 take 10 ms here, two seconds are the budget of a message.
_ROUNDS, _POWER = 6_553_600, 22
# Services without words of the sender: quick-open copies of headers, recovery data computed from the (encrypted) blocks.
_HARMLESS = (b"QO", b"RR")
# As long as a file name may be: it is judged like one. A longer text is a letter.
_COMMENT_BYTES = 255
# Kilobytes looked at in all blocks together: up to 16 in each, at least two.
_WINDOWS = 32
_STORED5, _STORED4 = 0, 0x30


@dataclass(frozen=True, slots=True)
class Block:
    """A file or service of the archive. `stored`: its bytes lie there as they are."""

    name: str
    protection: Protection
    size: int
    start: int
    end: int
    stored: bool
    service: bool = False
    data_start: int = 0
    """Where its data begins, also where `start` skips them."""

    @property
    def is_comment(self) -> bool:
        return self.service and self.name == "CMT"


@dataclass(frozen=True, slots=True)
class Check:
    """What proves a password of RAR5: rounds (as a power of two), salt, and eight bytes of a longer stretched key."""

    power: int
    salt: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    blocks: tuple[Block, ...]
    checks: tuple["Check", ...] = ()
    locked: Protection | None = None
    """Of the headers, where they are encrypted: then no block is known."""
    faults: tuple[str, ...] = ()


def judge(content: bytes, look: Look) -> Container:
    """What a RAR archive is, block by block."""
    try:
        archive = read_archive(content)
    except (ContainerError, struct.error, IndexError) as error:
        words = str(error) if isinstance(error, ContainerError) else "the RAR archive is damaged"
        return Container("rar", Protection(State.UNKNOWN), complete=False, notes=(words,))
    if archive.locked:
        return _judge_locked(content, archive, archive.locked)
    windows = min(16, max(2, _WINDOWS // max(1, len(archive.blocks))))
    proven = [_proven(content, block, windows) for block in archive.blocks]
    judged = tuple(zip(archive.blocks, proven, strict=True))
    whole = combined(protection for block, protection in judged if block.end > block.start and not block.is_comment)
    comments = tuple(_comments(content, archive))
    if whole.state is State.STRONG and None in comments:
        whole = Protection(State.PARTIAL, whole.algorithm, whole.bits)
    if whole.state is State.STRONG and (archive.faults or not all(_is_harmless(content, block) for block in archive.blocks)):
        whole = Protection(State.PARTIAL, whole.algorithm, whole.bits)
    members = tuple(Member(block.name, "unknown", protection, block.size) for block, protection in judged if not block.service)
    members += tuple(Member(text, "comment") for text in comments if text)
    found = Found()
    if whole.state is not State.STRONG:
        found = look.inside(_stored(content, archive, look.budget))
    unseen = _has_packed(archive)
    notes = archive.faults + found.notes + (("the members of a plain RAR archive cannot be unpacked here",) if unseen else ())
    complete = found.complete and not unseen and not archive.faults
    return Container("rar", whole, members, complete, names_visible=whole.state.needs_a_secret, notes=notes)


def plain_members(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """(name, content) of members that are stored and not encrypted; ContainerError at the end if there are packed ones."""
    try:
        archive = read_archive(content)
    except (struct.error, IndexError):
        raise ContainerError("the RAR archive is damaged") from None
    for name, _, read in _stored(content, archive, budget):
        budget.spend_member()
        yield name, read(budget.limits.member_bytes)
    if _has_packed(archive):
        raise ContainerError("the members of a plain RAR archive cannot be unpacked here")


def _has_packed(archive: Archive) -> bool:
    return any(not block.stored and block.protection.state is State.NONE and block.end > block.start for block in archive.blocks)


def _stored(content: bytes, archive: Archive, budget: Budget) -> Iterator[tuple[str, int | None, Reader]]:
    for block in archive.blocks:
        if block.stored and block.protection.state is State.NONE and block.end > block.start:
            budget.spend_bytes(block.end - block.start)
            yield block.name, block.end - block.start, reader_of(content[block.start : block.end])


def _is_harmless(content: bytes, block: Block) -> bool:
    """A service that is let pass by its name must be what the name says: recovery data is noise, quick-open data copies of headers."""
    if not block.service or block.name not in ("RR", "QO"):
        return True
    data = content[block.data_start : block.end]
    return looks_random(data) if block.name == "RR" else _is_copy(data, content[: block.data_start])


def _is_copy(data: bytes, before: bytes) -> bool:
    """Each record: CRC, size, flags, distance, length, and a header that stands further in front as it is, in the same order."""
    at = found = 0
    for _ in range(_BLOCKS):
        if at >= len(data):
            return True
        size, start = _vint(data, at + 4)
        _, pos = _vint(data, start)
        _, pos = _vint(data, pos)
        length, pos = _vint(data, pos)
        # From where the last was found: to search from the start for each would cost hours of a file made for it.
        found = before.find(data[pos : pos + length], found)
        if found < 0 or pos + length != start + size:
            return False
        at = start + size
    return False


def _comments(content: bytes, archive: Archive) -> Iterator[str | None]:
    """Archive comments stay in clear: a short stored one is shown as a member's name is, any other (None) cannot be looked at."""
    for block in archive.blocks:
        if block.is_comment:
            data = content[block.start : block.end]
            readable = block.stored and len(data) <= _COMMENT_BYTES and block.protection.state is State.NONE
            yield data.rstrip(b"\0").decode("utf-8", "replace") if readable else None


def _proven(content: bytes, block: Block, windows: int) -> Protection:
    if block.protection.state.needs_a_secret and not looks_random(content, block.start, block.end, windows):
        return UNPROTECTED
    return block.protection


def _judge_locked(content: bytes, archive: Archive, locked: Protection) -> Container:
    start = archive.blocks[0].start if archive.blocks else len(content)
    if archive.faults or not looks_random(content, start, len(content)):
        return Container("rar", Protection(State.PARTIAL, locked.algorithm, locked.bits), complete=False, notes=archive.faults)
    return Container("rar", locked)


def read_archive(content: bytes) -> Archive:
    """The blocks of either version."""
    if content.startswith(_RAR5):
        return _read5(content)
    if content.startswith(_RAR4):
        return _read4(content)
    raise ContainerError("a RAR archive of an unknown version")


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """RAR5 variable-length integer: seven bits a byte, at most ten bytes."""
    value = 0
    for index in range(10):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    raise ContainerError("the RAR archive is damaged")


def _read5(content: bytes) -> Archive:
    blocks: list[Block] = []
    checks: list[Check] = []
    faults: list[str] = []
    at = len(_RAR5)
    for _ in range(_BLOCKS):
        if at >= len(content):
            return Archive(tuple(blocks), tuple(checks), None, tuple(dict.fromkeys([*faults, "the RAR archive has no end"])))
        size, start = _vint(content, at + 4)
        end = start + size
        if (
            size > _HEADER_BYTES
            or end > len(content)
            or binascii.crc32(content[at + 4 : end]) != int.from_bytes(content[at : at + 4], "little")
        ):
            raise ContainerError("the RAR archive is damaged or cut off")
        kind, pos = _vint(content, start)
        flags, pos = _vint(content, pos)
        extra, pos = _vint(content, pos) if flags & 1 else (0, pos)
        data, pos = _vint(content, pos) if flags & 2 else (0, pos)
        after = end + data
        if after > len(content):
            raise ContainerError("the RAR archive is damaged or cut off")
        if kind == _ENCRYPTION:
            rest = Block("", UNPROTECTED, 0, end, len(content), False)
            return Archive((rest,), _checks(content[pos:end]), needing_secret("AES-256", 256), tuple(faults))
        if kind in (_FILE, _SERVICE):
            blocks.append(_block5(content, pos, end, extra, after, kind))
            checks += [check for record, body in _extra_records(content, end - extra, end) if record == 1 for check in _checks(body)]
        if size - _name_bytes(blocks, kind) > _PLAIN_HEADER_BYTES:
            faults.append("a header of the RAR archive is unusually long")
        if flags & 0x18:
            faults.append("the RAR archive is one volume of several")
        if kind == _END or len(blocks) > _MEMBERS:
            return Archive(tuple(blocks), tuple(checks), None, tuple(faults + _after(content, after)))
        at = after
    raise ContainerError("the RAR archive has too many blocks")


def _name_bytes(blocks: list[Block], kind: int) -> int:
    """Names are judged as names; what else a header holds is bounded."""
    return len(blocks[-1].name.encode("utf-8", "replace")) if kind in (_FILE, _SERVICE) and blocks else 0


def _after(content: bytes, end: int) -> list[str]:
    return ["there are bytes after the RAR archive"] if content[end:].strip(b"\0") else []


def _block5(content: bytes, pos: int, end: int, extra: int, after: int, kind: int) -> Block:
    flags, pos = _vint(content, pos)
    size, pos = _vint(content, pos)
    _, pos = _vint(content, pos)
    pos += 4 * bool(flags & 2) + 4 * bool(flags & 4)
    compression, pos = _vint(content, pos)
    _, pos = _vint(content, pos)
    length, pos = _vint(content, pos)
    name = content[pos : pos + length]
    protection = UNPROTECTED
    for record, _ in _extra_records(content, end - extra, end):
        if record == 1:
            protection = needing_secret("AES-256", 256)
    service = kind == _SERVICE
    hollow = service and name in _HARMLESS
    start = after if hollow else end
    stored = compression >> 7 & 7 == _STORED5
    return Block(name.decode("utf-8", "replace"), protection, size, start, after, stored, service, end)


def _extra_records(content: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at < end:
        size, at = _vint(content, at)
        kind, pos = _vint(content, at)
        yield kind, content[pos : at + size]
        at += size


def _checks(body: bytes) -> tuple[Check, ...]:
    """From an encryption record or header: version, flags, power, salt, (of a file: initialisation vector,) check value."""
    version, pos = _vint(body, 0)
    flags, pos = _vint(body, pos)
    if version or not flags & 1 or len(body) - pos not in (29, 45):
        return ()
    return (Check(body[pos], body[pos + 1 : pos + 17], body[-12:-4]),)


def opening(content: bytes, candidates: Iterable[str]) -> str | None:
    """The first candidate whose stretched key gives the check value (64 bits) of a RAR5 archive."""
    checks = read_archive(content).checks
    if not checks:
        return None
    check = min(checks, key=lambda each: each.power)
    return first_within(candidates, lambda word: _fits(check, word), _ROUNDS >> check.power if check.power <= _POWER else 0)


def _fits(check: Check, word: str) -> bool:
    """RAR 5.0 technical note: the key stretched 32 rounds further, folded to eight bytes."""
    key = hashlib.pbkdf2_hmac("sha256", word.encode("utf-8", "surrogatepass"), check.salt, (1 << check.power) + 32)
    folded = bytes(key[n] ^ key[n + 8] ^ key[n + 16] ^ key[n + 24] for n in range(8))
    return hmac.compare_digest(folded, check.value)


def _read4(content: bytes) -> Archive:
    blocks: list[Block] = []
    faults: list[str] = []
    at = len(_RAR4)
    for _ in range(_BLOCKS):
        if at + 7 > len(content):
            return Archive(tuple(blocks), (), None, tuple(faults))
        kind, flags, size = struct.unpack_from("<BHH", content, at + 2)
        if not 0x72 <= kind <= 0x7B or size < 7:
            raise ContainerError("the RAR archive is damaged")
        data = int.from_bytes(content[at + 7 : at + 11], "little") if flags & 0x8000 or kind == 0x74 else 0
        if kind in (0x74, 0x7A) and flags & 0x100:
            data += int.from_bytes(content[at + 32 : at + 36], "little") << 32
        end, after = at + size, at + size + data
        if kind == 0x73 and flags & 0x80:
            return Archive((Block("", UNPROTECTED, 0, end, len(content), False),), (), Protection(State.WEAK, "AES-128", 128))
        if kind == 0x73 and flags & 0x02 and size > 13:
            faults.append("the RAR archive has a comment")
        if kind in (0x74, 0x7A):
            blocks.append(_block4(content, at, end, after, flags, kind))
        if kind == 0x73 and flags & 0x01:
            faults.append("the RAR archive is one volume of several")
        if kind == 0x7B or len(blocks) > _MEMBERS:
            return Archive(tuple(blocks), (), None, tuple(faults + _after(content, after)))
        at = after
    raise ContainerError("the RAR archive has too many blocks")


def _block4(content: bytes, at: int, end: int, after: int, flags: int, kind: int) -> Block:
    size, version, method, length = struct.unpack_from("<L4xxxxxxBBH", content, at + 11)[0:4]
    skip = 40 if flags & 0x100 else 32
    raw = content[at + skip : at + skip + length]
    protection = UNPROTECTED
    if flags & 0x04:
        protection = Protection(State.WEAK, "AES-128", 128) if version >= 29 else Protection(State.WEAK, "RAR 2", None)
    name = _name4(raw, bool(flags & 0x200))
    service = kind == 0x7A
    start = after if service and raw in _HARMLESS else end
    return Block(name, protection, size, start, min(after, len(content)), method == _STORED4, service)


def _name4(raw: bytes, has_unicode: bool) -> str:
    """The plain name; the compressed Unicode form after a zero byte is left to unrar."""
    plain = raw.partition(b"\0")[0] if has_unicode else raw
    return plain.decode("utf-8", "replace")
