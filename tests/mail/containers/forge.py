"""A zip writer that can lie: every field of every header can be set apart from the truth. And a small RAR 5 writer.

With nothing overridden it writes what WinZip writes. The cases of the ambiguity tests are made with it, so that no archiver is
asked to produce what it refuses to.
"""

import binascii
import hashlib
import hmac
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

PASSWORD = "Winter-Garden-41"
SECRET_TEXT = b"Canary: the plan for Thursday can be read by anyone who opens this file.\n" * 30
ENCRYPTED, DESCRIPTOR, UTF8 = 1, 8, 0x800
NTFS = struct.pack("<HHLHH3Q", 0x000A, 32, 0, 1, 24, *(133_500_000_000_000_000,) * 3)
UT_LOCAL = struct.pack("<HHBLL", 0x5455, 9, 3, 1_700_000_000, 1_700_000_000)
UT_CENTRAL = struct.pack("<HHBL", 0x5455, 5, 3, 1_700_000_000)


def noise(size: int, seed: bytes = b"noise") -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(seed).digest(size)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def ae_payload(data: bytes, password: str = PASSWORD, strength: int = 3, salt: bytes = b"") -> bytes:
    """Salt, verifier, ciphertext, authentication code (WinZip AE-1 and AE-2)."""
    size = {1: 16, 2: 24, 3: 32}[strength]
    salt = salt or noise(size // 2, b"salt" + data[:64])
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 2 * size + 2)
    # WinZip counts from one, little-endian.
    packed = AES.new(keys[:size], AES.MODE_CTR, counter=Counter.new(128, initial_value=1, little_endian=True)).encrypt(data)
    return salt + keys[-2:] + packed + hmac.new(keys[size : 2 * size], packed, hashlib.sha1).digest()[:10]


def ae_extra(strength: int = 3, method: int = 8, version: int = 2, vendor: bytes = b"AE") -> bytes:
    return struct.pack("<HHH2sBH", 0x9901, 7, version, vendor, strength, method)


def zip64_extra(*values: int) -> bytes:
    return struct.pack("<HH", 1, 8 * len(values)) + b"".join(struct.pack("<Q", value) for value in values)


@dataclass(slots=True)
class Part:
    """One member. `local` and `central` override fields: flags, method, crc, packed, size, name, extra, offset, comment, disk."""

    name: bytes = b"plan.txt"
    payload: bytes = b""
    flags: int = ENCRYPTED
    method: int = 99
    crc: int = 0
    size: int = 0
    extra: bytes = b""
    central_extra: bytes | None = None
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    descriptor: bytes | None = None
    """What follows the data; None: nothing, or the true descriptor where flag 8 is set."""
    before: bytes = b""
    """Bytes in front of the local header that belong to nobody."""
    listed: bool = True
    written: bool = True


def locked(
    name: bytes = b"plan.txt", data: bytes = SECRET_TEXT, *, strength: int = 3, version: int = 2, store: bool = False, **more: object
) -> Part:
    """An honest AES member."""
    packed = data if store else deflated(data)
    part = Part(name, ae_payload(packed, strength=strength), size=len(data), extra=ae_extra(strength, 0 if store else 8, version))
    part.crc = zlib.crc32(data) if version == 1 else 0
    for key, value in more.items():
        setattr(part, key, value)
    return part


def plain(name: bytes = b"plan.txt", data: bytes = SECRET_TEXT, *, store: bool = False, **more: object) -> Part:
    """An honest member without encryption."""
    part = Part(name, data if store else deflated(data), flags=0, method=0 if store else 8, crc=zlib.crc32(data), size=len(data))
    for key, value in more.items():
        setattr(part, key, value)
    return part


def local_header(part: Part) -> bytes:
    values: dict[str, Any] = {"flags": part.flags, "method": part.method, "crc": part.crc, "packed": len(part.payload), "size": part.size}
    if part.flags & DESCRIPTOR:
        values |= {"crc": 0, "packed": 0, "size": 0}
    v = values | {"name": part.name, "extra": part.extra} | part.local
    numbers = (51, v["flags"], v["method"], 0x6000, 0x5800, v["crc"], v["packed"], v["size"], len(v["name"]), len(v["extra"]))
    return struct.pack("<4s5H3L2H", b"PK\3\4", *numbers) + bytes(v["name"] + v["extra"])


def central_header(part: Part, offset: int) -> bytes:
    extra = part.extra if part.central_extra is None else part.central_extra
    values: dict[str, Any] = {"flags": part.flags, "method": part.method, "crc": part.crc, "packed": len(part.payload), "size": part.size}
    v = values | {"name": part.name, "extra": extra, "comment": b"", "disk": 0, "offset": offset, "outside": 0x20} | part.central
    numbers = (0x033F, 51, v["flags"], v["method"], 0x6000, 0x5800, v["crc"], v["packed"], v["size"])
    lengths = (len(v["name"]), len(v["extra"]), len(v["comment"]), v["disk"], 0, v["outside"], v["offset"])
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", *numbers, *lengths) + bytes(v["name"] + v["extra"] + v["comment"])


def descriptor(part: Part, *, sign: bool = True, wide: bool = False) -> bytes:
    return (b"PK\7\x08" if sign else b"") + struct.pack("<LQQ" if wide else "<LLL", part.crc, len(part.payload), part.size)


def end(count: int, size: int, offset: int, comment: bytes = b"", lies: dict[str, int] | None = None) -> bytes:
    values = {"disk": 0, "start": 0, "here": count, "count": count, "size": size, "offset": offset, "comment": len(comment)} | (lies or {})
    return struct.pack("<4s4H2LH", b"PK\5\6", *values.values()) + comment


def end64(count: int, size: int, offset: int, at: int, *, locator: int | None = None, length: int = 44) -> bytes:
    """The zip64 end of directory and its locator."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", length, 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, at if locator is None else locator, 1)


def build(
    *parts: Part, front: bytes = b"", gap: bytes = b"", tail: bytes = b"", comment: bytes = b"", shift: int | None = None, **lies: int
) -> bytes:
    """The archive. `shift`: what is added to every offset (default: the length of `front`, so that they are true).

    `lies`: fields of the end of directory (disk, start, here, count, size, offset, comment_size).
    """
    body, headers, count = _body(parts, front, gap, shift)
    if "comment_size" in lies:
        lies["comment"] = lies.pop("comment_size")
    return body + headers + end(count, len(headers), len(body) + (0 if shift is None else shift - len(front)), comment, lies) + tail


def build64(*parts: Part, locator: int | None = None, length: int = 44, short: bool = False) -> bytes:
    """With a zip64 end of directory; `short`: the old end record holds the true values too."""
    body, headers, count = _body(parts, b"", b"", None)
    ones = {} if short else {"here": 0xFFFF, "count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    records = end64(count, len(headers), len(body), len(body) + len(headers), locator=locator, length=length)
    return body + headers + records + end(count, len(headers), len(body), b"", ones)


def _body(parts: tuple[Part, ...], front: bytes, gap: bytes, shift: int | None) -> tuple[bytes, bytes, int]:
    out, headers, count = bytearray(front), bytearray(), 0
    moved = 0 if shift is None else shift - len(front)
    for part in parts:
        out += part.before
        offset = len(out) + moved
        if part.written:
            out += local_header(part) + part.payload
            if part.descriptor is not None:
                out += part.descriptor
            elif part.flags & DESCRIPTOR:
                out += descriptor(part)
        if part.listed:
            headers += central_header(part, offset)
            count += 1
    return bytes(out + gap), bytes(headers), count


def vint(value: int) -> bytes:
    """RAR 5's own integers."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _rar_block(body: bytes) -> bytes:
    sized = vint(len(body)) + body
    return binascii.crc32(sized).to_bytes(4, "little") + sized


def rar_member(data: bytes, *, name: bytes = b"plan.txt", service: bool = False, locked: bool = True, more: bytes = b"") -> bytes:
    """A stored member (or service) of a RAR 5 archive; `more` is put behind its encryption record."""
    record = vint(1) + vint(0) + vint(1) + b"\x0f" + noise(44)
    extra = (vint(len(record)) + record if locked else b"") + more
    fields = vint(0) + vint(len(data)) + vint(0) + vint(0) + vint(1) + vint(len(name)) + name
    return _rar_block(vint(3 if service else 2) + vint(3) + vint(len(extra)) + vint(len(data)) + fields + extra) + data


def rar(*members: bytes, tail: bytes = b"") -> bytes:
    """A RAR 5 archive of such members."""
    end_block = _rar_block(vint(5) + vint(0) + vint(0))
    return b"Rar!\x1a\x07\x01\0" + _rar_block(vint(1) + vint(0) + vint(0)) + b"".join(members) + end_block + tail
