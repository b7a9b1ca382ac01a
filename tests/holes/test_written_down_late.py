"""The store says no just after a message was delivered: what has happened must not happen again for that."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.model.store import StoreUnavailable
from gateway.service import courier
from tests.harness import letter
from tests.service.office import office

# One goes by the relay, one by CJSM: two ways, so the message is taken over.
JO, ANN, SAM = "jo.bell@borough.gov.uk", "ann@familylaw-llp.co.uk", "sam.reid@nhs.net"


async def test_what_was_delivered_is_settled_as_soon_as_the_store_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when its lease has run out, with a second copy."""
    monkeypatch.setattr(courier, "AGAIN_S", 0.01)
    async with office(tmp_path) as at:
        settle, refused = at.desk.store.settle, [StoreUnavailable("disk full") for _ in range(3)]

        async def settled(*args: Any, **named: Any) -> None:
            await asyncio.sleep(0)
            if refused:
                raise refused.pop()
            await settle(*args, **named)

        monkeypatch.setattr(at.desk.store, "settle", settled)
        assert (await at.send(JO, [ANN, SAM], letter(JO, [ANN, SAM], "Lunch", "At one?"))).ok
        await at.settle()
        assert len(at.sent("mail")) == 2
        outcomes = [record.entry.details.get("outcome") for record in await at.desk.store.records()]
        assert outcomes.count("delivered") == 2
        assert refused == []


@pytest.mark.parametrize("step", ["content", "starting"])
async def test_what_could_not_be_begun_is_tried_again_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Not half an hour later, for a database that was away for a second."""
    monkeypatch.setattr(courier, "wait_after", lambda attempts, chance: timedelta())
    async with office(tmp_path) as at:
        does, refused = getattr(at.desk.store, step), [StoreUnavailable("away")]

        async def done(id: str) -> Any:
            if refused:
                raise refused.pop()
            return await does(id)

        monkeypatch.setattr(at.desk.store, step, done)
        assert (await at.send(JO, [ANN, SAM], letter(JO, [ANN, SAM], "Lunch", "At one?"))).ok
        await at.settle()
        assert len(at.sent("mail")) == 2
