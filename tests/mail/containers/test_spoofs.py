"""Tricks on formats other than zip: locked by name, readable by a stranger. None may count as strong."""

import binascii
import gzip
import re
import struct
from collections.abc import Callable

import pytest

from gateway.mail.containers import recognise
from gateway.model.findings import State
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

LETTER = b"Dear Sam, the plan for Ellie is that she stays at 4 Elm Road until Thursday. " * 8
P = f"-p{m.PASSWORD}"


def _seven(payload: bytes = b"", *, properties: bytes = b"\x13\0", dummy: bytes = b"") -> bytes:
    """A 7z with one AES folder whose header is not packed."""
    size = len(payload)
    pack = b"\x06\0\x01\x09" + _number(size) + b"\0"
    coder = b"\x01" + b"\x24\x06\xf1\x07\x01" + bytes([len(properties)]) + properties
    unpack = b"\x07\x0b\x01\0" + coder + b"\x0c" + _number(size) + b"\0"
    names = b"\0" + "plan.txt\0".encode("utf-16-le")
    files = b"\x05\x01" + b"\x11" + _number(len(names)) + names + dummy + b"\0"
    header = b"\x01\x04" + pack + unpack + b"\0" + files + b"\0"
    start = struct.pack("<QQL", size, len(header), binascii.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + binascii.crc32(start).to_bytes(4, "little") + start + payload + header


def _number(value: int) -> bytes:
    """7z's own integers, below 16,384."""
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xFF])


def _pdf_with(old: bytes, new: bytes) -> bytes:
    content = m.qpdf_locked(256)
    assert old in content
    return content.replace(old, new)


def _plain_revision(trailer: bytes) -> bytes:
    """A revision with a page of its own behind a locked file."""
    content = m.qpdf_locked(256)
    place = re.findall(rb"startxref\n(\d+)", content)[-1]
    catalog = b"20 0 obj\n<</Type/Catalog/Pages 21 0 R>>\nendobj\n"
    table = b"xref\n20 1\n%010d 00000 n \n" % len(content)
    body = content + catalog + table + b"trailer\n<</Size 22/Root 20 0 R/Prev " + place + trailer + b">>\n"
    return body + b"startxref\n%d\n%%%%EOF\n" % (len(content) + len(catalog))


def _free_sector(content: bytes) -> bytes:
    return content + LETTER[:512].ljust(512, b" ")


STRONG: tuple[tuple[str, tuple[str, ...], Callable[[], bytes]], ...] = (
    ("rar", (), lambda: f.rar(f.rar_member(f.noise(2_000)))),
    (
        "rar with a short comment",
        (),
        lambda: f.rar(f.rar_member(b"for Sam", name=b"CMT", service=True, locked=False), f.rar_member(f.noise(2_000))),
    ),
    (
        "rar with a recovery record",
        (),
        lambda: f.rar(f.rar_member(f.noise(2_000)), f.rar_member(f.noise(900), name=b"RR", service=True, locked=False)),
    ),
    ("7z", (), lambda: _seven(f.noise(2_000))),
)

READABLE: tuple[tuple[str, tuple[str, ...], Callable[[], bytes]], ...] = (
    ("rar: text where ciphertext should be", (), lambda: f.rar(f.rar_member(LETTER))),
    ("rar: one member plain", (), lambda: f.rar(f.rar_member(f.noise(2_000)), f.rar_member(LETTER, name=b"b", locked=False))),
    (
        "rar: a letter as comment",
        (),
        lambda: f.rar(f.rar_member(LETTER, name=b"CMT", service=True, locked=False), f.rar_member(f.noise(2_000))),
    ),
    (
        "rar: a letter called recovery record",
        (),
        lambda: f.rar(f.rar_member(f.noise(99)), f.rar_member(LETTER, name=b"RR", service=True, locked=False)),
    ),
    (
        "rar: a letter called quick open",
        (),
        lambda: f.rar(f.rar_member(f.noise(99)), f.rar_member(LETTER, name=b"QO", service=True, locked=False)),
    ),
    ("rar: a letter in a header", (), lambda: f.rar(f.rar_member(f.noise(2_000), more=f.vint(len(LETTER) + 1) + b"\x55" + LETTER))),
    (
        "rar: a plain alternate stream",
        (),
        lambda: f.rar(f.rar_member(f.noise(99)), f.rar_member(LETTER, name=b"STM", service=True, locked=False)),
    ),
    ("rar: a letter behind the end", (), lambda: f.rar(f.rar_member(f.noise(2_000)), tail=LETTER)),
    ("rar: a second, plain archive behind", (), lambda: f.rar(f.rar_member(f.noise(99)), tail=f.rar(f.rar_member(LETTER, locked=False)))),
    ("7z: text where ciphertext should be", (), lambda: _seven(LETTER)),
    ("7z: one round of key stretching", (), lambda: _seven(f.noise(2_000), properties=b"\0\0")),
    ("7z: no key stretching", (), lambda: _seven(f.noise(2_000), properties=b"\x3f\0")),
    ("7z: a letter in a filling property", (), lambda: _seven(f.noise(2_000), dummy=b"\x19" + _number(len(LETTER)) + LETTER)),
    ("7z: a letter in an unknown property", (), lambda: _seven(f.noise(2_000), dummy=b"\x1b" + _number(len(LETTER)) + LETTER)),
    ("7z: a letter behind", (), lambda: _seven(f.noise(2_000)) + LETTER),
    ("pdf: a revision without encryption", ("qpdf",), lambda: _plain_revision(b"")),
    ("pdf: a revision whose encryption is null", ("qpdf",), lambda: _plain_revision(b"/Encrypt null")),
    ("pdf: a revision with the word in a comment", ("qpdf",), lambda: _plain_revision(b"%/Encrypt 9 0 R\n")),
    ("pdf: a revision with the word in a string", ("qpdf",), lambda: _plain_revision(b"/ID[(/Encrypt 9 0 R)(a)]")),
    ("pdf: a revision locked in another way", ("qpdf",), lambda: _plain_revision(b"/Encrypt 20 0 R")),
    ("pdf: a stream exempt by its filter", ("qpdf",), lambda: _pdf_with(b"/Filter /FlateDecode", b"/Filter[/C#72ypt/FlateDecode]")),
    ("pdf: plain streams under a lock", ("qpdf",), lambda: _plain_streams()),
    ("pdf: attachments only", ("qpdf",), lambda: _pdf_with(b"/StmF /StdCF /StrF /StdCF", b"/EFF/StdCF/StmF/Identity/StrF/Identity")),
    ("pdf: no filter named", ("qpdf",), lambda: _pdf_with(b"/StmF /StdCF /StrF /StdCF", b"")),
    ("pdf: attachments exempt", ("qpdf",), lambda: _pdf_with(b"/StmF /StdCF", b"/EFF/Identity/StmF /StdCF")),
    ("office: a letter behind the package", (), lambda: _free_sector(m.by_msoffcrypto())),
    ("office: a plain zip behind the package", (), lambda: m.by_msoffcrypto() + m.plain_docx()),
    ("office: AES-128 named", (), lambda: m.by_msoffcrypto().replace(b'keyBits="256"', b'keyBits="128"')),
    ("pgp: text where ciphertext should be", ("gpg",), lambda: _pgp_with_text()),
    ("pgp: a marker that says something", ("gpg",), lambda: b"\xca\x14Dear Sam, the plan is" + m.by_gpg("-c", "--cipher-algo", "AES256")),
    ("pgp: a padding that says something", ("gpg",), lambda: b"\xd5\xff" + struct.pack(">L", len(LETTER)) + LETTER + m.by_gpg("-c")),
    ("pgp: a literal in front", ("gpg",), lambda: m.by_gpg("--store", "-z0") + m.by_gpg("-c", "--cipher-algo", "AES256")),
    ("pgp: armour round a literal", ("gpg",), lambda: m.by_gpg("--store", "-z0", "-a")),
    ("pgp: two armours", ("gpg",), lambda: m.by_gpg("-c", "-a", "--cipher-algo", "AES256") + m.by_gpg("--store", "-a")),
    ("smime: text where ciphertext should be", ("openssl",), lambda: _cms_with_text()),
    ("smime: a letter behind", ("openssl",), lambda: m.by_openssl_cms(*m.OAEP, "-aes256", "-outform", "DER") + LETTER),
    (
        "age: text where ciphertext should be",
        ("age",),
        lambda: m.by_age()[:200].partition(b"\n---")[0] + b"\n--- " + b"A" * 43 + b"\n" + LETTER,
    ),
    ("gzip: a letter as comment", (), lambda: _commented(m.by_pyzipper())),
    ("tar: a letter between the members", (), lambda: _with_slack(m.tar(files={"a.zip": m.by_pyzipper()}))),
    ("a picture with a plain zip behind", (), lambda: b"\x89PNG\r\n\x1a\n" + f.noise(900) + m.by_zipfile()),
    ("random bytes", (), lambda: f.noise(5_000)),
    ("a locked 7z behind a program", ("7zz",), lambda: b"MZ" + bytes(500) + m.by_7z(P, ending="7z")),
)


def _plain_streams() -> bytes:
    """The encryption dictionary of a locked file in a plain one: every flag says locked, every stream reads in clear."""
    locked = m.qpdf_locked(256, before=("--stream-data=uncompress",))
    return re.sub(rb"stream\n.*?endstream", lambda _: b"stream\n" + LETTER + b"\nendstream", locked, flags=re.DOTALL)


def _pgp_with_text() -> bytes:
    key = m.by_gpg("-c", "--cipher-algo", "AES256")[:15]
    body = b"\x01" + LETTER
    return key + b"\xd2\xff" + struct.pack(">L", len(body)) + body


def _cms_with_text() -> bytes:
    content = m.by_openssl_cms("-encrypt", "-aes256", "-outform", "DER", "cert.pem", content=LETTER)
    return content[: -len(LETTER)] + LETTER


def _commented(content: bytes) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return packed[:3] + b"\x10" + packed[4:10] + LETTER + b"\0" + packed[10:]


def _with_slack(content: bytes) -> bytes:
    size = int(content[124:135], 8)
    at = 512 + size
    room = -size % 512
    return content[:at] + LETTER[:room].ljust(room, b" ") + content[at + room :]


@pytest.mark.parametrize("make", [pytest.param(make, id=name, marks=pytest.mark.tools(*tools)) for name, tools, make in STRONG])
def test_the_honest_form_of_a_trick_is_strong(make: Callable[[], bytes]) -> None:
    container = recognise(make())
    assert container.protection.state is State.STRONG, container


@pytest.mark.parametrize("make", [pytest.param(make, id=name, marks=pytest.mark.tools(*tools)) for name, tools, make in READABLE])
def test_a_trick_is_not_taken_for_protection(make: Callable[[], bytes]) -> None:
    container = recognise(make())
    assert container.protection.state is not State.STRONG, container


def test_a_comment_in_clear_is_shown_like_a_name() -> None:
    comment = f.rar_member(b"plan for Ellie\0", name=b"CMT", service=True, locked=False)
    container = recognise(f.rar(comment, f.rar_member(f.noise(2_000))))
    assert container.names_visible
    assert ("plan for Ellie", "comment") in [(member.name, member.type) for member in container.members]
