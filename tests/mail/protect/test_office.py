"""Office files as we lock them: msoffcrypto opens each with the password, and nothing is weaker than what it would write."""

import hashlib
import io

import msoffcrypto
import pytest
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from gateway.mail.containers import recognise, recognise_fresh
from gateway.mail.containers.office_opening import VELVET_SWEATSHOP, spun
from gateway.mail.protect import office
from gateway.model.findings import State

PASSWORD = "maple-otter-canal-frost-tiger-47"


def noise(size: int) -> bytes:
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size // 32 + 1))[:size]


def opened(locked: bytes, password: str) -> msoffcrypto.format.ooxml.OOXMLFile:
    file = msoffcrypto.OfficeFile(io.BytesIO(locked))
    file.load_key(password=password, verify_password=True)
    return file


# Around the ends of blocks and segments; below 4,097 bytes msoffcrypto's container is laid out wrongly, and a zip is made instead.
@pytest.mark.parametrize("size", [4_097, 3 * 4_096 - 1, 3 * 4_096, 3 * 4_096 + 1, 3 * 4_096 + 16, 200_000])
def test_what_was_locked_is_what_opens(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zipfile.is_zipfile", lambda _: True)  # msoffcrypto asks whether it opened an Office file
    content, out = noise(size), io.BytesIO()
    opened(office.locked_package(content, PASSWORD), PASSWORD).decrypt(out, verify_integrity=True)
    assert out.getvalue() == content


def test_another_password_does_not_open_it() -> None:
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened(office.locked_package(noise(9_000), PASSWORD), PASSWORD + "1")


def test_the_key_of_a_file_is_random_to_its_last_byte_and_never_the_same() -> None:
    keys = [opened(office.locked_package(noise(9_000), PASSWORD), PASSWORD).secret_key for _ in range(2)]
    assert all(len(key) == 32 and key[16:] != b"\x36" * 16 for key in keys)
    assert keys[0][:16] != keys[1][:16] and keys[0][16:] != keys[1][16:]


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
def test_a_password_is_spun_as_msoffcrypto_spins_it(name: str) -> None:
    salt = bytes(range(16))
    theirs = ECMA376Agile._derive_iterated_hash_from_password("pä55", salt, name.upper(), 1_000).digest()
    assert spun(getattr(hashlib, name), salt + "pä55".encode("utf-16-le"), 1_000) == theirs


def test_only_for_a_file_locked_a_moment_ago_no_password_is_tried() -> None:
    """Everything else about it is looked at as ever."""
    velvet = office.locked_package(noise(9_000), VELVET_SWEATSHOP)
    assert recognise(velvet).protection.state is State.OPENABLE
    assert recognise_fresh(velvet).protection.state is State.STRONG
    at = 512 * (len(velvet) // 1024)
    readable = velvet[:at] + b"Kayleigh Thompson " * 28 + velvet[at + 504 :]
    assert recognise_fresh(readable + b"Kayleigh Thompson").protection.state is not State.STRONG
