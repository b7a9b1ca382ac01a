"""The order of the commit point: judged, written down, content, the next hop's reply, ours, the result; broken anywhere, nobody loses."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from tests.harness import letter, wire
from tests.service.town import JO, Town
from tests.service.town import town as opened
from tests.smtp.fakes import FakeHop, RawClient, until

CLERK, ANN, SAM = "clerk@familylaw-llp.co.uk", "ann.lee@borough.gov.uk", "sam.reid@nhs.net"
# Longer than any step that is not waited for takes.
MEANWHILE_S = 0.2


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeHop() as hop, opened(tmp_path, hop) as town:
        yield town


def mail(*to: str) -> bytes:
    return wire(letter(JO, to, "Thursday", "Can we meet?"))


def gated(monkeypatch: pytest.MonkeyPatch, whose: Any, name: str) -> asyncio.Event:
    """From now on this step waits for the event."""
    gate, does = asyncio.Event(), getattr(whose, name)

    async def waits(*args: Any, **named: Any) -> Any:
        await gate.wait()
        return await does(*args, **named)

    monkeypatch.setattr(whose, name, waits)
    return gate


@pytest.mark.parametrize("step", ["judged", "written down"])
async def test_content_leaves_after_the_message_was_judged_and_its_intent_written_down(
    town: Town, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    desk = town.office.desk
    gate = gated(monkeypatch, *((desk, "examine") if step == "judged" else (desk.store, "intend")))
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(town.send(mail(CLERK), CLERK))
        await until(lambda: any(command.startswith("RCPT") for command in town.hop.commands))
        await asyncio.sleep(MEANWHILE_S)
        if step == "judged":
            assert not any(command.startswith(("DATA", "BDAT")) for command in town.hop.commands)
        assert town.hop.mails == [] and not sending.done()
        gate.set()
    assert sending.result() == ["250", "250"]
    assert len(town.hop.mails) == 1


async def test_the_client_hears_yes_after_the_next_hop_said_it(town: Town) -> None:
    gate = town.hop.hold("END")
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(town.send(mail(CLERK), CLERK))
        await until(lambda: "DATA" in town.hop.commands)
        await asyncio.sleep(MEANWHILE_S)
        assert not sending.done()
        gate.set()
    store = town.office.desk.store
    await store.drain()
    outcomes = {record.entry.event: record.entry.details.get("outcome") for record in await store.records()}
    assert outcomes == {Event.INTENT: None, Event.RESULT: "delivered"}


@pytest.mark.parametrize(("step", "to"), [("intend", [CLERK]), ("take_over", [ANN, SAM])])
async def test_what_cannot_be_written_down_does_not_leave(town: Town, monkeypatch: pytest.MonkeyPatch, step: str, to: list[str]) -> None:
    """`take_over`: two ways, so that we would own the message."""
    store = town.office.desk.store

    async def refuses(*args: Any, **named: Any) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as full:
        full.setattr(store, step, refuses)
        assert await town.send(mail(*to), *to) == [*(["250"] * len(to)), "451"]
    assert town.hop.mails == []
    await town.office.settle()
    assert (town.hop.mails, town.office.sent("mail"), await store.records()) == ([], [], ())
    # What was left open at the next hop is in nobody's way.
    assert await town.send(mail(*to), *to) == ["250"] * (len(to) + 1)
    await town.office.settle()
    assert len(town.hop.mails) == 1


@pytest.mark.parametrize("answer", ["250 2.1.5 ok", "450 4.2.1 later", "550 5.1.1 nobody", "554 5.7.1 no more"])
async def test_a_next_hop_lost_before_content_is_asked_again_and_must_say_the_same(town: Town, answer: str) -> None:
    """Any changed answer: the client, who heard another one, keeps the message."""
    hop, to = town.hop, [ANN, "al.day@borough.gov.uk"]
    async with RawClient(town.port) as client:
        assert await town.offer(client, JO, to) == ["250", "250"]
        hop.cut()
        hop.say("RCPT", answer, match="al.day@")
        client.send(mail(*to) + b".\r\n")
        assert (await client.reply())[:3] == ("250" if answer.startswith("250") else "451")
    assert town.got == ([to] if answer.startswith("250") else [])
    await town.office.settle()
    assert town.office.sent("notice") == []
