"""Honest AES-256 zips, as 7-Zip, pyzipper, bsdtar and WinZip write them: none may be refused."""

import random
import shutil
import struct
import zlib
from collections.abc import Iterator

import pytest

from gateway.mail.containers import opens_with, recognise
from gateway.model.findings import State
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

NAMES = (
    b"plan.txt",
    "gofal-plentyn-ŵy.docx".encode(),
    "Jürgen".encode("cp437"),
    b"folder/second page.pdf",
    b"a" * 200,
    "計画.txt".encode(),
)


def _content(chance: random.Random) -> bytes:
    size = chance.choice((1, 2, 15, 16, 17, 40, 300, 2_000, 20_000, 70_000))
    kind = chance.randrange(3)
    if kind == 0:
        return (b"The meeting is on Thursday at ten. " * (size // 30 + 1))[:size]
    return chance.randbytes(size) if kind == 1 else bytes(size)


def _unicode_path(name: bytes) -> bytes:
    return struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(name)) + name


def winzip_like(seed: int) -> bytes:
    """One of the layouts that WinZip and its like write: times, descriptors, zip64, Unicode names, AE-1 and AE-2, empty members."""
    chance = random.Random(seed)
    parts = []
    for number in range(chance.randrange(1, 5)):
        name = b"%d-" % number + chance.choice(NAMES)
        part = f.locked(name, _content(chance), version=chance.choice((1, 2)), store=chance.random() < 0.3)
        times, central_times = chance.choice(((b"", b""), (f.UT_LOCAL, f.UT_CENTRAL), (b"", f.NTFS), (f.NTFS, f.NTFS)))
        path = _unicode_path(name) if chance.random() < 0.3 else b""
        ae = part.extra
        part.extra, part.central_extra = ae + times + path, ae + central_times + path
        if chance.random() < 0.3:
            part.flags |= f.UTF8
        if chance.random() < 0.4:
            part.flags |= f.DESCRIPTOR
            part.descriptor = f.descriptor(part, sign=chance.random() < 0.7, wide=chance.random() < 0.3)
        elif chance.random() < 0.3:
            part.extra += f.zip64_extra(part.size, len(part.payload))
            part.local = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
        parts.append(part)
    if chance.random() < 0.3:
        parts.insert(0, f.Part(b"folder/", flags=0, method=0))
    if chance.random() < 0.2:
        parts.append(f.Part(b"empty.txt", flags=0, method=0))
    return f.build64(*parts, short=chance.random() < 0.5) if chance.random() < 0.25 else f.build(*parts)


def by_programs(seed: int) -> Iterator[bytes]:
    """The same files packed by each archiver that is installed."""
    chance = random.Random(seed)
    files = {
        f"{number} notes/{chance.choice(('plan', 'nodiadau ŵ', 'Jürgen'))}.txt": _content(chance)
        for number in range(chance.randrange(1, 4))
    }
    yield m.by_pyzipper(files=files, method=chance.choice((0, 8, 12, 14)), zip64=chance.random() < 0.3)
    if shutil.which("7zz"):
        options = (
            "-tzip",
            "-mem=AES256",
            f"-p{m.PASSWORD}",
            chance.choice(("-mx0", "-mx1", "-mx9", "-mm=BZip2", "-mm=LZMA", "-mcu=on", "-mtc=on")),
        )
        yield m.by_7z(*options, ending="zip", files=files)
    if shutil.which("bsdtar"):
        options = chance.choice(("zip:encryption=aes256", "zip:encryption=aes256,zip:compression=store", "zip:encryption=aes256,zip:zip64"))
        yield m.by_bsdtar("--format", "zip", "--options", options, files=files)


def test_the_layouts_of_winzip_are_accepted() -> None:
    refused = [seed for seed in range(120) if recognise(winzip_like(seed)).protection.state is not State.STRONG]
    assert refused == []


def test_what_the_forge_writes_opens_with_its_password() -> None:
    content = winzip_like(3)
    assert opens_with(content, recognise(content), ("wrong", f.PASSWORD)) == f.PASSWORD


@pytest.mark.tools("7zz", "bsdtar")
def test_archives_of_real_programs_are_accepted() -> None:
    refused = [
        (seed, nth)
        for seed in range(10)
        for nth, made in enumerate(by_programs(seed))
        if recognise(made).protection.state is not State.STRONG
    ]
    assert refused == []


@pytest.mark.slow
@pytest.mark.tools("7zz", "bsdtar")
def test_five_hundred_archives_are_accepted() -> None:
    made = [content for seed in range(1_000, 1_100) for content in by_programs(seed)]
    made += [winzip_like(seed) for seed in range(1_000, 1_200)]
    assert len(made) == 500
    assert [number for number, content in enumerate(made) if recognise(content).protection.state is not State.STRONG] == []
