"""What can be read without a secret is given to whoever looks for text, and nested containers count as their content does."""

from collections.abc import Callable

import pytest

from gateway.mail.containers import ContainerError, members_of, recognise
from gateway.model.findings import State
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

P = f"-p{m.PASSWORD}"
READABLE: tuple[tuple[str, tuple[str, ...], Callable[[], bytes]], ...] = (
    ("zip", ("zip",), m.by_zip),
    ("zip of 7-Zip", ("7zz",), lambda: m.by_7z("-tzip", ending="zip")),
    ("zip bzip2", ("7zz",), lambda: m.by_7z("-tzip", "-mm=BZip2", ending="zip")),
    ("zip LZMA", ("7zz",), lambda: m.by_7z("-tzip", "-mm=LZMA", ending="zip")),
    ("7z LZMA2", ("7zz",), lambda: m.by_7z(ending="7z")),
    ("7z LZMA", ("7zz",), lambda: m.by_7z("-m0=LZMA", ending="7z")),
    ("7z x86 filter", ("7zz",), lambda: m.by_7z("-m0=BCJ", "-m1=LZMA2", ending="7z")),
    ("7z delta", ("7zz",), lambda: m.by_7z("-m0=Delta:4", "-m1=LZMA2", ending="7z")),
    ("7z deflate", ("7zz",), lambda: m.by_7z("-m0=Deflate", ending="7z")),
    ("7z bzip2", ("7zz",), lambda: m.by_7z("-m0=BZip2", ending="7z")),
    ("7z stored", ("7zz",), lambda: m.by_7z("-mx0", ending="7z")),
    ("tar", (), m.tar),
    ("tar of GNU", ("bsdtar",), lambda: m.by_bsdtar("--format", "gnutar")),
    ("tar of POSIX", ("bsdtar",), lambda: m.by_bsdtar("--format", "pax")),
)


@pytest.mark.parametrize("make", [pytest.param(make, id=name, marks=pytest.mark.tools(*tools)) for name, tools, make in READABLE])
def test_every_readable_member_is_given(make: Callable[[], bytes]) -> None:
    content = make()
    container = recognise(content)
    assert {name.removeprefix("./"): data for name, data in members_of(content, container)} == dict(m.FILES)
    assert container.complete
    assert {member.name.removeprefix("./") for member in container.members if not member.name.endswith("/")} >= set(m.FILES)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_packed_tar_gives_the_tar(kind: str) -> None:
    content = m.tar(kind)
    assert [data for _, data in members_of(content, recognise(content))] == [m.tar()]


def test_a_member_behind_the_directory_is_given_too() -> None:
    content = f.build(f.plain(b"seen.txt", b"seen"), f.plain(b"hidden.txt", b"hidden", listed=False))
    assert dict(members_of(content, recognise(content))) == {"seen.txt": b"seen", "hidden.txt": b"hidden"}
    assert not recognise(content).complete


@pytest.mark.parametrize("bits", [0x2, 0x4, 0x6])
def test_harmless_differences_of_two_headers_hide_nothing(bits: int) -> None:
    container = recognise(f.build(f.plain(local={"flags": bits})))
    assert (container.protection.state, container.complete) == (State.NONE, True)


def test_locked_members_are_not_given() -> None:
    content = f.build(f.locked(b"a.txt"), f.plain(b"b.txt", b"plain"))
    assert dict(members_of(content, recognise(content))) == {"b.txt": b"plain"}


@pytest.mark.tools("7zz")
def test_a_packing_that_we_cannot_undo_is_said() -> None:
    content = m.by_7z("-m0=PPMd", ending="7z")
    container = recognise(content)
    assert container.protection.state is State.NONE
    assert not container.complete
    with pytest.raises(ContainerError):
        list(members_of(content, container))


def test_a_tar_with_something_after_its_end_shows_it() -> None:
    content = m.tar(files={"a.txt": b"one"}) + b"a letter after the end"
    assert dict(members_of(content, recognise(content)))["beside the members"] == b"a letter after the end"


def test_names_of_an_encrypted_zip_are_visible_and_of_a_locked_7z_header_are_not() -> None:
    container = recognise(m.by_pyzipper(files={"Ellie plan.docx": m.TEXT}))
    assert container.names_visible
    assert [member.name for member in container.members] == ["Ellie plan.docx"]


@pytest.mark.tools("7zz")
def test_names_in_a_7z_are_visible_unless_the_header_is_locked() -> None:
    assert recognise(m.by_7z(P, ending="7z")).names_visible
    locked = recognise(m.by_7z(P, "-mhe=on", ending="7z"))
    assert (locked.names_visible, locked.members) == (False, ())


def test_members_of_a_nested_zip_carry_the_way_to_them() -> None:
    container = recognise(m.by_zipfile({"a.zip": m.by_zipfile({"b.txt": m.TEXT})}))
    assert [(member.name, member.type) for member in container.members] == [("a.zip", "zip"), ("a.zip/b.txt", "text")]


def test_both_names_of_a_member_are_shown() -> None:
    import struct
    import zlib

    path = struct.pack("<HHBL", 0x7075, 5 + 9, 1, zlib.crc32(b"plan.txt")) + b"Ellie.txt"
    container = recognise(f.build(f.locked(extra=f.ae_extra() + path)))
    assert container.members[0].name == "Ellie.txt (plan.txt)"


@pytest.mark.tools("qpdf")
def test_a_title_left_in_clear_is_shown_as_a_name() -> None:
    xmp = b'<?xpacket?><x><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Plan for Ellie</rdf:li></rdf:Alt></dc:title></x>'
    content = m.qpdf_locked(256, "--cleartext-metadata", content=m.with_metadata(xmp))
    container = recognise(content)
    assert container.protection.state is State.STRONG
    assert container.names_visible
    assert [member.name for member in container.members] == ["Plan for Ellie"]
