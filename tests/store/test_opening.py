"""Opening a store: new, again, too new, with other keys, damaged, by several at once."""

import asyncio
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.model.records import Event, Keep, Retention
from gateway.store import Keys, StoreTrouble, load_keys, migrate, open_store
from gateway.store.migrate import steps
from gateway.store.session import connect
from tests.store.conftest import Opener
from tests.store.values import NOON, entry


def change(database: Path, statement: str) -> None:
    connection = connect(database)
    connection.execute(statement)
    connection.close()


async def test_a_new_store_is_private_and_at_the_latest_schema(opened: Opener, database: Path) -> None:
    store = await opened()
    await store.intend(entry())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in database.parent.iterdir()}
    assert modes == {"gateway.db": 0o600, "gateway.db-wal": 0o600, "gateway.db-shm": 0o600}
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    connection = connect(database)
    assert connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() == (str(len(steps())),)
    connection.close()


async def test_a_database_from_a_newer_version_is_refused_in_clear_words(opened: Opener, database: Path, keys: Keys) -> None:
    await (await opened()).close()
    change(database, "UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(StoreTrouble, match="written by a newer version"):
        await open_store(f"sqlite:///{database}", keys, "gateway")


ROWS = 6
"""The step that gives records a table of rows in SQLite."""


@pytest.mark.parametrize("raw", ["sqlite", pytest.param("postgresql", marks=pytest.mark.tools("initdb", "pg_ctl"))], indirect=True)
async def test_records_of_an_older_version_are_all_there_and_their_chain_goes_on(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrate, "steps", lambda: steps()[:ROWS])
        store = await opened()
        for number in range(40):
            await store.intend(entry(f"m{number}", Event.ACCEPTED, at=NOON + timedelta(days=number), details={"words": "x" * 50 * number}))
        await store.erase_records(Retention(Keep.OTHER, NOON + timedelta(days=3), "a test"))
        before = await store.records(), await store.records(message="m1"), await store.counts()
        await store.close()
    store = await opened()
    assert (await store.records(), await store.records(message="m1"), await store.counts()) == before
    assert (await store.intend(entry("new"))).rpartition(".")[2] == str(before[2].records + 1)
    assert await store.verify() == ()


async def test_other_keys_than_the_databases_own_are_refused(opened: Opener, database: Path, tmp_path: Path) -> None:
    await opened()
    with pytest.raises(StoreTrouble, match="other keys"):
        await open_store(f"sqlite:///{database}", load_keys(tmp_path / "others"), "gateway")


def _fill(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def test_a_file_that_is_no_database_is_refused(database: Path, keys: Keys) -> None:
    _fill(database, b"this is not a database, it is a letter" * 100)
    with pytest.raises(StoreTrouble, match="cannot be opened"):
        await open_store(f"sqlite:///{database}", keys, "gateway")


@pytest.mark.parametrize("url", ["mysql://x/y", "var/gateway.db", "sqlite:///", ""])
async def test_a_url_that_is_not_understood_is_refused(keys: Keys, url: str) -> None:
    with pytest.raises(StoreTrouble, match=r"sqlite:///var/gateway\.db"):
        await open_store(url, keys, "gateway")


async def test_a_relative_path_is_relative(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store("sqlite:///var/here.db", keys, "gateway")
    await store.close()
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["here.db"]


async def test_what_root_makes_belongs_to_the_owner_of_the_folder(opened: Opener, database: Path, keys: Keys) -> None:
    """Else `sudo gateway hold release` would leave the service without access to its own files."""
    for folder in (keys.folder, database.parent):
        folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, 12345, 12345)
    store = await opened("cli")
    await store.record(entry())
    await store.verify()
    made = [*(keys.folder / "heads").iterdir(), keys.folder / "heads", *database.parent.iterdir()]
    assert {path.name for path in made} >= {"cli", ".node", "heads", "gateway.db", "gateway.db-wal", "gateway.db-shm"}
    assert {(path.name, path.stat().st_uid) for path in made} == {(path.name, keys.folder.stat().st_uid) for path in made}


async def test_several_who_open_a_new_store_at_once_all_succeed(opened: Opener) -> None:
    stores = await asyncio.gather(*(opened(f"w{n}") for n in range(5)))
    ids = await asyncio.gather(*(store.intend(entry()) for store in stores))
    assert ids == [f"w{n}.1" for n in range(5)]
    assert await stores[0].verify() == ()


async def test_a_store_that_only_reads_leaves_no_chain(opened: Opener, keys: Keys) -> None:
    store = await opened("cli")
    assert await store.records() == ()
    assert await store.verify() == ()
    await store.close()
    assert not (keys.folder / "heads" / "cli").exists()


@pytest.mark.parametrize("name", ["", "../up", "a b", "x" * 65, ".hidden"])
async def test_a_writers_name_is_a_plain_file_name(opened: Opener, name: str) -> None:
    with pytest.raises(ValueError, match="writer's name"):
        await opened(name)


def test_the_schema_is_common_ground_of_both_databases() -> None:
    """No statement may use what only one of them has, except where it says so."""
    for step in steps():
        for statement in step:
            bare = statement.replace("/* sqlite: WITHOUT ROWID */", "")
            assert not {"AUTOINCREMENT", "BLOB", "INTEGER", "ROWID", "PRAGMA"} & set(bare.upper().replace(",", " ").split())
