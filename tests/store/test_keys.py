"""The key files: made once, kept private, refused when anything about them is odd."""

import os
import stat
from pathlib import Path

import pytest

from gateway.store.keys import Keys, KeyTrouble, SealBroken, load_keys


def test_keys_are_made_private_on_the_first_start_and_stay_the_same(tmp_path: Path) -> None:
    first = load_keys(tmp_path / "deep" / "keys")
    again = load_keys(tmp_path / "deep" / "keys")
    assert first.content == again.content
    assert first.mac(b"token", b"x") == again.mac(b"token", b"x")
    assert stat.S_IMODE((tmp_path / "deep" / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep" / "keys").iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["content.key", "mac.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    load_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).chmod(mode)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        load_keys(tmp_path / "keys")


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o770)
    with pytest.raises(KeyTrouble, match="chmod 700"):
        load_keys(tmp_path / "keys")


@pytest.mark.parametrize("name", ["content.key", "mac.key"])
def test_a_lost_key_is_never_replaced_by_a_new_one(tmp_path: Path, name: str) -> None:
    load_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).unlink()
    with pytest.raises(KeyTrouble, match="restore it"):
        load_keys(tmp_path / "keys")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_the_wrong_size_is_refused(tmp_path: Path, size: int) -> None:
    load_keys(tmp_path / "keys")
    (tmp_path / "keys" / "mac.key").write_bytes(bytes(size))
    with pytest.raises(KeyTrouble, match="32 bytes"):
        load_keys(tmp_path / "keys")


def test_a_key_is_not_followed_through_a_link(tmp_path: Path) -> None:
    load_keys(tmp_path / "keys")
    os.rename(tmp_path / "keys" / "mac.key", tmp_path / "elsewhere")
    (tmp_path / "keys" / "mac.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyTrouble):
        load_keys(tmp_path / "keys")


def test_sealed_bytes_open_only_unchanged_for_the_same_purpose_and_place(keys: Keys) -> None:
    sealed = keys.seal(b"hold", b"secret", b"h1")
    assert b"secret" not in sealed
    assert keys.unseal(b"hold", sealed, b"h1") == b"secret"
    changed = bytes([sealed[0] ^ 1]) + sealed[1:]
    for purpose, data, place in ((b"fact", sealed, b"h1"), (b"hold", sealed, b"h2"), (b"hold", changed, b"h1"), (b"hold", b"", b"h1")):
        with pytest.raises(SealBroken):
            keys.unseal(purpose, data, place)


def test_a_signature_for_one_purpose_is_none_for_another(keys: Keys) -> None:
    mac = keys.mac(b"token", b"h1")
    assert keys.valid(b"token", b"h1", mac)
    assert not keys.valid(b"marker", b"h1", mac)
    assert not keys.valid(b"token", b"h2", mac)


def test_keys_are_not_shown_by_their_repr(keys: Keys) -> None:
    assert keys.content.hex() not in repr(keys)
    assert repr(keys.content) not in repr(keys)
