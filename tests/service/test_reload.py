"""A changed folder is told once, and only when it has stood still; what is no part of a policy is not looked at."""

import shutil
from pathlib import Path

import pytest

from gateway.service.policies import UNFINISHED
from gateway.service.reload import Watch
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def looks(watch: Watch, count: int = 3) -> list[bool]:
    return [watch.look() for _ in range(count)]


def test_a_change_is_told_once_and_after_it_stood_still(folder: Path) -> None:
    watch = Watch(folder)
    looks(watch)
    assert looks(watch) == [False, False, False]
    for size in range(1, 4):
        (folder / "lists" / "webmail.txt").write_text("x" * size)
        assert watch.look() is False
    assert looks(watch) == [True, False, False]


@pytest.mark.parametrize("name", ["lists/new.txt", "rules/new.yaml", "lists/new.csv", UNFINISHED])
def test_files_that_come_and_go_are_changes(folder: Path, name: str) -> None:
    watch = Watch(folder)
    looks(watch)
    (folder / name).write_text("x\n")
    assert looks(watch) == [False, True, False]
    (folder / name).unlink()
    assert looks(watch) == [False, True, False]


@pytest.mark.parametrize("name", [".git/index.txt", ".policy.yaml.swp", "messages/new.eml"])
def test_what_is_no_part_of_a_policy_is_no_change(folder: Path, name: str) -> None:
    watch = Watch(folder)
    looks(watch)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x\n")
    assert looks(watch) == [False, False, False]


def test_a_folder_that_vanishes_is_a_change(folder: Path) -> None:
    watch = Watch(folder)
    looks(watch)
    shutil.rmtree(folder)
    assert looks(watch) == [False, True, False]
