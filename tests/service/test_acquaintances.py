"""The first message that carries something to a new address outside is noted; nothing is stopped for it (requirement H4)."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.service import retention
from gateway.service.acquaintances import Acquaintances
from gateway.service.register import disclosure
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, office

JO, ANN = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk"
AUNT, SAM = "aunt@example.org", "sam.reid@nhs.net"


async def write(desk: Office, sender: str, *to: str, file: bool = False) -> tuple[str, ...]:
    """Send, and say for whom it was noted as the first."""
    mail = letter(sender, to, "Papers", "Hello")
    if file:
        mail.add_attachment(docx("Route 4 leaves at 8.15."), "application", "octet-stream", filename="plan.docx")
    assert (await desk.send(sender, to, mail)).ok
    await desk.desk.store.drain()
    by_message = {record.entry.message: record for record in await desk.desk.store.records() if record.entry.details.get("rulings")}
    found = disclosure([list(by_message.values())[-1]])
    assert found is not None
    return found.first_time


async def test_the_first_file_for_a_stranger_is_noted_and_not_that_for_somebody_known(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert await write(desk, JO, AUNT) == (), "an email that carries nothing"
        assert await write(desk, JO, AUNT, file=True) == (), "known from the one before"
        assert await write(desk, ANN, AUNT, file=True) == (AUNT,), "to somebody else she is new"
        assert await write(desk, JO, "other@example.org", AUNT.upper(), file=True) == ("other@example.org",), "capitals make no stranger"


async def test_the_store_knows_after_a_restart(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await write(desk, JO, AUNT)
        desk.desk.acquaintances = Acquaintances()
        assert await write(desk, JO, AUNT, file=True) == ()


async def test_secure_recipients_are_no_strangers(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert await write(desk, JO, SAM, ANN, file=True) == ()


async def test_what_was_held_was_not_written_to(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert await write(desk, JO, AUNT, file=True) == (AUNT,)
        assert await write(desk, JO, AUNT, file=True) == (AUNT,)


async def test_a_process_that_has_seen_too_many_begins_anew_and_the_store_still_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.service.acquaintances.MOST", 2)
    async with office(tmp_path) as desk:
        for number in range(6):
            await write(desk, JO, f"a{number}@example.org")
        assert await write(desk, JO, "a0@example.org", file=True) == ()


async def test_a_pair_of_long_ago_is_forgotten(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await write(desk, JO, AUNT)
        desk.now += timedelta(days=3000)
        await retention.erase(desk.desk, desk.now)
        desk.desk.acquaintances = Acquaintances()
        assert await write(desk, JO, AUNT, file=True) == (AUNT,)
