"""Senders whose mail nobody could look at are told before anything is enforced."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.model.records import Entry, Event
from gateway.service.loud import has_store, loud, loud_senders
from gateway.store import open_store
from gateway.store.keys import load_keys

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BILLING, JO = "noreply-revenues@borough.gov.uk", "jo.bell@borough.gov.uk"


def entry(sender: str, number: int, *, event: Event = Event.INTENT, stopped: bool = True, at: datetime = NOW) -> Entry:
    reasons = ("attachment.unprotected",) if stopped else ()
    return Entry(f"m{number}", event, at, "borough", sender, ("x@gmail.com",), reasons=reasons)


def test_only_many_stopped_messages_make_a_sender_loud() -> None:
    bills = [entry(BILLING, number) for number in range(100)]
    few = [entry(JO, number) for number in range(99)]
    passed = [entry("news@borough.gov.uk", number, stopped=False) for number in range(500)]
    results = [entry("sam@borough.gov.uk", number, event=Event.RESULT) for number in range(500)]
    assert loud([*bills, *few, *passed, *results]) == ((BILLING, 100),)


async def test_the_last_seven_days_count(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", load_keys(tmp_path / "keys"), "test")
    try:
        await store.record(*(entry(BILLING, number) for number in range(120)))
        await store.record(*(entry(JO, number, at=NOW - timedelta(days=8)) for number in range(120)))
        (problem,) = await loud_senders(store, NOW)
    finally:
        await store.close()
    assert BILLING in problem.words
    assert "120" in problem.words


def test_a_check_creates_no_store(tmp_path: Path) -> None:
    assert not has_store(f"sqlite:///{tmp_path}/gateway.db")
    assert has_store("postgresql://localhost/gateway")
