"""Every remedy in every state it can be asked in: exactly one outcome, one copy for each person, whoever asks how often."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from gateway.model.actions import NotPossible
from gateway.model.judgement import Remedy
from gateway.model.store import Event, HeldMessage, HoldState
from gateway.service.verbs import address_for
from tests.harness import letter
from tests.service.office import Office, office

JO = "jo.bell@borough.gov.uk"
ANN = "ann.lee@borough.gov.uk"
MASH = "mash@borough.gov.uk"
ROBIN = "robin.hale"
ASKED = (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE, Remedy.RELEASE, Remedy.URGENT, Remedy.CANCEL, Remedy.WRONG, Remedy.REPORT)
ENDS = frozenset((Event.RELEASED, Event.PROTECTED, Event.RETURNED, Event.CANCELLED))
MANY = 16

# How each verb ends a hold that is still held, and to how many people the message goes. Those not here end nothing.
OUTCOME = {
    Remedy.PROTECT: (HoldState.PROTECTED, 1),
    Remedy.SUBJECT: (HoldState.RELEASED, 1),
    Remedy.SEPARATE: (HoldState.RELEASED, MANY),
    Remedy.CANCEL: (HoldState.CANCELLED, 0),
}


def people(verb: Remedy, tag: str) -> list[str]:
    count = MANY if verb is Remedy.SEPARATE else 1
    return [f"{verb.value.lower()}-{tag}-{number}@example.org" for number in range(count)]


def message(verb: Remedy, tag: str, sender: str = JO, **fields: str) -> EmailMessage:
    """One that this verb can mend."""
    to = people(verb, tag)
    if verb is Remedy.SUBJECT:
        return letter(sender, to, "CONFIDENTIAL: Thursday", "See you at ten.", **fields)
    made = letter(sender, to, "Thursday", "See you at ten.", **fields)
    if verb is not Remedy.SEPARATE:
        # A zip is locked in a moment; an Office file takes half a second, by design of its format.
        made.add_attachment(b"Minutes of Tuesday\r\n" * 20, maintype="application", subtype="octet-stream", filename="notes.txt")
    return made


async def hold_for(at: Office, verb: Remedy, tag: str, sender: str = JO, **fields: str) -> HeldMessage:
    to = people(verb, tag)
    assert (await at.send(sender, to, message(verb, tag, sender, **fields))).ok
    (held,) = [held for held in await at.desk.store.holds() if {one.address for one in held.recipients} == set(to)]
    return held


async def ask(at: Office, held: HeldMessage, verb: Remedy, sender: str = JO) -> int:
    address = address_for(at.desk.keys, at.desk.settings.control, verb, held.id)
    return (await at.ask(str(address), "Meeting papers", sender=sender)).code


async def release(at: Office, held: HeldMessage) -> None:
    await at.holds.release(held.id, by=ROBIN, why="agreed")


async def give_back(at: Office, held: HeldMessage) -> None:
    await at.holds.return_to_sender(held.id, by=ROBIN, why="not like this")


async def expire(at: Office, held: HeldMessage) -> None:
    at.now = max(at.now, held.deadline)
    await at.holds.expire()


async def protect(at: Office, held: HeldMessage) -> None:
    await ask(at, held, Remedy.PROTECT)


async def cancel(at: Office, held: HeldMessage) -> None:
    await ask(at, held, Remedy.CANCEL)


async def to_reviewer(at: Office, held: HeldMessage) -> None:
    await ask(at, held, Remedy.RELEASE)


async def nothing(at: Office, held: HeldMessage) -> None:
    pass


Before = Callable[[Office, HeldMessage], Coroutine[Any, Any, None]]
BEFORE: dict[str, Before] = {
    "held": nothing,
    "waits for a reviewer": to_reviewer,
    "released": release,
    "protected": protect,
    "returned": give_back,
    "cancelled": cancel,
    "expired": expire,
}
OPEN = ("held", "waits for a reviewer")


async def now(at: Office, held: HeldMessage) -> HeldMessage:
    found = await at.desk.store.hold(held.id)
    assert found is not None
    return found


async def ended(at: Office, held: HeldMessage) -> list[Event]:
    records = await at.desk.store.records(message=held.message)
    return [record.entry.event for record in records if record.entry.event in ENDS]


def copies(at: Office, held: HeldMessage) -> Counter[str]:
    wanted = {one.address for one in held.recipients}
    return Counter(address for sent in at.sent("mail") for address in sent.to if address in wanted)


@pytest.mark.parametrize("state", BEFORE)
async def test_every_remedy_has_one_outcome_asked_again_and_again_and_at_once(tmp_path: Path, state: str) -> None:
    async with office(tmp_path) as at:
        cases = []
        for verb in ASKED:
            # Only what is still open needs a message that this verb can mend.
            held = await hold_for(at, verb if state in OPEN else Remedy.PROTECT, f"for-{verb.value.lower()}")
            await BEFORE[state](at, held)
            cases.append((verb, held, await now(at, held)))
        await at.settle()
        first = {held.id: copies(at, held) for _, held, _ in cases}
        for verb, held, _ in cases:
            await ask(at, held, verb)
            await asyncio.gather(*(ask(at, held, verb) for _ in range(3)))
            await ask(at, held, verb)
        await at.settle()
        for verb, held, before in cases:
            after, seen = await now(at, held), copies(at, held)
            assert max(seen.values(), default=0) <= 1, (verb, seen)
            assert len(await ended(at, held)) == (after.state is not HoldState.HELD), verb
            if state in OPEN:
                expected, count = OUTCOME.get(verb, (HoldState.HELD, 0))
                assert (after.state, len(seen)) == (expected, count), verb
                assert (after.waits_for == "reviewer") == (state != "held" or verb in (Remedy.RELEASE, Remedy.URGENT)), verb
            else:
                assert (after.state, after.ended_at, after.ended_by) == (before.state, before.ended_at, before.ended_by), verb
                assert seen == first[held.id], verb
        assert await at.desk.store.verify() == ()


@pytest.mark.parametrize("sender", [ANN, "ward7@nhs.net", "rita.k1964@gmail.com"], ids=["colleague", "partner", "recipient"])
async def test_nobody_else_is_heard_whatever_they_ask(tmp_path: Path, sender: str) -> None:
    async with office(tmp_path) as at:
        for verb in ASKED:
            held = await hold_for(at, verb, "a")
            assert await ask(at, held, verb, sender) == 550
            assert await now(at, held) == held
        await at.settle()
        assert at.sent("mail") == []
        assert {record.entry.event for record in await at.desk.store.records()} == {Event.ACCEPTED, Event.RESULT}


async def test_the_person_behind_a_shared_mailbox_is_heard(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for verb, (state, count) in OUTCOME.items():
            held = await hold_for(at, verb, "a", MASH, Sender=JO)
            assert await ask(at, held, verb) == 250
            await at.settle()
            assert ((await now(at, held)).state, len(copies(at, held))) == (state, count), verb


async def test_a_tag_of_one_hold_or_verb_is_worth_nothing_for_another(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        one, other = await hold_for(at, Remedy.CANCEL, "a"), await hold_for(at, Remedy.CANCEL, "b")
        local = str(address_for(at.desk.keys, at.desk.settings.control, Remedy.CANCEL, one.id)).partition("@")[0]
        verb, hold, tag = local.split(".")
        forged = (
            f"{verb}.{other.id.replace('-', '').lower()}.{tag}",
            f"protect.{hold}.{tag}",
            f"{verb}.{hold}.{tag[:-1]}",
            f"{verb}.{hold}",
        )
        for name in forged:
            assert (await at.ask(f"{name}@{at.desk.settings.control}")).code == 550
        assert len(await at.desk.store.holds()) == 2


async def test_of_all_who_act_at_the_same_moment_one_is_first(tmp_path: Path) -> None:
    """The sender in three ways, a reviewer in two, and the clock: one outcome, at most one copy."""

    async def tried(action: Coroutine[Any, Any, object]) -> None:
        with contextlib.suppress(NotPossible):  # Somebody was first: that is what is tested.
            await action

    async with office(tmp_path) as at:
        for number in range(6):
            held = await hold_for(at, Remedy.PROTECT, f"race{number}")
            actions: list[Coroutine[Any, Any, object]] = [
                ask(at, held, Remedy.PROTECT),
                release(at, held),
                ask(at, held, Remedy.CANCEL),
                give_back(at, held),
                ask(at, held, Remedy.URGENT),
                ask(at, held, Remedy.PROTECT),
            ]
            turned = actions[number % len(actions) :] + actions[: number % len(actions)]
            await asyncio.gather(*map(tried, turned))
            await at.settle()
            after, (event,) = await now(at, held), await ended(at, held)
            assert event.value == after.state.value
            assert len(copies(at, held)) == (after.state in (HoldState.PROTECTED, HoldState.RELEASED))
            assert max(copies(at, held).values(), default=0) <= 1


async def test_a_message_that_grows_beyond_the_limit_stays_held_and_its_sender_is_told(tmp_path: Path) -> None:
    made = message(Remedy.PROTECT, "a")
    size = len(made.as_bytes().replace(b"\n", b"\r\n"))
    async with office(tmp_path, message_bytes=size + 100) as at:
        held = await hold_for(at, Remedy.PROTECT, "a")
        assert await ask(at, held, Remedy.PROTECT) == 250
        await at.settle()
        assert (await now(at, held)).state is HoldState.HELD
        assert any(b"too large to send" in sent.raw.replace(b"=\r\n", b"") for sent in at.sent("notice"))
        assert at.sent("mail") == []
