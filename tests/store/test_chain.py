"""`records verify`: every way of tampering that an auditor, or an attacker with the database file, would try."""

import asyncio
import fcntl
import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.store import DurableStore, Keys
from gateway.store.chain import Chain
from gateway.store.session import connect
from gateway.store.verify import Auditor
from tests.store.conftest import Opener
from tests.store.values import entry

COLUMNS = (
    *("writer", "seq", "message", "event", "at", "organisation", "sender", "recipients", "verdicts", "reasons", "policy", "actor"),
    *("details", "salt", "body_digest", "details_digest", "prev", "hash", "erased"),
)


@pytest.fixture
async def chained(store: DurableStore) -> DurableStore:
    """Twelve records of four messages."""
    for number in range(4):
        await store.intend(entry(f"m{number}", Event.INTENT, f"r{number}@nhs.net"))
        store.conclude(entry(f"m{number}", Event.RESULT))
        await store.record(entry(f"n{number}", Event.REFUSED, actor="policy"))
    await store.drain()
    return store


def tamper(database: Path, *statements: str) -> None:
    connection = connect(database)
    for statement in statements:
        connection.execute(statement)
    connection.close()


async def test_an_untouched_chain_verifies(chained: DurableStore) -> None:
    assert await chained.verify() == ()
    assert (await chained.counts()).records == 12


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_changed_byte_in_any_column_shows(chained: DurableStore, database: Path, column: str) -> None:
    connection = connect(database)
    (value,) = connection.execute(f"SELECT {column} FROM record WHERE seq = 5").fetchone()
    for changed in variants(value):
        connection.execute(f"UPDATE record SET {column} = ? WHERE seq = 5", (changed,))
        assert await chained.verify() != (), (column, changed)
        connection.execute(f"UPDATE record SET {column} = ? WHERE seq = ? ", (value, changed if column == "seq" else 5))
        assert await chained.verify() == (), column
    connection.close()


def variants(value: object) -> list[object]:
    """The value with a byte changed at the start, in the middle, at the end; longer; another type."""
    if isinstance(value, int):
        return [value + 1000, value - 1000, str(value) + "x"]
    if isinstance(value, str):
        middle = len(value) // 2
        changed = [value + " ", "X" + value[1:], value[:middle] + "~" + value[middle + 1 :]]
        return [new for new in changed if new != value] + [value.encode()]
    assert isinstance(value, bytes)
    spots = [0, len(value) // 2, len(value) - 1]
    return [value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] for at in spots] + [value + b"\0", value[:-1], value.hex()]


@pytest.mark.parametrize("seq", [1, 6, 12])
async def test_a_deleted_record_shows_the_last_one_too(chained: DurableStore, database: Path, seq: int) -> None:
    tamper(database, f"DELETE FROM record WHERE seq = {seq}")
    faults = await chained.verify()
    assert any("missing" in fault.words for fault in faults)


async def test_two_swapped_records_show(chained: DurableStore, database: Path) -> None:
    tamper(
        database,
        "UPDATE record SET seq = 1000 WHERE seq = 3",
        "UPDATE record SET seq = 3 WHERE seq = 4",
        "UPDATE record SET seq = 4 WHERE seq = 1000",
    )
    assert {fault.seq for fault in await chained.verify()} >= {3, 4}


async def test_an_emptied_table_shows(chained: DurableStore, database: Path) -> None:
    tamper(database, "DELETE FROM record")
    assert [fault.words for fault in await chained.verify()] == ["the records from here to number 12 are missing"]


async def test_a_truncated_end_shows(chained: DurableStore, database: Path) -> None:
    tamper(database, "DELETE FROM record WHERE seq > 7")
    (fault,) = await chained.verify()
    assert (fault.writer, fault.seq) == ("gateway", 8)


async def test_a_record_forged_without_the_keys_shows_even_after_the_head(chained: DurableStore, database: Path, keys: Keys) -> None:
    """With the plain hash chain alone, whoever can write to the database could add records at its end."""
    connection = connect(database)
    (last,) = connection.execute("SELECT hash FROM record WHERE seq = 12").fetchone()
    stranger = Keys(bytes(32), bytes(32), keys.folder)
    rows, _, _ = Chain("gateway", 12, last, stranger).links([entry("forged")])
    connection.execute(f"INSERT INTO record VALUES ({', '.join('?' * 19)})", rows[0])
    connection.close()
    assert {(fault.seq, fault.words) for fault in await chained.verify()} == {
        (13, "its text was changed"),
        (13, "its details were changed"),
    }


@pytest.mark.parametrize(
    "harm",
    [
        lambda head: head.unlink(),
        lambda head: head.write_bytes(b""),
        lambda head: head.write_bytes(head.read_bytes().replace(b'"gateway",1', b'"gateway",9')),
        lambda head: head.write_bytes(bytes(len(head.read_bytes()))),
    ],
    ids=["deleted", "emptied", "forged", "zeroed"],
)
async def test_a_lost_or_forged_head_shows(chained: DurableStore, keys: Keys, harm: Callable[[Path], None]) -> None:
    harm(keys.folder / "heads" / "gateway")
    assert [fault.words for fault in await chained.verify()] == ["the signed head of this chain is missing or forged"]


async def test_a_head_torn_by_a_power_cut_leaves_the_one_before(chained: DurableStore, keys: Keys) -> None:
    head = keys.folder / "heads" / "gateway"
    data = bytearray(head.read_bytes())
    newest = 0 if b"12" in data[:20] else 512
    data[newest + 30 : newest + 60] = bytes(30)
    head.write_bytes(data)
    assert await chained.verify() == ()


async def test_records_newer_than_the_head_are_accepted_when_they_follow_from_it(chained: DurableStore, keys: Keys) -> None:
    """kill -9 between the commit and the signature."""
    head = keys.folder / "heads" / "gateway"
    old = head.read_bytes()
    await chained.record(entry("late"))
    await chained.record(entry("later"))
    head.write_bytes(old)
    assert await chained.verify() == ()


async def test_a_chain_that_begins_during_the_audit_is_no_fault(
    chained: DurableStore, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await opened("cli")

    class Late(Auditor):
        def take_writer(self, row: tuple[object, ...]) -> None:
            super().take_writer(row)
            if row[0] == "gateway":
                began.append(asyncio.run_coroutine_threadsafe(other.record(entry("late")), loop).result())

    began: list[None] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr("gateway.store.durable.Auditor", Late)
    assert await chained.verify() == ()
    assert began == [None]


async def test_text_that_is_not_utf8_any_more_is_a_finding_not_a_crash(chained: DurableStore, database: Path) -> None:
    tamper(database, "UPDATE record SET sender = CAST(x'ff6a6f' AS TEXT) WHERE seq = 2")
    assert [(fault.seq, fault.words) for fault in await chained.verify()] == [(2, "its text was changed")]


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


async def test_any_byte_of_any_record_changed_in_the_file_itself_shows(chained: DurableStore, database: Path, opened: Opener) -> None:
    """Not through SQL: in the pages, as a disk or an editor would do it. Every 7th byte of the records' page."""
    await chained.close()
    whole = _read(database)
    needle = whole.index(b"r2@nhs.net")
    page = needle // 4096 * 4096
    reader = await opened("reader")
    missed = []
    for at in range(page + 400, page + 4096, 7):
        if whole[at : at + 1] == b"\0":
            continue  # Free space between the cells.
        _write(database, whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        if not await reader.verify():
            missed.append(at - page)
    _write(database, whole)
    assert missed == []


async def test_an_index_that_lies_shows(store: DurableStore, database: Path, opened: Opener) -> None:
    """The record would verify, and no search would find it."""
    await store.intend(entry("message-with-a-name"))
    await store.close()
    whole = _read(database)
    reader = await opened("reader")
    places = [match.start() for match in re.finditer(b"message-with-a-name", whole)]
    assert len(places) == 2, "one in the table, one in its index"
    for at in places:
        _write(database, whole[:at] + b"M" + whole[at + 1 :])
        assert await reader.verify() != ()
    _write(database, whole)
    assert await reader.verify() == ()


async def test_a_broken_page_is_a_finding_and_an_honest_refusal_not_a_crash(chained: DurableStore, database: Path, opened: Opener) -> None:
    await chained.close()
    whole = _read(database)
    page = whole.index(b"r2@nhs.net") // 4096 * 4096
    _write(database, whole[:page] + b"\xff" * 64 + whole[page + 64 :])
    store = await opened("other")
    assert any("damaged" in fault.words for fault in await store.verify())
    with pytest.raises(StoreUnavailable):
        await store.records()
    assert await store.holds() == (), "what lies elsewhere is still there"


async def test_the_chain_goes_on_after_a_restart(chained: DurableStore, opened: Opener) -> None:
    await chained.close()
    again = await opened()
    assert await again.intend(entry("m9")) == "gateway.13"
    assert await again.verify() == ()


async def test_a_chain_cut_back_below_its_head_is_never_continued(chained: DurableStore, database: Path, opened: Opener) -> None:
    """Else the next signature would bury the proof."""
    await chained.close()
    tamper(database, "DELETE FROM record WHERE seq > 10")
    again = await opened()
    assert await again.intend(entry("m9")) == "gateway-2.1"
    assert [(fault.writer, fault.seq) for fault in await again.verify()] == [("gateway", 11)]


async def test_being_asked_whether_it_lives_does_not_cost_a_writer_its_chain(
    opened: Opener, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened()
    await store.record(entry())
    await store.close()
    asking = os.open(keys.folder / "heads" / "gateway", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    monkeypatch.setattr("gateway.store.heads.time.sleep", lambda _: os.close(asking))
    again = await opened()
    assert await again.intend(entry()) == "gateway.2"


async def test_two_processes_of_one_name_write_two_chains(chained: DurableStore, opened: Opener) -> None:
    other = await opened("gateway")
    assert await other.intend(entry("x1")) == "gateway-2.1"
    assert await chained.intend(entry("x2")) == "gateway.13"
    assert await chained.verify() == ()
    assert len(await chained.records()) == 14


async def test_details_removed_without_a_record_of_it_show(chained: DurableStore, database: Path) -> None:
    tamper(database, "UPDATE record SET details = NULL, erased = 1 WHERE seq = 3")
    assert "its details were removed, and no record says who erased them" in [fault.words for fault in await chained.verify()]


@pytest.mark.parametrize("odd", ["a\udcffb@x.org", "a\0b@x.org", "ü@bücher.example", '"a b"@x.org', "\u2028@x.org"])
async def test_an_odd_address_is_recorded_and_verifies(store: DurableStore, odd: str) -> None:
    odd_entry = replace(entry("odd", Event.REFUSED, odd, details={"reply": odd, "set": {1}, "big": 1 << 80}), sender=odd)
    await store.record(odd_entry)
    (found,) = await store.records(message="odd")
    assert await store.verify() == ()
    readable = odd.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    assert (found.entry.sender, found.entry.recipients) == (readable, (readable,))


def test_every_connection_is_durable_and_leaves_nothing_behind(database: Path) -> None:

    database.parent.mkdir()
    connection = connect(database)
    settings = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "secure_delete", "temp_store")
    ]
    connection.close()
    assert settings == ["wal", 2, 1, 2]
    assert isinstance(connection, sqlite3.Connection)


async def test_a_head_that_was_put_back_shows_although_nothing_else_was_touched(
    chained: DurableStore, database: Path, keys: Keys, opened: Opener
) -> None:
    """Whoever wants to cut off the last records needs a head that does not know them."""
    head = keys.folder / "heads" / "gateway"
    old = _read(head)
    await chained.record(entry("late"))
    await chained.close()
    _write(head, old)
    reader = await opened("reader")
    words = "the signed head was put back to an earlier state: it once reached record 13"
    assert [(fault.seq, fault.words) for fault in await reader.verify()] == [(12, words)]
    tamper(database, "DELETE FROM record WHERE seq > 12")
    assert [fault.words for fault in await reader.verify()] == [words]
    again = await opened()
    assert await again.intend(entry("m9")) == "gateway-2.1", "what was put back is never signed again"
    assert [fault.words for fault in await again.verify()] == [words]
