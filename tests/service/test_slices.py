"""A server that splits a list hands one mail over in slices: one hold and one notice, as if it had come in one piece."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.service.take_over import SLICES_WITHIN
from tests.harness import letter, wire, with_notes
from tests.service.office import CLIENT, Office, office

JO, AL = "jo.bell@borough.gov.uk", "al.day@borough.gov.uk"
FIRST, SECOND = "rita.k1964@gmail.com", "sol.park@gmail.com"
TRACE = b"Received: from pc7 by mail.borough.gov.uk id %d; Tue, 24 Nov 2026 10:00:00 +0000\r\n"


def papers(sender: str = JO, **more: str) -> bytes:
    return wire(with_notes(letter(sender, [FIRST, SECOND], "Papers", "As agreed.", **more)))


async def holds(at: Office) -> list[list[str]]:
    await at.settle()
    return sorted([to.address for to in held.recipients] for held in await at.desk.store.holds())


async def test_slices_join_although_each_has_a_trace_of_its_own(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        raw = papers()
        for number, to in enumerate((FIRST, SECOND)):
            assert (await at.send(JO, [to], TRACE % number + raw)).ok
        assert await holds(at) == [[FIRST, SECOND]]
        assert len(at.sent("notice")) == 1


@pytest.mark.parametrize("other", ["content", "sender", "Message-ID", "time"])
async def test_what_is_another_mail_waits_by_itself(tmp_path: Path, other: str) -> None:
    async with office(tmp_path) as at:
        raw = papers()
        assert (await at.send(JO, [FIRST], raw)).ok
        match other:
            case "content":
                raw = raw.replace(b"As agreed", b"As we said")
            case "sender":
                raw = raw.replace(JO.encode(), AL.encode())
            case "Message-ID":
                raw = raw.replace(b"Message-ID: <", b"Message-ID: <9")
            case "time":
                at.now += SLICES_WITHIN + timedelta(seconds=1)
        assert (await at.send(AL if other == "sender" else JO, [SECOND], raw, CLIENT)).ok
        assert await holds(at) == [[FIRST], [SECOND]]
        assert len(at.sent("notice")) == 2


async def test_mail_without_a_message_id_is_never_a_slice(tmp_path: Path) -> None:
    """A scanner's: two equal ones are two."""
    async with office(tmp_path) as at:
        raw = b"".join(line for line in papers().splitlines(keepends=True) if not line.startswith(b"Message-ID"))
        for to in (FIRST, SECOND):
            assert (await at.send(JO, [to], raw)).ok
        assert await holds(at) == [[FIRST], [SECOND]]
