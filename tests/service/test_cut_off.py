"""The gateway is cut off before its client has our 250, and the client sends again: one copy, one hold, one notice."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.model.records import Entry, Event
from gateway.model.smtp import Reply
from gateway.model.store import StoreUnavailable
from gateway.service.cut_off import IN_DOUBT, NOTED_EVERY, Run
from gateway.service.journal import MARK, REMEMBERED
from gateway.service.serve import Running, keep_house
from gateway.service.shapes import details
from gateway.service.transaction import Door, MailTransaction
from gateway.smtp.listener import Listener
from tests.harness import letter, with_notes
from tests.service.office import NOW, Office, office

JO, CARER, OTHER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com", "sam.h@gmail.com"
PLAIN = letter(JO, [CARER], "Minutes", "As agreed.")
SECOND = timedelta(seconds=1)


def papers(subject: str = "Papers") -> EmailMessage:
    return with_notes(letter(JO, [CARER], subject, "As agreed."))


class Disk:
    """One gateway after the other on what the last one left on its disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lives = 0
        self.now = NOW

    @asynccontextmanager
    async def life(self) -> AsyncIterator[tuple[Office, Run]]:
        """Ends as a crash does: what comes later is not on the disk of the next."""
        self.lives += 1
        here, there = (self.folder / str(number) for number in (self.lives, self.lives + 1))
        async with office(here) as at:
            at.now = self.now
            run = Run(at.desk, "serve")
            await run.begin()
            yield at, run
            await at.desk.store.drain()
            shutil.copytree(here, there)
            self.now = at.now


async def copies(at: Office) -> dict[str, int]:
    await at.settle()
    return Counter(address for one in at.sent("mail") for address in one.to)


async def send(at: Office, message: EmailMessage | bytes, *to: str) -> None:
    assert (await at.send(JO, to or [CARER], message)).ok


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


async def test_what_was_delivered_is_answered_without_a_second_copy(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, PLAIN)
    async with disk.life() as (at, _):
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 1}


async def test_what_was_held_is_not_held_again_and_its_sender_not_told_again(disk: Disk) -> None:
    message = papers()
    async with disk.life() as (at, _):
        await send(at, message, CARER, OTHER)
    async with disk.life() as (at, _):
        await send(at, message, CARER, OTHER)
        assert await copies(at) == {}
        assert len(await at.desk.store.holds()) == len(at.sent("notice")) == 1


async def test_what_its_sender_asked_to_lock_waits_once(disk: Disk) -> None:
    message = papers("[secure] Papers")
    async with disk.life() as (at, _):
        await send(at, message)
    async with disk.life() as (at, _):
        await send(at, message)
        assert len(await at.desk.store.holds()) == 1


async def test_a_new_trace_makes_it_no_other_message(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, b"Received: from a by b; Mon, 2 Mar 2026 09:30:00 +0000\r\n" + PLAIN.as_bytes())
    async with disk.life() as (at, _):
        await send(at, b"Received: from a\r\n by b; Mon, 2 Mar 2026 09:35:00 +0000\r\n" + PLAIN.as_bytes())
        assert await copies(at) == {CARER: 1}


@pytest.mark.parametrize("message", [PLAIN, papers()], ids=["delivered", "held"])
async def test_whoever_was_refused_the_first_time_gets_it_now(disk: Disk, message: EmailMessage) -> None:
    """And another crash leaves all of them in doubt, also who was answered for by the journal."""
    async with disk.life() as (at, _):
        await send(at, message, CARER)
    for _ in range(2):
        async with disk.life() as (at, _):
            at.now += IN_DOUBT + SECOND
            await send(at, message, CARER, OTHER)
            gone = await copies(at)
            held = Counter(to.address for one in await at.desk.store.holds() for to in one.recipients)
            assert gone + held == {CARER: 1, OTHER: 1}


async def test_it_is_used_once_and_the_same_mail_again_is_meant(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, PLAIN)
    async with disk.life() as (at, _):
        for expected in (1, 2):
            await send(at, PLAIN)
            assert await copies(at) == {CARER: expected}


async def test_the_answer_of_the_journal_can_be_lost_too(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, PLAIN)
    for _ in range(3):
        async with disk.life() as (at, _):
            at.now += IN_DOUBT + SECOND
            await send(at, PLAIN)
            assert await copies(at) == {CARER: 1}


async def test_a_run_that_ended_before_the_client_came_back_changes_nothing(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, PLAIN)
    for end_in_order in (False, True):
        async with disk.life() as (at, run):
            at.now += SECOND
            if end_in_order:
                await run.end()
    async with disk.life() as (at, _):
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 1}


async def test_after_an_orderly_end_the_same_mail_is_meant(disk: Disk) -> None:
    async with disk.life() as (at, run):
        await send(at, PLAIN)
        await run.end()
    async with disk.life() as (at, _):
        assert not await at.desk.store.journal_in_use()
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 2}


@pytest.mark.parametrize("lacks", ["Message-ID", "Date"])
async def test_two_equal_mails_of_a_scanner_are_two(disk: Disk, lacks: str) -> None:
    scan = letter(JO, [CARER], "Scan", "One page.")
    del scan[lacks]
    async with disk.life() as (at, _):
        await send(at, scan)
    async with disk.life() as (at, _):
        await send(at, scan)
        assert await copies(at) == {CARER: 2}


async def test_what_was_refused_is_judged_again(disk: Disk) -> None:
    """A stranger is told nothing, so the mail is refused in the session: nothing went, and nothing is remembered."""
    message = papers()
    message.replace_header("From", "boss@elsewhere.org")
    async with disk.life() as (at, _):
        assert (await at.send(JO, [CARER], message)).code == 550
    async with disk.life() as (at, _):
        assert not await at.desk.store.journal_in_use()


@pytest.mark.parametrize("code", [451, 550])
async def test_what_the_next_hop_did_not_take_is_sent_again(disk: Disk, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    async def refuses(*_: object) -> tuple[Reply, str]:
        return Reply(code, "", "no"), "refused by the next hop"

    async with disk.life() as (at, _):
        with monkeypatch.context() as trouble:
            trouble.setattr(MailTransaction, "_send", refuses)
            assert (await at.send(JO, [CARER], PLAIN)).code == code
    async with disk.life() as (at, _):
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 1}


@pytest.mark.parametrize("sign_of_life", ["the process said so", "other mail came"])
async def test_a_reply_that_is_long_known_is_not_in_doubt(disk: Disk, sign_of_life: str) -> None:
    async with disk.life() as (at, run):
        await send(at, PLAIN)
        at.now += IN_DOUBT + SECOND
        if sign_of_life == "other mail came":
            await send(at, letter(JO, [OTHER], "Lunch", "At one?"), OTHER)
        else:
            await run.goes_on()
    disk.now += timedelta(days=2)
    async with disk.life() as (at, _):
        await send(at, PLAIN)
        assert (await copies(at))[CARER] == 2


async def test_however_long_it_was_down_the_last_seconds_are_in_doubt(disk: Disk) -> None:
    async with disk.life() as (at, run):
        at.now += IN_DOUBT + SECOND
        await run.goes_on()
        await send(at, PLAIN)
        at.now += NOTED_EVERY
        await run.goes_on()
    disk.now += timedelta(days=2)
    async with disk.life() as (at, _):
        at.now += REMEMBERED - SECOND
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 1}


async def test_a_result_that_was_not_on_disk_is_unknown_and_the_message_is_taken_again(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 1047: better two copies than none."""

    def lost(entry: Entry) -> None:
        assert entry.event is Event.RESULT

    async with disk.life() as (at, _):
        monkeypatch.setattr(at.desk.store, "conclude", lost)
        await send(at, PLAIN)
    async with disk.life() as (at, _):
        assert [record.entry.event for record in await at.desk.store.unknown_outcomes()] == [Event.INTENT]
        await send(at, PLAIN)
        assert await copies(at) == {CARER: 2}


async def test_an_end_that_cannot_be_written_counts_as_a_crash(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(name: str, value: str) -> None:
        raise StoreUnavailable("no space left on device")

    async with disk.life() as (at, run):
        await send(at, PLAIN)
        with monkeypatch.context() as trouble:
            trouble.setattr(at.desk.store, "put", full)
            await run.end()
    async with disk.life() as (at, _):
        assert await at.desk.store.journal_in_use()


async def test_housekeeping_says_that_the_run_goes_on(disk: Disk) -> None:
    said = asyncio.Event()

    class Telling(Run):
        async def goes_on(self) -> None:
            said.set()

    async with disk.life() as (at, _):
        listener = Listener([], Door(at.desk), "gw.borough.gov.uk", at.desk.settings.limits)
        gateway = Running(at.desk, Door(at.desk), listener, at.courier, at.holds, Telling(at.desk, "serve"))
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            house = tasks.create_task(keep_house(gateway))
            await said.wait()
            house.cancel()


async def test_the_mark_is_sealed_and_nobody_is_bothered_with_it(disk: Disk) -> None:
    async with disk.life() as (at, _):
        await send(at, PLAIN)
        await at.desk.store.drain()
        records = await at.desk.store.records()
        (marked,) = [record for record in records if MARK in record.entry.details]
        assert marked.entry.event is Event.RESULT
        assert MARK not in details(marked)
        digest = marked.entry.details[MARK][2]  # type: ignore[index]
        assert str(digest).encode() not in b"".join(path.read_bytes() for path in at.folder.glob("gateway.db*"))
