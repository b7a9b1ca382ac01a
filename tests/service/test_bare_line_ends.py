"""Content with bare CR or LF comes by BDAT and goes on by BDAT, as it is, or not at all: passed through, taken over and after a hold."""

from pathlib import Path

import pytest

from tests.harness import letter, wire, with_notes
from tests.service.test_giving_up import GIVEN_UP, HOUR
from tests.service.town import JO, Town, town
from tests.smtp.fakes import KEYWORDS, FakeHop, RawClient

CLERK, COLLEAGUE, WAITS = "clerk@familylaw-llp.co.uk", "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"
BARE = b"one\ntwo\rthree\r\n.\r\n..\r\n\n.\nMAIL FROM:<evil@x.example>\n\r.\r\n"


def plain() -> bytes:
    return wire(letter(JO, [CLERK], "Thursday", "Can we meet?")) + BARE


def papers() -> bytes:
    return wire(with_notes(letter(JO, [COLLEAGUE, WAITS], "Papers", "As agreed."))) + BARE


async def by_bdat(at: Town, raw: bytes, *recipients: str) -> str:
    async with RawClient(at.port) as client:
        await client.envelope(*recipients, sender=JO)
        client.send(b"BDAT %d LAST\r\n%b" % (len(raw), raw))
        return (await client.reply())[:10]


def hop_that(takes: bool) -> FakeHop:
    return FakeHop(KEYWORDS if takes else [word for word in KEYWORDS if word != "CHUNKING"])


@pytest.mark.parametrize("takes", [True, False])
async def test_what_passes_through(tmp_path: Path, takes: bool) -> None:
    async with hop_that(takes) as hop, town(tmp_path, hop) as at:
        raw = plain()
        assert await by_bdat(at, raw, CLERK) == ("250 2.0.0 " if takes else "550 5.6.11")
        assert [mail.content.endswith(b"\r\n" + raw) and mail.by_bdat for mail in hop.mails] == [True] * takes
        assert "DATA" not in hop.commands


@pytest.mark.parametrize("takes", [True, False])
async def test_what_we_own(tmp_path: Path, takes: bool) -> None:
    """One recipient at once, the other when a reviewer lets the message go; each report says why."""
    async with hop_that(takes) as hop, town(tmp_path, hop) as at:
        raw = papers()
        assert await by_bdat(at, raw, COLLEAGUE, WAITS) == "250 2.0.0 "
        await at.office.try_again()
        (held,) = await at.office.desk.store.holds()
        await at.office.holds.release(held.id, by="robin.hale", why="agreed")
        for after in (HOUR * 0, HOUR, HOUR * 50):
            await at.office.try_again(after)
        assert at.got == ([[COLLEAGUE], [WAITS]] if takes else [])
        assert all(mail.content.endswith(b"\r\n" + raw) and mail.by_bdat for mail in hop.mails)
        assert "DATA" not in hop.commands
        reports = [notice.raw for notice in at.office.sent("notice") if GIVEN_UP in notice.raw]
        assert [b"550 5.6.11" in report for report in reports] == ([] if takes else [True, True])
        assert (await at.office.desk.store.counts()).queued == 0
