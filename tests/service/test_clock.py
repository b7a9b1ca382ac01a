"""The clock is set while the gateway runs: mail goes on, and the records still prove themselves."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.model.stored import HoldState
from gateway.service.steady import Steady
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, office

JO, ANN, CARER = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"


async def deferred(at: Office) -> None:
    """One recipient's copy waits for its next try, the other's is held."""
    (at.folder / "outbox").write_bytes(b"no folder")
    message = letter(JO, [ANN, CARER], "Papers", "As agreed.")
    message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename="plan.docx")
    assert (await at.send(JO, [ANN, CARER], message)).ok
    async with asyncio.timeout(20):
        while not any(record.entry.details.get("outcome") == "deferred" for record in await at.desk.store.records()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=-2), timedelta(hours=2)])
async def test_mail_that_waits_for_its_next_try_is_delivered_once_when_the_clock_jumps(tmp_path: Path, jump: timedelta) -> None:
    async with office(tmp_path) as at, asyncio.TaskGroup() as group:
        at.courier.steady = Steady(at.clock)  # It sees the machine's other clock, which does not jump.
        courier = group.create_task(at.courier.run())
        await deferred(at)
        at.now += jump
        (at.folder / "outbox").unlink()
        async with asyncio.timeout(20):
            while (await at.desk.store.counts()).queued:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.05)
        courier.cancel()
        assert len(at.sent("mail")) == 1
        (held,) = await at.desk.store.holds()
        assert held.state is HoldState.HELD
        assert await at.desk.store.verify() == ()
        assert (await at.send(JO, [ANN], letter(JO, [ANN], "Lunch", "At one?"))).ok
