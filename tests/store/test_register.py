"""The register: people are found by a keyed hash, records go when their time is over, and the chain proves both."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.model.data_subject import DataSubject, asked_for
from gateway.model.records import Event, Keep, Retention
from gateway.model.stored import HoldMove, HoldState
from gateway.store import DurableStore
from tests.store.conftest import Opener
from tests.store.databases import PostgresDatabase, SqliteFile
from tests.store.values import NOON, Clock, entry, hold, taken

Raw = SqliteFile | PostgresDatabase
pytestmark = pytest.mark.parametrize(
    "raw", ["sqlite", pytest.param("postgresql", marks=pytest.mark.tools("initdb", "pg_ctl"))], indirect=True
)
ELLIE = asked_for("943 476 5919")
ADA = asked_for("Ada King 5 June 2013")
LATER = NOON + timedelta(days=800)


def all_before(keep: Keep = Keep.OTHER) -> Retention:
    return Retention(keep, NOON + timedelta(days=1), f"{keep.value} records are kept for 730 days")


async def filled(store: DurableStore) -> DurableStore:
    """An ordinary message, one about two children, and one of these that was reported."""
    await store.intend(entry("plain"))
    store.conclude(entry("plain", Event.RESULT))
    await store.intend(entry("child", about=(*ELLIE, *ADA), keep=Keep.PERSONAL))
    store.conclude(entry("child", Event.RESULT))
    await store.intend(entry("wrong", Event.ACCEPTED, "dee@gmail.com", about=ELLIE, keep=Keep.PERSONAL))
    await store.record(entry("wrong", Event.INCIDENT, keep=Keep.INCIDENT))
    await store.drain()
    return store


async def test_a_person_is_found_by_number_and_by_name_with_birthday(store: DurableStore) -> None:
    await filled(store)
    assert {record.entry.message for record in await store.records(about=ELLIE)} == {"child", "wrong"}
    assert [str(record.entry.event) for record in await store.records(about=asked_for("KING, Ada (DOB 05/06/2013)"))] == [
        "intent",
        "result",
    ]
    assert await store.records(about=asked_for("943 476 5870")) == ()
    assert [record.entry.message for record in await store.records(about=ELLIE, address="dee@gmail.com")] == ["wrong"]
    assert {record.entry.message for record in await store.records(address="jo.bell@borough.gov.uk")} == {"plain", "child", "wrong"}
    assert await store.verify() == ()


async def test_nobody_reads_a_person_from_the_database(store: DurableStore, raw: Raw, tmp_path: Path) -> None:
    await filled(store)
    (count,) = await raw.ask("SELECT COUNT(*) FROM data_subject")
    assert count == (3,)
    record = (await store.records(message="child"))[0]
    assert record.entry.about == ()
    assert record.entry.keep is Keep.PERSONAL
    assert "9434765919" not in repr(record)
    await store.close()
    whole = everything(tmp_path)
    assert [word for word in (b"9434765919", b"ada king", b"king ada") if word in whole] == []


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_other_keys_make_other_hashes_of_the_same_person(store: DurableStore, raw: Raw) -> None:
    """So a stolen database is no oracle for whoever has a gateway of their own."""
    from gateway.store.chain import token_of
    from gateway.store.keys import Keys

    await filled(store)
    stored = {bytes(token) for (token,) in await raw.ask("SELECT token FROM data_subject")}
    assert token_of(ELLIE[0], Keys(bytes(32), bytes(32), Path("nowhere"))) not in stored


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM data_subject WHERE seq = 3",
        "UPDATE data_subject SET seq = 1 WHERE seq = 3",
        "INSERT INTO data_subject SELECT token, writer, 1 FROM data_subject WHERE seq = 5",
        "UPDATE data_subject SET token = seq WHERE seq = 5",
    ],
    ids=["taken out", "moved", "put in", "overwritten"],
)
async def test_a_changed_index_shows(store: DurableStore, raw: Raw, harm: str) -> None:
    if isinstance(raw, PostgresDatabase):
        harm = harm.replace("token = seq", "token = '\\x00'")
    await filled(store)
    await raw.ask(harm)
    assert {fault.words for fault in await store.verify()} == {"the index of people was changed: a search may not find it"}


async def test_each_class_has_its_own_time(store: DurableStore, clock: Clock) -> None:
    await filled(store)
    clock.now = LATER
    assert await store.erase_records(all_before()) == 2
    assert {record.entry.message for record in await store.records(limit=100)} - {""} == {"child", "wrong"}
    assert await store.erase_records(all_before(Keep.PERSONAL)) == 2
    assert {record.entry.message for record in await store.records(limit=100)} - {""} == {"wrong"}
    assert await store.erase_records(all_before(Keep.INCIDENT)) == 2
    assert await store.erase_records(all_before(Keep.INCIDENT)) == 0
    assert await store.records(about=ELLIE) == ()
    assert await store.verify() == ()


async def test_what_is_left_says_that_it_was_erased_and_the_proof_says_why(store: DurableStore, clock: Clock) -> None:
    await filled(store)
    clock.now = LATER
    await store.erase_records(all_before())
    (record, result) = await store.records(message="plain")
    assert record.erased
    assert result.erased
    assert (record.entry.sender, record.entry.recipients, record.entry.details) == ("", (), {})
    assert (record.entry.event, record.entry.at) == (Event.INTENT, NOON)
    assert await store.record_of(record.id) == record
    (proof,) = [one for one in await store.records(limit=100) if one.entry.event is Event.ERASED]
    assert proof.entry.details["rule"] == "other records are kept for 730 days"
    assert list(proof.entry.details["records"]) == [record.id, result.id]  # type: ignore[call-overload]  # a mapping
    assert proof.entry.at == LATER


async def test_an_erased_record_that_is_changed_shows(store: DurableStore, clock: Clock, raw: Raw) -> None:
    await filled(store)
    clock.now = LATER
    await store.erase_records(all_before())
    for column, value in {"sender": "'x@y.uk'", "message": "'other'", "event": "'refused'", "at": "7", "organisation": "'x'"}.items():
        (before,) = await raw.ask(f"SELECT {column} FROM record WHERE seq = 1")
        await raw.ask(f"UPDATE record SET {column} = {value} WHERE seq = 1")
        assert [fault.seq for fault in await store.verify()] == [1], column
        kept = before[0] if isinstance(before[0], int) else f"'{before[0]}'"
        await raw.ask(f"UPDATE record SET {column} = {kept} WHERE seq = 1")
    assert await store.verify() == ()


async def test_the_sealed_class_counts_when_the_table_that_says_so_is_lost(store: DurableStore, clock: Clock, raw: Raw) -> None:
    """Nobody shortens a retention with the database alone."""
    await filled(store)
    await raw.ask("DELETE FROM kept")
    clock.now = LATER
    assert await store.erase_records(all_before()) == 2
    assert {record.entry.message for record in await store.records(limit=100)} - {""} == {"child", "wrong"}
    assert await store.erase_records(all_before()) == 0


async def test_a_record_that_was_made_old_is_not_erased_and_shows(store: DurableStore, clock: Clock, raw: Raw) -> None:
    """Else the gateway itself would remove the proof of what somebody did to it."""
    await filled(store)
    await raw.ask("UPDATE record SET at = 0 WHERE seq IN (1, 3)")
    early = Retention(Keep.OTHER, NOON - timedelta(days=1), "a year")
    assert await store.erase_records(early) == 0
    assert await store.erase_records(replace(early, keep=Keep.PERSONAL)) == 0
    assert [(fault.seq, fault.words) for fault in await store.verify()] == [(1, "its text was changed"), (3, "its text was changed")]


async def test_a_register_of_changed_records_ends_the_round(
    store: DurableStore, clock: Clock, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.durable.DUE_BATCH", 1)
    await filled(store)
    await raw.ask("UPDATE record SET actor = 'x' WHERE seq = 1")
    clock.now = LATER
    assert await store.erase_records(all_before()) == 0


async def test_an_incident_is_kept_although_a_table_says_otherwise(store: DurableStore, clock: Clock, raw: Raw) -> None:
    await filled(store)
    await raw.ask("UPDATE kept SET class = 'personal'")
    clock.now = LATER
    assert await store.erase_records(all_before(Keep.PERSONAL)) == 2, "the child's, not the reported one's"
    assert len(await store.records(message="wrong")) == 2
    assert not (await store.records(message="wrong"))[0].erased


async def test_two_processes_that_erase_at_once_prove_each_record_once(store: DurableStore, opened: Opener, clock: Clock) -> None:
    import asyncio

    await filled(store)
    clock.now = LATER
    other = await opened("cli")
    assert sum(await asyncio.gather(store.erase_records(all_before()), other.erase_records(all_before()))) == 2
    assert await store.verify() == ()


async def test_the_hold_of_an_erased_message_goes_with_it(store: DurableStore, clock: Clock, raw: Raw) -> None:
    entries = entry("m1", Event.ACCEPTED), entry("m2", Event.ACCEPTED, keep=Keep.PERSONAL)
    await store.take_over(taken(entries=entries, holds=(hold(), hold("h2", "m2", "c1"))))
    await store.move_hold(HoldMove("h1", HoldState.RETURNED, NOON, "ann", "", taken(entries=(), contents=())))
    await store.move_hold(HoldMove("h2", HoldState.RETURNED, NOON, "ann", "", taken(entries=(), contents=())))
    clock.now = LATER
    assert await store.erase_content(LATER) == 1
    await store.erase_records(all_before())
    assert await raw.ask("SELECT id FROM hold") == [("h2",)]


async def test_a_hold_whose_content_was_kept_longer_than_its_records_goes_after_its_content(
    store: DurableStore, clock: Clock, raw: Raw
) -> None:
    await store.take_over(taken(holds=(hold(),)))
    await store.move_hold(HoldMove("h1", HoldState.RETURNED, NOON, "ann", "", taken(entries=(), contents=())))
    clock.now = LATER
    await store.erase_records(all_before())
    assert await raw.ask("SELECT id FROM hold") == [("h1",)]
    await store.erase_content(LATER)
    await store.erase_records(all_before())
    assert await raw.ask("SELECT id FROM hold") == []


async def test_more_than_a_batch_is_erased(store: DurableStore, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.durable.ERASE_BATCH", 5)
    await store.record(*(entry(f"m{number}", Event.REFUSED) for number in range(23)))
    clock.now = LATER
    assert await store.erase_records(all_before()) == 23
    assert await store.verify() == ()


async def test_the_long_list_of_a_school_is_indexed_whole(store: DurableStore) -> None:
    everybody = tuple(DataSubject(f"pupil {number}") for number in range(3_000))
    await store.record(entry("roll", about=everybody, keep=Keep.PERSONAL))
    assert len(await store.records(about=everybody[2_999:])) == 1
    assert await store.verify() == ()
