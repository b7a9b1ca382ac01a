"""The disclosure record cannot be changed unseen: not a byte, not a missing line, not two swapped, not the last one."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.harness import Gateway, letter

JO = "jo.bell@borough.gov.uk"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A stopped gateway with a handful of records."""
    gateway = Gateway(tmp_path_factory.mktemp("records"))
    with gateway:
        for number in range(4):
            gateway.send(JO, ["sam.reid@nhs.net"], letter(JO, ["sam.reid@nhs.net"], "Thursday", f"Number {number}"))
    assert gateway.ask("records", "verify") == [{"ok": True, "faults": []}]
    yield gateway


def tampered(written: Gateway, tmp_path: Path) -> Gateway:
    shutil.copytree(written.folder, tmp_path / "copy")
    copy = Gateway(tmp_path / "copy", port=written.port, console=written.console)
    copy.settings_file()
    return copy


Key = tuple[str, int]


def opened(gateway: Gateway) -> sqlite3.Connection:
    return sqlite3.connect(gateway.folder / "gateway.db", isolation_level=None)


def keys(database: sqlite3.Connection) -> list[Key]:
    """Every record of the one chain, in its order."""
    return [tuple(row) for row in database.execute("SELECT writer, seq FROM record ORDER BY writer, seq")]


def verified(gateway: Gateway) -> bool:
    """`records verify` without a new process for each of some fifty changes."""

    async def ask() -> bool:
        store = await open_store(f"sqlite:///{gateway.folder}/gateway.db", load_keys(gateway.folder / "keys"), "test")
        try:
            return not await store.verify()
        finally:
            await store.close()

    return asyncio.run(ask())


def test_any_changed_column_of_any_record_is_found(written: Gateway, tmp_path: Path) -> None:
    copy = tampered(written, tmp_path)
    database = opened(copy)
    names = [row[1] for row in database.execute("PRAGMA table_info(record)")]
    rows = keys(database)
    assert len(rows) >= 8
    assert len(names) >= 15
    unseen = []
    for writer, seq in (rows[0], rows[len(rows) // 2], rows[-1]):
        before = dict(
            zip(names, database.execute("SELECT * FROM record WHERE writer = ? AND seq = ?", (writer, seq)).fetchone(), strict=True)
        )
        for name in names:
            now = {**before, name: changed(before[name])}
            if name == "seq":
                now["seq"] = 1_000
            replace(database, before, now)
            if verified(copy):
                unseen.append((seq, name))
            replace(database, now, before)
    assert verified(copy)
    assert unseen == []


def replace(database: sqlite3.Connection, old: dict[str, object], new: dict[str, object]) -> None:
    database.execute("DELETE FROM record WHERE writer = ? AND seq = ?", (old["writer"], old["seq"]))
    database.execute(f"INSERT INTO record VALUES ({', '.join('?' * len(new))})", tuple(new.values()))


def changed(value: object) -> object:
    """The same value with one bit of one byte changed."""
    if value is None:
        return "x"
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1, *value[1:]]) if value else b"x"
    text = str(value)
    return text[:-1] + chr(ord(text[-1]) ^ 1) if text else "x"


@pytest.mark.parametrize("which", [0, 3, -1], ids=["first", "middle", "last"])
def test_a_deleted_record_is_found(written: Gateway, tmp_path: Path, which: int) -> None:
    copy = tampered(written, tmp_path)
    database = opened(copy)
    database.execute("DELETE FROM record WHERE writer = ? AND seq = ?", keys(database)[which])
    database.close()
    (said,) = copy.ask("records", "verify", ok=(1,))
    assert said["faults"]


def test_a_deleted_chain_is_found(written: Gateway, tmp_path: Path) -> None:
    copy = tampered(written, tmp_path)
    database = opened(copy)
    database.execute("DELETE FROM record")
    database.execute("DELETE FROM writer")
    database.close()
    (said,) = copy.ask("records", "verify", ok=(1,))
    assert said["faults"]


def test_two_swapped_records_are_found(written: Gateway, tmp_path: Path) -> None:
    copy = tampered(written, tmp_path)
    database = opened(copy)
    (writer, one), (_, two) = keys(database)[2:4]
    for old, new in ((one, -1), (two, one), (-1, two)):
        database.execute("UPDATE record SET seq = ? WHERE writer = ? AND seq = ?", (new, writer, old))
    database.close()
    (said,) = copy.ask("records", "verify", ok=(1,))
    assert said["faults"]
