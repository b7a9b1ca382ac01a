"""A clock that jumps decides nothing that cannot be undone."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.model.store import StoreUnavailable
from gateway.service.steady import DOUBT_S, JUMP_S, Steady
from tests.harness import letter, wire
from tests.service.town import JO, Town, town
from tests.smtp.fakes import FakeHop, until

RELAYED, BRIDGED = "ann@familylaw-llp.co.uk", "sam.reid@nhs.net"
"""They go by two ways, so that the message is taken over."""


@dataclass
class Clocks:
    """A wall clock that somebody sets, and one that only runs."""

    ran: float = 1_000.0
    set_by: float = 0.0

    def wall(self) -> datetime:
        return datetime(2026, 11, 24, 10, 0, tzinfo=UTC) + timedelta(seconds=self.ran + self.set_by)

    def steady(self) -> float:
        return self.ran


@pytest.mark.parametrize("by", [0.0, JUMP_S - 1, 1 - JUMP_S])
def test_a_clock_that_runs_or_is_put_right_a_little_is_believed(by: float) -> None:
    clocks = Clocks()
    steady = Steady(clocks.wall, clocks.steady)
    clocks.ran += 100_000
    clocks.set_by += by
    assert not steady.is_doubtful and not steady.went_back()


def test_after_a_jump_forward_nothing_expires_for_ten_minutes_or_until_it_is_put_right() -> None:
    clocks = Clocks()
    steady = Steady(clocks.wall, clocks.steady)
    clocks.set_by += 86_400
    assert steady.is_doubtful and not steady.went_back()
    clocks.ran += DOUBT_S + 1
    assert not steady.is_doubtful
    clocks.set_by += 86_400
    assert steady.is_doubtful
    clocks.set_by -= 86_400
    assert not steady.is_doubtful and steady.went_back() and not steady.went_back()


def test_a_slow_drift_adds_up() -> None:
    clocks = Clocks()
    steady = Steady(clocks.wall, clocks.steady)
    for _ in range(10):
        clocks.set_by -= JUMP_S / 5
        steady.look()
    assert steady.went_back()


async def taken_over(at: Town) -> None:
    assert await at.send(wire(letter(JO, [RELAYED, BRIDGED], "Thursday", "Can we meet?")), RELAYED, BRIDGED) == ["250"] * 3


def steady_of(at: Town) -> Clocks:
    """From here on the office's clock may jump, and its courier sees it."""
    clocks = Clocks()
    at.office.desk.clock = clocks.wall
    at.office.courier.steady = Steady(clocks.wall, clocks.steady)
    return clocks


async def test_what_is_on_its_way_when_the_clock_jumps_forward_goes_once(tmp_path: Path) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        clocks = steady_of(at)
        await taken_over(at)
        gate = hop.hold("END")
        courier = asyncio.Task(at.office.courier.run())
        await until(lambda: "DATA" in hop.commands)
        clocks.set_by += 3 * 86_400
        at.office.courier.kick()
        await asyncio.sleep(0.3)  # It looks into the queue again.
        gate.set()
        await until(lambda: len(hop.mails) > 0)
        await at.office.settle()
        courier.cancel()
        assert len(hop.mails) == 1


async def test_mail_that_waits_is_not_given_up_because_a_clock_jumps_and_goes_when_it_jumps_back(tmp_path: Path) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        clocks = steady_of(at)
        deferred: list[str] = []

        def later(command: str) -> str:
            deferred.append(command)
            return "451 4.3.0 later"

        hop.say("END", later)
        await taken_over(at)
        clocks.set_by += 30 * 86_400
        courier = asyncio.Task(at.office.courier.run())
        await until(lambda: len(deferred) == 1)
        hop.say("END", "250 2.0.0 taken")
        await asyncio.sleep(0.3)
        assert hop.mails == []  # Its next attempt is a month away.
        clocks.set_by -= 30 * 86_400
        at.office.courier.kick()
        await until(lambda: len(hop.mails) == 1)
        courier.cancel()
        assert not [sent for sent in at.office.sent("notice") if JO in sent.to]


async def test_a_store_that_cannot_write_at_start_does_not_end_the_courier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeHop() as hop, town(tmp_path, hop) as at:
        await taken_over(at)
        store, refusals = at.office.desk.store, [StoreUnavailable("no room")] * 2
        real = store.due_now

        async def due_now() -> None:
            if refusals:
                raise refusals.pop()
            await real()

        monkeypatch.setattr(store, "due_now", due_now)
        await at.office.settle()
        assert len(hop.mails) == 1
