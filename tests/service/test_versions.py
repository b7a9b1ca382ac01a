"""The last ten policies in force are kept whole, and any of them can be brought back; half of one is never read."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.model.store import Store
from gateway.policy import PolicyErrors, load
from gateway.service import versions
from gateway.service.policies import UNFINISHED, load_folder, read_folder
from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.conftest import ROOT

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/gateway.db", load_keys(tmp_path / "keys"), "test")
    yield opened
    await opened.close()


async def test_ten_versions_are_kept_newest_first_and_the_eleventh_goes(store: Store) -> None:
    texts = read_folder(ROOT / "policies")
    policies = [load({**texts, "lists/staff-names.txt": f"name{number}\n"}) for number in range(12)]
    for number, policy in enumerate(policies):
        await versions.keep(store, policy, NOW + timedelta(days=number))
    kept = await versions.kept(store)
    assert [version.digest for version in kept] == [policy.digest for policy in reversed(policies[2:])]
    assert [await versions.files(store, version) for version in kept] == [policy.files for policy in reversed(policies[2:])]


async def test_a_version_that_comes_into_force_again_is_the_newest_and_kept_once(store: Store) -> None:
    texts = read_folder(ROOT / "policies")
    first, second = load(texts), load(texts, mode="observe")
    for number, policy in enumerate((first, second, first)):
        await versions.keep(store, policy, NOW + timedelta(days=number))
    assert [version.digest for version in await versions.kept(store)] == [first.digest, second.digest]


def test_a_restore_makes_the_folder_what_it_was(folder: Path) -> None:
    texts, digest = read_folder(folder), load_folder(folder).digest
    (folder / "lists" / "webmail.txt").write_text("other.example\n")
    (folder / "lists" / "new.txt").write_text("new.example\n")
    (folder / "waivers.yaml").unlink()
    (folder / "note.eml").write_text("kept")
    assert versions.restore(folder, texts) == ("lists/new.txt", "lists/webmail.txt", "waivers.yaml")
    assert (read_folder(folder), load_folder(folder).digest) == (texts, digest)
    assert (folder / "note.eml").read_text() == "kept"
    assert (folder / ".before-restore" / "lists" / "webmail.txt").read_text() == "other.example\n"
    assert versions.restore(folder, texts) == ()


def test_an_interrupted_restore_is_no_policy_until_it_was_run_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = read_folder(folder)
    for name in ("webmail", "staff-names"):
        (folder / "lists" / f"{name}.txt").write_text("mine\n")
    with monkeypatch.context() as patch:
        patch.setattr(versions, "_write", lambda path, text: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            versions.restore(folder, texts)
    with pytest.raises(PolicyErrors, match="an earlier version is being put back"):
        load_folder(folder)
    assert versions.restore(folder, texts) == ("lists/staff-names.txt", "lists/webmail.txt")
    assert not (folder / UNFINISHED).exists()
    assert read_folder(folder) == texts
    assert (folder / ".before-restore" / "lists" / "webmail.txt").read_text() == "mine\n"


def test_no_file_outside_of_the_folder_is_written(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a policy file"):
        versions.restore(folder, {**read_folder(folder), "../escaped.txt": "x\n"})
    assert not (tmp_path / "escaped.txt").exists()
