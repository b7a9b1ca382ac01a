"""Our reply is lost and the council's server sends again: one copy each. What is wanted twice arrives twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.harness import letter, wire
from tests.service.town import JO, Town
from tests.service.town import town as opened
from tests.smtp.fakes import FakeHop, RawClient, until

ANN, CLERK = "ann@familylaw-llp.co.uk", "clerk@familylaw-llp.co.uk"
MAIL = wire(letter(JO, [ANN, CLERK], "Thursday", "Can we meet?"))
# As a multifunction printer sends: every page the same, no Message-ID, no Date.
SCAN = b"From: scanner@borough.gov.uk\r\nTo: clerk@familylaw-llp.co.uk\r\nSubject: Scan\r\n\r\nOne page.\r\n"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeHop() as hop, opened(tmp_path, hop) as town:
        yield town


async def test_a_message_whose_reply_was_lost_is_answered_without_a_second_copy(town: Town) -> None:
    await town.send_and_die(MAIL, ANN, CLERK)
    assert await town.send(MAIL, ANN, CLERK) == ["250", "250", "250"]
    assert town.got == [[ANN, CLERK]]


async def test_a_new_received_field_of_the_council_s_server_makes_it_no_other_message(town: Town) -> None:
    await town.send_and_die(b"Received: from a by b; Mon, 2 Mar 2026 09:30:00 +0000\r\n" + MAIL, CLERK)
    assert (await town.send(b"Received: from a\r\n by b; Mon, 2 Mar 2026 09:35:00 +0000\r\n" + MAIL, CLERK))[-1] == "250"
    assert len(town.hop.mails) == 1


@pytest.mark.parametrize("second", ["refused again", "taken now", "not asked for again"])
async def test_also_when_one_of_two_recipients_was_refused_the_first_time(town: Town, second: str) -> None:
    town.hop.say("RCPT", "450 4.2.1 later", match=CLERK, times=1 if second == "taken now" else -1)
    await town.send_and_die(MAIL, ANN, CLERK)
    again = [ANN] if second == "not asked for again" else [ANN, CLERK]
    codes = await town.send(MAIL, *again)
    assert codes == {"refused again": ["250", "450", "250"], "taken now": ["250"] * 3, "not asked for again": ["250"] * 2}[second]
    if second == "taken now":
        await town.office.settle()
        assert town.got == [[ANN], [CLERK]]
    else:
        assert town.got == [[ANN]]


async def test_only_the_lost_reply_is_made_good_not_the_next_sending(town: Town) -> None:
    """Once answered, the same mail again is meant."""
    await town.send_and_die(MAIL, CLERK)
    for copies in (1, 2):
        assert await town.send(MAIL, CLERK) == ["250", "250"]
        assert len(town.hop.mails) == copies


async def test_a_resubmission_that_comes_before_the_first_has_ended_waits_for_it(town: Town) -> None:
    """The next hop takes longer than the council's server waits for us."""
    gate = town.hop.hold("END")
    async with RawClient(town.port) as client:
        await town.offer(client, JO, [CLERK])
        client.send(MAIL + b".\r\n")
        await until(lambda: town.hop.commands[-1] == "DATA")
        client.reset()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        again = tasks.create_task(town.send(MAIL, CLERK))
        await until(lambda: sum(command.startswith("RCPT") for command in town.hop.commands) == 2)
        await asyncio.sleep(0.1)
        assert town.hop.commands.count("DATA") == 1
        gate.set()
    assert again.result() == ["250", "250"]
    assert len(town.hop.mails) == 1


async def test_slices_of_one_mail_do_not_wait_for_each_other(town: Town) -> None:
    gate = town.hop.hold("END")
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        slices = [tasks.create_task(town.send(MAIL, recipient)) for recipient in (ANN, CLERK)]
        await until(lambda: town.hop.commands.count("DATA") == 2)
        gate.set()
    assert [one.result() for one in slices] == [["250", "250"]] * 2


async def test_the_same_mail_sent_again_on_purpose_arrives_again(town: Town) -> None:
    for _ in range(2):
        assert await town.send(MAIL, CLERK) == ["250", "250"]
    assert town.got == [[CLERK], [CLERK]]


@pytest.mark.parametrize("first", ["send", "send_and_die"])
async def test_two_equal_scans_without_message_id_both_arrive(town: Town, first: str) -> None:
    send: Callable[..., Awaitable[object]] = getattr(town, first)
    await send(SCAN, CLERK, sender="scanner@borough.gov.uk")
    await town.send(SCAN, CLERK, sender="scanner@borough.gov.uk")
    assert town.got == [[CLERK], [CLERK]]


async def test_another_text_or_sender_is_another_message(town: Town) -> None:
    await town.send_and_die(MAIL, CLERK)
    assert (await town.send(MAIL.replace(b"Can we", b"May we"), CLERK))[-1] == "250"
    assert (await town.send(MAIL, CLERK, sender="al.day@borough.gov.uk"))[-1] == "250"
    assert len(town.hop.mails) == 3


async def test_a_reply_that_the_next_hop_never_gave_is_not_remembered(town: Town) -> None:
    """A39, RFC 1047: it dropped after the final dot, so the message may or may not have arrived; the client keeps it and tries again."""
    town.hop.say("END", "", times=1)
    assert await town.send(MAIL, CLERK) == ["250", "451"]
    assert await town.send(MAIL, CLERK) == ["250", "250"]
    assert town.got == [[CLERK]]
