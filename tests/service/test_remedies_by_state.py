"""Every remedy in every state it can be asked in: exactly one outcome, one copy for each person, whoever asks how often."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.model.actions import NotPossible
from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Remedy
from gateway.model.smtp import Reply
from gateway.model.stored import HeldMessage, HoldState
from gateway.service.transaction import Door, MailTransaction
from gateway.service.verbs import address_for
from tests.service.asking import ANN, ASKED, JO, MASH, OUTCOME, ROBIN, SAM, answers, ask, copies, ended, hold_for, message, now
from tests.service.office import CLIENT, Office, office


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


async def cases_in(at: Office, state: str, sender: str = JO) -> list[tuple[Remedy, HeldMessage]]:
    """One held message for each verb, brought into this state; only what is still open needs one that the verb can mend."""
    cases = []
    for verb in ASKED:
        held = await hold_for(at, verb if state in OPEN else Remedy.PROTECT, f"for-{verb.value.lower()}", sender)
        await BEFORE[state](at, held)
        cases.append((verb, await now(at, held)))
    await at.settle()
    return cases


@pytest.mark.parametrize("asker", [JO, SAM], ids=["its sender", "a delegate"])
@pytest.mark.parametrize("state", BEFORE)
async def test_every_remedy_has_one_outcome_asked_again_and_again_and_at_once(tmp_path: Path, state: str, asker: str) -> None:
    async with office(tmp_path) as at:
        cases = await cases_in(at, state, JO if asker == JO else MASH)
        first = {held.id: copies(at, held) for _, held in cases}
        told = {held.id: len(answers(at, held, asker)) for _, held in cases}
        for verb, held in cases:
            await ask(at, held, verb, asker)
            await asyncio.gather(*(ask(at, held, verb, asker) for _ in range(3)))
            await ask(at, held, verb, asker)
        await at.settle()
        for verb, before in cases:
            after, seen = await now(at, before), copies(at, before)
            assert max(seen.values(), default=0) <= 1, (verb, seen)
            assert len(await ended(at, before)) == (after.state is not HoldState.HELD), verb
            if state in OPEN:
                expected, count = OUTCOME.get(verb, (HoldState.HELD, 0))
                assert (after.state, len(seen)) == (expected, count), verb
                assert (after.waits_for == "reviewer") == (state != "held" or verb in (Remedy.RELEASE, Remedy.URGENT)), verb
            else:
                assert (after.state, after.ended_at, after.ended_by) == (before.state, before.ended_at, before.ended_by), verb
                assert seen == first[before.id], verb
            assert len(answers(at, before, asker)) - told[before.id] <= 1, f"{verb}: however often it was asked"
        assert await at.desk.store.verify() == ()


@pytest.mark.parametrize("state", BEFORE)
async def test_nobody_else_is_heard_and_nothing_that_nobody_wrote(tmp_path: Path, state: str) -> None:
    """A colleague, a partner, the recipient; a forged address, another verb's; a scanner that only tries the address, and an
    automatic reply: in every state each of them changes nothing, and is told nothing."""
    async with office(tmp_path) as at:
        cases = await cases_in(at, state)
        records, notices, mail = len(await at.desk.store.records()), len(at.sent("notice")), len(at.sent("mail"))
        for verb, held in cases:
            for stranger in (ANN, SAM, "ward7@nhs.net", held.recipients[0].address):
                assert await ask(at, held, verb, stranger) == 550
            address = str(address_for(at.desk.keys, at.desk.settings.control, verb, held.id))
            word, id, tag = address.partition("@")[0].split(".")
            other = next(one for one in ASKED if one is not verb).value.lower()
            for forged in (
                f"{other}.{id}.{tag}",
                f"{word}.{id}.{tag[:-1]}{'b' if tag[-1] == 'a' else 'a'}",
                f"{word}.{id[::-1]}.{tag}",
                f"{word}.{id}",
            ):
                assert (await at.ask(f"{forged}@{at.desk.settings.control}")).code == 550
            assert (await tried_only(at, address)).code == 250
            assert (await at.ask(address, **{"Auto-Submitted": "auto-replied"})).code == 250
            assert await now(at, held) == held
        await at.settle()
        assert (len(await at.desk.store.records()), len(at.sent("notice")), len(at.sent("mail"))) == (records, notices, mail)


async def tried_only(at: Office, address: str) -> Reply:
    """What looks at links and addresses before anybody has read the notice: RCPT, and no more."""
    transaction = await Door(at.desk).begin(CLIENT, parse_mailbox(JO), ())
    assert isinstance(transaction, MailTransaction)
    reply = await transaction.recipient(Recipient(parse_mailbox(address)))
    await transaction.abandon()
    return reply


async def test_who_comes_too_late_learns_what_has_become_of_it(tmp_path: Path) -> None:
    subjects = {"released": b"Already sent", "protected": b"Already sent", "returned": b"Not sent", "cancelled": b"Not sent"}
    async with office(tmp_path) as at:
        for state, subject in subjects.items():
            held = await hold_for(at, Remedy.PROTECT, state)
            await BEFORE[state](at, held)
            await at.settle()
            before = len(at.sent("notice"))
            await ask(at, held, Remedy.PROTECT if state == "cancelled" else Remedy.SUBJECT if state == "protected" else Remedy.CANCEL)
            await at.settle()
            (told,) = at.sent("notice")[before:]
            assert b"Subject: " + subject + b": your email to 1 person" in told.raw
            assert (b"report." in told.raw) == (subject == b"Already sent")


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
