"""A next hop that never takes a message: its sender is told once that it is late, once that it was given up, and then it is over."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.harness import letter, wire
from tests.service.town import JO, Town, town
from tests.smtp.fakes import FakeHop, RawClient

# Two ways, so that the message is taken over; only the first does not work.
ANN, SAM = "ann@familylaw-llp.co.uk", "sam.reid@nhs.net"
POSTMASTER = "postmaster@borough.gov.uk"
LATE, GIVEN_UP = b"Subject: Delayed", b"Subject: Not delivered"
HOUR = timedelta(hours=1)


async def take(at: Town, sender: str, *options: str) -> None:
    async with RawClient(at.port) as client:
        await client.hello()
        said = [f"MAIL FROM:<{sender}>", " ".join((f"RCPT TO:<{ANN}>", *options)), f"RCPT TO:<{SAM}>", "DATA"]
        assert [(await client.say(line))[:3] for line in said] == ["250", "250", "250", "354"]
        client.send(wire(letter(JO, [ANN, SAM], "Thursday", "Can we meet?")) + b".\r\n")
        assert (await client.reply())[:3] == "250"


def notices(at: Town, subject: bytes) -> list[tuple[list[str], bool]]:
    """To whom each went, and whether it is about the recipient who waits."""
    return [(sent.to, ANN.encode() in sent.raw) for sent in at.office.sent("notice") if subject in sent.raw]


TABLE = {
    "as usual": (JO, (), [JO], [JO]),
    "NOTIFY=FAILURE,DELAY": (JO, ("NOTIFY=FAILURE,DELAY",), [JO], [JO]),
    "NOTIFY=FAILURE": (JO, ("NOTIFY=FAILURE",), [], [JO]),
    "NOTIFY=DELAY": (JO, ("NOTIFY=DELAY",), [JO], []),
    "NOTIFY=NEVER": (JO, ("NOTIFY=NEVER",), [], []),
    "null sender": ("", (), [POSTMASTER], [POSTMASTER]),
}


@pytest.mark.parametrize(("sender", "options", "warned", "told"), TABLE.values(), ids=TABLE)
async def test_its_sender_hears_once_that_it_is_late_and_once_that_it_was_given_up(
    tmp_path: Path, sender: str, options: Sequence[str], warned: list[str], told: list[str]
) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        hop.say("END", "451 4.3.0 later")
        await take(at, sender, *options)
        await at.office.try_again()
        await at.office.try_again(3.9 * HOUR)
        assert (notices(at, LATE), notices(at, GIVEN_UP)) == ([], [])
        for after in (0.2 * HOUR, HOUR, 24 * HOUR, 18.5 * HOUR):
            await at.office.try_again(after)
            assert (notices(at, LATE), notices(at, GIVEN_UP)) == ([([one], True) for one in warned], [])
        assert (await at.office.desk.store.counts()).queued == 1
        tries = hop.commands.count("DATA")
        assert tries == 6
        for after in (0.5 * HOUR, HOUR, 240 * HOUR):
            await at.office.try_again(after)
            assert notices(at, GIVEN_UP) == [([one], True) for one in told]
        assert notices(at, LATE) == [([one], True) for one in warned]
        assert hop.commands.count("DATA") == tries + 1
        assert (await at.office.desk.store.counts()).queued == 0
        assert len(at.office.sent("mail")) == 1  # the other recipient's, long ago
        assert hop.mails == []


# After each attempt: not before, and not after (contract: 5 s, 30 s, 2, 5, 15 minutes, then every 30 with jitter).
WAITS_S = [(5, 5), (30, 30), (120, 120), (300, 300), (900, 900), (1_440, 2_160), (1_440, 2_160)]


async def test_it_is_tried_again_when_the_contract_says(tmp_path: Path) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        hop.say("END", "451 4.3.0 later")
        await take(at, JO)
        office, courier = at.office, at.office.courier

        async def tries_after(passed: timedelta) -> int:
            office.now += passed
            await courier.rested()
            return hop.commands.count("DATA")

        running = asyncio.get_running_loop().create_task(courier.run())
        assert await tries_after(timedelta()) == 1
        for number, (least, most) in enumerate(WAITS_S, 1):
            assert await tries_after(timedelta(seconds=least - 1)) == number
            assert await tries_after(timedelta(seconds=most - least + 1.5)) == number + 1
        running.cancel()


async def test_a_warning_says_until_when_it_is_tried_and_the_end_says_why(tmp_path: Path) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        hop.say("END", "451 4.3.0 our disk is full")
        await take(at, JO)
        for after in (timedelta(), 5 * HOUR, 44 * HOUR):
            await at.office.try_again(after)
        late, over = (next(sent.raw for sent in at.office.sent("notice") if subject in sent.raw) for subject in (LATE, GIVEN_UP))
        assert b"Action: delayed\r\n" in late
        assert b"Action: failed\r\n" in over
        for raw in (late, over):
            assert b"Status: 4.3.0\r\nDiagnostic-Code: smtp; 451 4.3.0 our disk is full\r\n" in raw


async def test_what_is_late_and_is_delivered_in_the_end_is_not_given_up(tmp_path: Path) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        hop.say("END", "451 4.3.0 later", times=2)
        await take(at, JO)
        for after in (timedelta(), 5 * HOUR, HOUR, 72 * HOUR):
            await at.office.try_again(after)
        assert (len(notices(at, LATE)), notices(at, GIVEN_UP)) == (1, [])
        assert at.got == [[ANN]]


async def test_a_notice_that_cannot_be_delivered_is_given_up_without_a_notice(tmp_path: Path) -> None:
    """RFC 5321 6.1: never a report about a report."""
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        hop.say("END", "554 5.6.0 no")
        (tmp_path / "outbox").write_bytes(b"no folder: neither CJSM nor the way of our notices works")
        await take(at, JO)
        for after in (timedelta(), 5 * HOUR, 50 * HOUR, 50 * HOUR, 50 * HOUR):
            await at.office.try_again(after)
        assert (await at.office.desk.store.counts()).queued == 0
        (tmp_path / "outbox").unlink()
        await at.office.try_again(HOUR)
        assert at.office.sent("notice") == []
