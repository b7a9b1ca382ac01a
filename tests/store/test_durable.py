"""The store as service uses it: take over, lease, settle, hold, move, search, and what remains afterwards."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.model.records import Event
from gateway.model.store import AlreadyAnnounced, StoreUnavailable
from gateway.model.stored import HeldMessage, HoldMove, HoldState, JournalKey, TakeOver
from gateway.store import DurableStore
from gateway.store.holds import HoldEnded
from gateway.store.queue import LeaseLost
from tests.store.conftest import Opener
from tests.store.databases import PostgresDatabase, SqliteFile
from tests.store.values import NOON, Clock, content, entry, held_recipient, hold, item, taken

Raw = SqliteFile | PostgresDatabase
pytestmark = pytest.mark.parametrize(
    "raw", ["sqlite", pytest.param("postgresql", marks=pytest.mark.tools("initdb", "pg_ctl"))], indirect=True
)


def move(to: HoldState | None, **more: object) -> HoldMove:
    given = {
        "hold": "h1",
        "at": NOON + timedelta(hours=1),
        "by": "ann@borough.gov.uk",
        "why": "agreed by phone",
        "then": taken(contents=()),
    }
    return HoldMove(to=to, **{**given, **more})  # type: ignore[arg-type]


# What is taken over comes back as it was


async def test_everything_of_a_take_over_comes_back_as_it_was(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),), queue=(item(),)))
    assert await store.hold("h1") == hold()
    assert await store.holds() == (hold(),)
    assert await store.content("c1") == content()
    assert await store.lease(NOON, 60, 10) == (item(),)
    assert [record.entry for record in await store.records(message="m1")] == [entry("m1", Event.ACCEPTED)]


async def test_a_null_sender_and_odd_addresses_come_back_as_they_were(store: DurableStore) -> None:
    odd = item("q1", "c1", '"Jo B"@borough.gov.uk', "ü@bücher.example")
    odd = replace(odd, consignment=replace(odd.consignment, sender=None, kind="notice"))
    await store.take_over(taken(queue=(odd,)))
    assert await store.lease(NOON, 60, 10) == (odd,)


@pytest.mark.parametrize("size", [0, 1, 1_048_575, 1_048_576, 1_048_577, 3_500_000])
async def test_content_of_any_size_comes_back_whole(store: DurableStore, size: int) -> None:
    big = replace(content(raw=bytes(range(256)) * (size // 256) + bytes(size % 256)), by_bdat=True, prefix=b"")
    await store.take_over(taken(contents=(big,), holds=(hold(),)))
    assert await store.content("c1") == big


async def test_a_take_over_that_fails_leaves_nothing_and_the_others_of_its_batch_stay(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    twice = taken(entries=(entry("m2", Event.ACCEPTED),), contents=(content("c2"),), holds=(hold("h1", "m2", "c2"),))
    good = taken(entries=(entry("m3", Event.ACCEPTED),), contents=(content("c3"),), holds=(hold("h3", "m3", "c3"),))
    outcomes = await asyncio.gather(store.take_over(twice), store.take_over(good), store.intend(entry("m4")), return_exceptions=True)
    assert isinstance(outcomes[0], StoreUnavailable)
    assert outcomes[1:] == [None, "gateway.3"]
    assert await store.records(message="m2") == ()
    assert await store.content("c2") is None
    assert await store.hold("h3") is not None
    assert await store.verify() == ()


async def test_state_survives_a_restart(store: DurableStore, opened: Opener) -> None:
    await store.take_over(taken(holds=(hold(),), queue=(item(),)))
    await store.put("ehlo relay", "SIZE 1000")
    await store.close()
    again = await opened()
    assert await again.hold("h1") == hold()
    assert await again.get("ehlo relay") == "SIZE 1000"
    assert await again.get("unknown") is None


async def test_a_closed_store_says_so(store: DurableStore) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.intend(entry())
    with pytest.raises(StoreUnavailable):
        await store.holds()


# Records


async def test_a_result_is_on_disk_after_drain(store: DurableStore, raw: Raw) -> None:
    await store.intend(entry())
    store.conclude(entry("m1", Event.RESULT))
    await store.drain()
    assert await raw.ask("SELECT event FROM record ORDER BY seq") == [("intent",), ("result",)]


async def test_a_result_goes_by_itself_within_its_time(store: DurableStore) -> None:
    store.conclude(entry("m1", Event.RESULT))
    for _ in range(100):
        if await store.records(message="m1"):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the result was never written")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"recipient": "sam.reid@nhs.net"}, ["a"]),
        ({"recipient": "SAM.reid@NHS.net"}, ["a"]),
        ({"recipient": "reid@nhs.net"}, []),
        ({"recipient": "@nhs.net"}, ["a"]),
        ({"recipient": "a_b%c@x.org"}, ["b"]),
        ({"recipient": "aXbYc@x.org"}, []),
        ({"recipient": '"j~o"@x.org'}, ["b"]),
        ({"sender": "Jo.Bell@borough.gov.uk"}, ["a", "b", "c"]),
        ({"sender": "@borough.gov.uk"}, ["a", "b", "c"]),
        ({"sender": "bell@borough.gov.uk"}, []),
        ({"reason": "subject.personal"}, ["c"]),
        ({"reason": "subject"}, []),
        ({"organisation": "borough"}, ["a", "b", "c"]),
        ({"organisation": "merton"}, []),
        ({"message": "b"}, ["b"]),
        ({"since": NOON + timedelta(hours=1)}, ["b", "c"]),
        ({"until": NOON + timedelta(hours=1)}, ["a"]),
        ({"since": NOON + timedelta(hours=1), "reason": "subject.personal"}, ["c"]),
        ({"limit": 2}, ["b", "c"]),
    ],
)
async def test_records_are_found_by_what_an_auditor_asks(store: DurableStore, wanted: dict[str, object], found: list[str]) -> None:
    await store.record(
        entry("a", Event.INTENT, "Sam.Reid@nhs.net"),
        entry("b", Event.INTENT, "a_b%c@x.org", '"j~o"@x.org', at=NOON + timedelta(hours=1)),
        entry("c", Event.REFUSED, "c@merton.gov.uk", at=NOON + timedelta(hours=2), reasons=("subject.personal",), verdicts=()),
    )
    found_records = await store.records(**wanted)  # type: ignore[arg-type]
    assert [record.entry.message for record in found_records] == found


async def test_pages_show_every_record_of_every_chain_once(store: DurableStore, opened: Opener) -> None:
    other = await opened("cli")
    for number in range(7):
        await store.record(entry(f"a{number}"))
        await other.record(entry(f"b{number}"))
    pages = [page async for page in store.records_pages(size=4)]
    assert [len(page) for page in pages] == [4, 4, 4, 2]
    assert len({record.id for page in pages for record in page}) == 14


async def test_the_end_of_a_chain_is_its_own_and_begins_where_it_is_asked_to(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")

    def at(second: int) -> datetime:
        return NOON + timedelta(seconds=second)

    for number in range(1_000):
        await store.record(*(entry(f"a{number}-{of}", Event.RESULT, at=at(number)) for of in range(2)), entry(at=at(number)))
    await other.record(entry("b", Event.RESULT, at=at(990)))
    # It waited for the disk: younger ones stand before it.
    await store.record(entry("late", Event.RESULT, at=at(1)))
    found = await store.records_at_end(store.writer, at(800), (Event.RESULT, Event.ACCEPTED))
    assert [record.entry.message for record in found] == [f"a{number}-{of}" for number in range(800, 1_000) for of in range(2)]
    assert await store.records_at_end(store.writer, at(1_001), (Event.RESULT,)) == ()
    assert await store.records_at_end("nobody", at(0), (Event.RESULT,)) == ()


async def test_an_intent_without_result_is_unknown_after_a_restart_and_not_before(store: DurableStore, opened: Opener) -> None:
    await store.intend(entry("lost"))
    await store.intend(entry("known"))
    store.conclude(entry("known", Event.RESULT))
    await store.drain()
    assert await store.unknown_outcomes() == ()
    beside = await opened("cli")
    assert await beside.unknown_outcomes() == (), "the gateway lives: its message is under way, not lost"
    await store.close()
    again = await opened()
    before_writing = await again.unknown_outcomes()
    await again.intend(entry("new"))
    for found in (before_writing, await again.unknown_outcomes(), await beside.unknown_outcomes()):
        assert [record.entry.message for record in found] == ["lost"]
    assert (await again.counts()).unknown_outcomes == 1
    again.conclude(entry("lost", Event.RESULT, details={"outcome": "unknown"}))
    await again.drain()
    assert await again.unknown_outcomes() == ()


async def test_what_the_dead_left_open_is_looked_for_once(store: DurableStore, opened: Opener, raw: Raw) -> None:
    """Processes that are named anew at each start never come back to look after their chains."""
    await store.intend(entry("lost"))
    await store.close()
    other = await opened("another-name")
    await other.intend(entry("living"))
    assert await raw.ask("SELECT name, watermark FROM writer ORDER BY name") == [("another-name", 0), ("gateway", 1)]
    assert [record.entry.message for record in await other.unknown_outcomes()] == ["lost"]


# Queue


async def test_a_leased_consignment_is_nobody_elses_until_the_lease_ends(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")
    await store.take_over(taken(queue=(item(),)))
    assert len(await store.lease(NOON, 60, 10)) == 1
    assert await other.lease(NOON + timedelta(seconds=59), 60, 10) == ()
    (again,) = await other.lease(NOON + timedelta(seconds=60), 60, 10)
    assert not again.possible_duplicate, "nothing had left"


async def test_only_what_is_due_is_leased_and_the_oldest_first(store: DurableStore) -> None:
    late = [item(f"q{n}", next_at=NOON + timedelta(minutes=n)) for n in (3, 1, 2)]
    await store.take_over(taken(queue=tuple(late)))
    assert await store.next_due() == NOON + timedelta(minutes=1)
    assert await store.lease(NOON, 60, 10) == ()
    assert [found.consignment.id for found in await store.lease(NOON + timedelta(minutes=5), 60, 2)] == ["q1", "q2"]


async def test_an_attempt_cut_short_after_content_left_comes_back_as_a_possible_duplicate(store: DurableStore) -> None:
    await store.take_over(taken(queue=(item(),)))
    await store.lease(NOON, 60, 10)
    await store.starting("q1")
    (again,) = await store.lease(NOON + timedelta(hours=1), 60, 10)
    assert again.possible_duplicate
    assert again.attempts == 1
    await store.settle("q1", done=["sam.reid@nhs.net.cjsm.net"], entries=(), next_at=NOON)
    (still,) = await store.lease(NOON + timedelta(hours=2), 60, 10)
    assert still.possible_duplicate, "the message may have a double for ever after"


async def test_an_outcome_that_nobody_knows_makes_the_next_attempt_a_possible_duplicate(store: DurableStore) -> None:
    await store.take_over(taken(queue=(item(),)))
    await store.settle("q1", done=(), entries=(), next_at=NOON, last_reply="no reply", possible_duplicate=True)
    (again,) = await store.lease(NOON, 60, 10)
    assert again.possible_duplicate


async def test_content_may_not_leave_from_a_process_whose_lease_another_took(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")
    await store.take_over(taken(queue=(item(),)))
    await store.lease(NOON - timedelta(minutes=5), 60, 10)
    await store.lease(NOON, 60, 10)
    with pytest.raises(LeaseLost):
        await other.starting("q1")
    with pytest.raises(LeaseLost):
        await other.starting("never existed")


async def test_starting_without_a_lease_keeps_others_away(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")
    await store.take_over(taken(queue=(item(),)))
    await store.starting("q1")
    assert await other.lease(NOON + timedelta(minutes=10), 60, 10) == ()


async def test_settled_recipients_are_not_tried_again(store: DurableStore) -> None:
    await store.take_over(taken(queue=(item(),)))
    await store.lease(NOON, 60, 10)
    result = entry("m1", Event.RESULT, details={"reply": "451 busy"})
    later = NOON + timedelta(minutes=5)
    await store.settle("q1", done=["sam.reid@nhs.net.cjsm.net"], entries=[result], next_at=later, last_reply="451 busy", warned=True)
    (left,) = await store.lease(later, 60, 10)
    assert [str(to.address) for to in left.consignment.recipients] == ["a@b.org.cjsm.net"]
    assert (left.last_reply, left.warned, left.attempts) == ("451 busy", True, 1)
    assert (await store.records(message="m1"))[-1].entry == result


async def test_content_goes_with_the_last_consignment_that_uses_it(store: DurableStore, raw: Raw) -> None:
    await store.take_over(taken(queue=(item("q1"), item("q2"))))
    await store.settle("q1", done=["sam.reid@nhs.net.cjsm.net", "a@b.org.cjsm.net"], entries=(), next_at=NOON)
    assert await store.content("c1") is not None
    await store.settle("q2", done=[], entries=(), next_at=None)
    assert await store.content("c1") is None
    assert await raw.ask("SELECT (SELECT COUNT(*) FROM content_piece), (SELECT COUNT(*) FROM consignment)") == [(0, 0)]


async def test_content_is_kept_for_a_hold_and_for_what_follows_a_settlement(store: DurableStore) -> None:
    await store.take_over(taken(queue=(item("q1"),), holds=(hold(),)))
    bounce = taken(entries=(), contents=(content("n1"),), queue=(item("q2", "n1"), item("q3", "c1")))
    await store.settle("q1", done=[], entries=(), next_at=None, then=bounce)
    assert await store.content("c1") is not None
    assert await store.content("n1") is not None
    assert (await store.counts()).queued == 2


async def test_a_settlement_that_comes_twice_still_leaves_its_records(store: DurableStore) -> None:
    await store.take_over(taken(queue=(item("q1"),)))
    for _ in range(2):
        await store.settle("q1", done=[], entries=[entry("m1", Event.RESULT)], next_at=None)
    assert [record.entry.event for record in await store.records(message="m1")] == ["accepted", "result", "result"]


async def test_at_start_everything_deferred_is_due_and_a_dead_process_holds_nothing(
    store: DurableStore, opened: Opener, clock: Clock
) -> None:
    alive = await opened("alive")
    await store.take_over(taken(queue=(item("q1"), item("q2"), item("q3", next_at=NOON + timedelta(hours=3)))))
    await store.lease(NOON, 3600, 1)
    await alive.lease(NOON, 3600, 1)
    await store.starting("q1")
    await store.close()
    again = await opened()
    await again.due_now()
    found = {found.consignment.id: found for found in await again.lease(NOON, 60, 10)}
    assert set(found) == {"q1", "q3"}, "q2 is in the hands of a living process"
    assert found["q1"].possible_duplicate
    assert not found["q3"].possible_duplicate


async def test_two_couriers_never_get_the_same_consignment(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")
    await store.take_over(taken(queue=tuple(item(f"q{n}") for n in range(50))))
    takes = await asyncio.gather(*(courier.lease(NOON, 60, 3) for courier in (store, other) for _ in range(12)))
    ids = [found.consignment.id for take in takes for found in take]
    assert len(ids) == len(set(ids)) == 50


async def test_a_corrupt_consignment_is_set_aside_and_the_others_go(store: DurableStore, raw: Raw) -> None:
    await store.take_over(taken(queue=(item("q1"), item("q2"))))
    await raw.ask("UPDATE consignment SET body = substr(body, 1, 20) WHERE id = 'q1'")
    assert [found.consignment.id for found in await store.lease(NOON, 60, 10)] == ["q2"]
    assert (await store.counts()).set_aside == 1
    assert [fault.words for fault in await store.verify()] == ["consignment q1 cannot be read"]


# Holds


@pytest.mark.parametrize("to", [HoldState.RELEASED, HoldState.PROTECTED, HoldState.RETURNED, HoldState.CANCELLED])
async def test_a_hold_moves_once_with_all_that_follows(store: DurableStore, to: HoldState) -> None:
    await store.take_over(taken(holds=(hold(),)))
    order = move(to, then=taken(entries=(entry("m1", Event.RELEASED),), contents=(content("n1"),), queue=(item("q1"), item("q2", "n1"))))
    moved = await store.move_hold(order)
    assert moved == replace(hold(), state=to, ended_at=order.at, ended_by=order.by, ended_why=order.why)
    assert await store.hold("h1") == moved
    assert await store.move_hold(order) is None
    assert (await store.counts()).queued == 2
    assert len(await store.records(message="m1")) == 2
    assert await store.holds() == ()
    assert await store.holds(state=to) == (moved,) == await store.holds(state=None)


async def test_of_two_reviewers_one_is_first(store: DurableStore, opened: Opener) -> None:
    other = await opened("cli")
    await store.take_over(taken(holds=(hold(),)))
    outcomes = await asyncio.gather(
        *(
            who.move_hold(move(HoldState.RELEASED, by=f"{n}", then=taken(contents=(), queue=(item(f"q{n}"),))))
            for n, who in enumerate((store, other, store, other))
        )
    )
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert (await store.counts()).queued == 1


async def test_a_hold_can_change_whom_it_waits_for_and_stay_held(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    deadline = NOON + timedelta(days=2)
    moved = await store.move_hold(move(None, waits_for="reviewer", deadline=deadline))
    assert moved == replace(hold(), waits_for="reviewer", deadline=deadline)
    assert await store.holds() == (moved,)


async def test_holds_are_found_by_organisation_deadline_and_group(store: DurableStore) -> None:
    held = [hold("h1"), hold("h2", organisation="oakfield", group="g2", deadline=NOON + timedelta(hours=1))]
    await store.take_over(taken(holds=tuple(held)))
    assert await store.holds(organisation="oakfield") == (held[1],)
    assert await store.holds(limit=1) == (held[0],)
    assert await store.holds_past(NOON + timedelta(hours=2)) == (held[1],)
    assert await store.hold_of_group("g1", NOON - timedelta(seconds=60)) == held[0]
    assert await store.hold_of_group("g1", NOON + timedelta(seconds=1)) is None
    await store.move_hold(move(HoldState.RETURNED))
    assert await store.hold_of_group("g1", NOON - timedelta(seconds=60)) is None


async def test_a_long_queue_is_read_page_by_page_and_by_message(store: DurableStore) -> None:
    held = tuple(hold(f"h{number}", f"m{number}", f"c{number}", held_at=NOON + timedelta(seconds=number // 2)) for number in range(7))
    await store.take_over(taken(contents=tuple(content(f"c{number}") for number in range(7)), holds=held))
    pages = [page async for page in store.holds_pages(size=3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert tuple(one for page in pages for one in page) == held
    assert await store.holds(message="m4") == (held[4],)


async def test_reviewers_are_told_of_a_hold_once(store: DurableStore, opened: Opener, raw: Raw) -> None:
    other = await opened("serve-2")
    both = (hold("h1", waits_for="reviewer"), hold("h2", waits_for="reviewer"))
    await store.take_over(taken(holds=(*both, hold("h3"))))
    assert await store.holds_unannounced() == both == await other.holds_unannounced()
    assert await store.holds_unannounced(1) == both[:1]
    await other.take_over(taken(contents=(), announced=("h1",)))
    with pytest.raises(AlreadyAnnounced):
        await store.take_over(taken(contents=(), queue=(item("q1"),), announced=("h2", "h1")))
    assert (await store.counts()).queued == 0
    assert await store.holds_unannounced() == both[1:]
    await store.move_hold(move(HoldState.RETURNED, hold="h2"))
    assert await store.holds_unannounced() == ()
    assert await raw.ask("SELECT COUNT(*) FROM hold WHERE unannounced = 1") == [(0,)]


async def test_a_claim_stands_until_its_time_is_over(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    until = NOON + timedelta(hours=3)
    claimed = await store.move_hold(move(None, by="robin", claim_until=until))
    assert claimed is not None and (claimed.claimed_by, claimed.claimed_until) == ("robin", until)
    assert await store.move_hold(move(None, by="sam", claim_until=until)) is None
    again = await store.move_hold(move(None, by="robin", claim_until=until + timedelta(hours=1)))
    assert again == await store.hold("h1")
    later = await store.move_hold(move(None, by="sam", at=until + timedelta(hours=1), claim_until=until + timedelta(hours=2)))
    assert later is not None and later.claimed_by == "sam"


async def test_another_reviewers_move_heeds_a_claim_and_its_senders_wish_does_not(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    await store.move_hold(move(None, by="robin", claim_until=NOON + timedelta(hours=3)))
    assert await store.move_hold(move(HoldState.RELEASED, by="sam", heeds_claims=True)) is None
    assert await store.move_hold(move(None, by="a@b.org", why="please look")) is not None
    moved = await store.move_hold(move(HoldState.RELEASED, by="robin", heeds_claims=True))
    assert moved is not None and moved.state is HoldState.RELEASED


async def test_a_later_slice_joins_its_hold_with_its_reasons(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    slice_ = held_recipient("second@gmail.com", "body.personal")
    await store.take_over(taken(contents=(), join_holds=(("h1", (slice_,)),)))
    joined = await store.hold("h1")
    assert joined == replace(hold(), recipients=(held_recipient(), slice_), reasons=("attachment.unprotected", "body.personal"))


async def test_a_slice_too_late_for_its_hold_is_refused_not_lost(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),)))
    await store.move_hold(move(HoldState.RETURNED))
    with pytest.raises(HoldEnded):
        await store.take_over(taken(entries=(entry("m2"),), contents=(), join_holds=(("h1", (held_recipient(),)),)))
    assert await store.records(message="m2") == ()


async def test_content_of_an_ended_hold_is_erased_after_its_time_with_a_proof(store: DurableStore, raw: Raw) -> None:
    await store.take_over(taken(holds=(hold(), hold("h2", "m2", "c1"))))
    await store.move_hold(move(HoldState.RETURNED))
    assert await store.erase_content(NOON + timedelta(minutes=30)) == 0, "ended an hour after noon"
    assert await store.erase_content(NOON + timedelta(days=8)) == 0, "another hold still needs it"
    await store.move_hold(move(HoldState.CANCELLED, hold="h2"))
    assert await store.erase_content(NOON + timedelta(days=8)) == 1
    assert await store.erase_content(NOON + timedelta(days=8)) == 0
    assert await store.content("c1") is None
    assert await raw.ask("SELECT COUNT(*) FROM content_piece") == [(0,)]
    (proof,) = [record.entry for record in await store.records() if record.entry.event is Event.ERASED]
    assert (proof.message, proof.actor, proof.details) == ("m2", "retention", {"hold": "h2", "content": "c1"})
    assert await store.verify() == ()


async def test_a_corrupt_hold_is_left_out_reported_and_kept(store: DurableStore, raw: Raw) -> None:
    await store.take_over(taken(holds=(hold("h1"), hold("h2"))))
    await raw.ask("UPDATE hold SET body = substr(body, 1, 20) WHERE id = 'h1'")
    assert [held.id for held in await store.holds()] == ["h2"]
    assert await store.hold("h1") is None
    assert await store.move_hold(move(HoldState.RELEASED)) is None
    assert [fault.words for fault in await store.verify()] == ["hold h1 cannot be read"]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE content_piece SET sealed = (SELECT sealed FROM content_piece WHERE number = 2) WHERE number = 1",
        "DELETE FROM content_piece WHERE number = 2",
        "DELETE FROM content_piece WHERE number = 3",
        "UPDATE content SET by_bdat = 1",
        "UPDATE content SET pieces = 3",
        "UPDATE content SET wrapped_key = substr(wrapped_key, 1, 20)",
    ],
)
async def test_content_that_was_tampered_with_is_not_given_out(store: DurableStore, raw: Raw, harm: str) -> None:
    await store.take_over(taken(contents=(content(raw=bytes(2_500_000)),), holds=(hold(),)))
    await raw.ask(harm)
    assert await store.content("c1") is None


# Journal


async def test_a_journal_entry_answers_once_for_its_own_recipient(store: DurableStore, opened: Opener) -> None:
    other = await opened("other")
    first, second = (JournalKey("borough", "jo@borough.gov.uk", to, "d1") for to in ("a@b.org", "c@d.org"))
    await store.journal_arm([first], "250 2.0.0 Ok", NOON + timedelta(days=3))
    assert await store.journal_armed([second], NOON) == {}
    assert await other.journal_armed([first, second], NOON) == {first: "250 2.0.0 Ok"}
    await other.take_over(TakeOver((entry("m1"),), answered=(first,)))
    assert await store.journal_armed([first], NOON) == {}
    with pytest.raises(StoreUnavailable, match="another connection"):
        await store.take_over(TakeOver((entry("m2"),), answered=(first,)))
    assert await store.records(message="m2") == ()


async def test_a_journal_entry_still_answers_if_the_answer_could_not_be_kept(store: DurableStore) -> None:
    key = JournalKey("borough", "jo@borough.gov.uk", "a@b.org", "d1")
    await store.journal_arm([key], "250 Ok", NOON + timedelta(days=3))
    with pytest.raises(StoreUnavailable):
        await store.take_over(TakeOver((entry(),), join_holds=(("no such hold", (held_recipient(),)),), answered=(key,)))
    assert await store.journal_armed([key], NOON) == {key: "250 Ok"}


async def test_what_is_armed_here_answers_at_once_though_the_journal_was_just_empty(store: DurableStore) -> None:
    key = JournalKey("borough", "jo@borough.gov.uk", "a@b.org", "d1")
    assert not await store.journal_in_use()
    assert await store.journal_armed([key], NOON) == {}
    await asyncio.gather(store.journal_in_use(), store.journal_arm([key], "250 Ok", NOON + timedelta(days=3)), store.journal_in_use())
    assert await store.journal_in_use()
    assert await store.journal_armed([key], NOON) == {key: "250 Ok"}


async def test_an_expired_journal_entry_answers_nothing(store: DurableStore, clock: Clock) -> None:
    key = JournalKey("borough", "jo@borough.gov.uk", "a@b.org", "d1")
    await store.journal_arm([key], "250 Ok", NOON + timedelta(days=3))
    assert await store.journal_armed([key], NOON + timedelta(days=3)) == {}
    clock.forward(days=3)
    assert not await store.journal_in_use(), "else every message would be looked up for ever"


async def test_counts_tell_what_waits(store: DurableStore) -> None:
    await store.take_over(taken(holds=(hold(),), queue=(item(), item("q2", created_at=NOON - timedelta(days=1)))))
    counts = await store.counts()
    assert (counts.queued, counts.held, counts.records) == (2, 1, 1)
    assert (counts.oldest_queued_at, counts.oldest_held_at) == (NOON - timedelta(days=1), NOON)


async def test_a_thousand_holds_are_listed_within_a_second(store: DurableStore) -> None:
    held = tuple(hold(f"h{n}", held_at=NOON + timedelta(seconds=n)) for n in range(1_000))
    await store.take_over(taken(holds=held))
    loop = asyncio.get_running_loop()
    started = loop.time()
    found: tuple[HeldMessage, ...] = await store.holds()
    assert loop.time() - started < 1.0
    assert found == held
