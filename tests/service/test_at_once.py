"""`[secure]` in the subject is done by itself, also after a restart; what cannot be done is said once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.model.store import StoreUnavailable
from gateway.service import at_once
from gateway.service.at_once import asks, protect
from gateway.workers import Unavailable
from tests.harness import letter, with_notes
from tests.service.office import Office, office

T = TypeVar("T")
JO, CARER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"


async def hold(at: Office) -> str:
    message = with_notes(letter(JO, [CARER], "[secure] Papers", "As agreed."))
    assert (await at.send(JO, [CARER], message)).ok
    (held,) = await at.desk.store.holds()
    assert asks(held)
    return held.id


async def test_it_is_protected_once_however_often_it_is_found(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        id = await hold(at)
        for _ in range(3):
            await protect(at.desk, id)
        await at.settle()
        assert len(at.sent("mail")) == 1
        assert [b"Subject: Sent, with locked files" in sent.raw for sent in at.sent("notice")] == [True]


async def test_what_cannot_be_done_is_said_once_and_waits(tmp_path: Path) -> None:
    async with office(tmp_path, message_bytes=1_200) as at:
        id = await hold(at)
        for _ in range(3):
            await protect(at.desk, id)
        await at.settle()
        assert at.sent("mail") == []
        assert [b"Subject: Not sent yet" in sent.raw for sent in at.sent("notice")] == [True]
        assert [held.id for held in await at.desk.store.holds()] == [id]


async def test_a_store_or_workers_that_cannot_now_delay_it_and_do_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "AGAIN_S", 0.01)
    async with office(tmp_path) as at:
        store, lock = at.desk.store, at.desk.lock
        monkeypatch.setattr(at.desk, "lock", fails_once(Unavailable("no worker"), lock))
        for name in ("holds_pages", "hold", "move_hold"):
            monkeypatch.setattr(store, name, fails_once(StoreUnavailable("disk full"), getattr(store, name)))
        await hold(at)
        task = asyncio.Task(at_once.protect_at_once(at.desk))
        try:
            async with asyncio.timeout(20):
                while await store.holds():  # noqa: ASYNC110 - the store tells nobody
                    await asyncio.sleep(0.01)
            assert not task.done()
        finally:
            task.cancel()
        await at.settle()
        assert len(at.sent("mail")) == 1


def fails_once(error: Exception, does: Callable[..., T]) -> Callable[..., T]:
    def call(*args: Any, **named: Any) -> T:
        if errors:
            raise errors.pop()
        return does(*args, **named)

    errors = [error]
    return call
