"""Compiled patterns are kept, used again, and made anew when they do not fit."""

from pathlib import Path

import pytest

from gateway.checks import engine, inspect_text
from gateway.model.looking import LooksFor, Pattern
from gateway.service.warm import FILE, warm_up

MOSAIC = LooksFor(patterns=(Pattern("case number", "MOS-[0-9]{6}"),))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: nothing compiled yet."""
    monkeypatch.setattr(engine, "_ENGINES", {})


def refuse(*_: object) -> None:
    raise AssertionError("compiled again")


def test_the_second_start_reads_what_the_first_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = warm_up(tmp_path, MOSAIC)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    engine._ENGINES.clear()
    monkeypatch.setattr(engine, "_compiled", refuse)
    assert warm_up(tmp_path, MOSAIC) == first
    assert "NHS" in [span.kind for span in inspect_text("Her NHS number is 943 476 5919.", "body", MOSAIC).findings]


@pytest.mark.parametrize("damage", [b"", b"x" * 100])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    first = warm_up(tmp_path, MOSAIC)
    (tmp_path / FILE).write_bytes(damage)
    engine._ENGINES.clear()
    warm_up(tmp_path, MOSAIC)
    assert (tmp_path / FILE).read_bytes()[:32] == first[:32]


def test_another_policy_gets_its_own(tmp_path: Path) -> None:
    first = warm_up(tmp_path, MOSAIC)
    engine._ENGINES.clear()
    assert warm_up(tmp_path, LooksFor()) != first


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    assert warm_up(tmp_path / "absent", LooksFor())
