"""A policy folder on disk: only files that may be trusted are read."""

import os
import shutil
from pathlib import Path

import pytest

from gateway.policy import PolicyErrors
from gateway.service.policies import load_folder, read_folder
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def refused(folder: Path) -> str:
    with pytest.raises(PolicyErrors) as raised:
        load_folder(folder)
    (problem,) = raised.value.problems
    return str(problem)


def test_the_shipped_folder_loads_under_every_choice(folder: Path) -> None:
    assert load_folder(folder).rules.name == "strict"
    assert load_folder(str(folder), table="uk-modern", rules="proportionate", mode="observe").table.name == "uk-modern"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such policy folder" in refused(tmp_path / "none")


def test_a_file_that_everybody_may_write(folder: Path) -> None:
    (folder / "rules" / "strict.yaml").chmod(0o646)
    assert refused(folder).startswith("rules/strict.yaml:1:1: error: everybody on this machine may write the file. chmod o-w strict.yaml")


def test_a_folder_that_everybody_may_write(folder: Path) -> None:
    (folder / "rules").chmod(0o777)
    assert f"{folder}/rules:1:1: error: everybody on this machine may write the folder" in refused(folder)


def test_a_link_to_outside_of_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("gmail.com\n")
    (folder / "lists" / "webmail.txt").unlink()
    (folder / "lists" / "webmail.txt").symlink_to(outside)
    assert "lists/webmail.txt:1:1: error: the file is a link to outside" in refused(folder)


def test_a_link_within_the_folder_is_read(folder: Path) -> None:
    (folder / "lists" / "private.txt").symlink_to(folder / "lists" / "webmail.txt")
    assert read_folder(folder)["lists/private.txt"] == read_folder(folder)["lists/webmail.txt"]


def test_a_link_that_leads_nowhere(folder: Path) -> None:
    (folder / "lists" / "gone.txt").symlink_to(folder / "lists" / "nothing.txt")
    assert "lists/gone.txt:1:1: error: the file cannot be read" in refused(folder)


def test_a_fifo_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "lists" / "pipe.txt")
    assert "this is not an ordinary file" in refused(folder)


def test_a_file_that_is_not_utf_8_is_told_with_its_line(folder: Path) -> None:
    with (folder / "lists" / "staff-names.txt").open("ab") as file:
        file.write("Renée\n".encode("latin-1"))
    line = (ROOT / "policies" / "lists" / "staff-names.txt").read_text().count("\n") + 1
    assert refused(folder).startswith(f"lists/staff-names.txt:{line}:1: error: the file is not UTF-8 text")


def test_what_editors_leave_behind_is_no_part_of_a_policy(folder: Path) -> None:
    digest = load_folder(folder).digest
    (folder / ".policy.yaml.swp").write_bytes(b"\0\xff")
    (folder / "rules" / ".strict.yaml").write_text("rubbish: [\n")
    (folder / "policy.yaml~").write_text("rubbish: [\n")
    assert load_folder(folder).digest == digest


def test_a_byte_order_mark_changes_nothing(folder: Path) -> None:
    digest = load_folder(folder).digest
    path = folder / "waivers.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_folder(folder).digest == digest
