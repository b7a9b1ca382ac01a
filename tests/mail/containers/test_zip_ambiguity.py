"""Zips that one reader opens with a password and another without: none of them may count as strongly protected.

Types A1 to C5 follow "My ZIP isn't your ZIP" (USENIX Security 2025), S1 to S11, P and N are spoofs of encryption itself.
"""

import itertools
import struct
import zlib
from collections.abc import Callable

import pytest

from gateway.mail.containers import recognise
from gateway.model.findings import State
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

# Where a stranger reads the text, STRONG is wrong, and so is WEAK: neither says that it can be read.
Forged = tuple[str, Callable[[], bytes]]


def _listed_as_ae(part: f.Part) -> f.Part:
    part.central |= {"flags": 1, "method": 99, "extra": f.ae_extra()}
    return part


def _unicode_path(name: bytes, of: bytes, version: int = 1) -> bytes:
    return struct.pack("<HHBL", 0x7075, 5 + len(name), version, zlib.crc32(of)) + name


_PLAIN_BEHIND = f.ae_payload(b"x") + f.SECRET_TEXT

LIES: tuple[Forged, ...] = (
    # A: the two headers of a member disagree
    ("A1 stored in the local header, AES in the directory", lambda: f.build(_listed_as_ae(f.plain(store=True)))),
    ("A1 deflate in the local header, AES in the directory", lambda: f.build(_listed_as_ae(f.plain()))),
    ("A1 AES in the local header, deflate in the directory", lambda: f.build(f.locked(central={"method": 8, "flags": 0, "extra": b""}))),
    ("A1 another real method inside the AES field", lambda: f.build(f.locked(central_extra=f.ae_extra(method=0)))),
    ("A2 local size shorter, plain bytes behind", lambda: f.build(f.locked(local={"packed": 40}, payload=_PLAIN_BEHIND))),
    ("A2 directory size shorter, plain bytes behind", lambda: f.build(f.locked(descriptor=f.SECRET_TEXT))),
    ("A2 descriptor says another size", lambda: f.build(f.locked(flags=9, descriptor=b"PK\7\x08" + struct.pack("<LLL", 0, 30, 30)))),
    ("A2 descriptor missing", lambda: f.build(f.locked(flags=9, descriptor=b""))),
    ("A2 descriptor and plain bytes", lambda: f.build(f.locked(flags=9, descriptor=f.descriptor(f.locked()) + f.SECRET_TEXT))),
    ("A2 zip64 field contradicts", lambda: f.build(f.locked(extra=f.ae_extra() + f.zip64_extra(5, 5), local={"packed": 0xFFFFFFFF}))),
    ("A3 another name in the local header", lambda: f.build(f.locked(local={"name": b"note.txt"}))),
    ("A3 Unicode path for another name", lambda: f.build(f.locked(extra=f.ae_extra() + _unicode_path(b"x.txt", b"other")))),
    ("A3 Unicode path of version 2", lambda: f.build(f.locked(extra=f.ae_extra() + _unicode_path(b"x.txt", b"plan.txt", 2)))),
    ("A3 Unicode path twice", lambda: f.build(f.locked(extra=f.ae_extra() + 2 * _unicode_path(b"x.txt", b"plan.txt")))),
    ("A4 a directory with plain content", lambda: f.build(f.locked(), f.plain(b"folder/"))),
    ("A4 a directory by its attribute with plain content", lambda: f.build(f.locked(), f.plain(b"folder", central={"outside": 0x10}))),
    ("A5 encrypted only in the local header", lambda: f.build(f.plain(local={"flags": 1}))),
    ("A5 encrypted only in the directory", lambda: f.build(f.plain(central={"flags": 1}))),
    ("A5 encrypted in both, method and data plain", lambda: f.build(f.plain(flags=1))),
    ("A5 only the first member encrypted", lambda: f.build(f.locked(), f.plain(b"b.txt"))),
    ("A5 only the last member encrypted", lambda: f.build(f.plain(b"b.txt"), f.locked())),
    # B: paths
    ("B1 the same name locked and plain", lambda: f.build(f.locked(), f.plain())),
    ("B1 the same name plain and locked", lambda: f.build(f.plain(), f.locked())),
    ("B2 a name cut by a zero byte, plain", lambda: f.build(f.locked(), f.plain(b"plan.txt\0x"))),
    ("B3 the same name by another path, plain", lambda: f.build(f.locked(), f.plain(b"./a/../plan.txt"))),
    ("B4 the same name in capitals, plain", lambda: f.build(f.locked(), f.plain(b"PLAN.TXT"))),
    # C: positions
    ("C1 a plain member that the directory does not list, first", lambda: f.build(f.plain(b"b.txt", listed=False), f.locked())),
    ("C1 a plain member that the directory does not list, last", lambda: f.build(f.locked(), f.plain(b"b.txt", listed=False))),
    ("C1 a plain member that the directory does not list, between", lambda: f.build(f.locked(), f.plain(listed=False), f.locked(b"c"))),
    ("C1 a plain member in the comment", lambda: f.build(f.locked(), comment=f.local_header(f.plain()) + f.plain().payload)),
    ("C1 a plain member in an extra field", lambda: _in_extra(f.local_header(f.plain()) + f.plain().payload)),
    ("C1 a directory entry for data that is not there", lambda: f.build(f.locked(), f.locked(b"b", written=False))),
    ("C2 a comment with a directory of its own", lambda: f.build(f.locked(), comment=f.build(f.plain()))),
    ("C2 the comment longer than it says", lambda: f.build(f.locked(), comment=b"plan", comment_size=2)),
    ("C2 the comment shorter than it says", lambda: f.build(f.locked(), comment=b"plan", comment_size=20)),
    ("C2 two ends of directory", lambda: f.build(f.locked(), tail=f.end(0, 0, 0))),
    ("C3 fewer members than there are", lambda: f.build(f.locked(), f.plain(b"b"), count=1, here=1)),
    ("C3 fewer on this disk", lambda: f.build(f.locked(), f.locked(b"b"), here=1)),
    ("C3 the count modulo 65,536", lambda: f.build(f.locked(), count=0, here=0)),
    ("C3 more members than there are", lambda: f.build(f.locked(), count=2, here=2)),
    ("C3 a directory size that stops early", lambda: f.build(f.locked(), f.plain(b"b"), size=len(f.central_header(f.locked(), 0)))),
    ("C4 a second directory in front", lambda: _two_directories(in_front=True)),
    ("C4 the offset points to another directory", lambda: _two_directories(in_front=False)),
    ("C4 offsets count from the plain bytes in front", lambda: f.build(f.locked(), front=f.SECRET_TEXT)),
    ("C4 offsets do not count the bytes in front", lambda: f.build(f.locked(), front=f.SECRET_TEXT, shift=0)),
    ("C5 zip64 end says another directory", lambda: _other_end64()),
    ("C5 locator points elsewhere", lambda: f.build64(f.locked(), locator=0)),
    ("C5 zip64 fields without zip64 end", lambda: f.build(f.locked(), offset=0xFFFFFFFF)),
    ("C5 zip64 end of unusual length", lambda: f.build64(f.locked(), length=60)),
    # S: spoofed encryption
    ("S1 the flag only", lambda: f.build(f.plain(flags=1, store=True))),
    ("S2 AES field, deflate data", lambda: f.build(f.plain(flags=1, method=99, extra=f.ae_extra()))),
    ("S3 AES in the directory, plain stream", lambda: f.build(_listed_as_ae(f.plain()), f.locked(b"b"))),
    ("S4 AES field without the flag", lambda: f.build(f.locked(flags=0))),
    ("S5 method 99 without the field", lambda: f.build(f.locked(extra=b""))),
    ("S5 method 99, another vendor", lambda: f.build(f.locked(extra=f.ae_extra(vendor=b"XX")))),
    ("S5 the field without method 99", lambda: f.build(f.locked(method=8))),
    ("S6 strength 9", lambda: f.build(f.locked(extra=f.ae_extra(9)))),
    ("S6 strength 0", lambda: f.build(f.locked(extra=f.ae_extra(0)))),
    ("S6 version 7", lambda: f.build(f.locked(version=7))),
    ("S6 two AES fields", lambda: f.build(f.locked(extra=f.ae_extra() + f.ae_extra(1)))),
    ("S6 too short for salt and code", lambda: f.build(f.locked(payload=b"x" * 20, size=1))),
    ("S7 perfect framing round text", lambda: f.build(_framed(f.SECRET_TEXT))),
    ("S7 perfect framing round a short text", lambda: f.build(_framed(b"Ellie is at 4 Elm Road, E17."))),
    ("S7 perfect framing round deflate", lambda: f.build(_framed(f.deflated(_words())))),
    ("S7 perfect framing round a PDF", lambda: f.build(_framed(m.plain_pdf()))),
    ("S7 perfect framing round a zip", lambda: f.build(_framed(m.plain_docx()))),
    ("S7 perfect framing round a picture", lambda: f.build(_framed(b"\xff\xd8\xff\xe0\0\x10JFIF\0" + f.noise(30_000)))),
    ("S7 perfect framing, plain after the first 8 KB", lambda: f.build(_framed(f.noise(8_192) + f.SECRET_TEXT * 400))),
    ("S7 zeros for ciphertext", lambda: f.build(_framed(bytes(5_000)))),
    ("S9 text in front", lambda: f.build(f.locked(), front=f.SECRET_TEXT)),
    ("S10 text behind", lambda: f.build(f.locked(), tail=f.SECRET_TEXT)),
    ("S10 text before the directory", lambda: f.build(f.locked(), gap=f.SECRET_TEXT)),
    ("S10 text between members", lambda: f.build(f.locked(), f.locked(b"b", before=f.SECRET_TEXT))),
    ("S11 text as comment", lambda: f.build(f.locked(), comment=f.SECRET_TEXT[:500])),
    ("S11 text as comment of a member", lambda: f.build(f.locked(central={"comment": f.SECRET_TEXT[:500]}))),
    ("S11 text in an unknown extra field", lambda: _in_extra(f.SECRET_TEXT[:500])),
    ("S11 text in a long time stamp", lambda: _in_extra(f.SECRET_TEXT[:500], 0x5455)),
    # P, N: other formats around it, and zips in zips
    ("P1 a PDF with a locked zip behind", lambda: m.plain_pdf() + f.build(f.locked())),
    ("P1 the same with true offsets", lambda: f.build(f.locked(), front=m.plain_pdf())),
    ("P2 a locked PDF with a plain zip behind", lambda: _locked_pdf() + f.build(f.plain())),
    ("P3 two zips, plain then locked", lambda: f.build(f.plain()) + f.build(f.locked())),
    ("P3 two zips, locked then plain", lambda: f.build(f.locked()) + f.build(f.plain())),
    ("P3 two zips joined with true offsets", lambda: f.build(f.locked(), front=f.build(f.plain()))),
    ("N1 locked zip beside a text", lambda: m.zip_of(a_zip=f.build(f.locked()), b_txt=f.SECRET_TEXT)),
    ("N2 zip in zip, plain at the bottom", lambda: m.zip_of(a_zip=m.zip_of(b_zip=f.build(f.plain())))),
    ("N3 zip in zip, one of two locked at the bottom", lambda: m.zip_of(a_zip=_half_locked())),
)  # fmt: skip

# Needs a secret, and is honest about a weak one: WEAK is right, STRONG is not.
WEAKER: tuple[Forged, ...] = (
    ("S6 strength 1", lambda: f.build(f.locked(strength=1))),
    ("S6 strength 2", lambda: f.build(f.locked(strength=2))),
    ("S8 AES-128 beside AES-256", lambda: f.build(f.locked(), f.locked(b"b", strength=1))),
)


def _in_extra(data: bytes, kind: int = 0xCAFE) -> bytes:
    return f.build(f.locked(extra=f.ae_extra() + struct.pack("<HH", kind, len(data)) + data))


def _framed(data: bytes) -> f.Part:
    """Salt, verifier and code of the right length round bytes that are not ciphertext."""
    return f.Part(payload=f.noise(18) + data + f.noise(10), size=len(data), extra=f.ae_extra(method=0))


def _half_locked() -> bytes:
    return m.zip_of(b_zip=f.build(f.plain()), c_zip=f.build(f.locked()))


def _words() -> bytes:
    """Text that deflate cannot reduce to a line."""
    return b" ".join(b"%x plan" % zlib.crc32(b"%d" % n) for n in range(2_000))


def _locked_pdf() -> bytes:
    # The shape is enough: a file without a proper end must not be believed either.
    return b"%PDF-1.7\n1 0 obj<</Filter/Standard/V 5/R 6>>endobj\ntrailer<</Encrypt 1 0 R/Root 2 0 R>>\nstartxref\n0\n%%EOF\n"


def _two_directories(*, in_front: bool) -> bytes:
    """A plain member and a locked one, each with a directory; the end record measures one and points to the other."""
    open_part, shut = f.plain(b"b.txt"), f.locked()
    first = f.local_header(open_part) + open_part.payload
    second = f.local_header(shut) + shut.payload
    of_open, of_shut = f.central_header(open_part, 0), f.central_header(shut, len(first))
    body = first + second
    pair = of_open + of_shut if in_front else of_shut + of_open
    return body + pair + f.end(1, len(of_shut), len(body) + (len(of_open) if in_front else 0))


def _other_end64() -> bytes:
    open_part, shut = f.plain(b"b.txt"), f.locked()
    body = f.local_header(open_part) + open_part.payload + f.local_header(shut) + shut.payload
    first = len(f.local_header(open_part) + open_part.payload)
    of_open, of_shut = f.central_header(open_part, 0), f.central_header(shut, first)
    start = len(body)
    records = f.end64(1, len(of_open), start, start + len(of_open) + len(of_shut))
    return body + of_open + of_shut + records + f.end(1, len(of_shut), start + len(of_open))


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in LIES])
def test_a_zip_that_can_be_read_is_not_taken_for_protected(make: Callable[[], bytes]) -> None:
    container = recognise(make())
    assert container.protection.state not in (State.STRONG, State.WEAK), container


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in WEAKER])
def test_a_weaker_zip_is_called_weak(make: Callable[[], bytes]) -> None:
    assert recognise(make()).protection.state is State.WEAK


def _sizes() -> list[tuple[object, ...]]:
    """A2 in full: flag, local sizes, directory sizes, descriptor, zip64 fields."""
    lies = ("true", "zero", "ones", "short")
    return list(itertools.product((0, 8), lies, lies, lies, lies, ("none", "plain", "signed", "wide", "wrong"), ("none", "right", "wrong")))


def test_only_consistent_sizes_are_accepted_among_all_combinations() -> None:
    payload = f.ae_payload(f.deflated(f.SECRET_TEXT))
    packed, size = len(payload), len(f.SECRET_TEXT)
    wrongly_accepted = []
    accepted = 0
    for case in _sizes():
        flag, local_packed, local_size, central_packed, central_size, shape, wide = case
        value = {"true": (packed, size), "zero": (0, 0), "ones": (0xFFFFFFFF,) * 2, "short": (packed - 30, size - 30)}
        part = f.Part(payload=payload, size=size, flags=1 | int(str(flag)), extra=f.ae_extra())
        part.local = {"packed": value[str(local_packed)][0], "size": value[str(local_size)][1]}
        part.central = {"packed": value[str(central_packed)][0], "size": value[str(central_size)][1]}
        if wide != "none":
            extra = f.zip64_extra(size, packed) if wide == "right" else f.zip64_extra(size + 9, packed - 9)
            part.extra = part.central_extra = f.ae_extra() + extra
        shapes = {"none": b"", "plain": f.descriptor(part, sign=False), "signed": f.descriptor(part), "wide": f.descriptor(part, wide=True)}
        part.descriptor = shapes.get(str(shape), b"PK\7\x08" + bytes(12))
        if recognise(f.build(part)).protection.state is State.STRONG:
            accepted += 1
            if not _is_consistent(case):
                wrongly_accepted.append(case)
    assert wrongly_accepted == []
    assert accepted >= 8  # The honest shapes among them: with and without descriptor, with and without zip64.


def _is_consistent(case: tuple[object, ...]) -> bool:
    """By definition, not by our parser: every statement about a size is true or openly left to the descriptor."""
    flag, local_packed, local_size, central_packed, central_size, shape, wide = case
    if wide == "right":
        stated = ("true", "ones")
    else:
        stated = ("true",)
    left = ("zero", "ones") if flag else ()
    # The unpacked size of a deflated member cannot be known without the password: only that all say the same.
    central = central_packed in stated and (central_size in stated or central_size == local_size)
    if wide == "right" and "ones" in (central_packed, central_size):
        # The zip64 field lists only what is all ones: one of two would be read from the wrong place.
        central = central_packed == central_size == "ones" or central_size == "ones"
    local = local_packed in (*stated, *left) and (local_size in (*stated, *left) or central_size == local_size)
    described = shape in ("plain", "signed", "wide") if flag else shape == "none"
    return central and local and described
