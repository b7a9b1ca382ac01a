"""Whom a sender copied in blindly nobody learns from us: not the others, not the sender's own mailbox, whatever becomes of the message.

The address stands in the envelope only. It may be in what goes to that person; nowhere else, whatever we write or send.
"""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.service.reminders import BEFORE, Reminders
from tests.harness import letter, wire, with_notes
from tests.service.office import link
from tests.service.test_giving_up import HOUR
from tests.service.town import JO, Town
from tests.service.town import town as opened
from tests.smtp.fakes import FakeHop, RawClient

VISIBLE, BLIND = "rita.k1964@gmail.com", "quietly.copied77@gmail.com"
SECRET = b"quietly.copied77"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeHop() as hop, opened(tmp_path, hop) as town:
        yield town


def plain(*to: str) -> EmailMessage:
    return letter(JO, to, "Thursday", "Can we meet?")


def papers(*to: str) -> EmailMessage:
    return with_notes(letter(JO, to, "Papers", "As agreed."))


async def sent(town: Town, message: EmailMessage, *recipients: str) -> None:
    assert set(await town.send(wire(message), *recipients)) == {"250"}
    await town.office.try_again()


def nothing_told(town: Town, notices: int, mails: int) -> None:
    assert (len(town.office.sent("notice")), len(town.hop.mails)) == (notices, mails)
    for notice in town.office.sent("notice"):
        assert notice.to == [JO]
        assert SECRET not in notice.raw
    for mail in town.hop.mails:
        assert SECRET not in mail.content or mail.recipients == [BLIND]


async def test_neither_mail_that_passes_nor_its_trace_names_anybody(town: Town) -> None:
    await sent(town, plain(VISIBLE), VISIBLE, BLIND)
    nothing_told(town, notices=0, mails=1)
    assert town.got == [[VISIBLE, BLIND]]
    assert b" for <" not in town.hop.last.content


async def test_a_message_to_one_blind_copy_alone_names_it_to_itself_only(town: Town) -> None:
    """As a server sends that splits blind copies off."""
    for one in (VISIBLE, BLIND):
        await sent(town, plain(VISIBLE), one)
    nothing_told(town, notices=0, mails=2)
    assert town.got == [[VISIBLE], [BLIND]]


@pytest.mark.parametrize("verb", ["PROTECT", "RELEASE", "CANCEL"])
async def test_a_hold_its_reminder_and_what_ends_it_name_only_whom_the_sender_wrote_to(town: Town, verb: str) -> None:
    office = town.office
    await sent(town, papers(VISIBLE), VISIBLE, BLIND)
    nothing_told(town, notices=1, mails=0)
    (held,) = await office.desk.store.holds()
    assert {to.address for to in held.recipients} == {VISIBLE, BLIND}
    office.now = held.deadline - BEFORE + HOUR / 30
    assert await Reminders(office.desk).send() == 1
    await town.office.try_again()
    nothing_told(town, notices=2, mails=0)
    if verb == "RELEASE":
        await office.holds.release(held.id, by="robin.hale", why="agreed")
    else:
        assert (await office.ask(link(verb, office.sent("notice")[0]))).ok
    await town.office.try_again()
    assert await office.desk.store.holds() == ()
    assert sorted({to for got in town.got for to in got}) == ([] if verb == "CANCEL" else [BLIND, VISIBLE])
    nothing_told(town, notices=3, mails=len(town.hop.mails))


async def test_copies_for_one_person_each_name_nobody_else(town: Town) -> None:
    parents = [f"parent{number}@gmail.com" for number in range(20)]
    await sent(town, plain(*parents), *parents, BLIND)
    (notice,) = town.office.sent("notice")
    assert SECRET not in notice.raw
    assert (await town.office.ask(link("SEPARATE", notice))).ok
    await town.office.try_again()
    assert sorted(town.got) == sorted([parent] for parent in [*parents, BLIND])
    nothing_told(town, notices=2, mails=21)
    for mail in town.hop.mails:
        named = [parent for parent in [*parents, BLIND] if parent.encode() in mail.content]
        assert named == mail.recipients


@pytest.mark.parametrize("answer", ["554 5.7.1 no", "451 4.3.0 later"])
async def test_what_a_next_hop_refuses_or_never_takes_is_told_without_the_name(town: Town, answer: str) -> None:
    """The next hop may even say the name itself."""
    town.hop.say("END", f"{answer}, says {BLIND}")
    # Two ways: the message is taken over, and its failure is ours to tell.
    async with RawClient(town.port) as client:
        await town.offer(client, JO, [VISIBLE, BLIND, "sam.reid@nhs.net"])
        client.send(wire(plain(VISIBLE)) + b".\r\n")
        assert (await client.reply())[:3] == "250"
    for after in (HOUR * 0, HOUR * 5, HOUR * 50, HOUR * 1):
        await town.office.try_again(after)
    assert (await town.office.desk.store.counts()).queued == 0
    nothing_told(town, notices=1 if answer.startswith("5") else 2, mails=0)
    assert all(VISIBLE.encode() in notice.raw for notice in town.office.sent("notice"))
