"""Accounts by command: made, shown, disabled; each change on record."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.model.records import DisclosureRecord, Event
from gateway.store import load_keys, open_store


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text(f"store: sqlite:///{tmp_path}/gateway.db\nkeys: {tmp_path}/keys\npolicy: policies/\n")
    return file


def run(settings: Path, *words: str) -> int:
    return main(["user", *words, "--settings", str(settings)])


ROBIN = ("add", "robin", "--email", "robin.hale@borough.gov.uk", "--role", "reviewer", "--organisation", "borough")


def test_an_account_is_made_shown_changed_and_disabled(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings, *ROBIN) == 0
    assert "only people with an account" in capsys.readouterr().err
    assert run(settings, *ROBIN, "--group", "legal", "--json") == 0
    account = {
        "name": "robin",
        "email": "robin.hale@borough.gov.uk",
        "role": "reviewer",
        "organisation": "borough",
        "groups": ["legal"],
        "disabled": False,
    }
    assert json.loads(capsys.readouterr().out) == account
    assert run(settings, "disable", "robin") == 0
    capsys.readouterr()
    assert run(settings, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {**account, "disabled": True}
    events = [record.entry.event for record in asyncio.run(kept(settings.parent))]
    assert events.count(Event.ACCOUNT) == 3


async def kept(folder: Path) -> tuple[DisclosureRecord, ...]:
    store = await open_store(f"sqlite:///{folder}/gateway.db", load_keys(folder / "keys"), "test")
    try:
        assert await store.verify() == ()
        return await store.records()
    finally:
        await store.close()


def test_an_address_is_one_persons(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings, *ROBIN) == 0
    assert run(settings, "add", "rob", *ROBIN[2:]) == 2
    assert "is robin's already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "Robin Hale", *ROBIN[2:]), "is no name"),
        (("add", "robin", "--email", "robin", *ROBIN[4:]), "no mail address"),
        ((*ROBIN[:6],), "--organisation must be one of borough"),
        ((*ROBIN[:7], "elsewhere"), "--organisation must be one of borough"),
        ((*ROBIN, "--group", "lawyers"), "knows no sender group 'lawyers'"),
        (("disable", "nobody"), "there is no account 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    settings: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert run(settings, *words) == 2
    assert says in capsys.readouterr().err
    assert run(settings, "list") == 0
    assert capsys.readouterr().out == ""
