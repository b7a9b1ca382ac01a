"""The disclosure record cannot be changed unseen: not a byte, not a missing line, not two swapped, not the last one."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def test_any_changed_column_of_any_record_is_found(written: Gateway, tmp_path: Path) -> None:
    copy = tampered(written, tmp_path)
    database = sqlite3.connect(copy.folder / "gateway.db", isolation_level=None)
    names = columns(database, "records")
    rows = [row[0] for row in database.execute("SELECT rowid FROM records")]
    assert len(rows) >= 8
    unseen = []
    for rowid in (rows[0], rows[len(rows) // 2], rows[-1]):
        for name in names:
            (before,) = database.execute(f"SELECT {name} FROM records WHERE rowid = ?", (rowid,)).fetchone()
            try:
                database.execute(f"UPDATE records SET {name} = ? WHERE rowid = ?", (changed(before), rowid))
            except sqlite3.IntegrityError:
                continue
            said = copy.command("records", "verify", "--settings", str(copy.folder / "gateway.yaml"), ok=(0, 1, 2))
            if said.returncode == 0:
                unseen.append((rowid, name))
            now = rowid if name not in ("id", "rowid") or not isinstance(before, int) else before + 1
            database.execute(f"UPDATE records SET {name} = ? WHERE rowid = ?", (before, now))
    assert unseen == []


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


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_deleted_record_is_found(written: Gateway, tmp_path: Path, which: str) -> None:
    copy = tampered(written, tmp_path)
    database = sqlite3.connect(copy.folder / "gateway.db", isolation_level=None)
    rows = [row[0] for row in database.execute("SELECT rowid FROM records ORDER BY writer, seq")]
    rowid = {"first": rows[0], "middle": rows[len(rows) // 2], "last": rows[-1]}[which]
    database.execute("DELETE FROM records WHERE rowid = ?", (rowid,))
    database.close()
    (said,) = copy.ask("records", "verify", ok=(1,))
    assert said["faults"]


def test_two_swapped_records_are_found(written: Gateway, tmp_path: Path) -> None:
    copy = tampered(written, tmp_path)
    database = sqlite3.connect(copy.folder / "gateway.db", isolation_level=None)
    first, second = [row[0] for row in database.execute("SELECT rowid FROM records ORDER BY writer, seq LIMIT 2")]
    (one,) = database.execute("SELECT seq FROM records WHERE rowid = ?", (first,)).fetchone()
    (two,) = database.execute("SELECT seq FROM records WHERE rowid = ?", (second,)).fetchone()
    database.execute("UPDATE records SET seq = -1 WHERE rowid = ?", (first,))
    database.execute("UPDATE records SET seq = ? WHERE rowid = ?", (one, second))
    database.execute("UPDATE records SET seq = ? WHERE rowid = ?", (two, first))
    database.close()
    (said,) = copy.ask("records", "verify", ok=(1,))
    assert said["faults"]
