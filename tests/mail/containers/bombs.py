"""Containers made to exhaust a reader (threats H01), small on the wire and huge or endless inside."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable

from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

MEGABYTE = 1_048_576


def zeros(count: int) -> bytes:
    """`count` zero bytes, deflated: one megabyte again and again, each a block of its own."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return megabyte * (count // MEGABYTE) + packer.flush()


def bomb(size: int, *, says: int | None = None) -> bytes:
    return f.build(f.Part(b"a.bin", zeros(size), flags=0, method=8, size=size if says is None else says))


def overlapping(count: int) -> bytes:
    """Fifield's kernel: every entry of the directory points to the same data."""
    part = f.plain(b"a", bytes(60_000))
    body = f.local_header(part) + part.payload
    headers = f.central_header(part, 0) * count
    return body + headers + f.end(count, len(headers), len(body))


def nested(depth: int, inner: bytes) -> bytes:
    for level in range(depth):
        inner = m.by_zipfile({f"{level}.zip": inner})
    return inner


def tree(width: int, depth: int, leaf: bytes) -> bytes:
    for _ in range(depth):
        leaf = m.by_zipfile({f"{n}.zip": leaf for n in range(width)})
    return leaf


def gzip_tower(levels: int) -> bytes:
    data = bytes(40 * MEGABYTE)
    for _ in range(levels):
        data = gzip.compress(data)
    return data


def huge_dictionary() -> bytes:
    """A 7z header that asks for a 4 GB dictionary before the first byte."""
    content = m.by_7z("-m0=LZMA", "-mhc=off", ending="7z")
    at = content.rfind(b"\x03\x01\x01\x05\x5d")
    patched = content[: at + 5] + b"\xff\xff\xff\xff" + content[at + 9 :]
    offset, size = struct.unpack_from("<QQ", patched, 12)
    header = patched[32 + offset : 32 + offset + size]
    start = patched[12:28] + zlib.crc32(header).to_bytes(4, "little")
    return patched[:8] + zlib.crc32(start).to_bytes(4, "little") + start + patched[32:]


def forty_two() -> bytes:
    """As 42.zip: five levels of sixteen, and half a gigabyte at the end of each path."""
    content = bomb(512 * MEGABYTE)
    for _ in range(5):
        content = m.by_zipfile({f"lib {number}.zip": content for number in range(16)})
    return content


def quoting(count: int) -> bytes:
    """Fifield's better bomb: each member's deflate stream quotes the header of the next, so that all share the last one's data."""
    data, quote = zeros(20 * MEGABYTE), b"\0" + struct.pack("<HH", 34, 34 ^ 0xFFFF)
    body, headers = b"", b""
    for number in range(count):
        after = count - 1 - number
        sizes = {"packed": len(data) + after * (len(quote) + 34), "size": 20 * MEGABYTE + after * 34}
        part = f.Part(b"%04d" % number, flags=0, method=8, local=sizes, central=sizes)
        headers += f.central_header(part, len(body))
        body += f.local_header(part) + (quote if after else b"")
    body += data
    return body + headers + f.end(count, len(headers), len(body))


def quick_opens(count: int) -> bytes:
    """A locked RAR with quick-open data that copies the end of its member again and again: where from must not be searched for."""
    member = f.noise(8_000_000)
    record = b"\0\0" + f.vint(64) + member[-64:]
    return f.rar(
        f.rar_member(member), f.rar_member((bytes(4) + f.vint(len(record)) + record) * count, name=b"QO", service=True, locked=False)
    )


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return out.getvalue()


def members(count: int) -> bytes:
    """As many as a zip of the old kind can hold, every one its own."""
    return m.by_zipfile({f"{number}.txt": b"" for number in range(count)}, 0)


BOMBS: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("200 MB in one member", lambda: bomb(200 * MEGABYTE)),
    ("200 MB as a zip in a zip, size not told", lambda: m.by_zipfile({"a.zip": b"PK\3\4" + bytes(200 * MEGABYTE)})),
    ("2,000 entries over the same data", lambda: overlapping(2_000)),
    ("60,000 entries over the same data", lambda: overlapping(60_000)),
    ("twelve zips in one another", lambda: nested(12, f.build(f.locked()))),
    ("8^5 zips", lambda: tree(8, 5, m.by_zipfile({"a.txt": bytes(100_000)}))),
    ("16^4 zips of zeros", lambda: tree(16, 4, m.by_zipfile({"0.dll": bytes(MEGABYTE)}))),
    ("gzip of 200 MB", lambda: gzip.compress(bytes(200 * MEGABYTE))),
    ("gzip in gzip in gzip, eight times", lambda: gzip_tower(8)),
    ("xz of 200 MB", lambda: lzma.compress(bytes(200 * MEGABYTE), preset=1)),
    ("bz2 of 200 MB", lambda: bz2.compress(bytes(200 * MEGABYTE))),
    ("42.zip", forty_two),
    ("250 entries that quote one another", lambda: quoting(250)),
    ("gzip of 900,000 empty streams", lambda: gzip.compress(b"") * 900_000),
    ("bz2 of 500,000 empty streams", lambda: bz2.compress(b"") * 500_000),
    ("xz of 600,000 empty streams", lambda: lzma.compress(b"") * 600_000),
    ("tar of 30 zips of 60 MB", lambda: tar_of(dict.fromkeys(map(str, range(30)), bomb(60 * MEGABYTE)))),
    ("65,535 empty members", lambda: members(65_535)),
    ("tar that says 8 GB", lambda: m.tar()[:124] + b"77777777777\0" + m.tar()[136:]),
)
