"""Somebody acts while another's action is under way, or the process dies within one: one outcome, one copy, and nothing is lost."""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.model.actions import NotPossible
from gateway.model.judgement import Remedy
from gateway.model.stored import HeldMessage, HoldMove, HoldState
from tests.service.asking import ASKED, OUTCOME, ROBIN, ask, copies, ended, hold_for, now
from tests.service.office import Office, office

Act = Callable[[Office, HeldMessage], Awaitable[object]]


async def release(at: Office, held: HeldMessage) -> None:
    with contextlib.suppress(NotPossible):  # Somebody was first: that is what is tested.
        await at.holds.release(held.id, by=ROBIN, why="agreed")


async def give_back(at: Office, held: HeldMessage) -> None:
    with contextlib.suppress(NotPossible):
        await at.holds.return_to_sender(held.id, by=ROBIN, why="not like this")


async def run_out(at: Office, held: HeldMessage) -> None:
    at.now = max(at.now, held.deadline)
    await at.holds.expire()


def asking(verb: Remedy) -> Act:
    async def act(at: Office, held: HeldMessage) -> None:
        assert await ask(at, held, verb) == 250

    return act


REVIEWER: dict[str, Act] = {"release": release, "return": give_back, "expiry": run_out}


def while_moving(at: Office, monkeypatch: pytest.MonkeyPatch, held: HeldMessage, other: Act) -> None:
    """`other` is done from start to end just before the first move of the hold reaches the store."""
    move_hold, done = at.desk.store.move_hold, []

    async def slow(move: HoldMove) -> HeldMessage | None:
        if not done:
            done.append(move)
            await other(at, held)
        return await move_hold(move)

    monkeypatch.setattr(at.desk.store, "move_hold", slow)


@pytest.mark.parametrize("verb", [verb for verb in ASKED if verb not in (Remedy.WRONG, Remedy.REPORT)])
async def test_a_reply_during_a_reviewers_action_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: Remedy
) -> None:
    async with office(tmp_path) as at:
        for name, action in REVIEWER.items():
            for first, second in ((asking(verb), action), (action, asking(verb))):
                held = await hold_for(at, verb, f"{name}-{int(first is action)}")
                with monkeypatch.context() as patch:
                    while_moving(at, patch, held, second)
                    await first(at, held)
                await at.settle()
                after, seen = await now(at, held), copies(at, held)
                assert after.state is not HoldState.HELD
                assert [event.value for event in await ended(at, held)] == [after.state.value]
                sent = after.state in (HoldState.RELEASED, HoldState.PROTECTED)
                assert set(seen.values()) == ({1} if sent else set()), (name, seen)
        assert await at.desk.store.verify() == ()


class Killed(BaseException):
    """The process dies here."""


def dies(at: Office, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """At the move of a hold: just before it is durable, or just after."""
    move_hold = at.desk.store.move_hold

    async def killed(move: HoldMove) -> HeldMessage | None:
        if after:
            await move_hold(move)
        raise Killed

    monkeypatch.setattr(at.desk.store, "move_hold", killed)


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "once it is durable"])
async def test_a_process_that_dies_within_an_action_leaves_one_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Whoever asked heard nothing, and asks again when the gateway is back."""
    actions: dict[str, tuple[Remedy, Act, tuple[HoldState, int]]] = {
        verb.value: (verb, asking(verb), outcome) for verb, outcome in OUTCOME.items()
    }
    actions["release"] = (Remedy.PROTECT, release, (HoldState.RELEASED, 1))
    actions["return"] = (Remedy.PROTECT, give_back, (HoldState.RETURNED, 0))
    for name, (verb, act, (state, count)) in actions.items():
        folder = tmp_path / name
        folder.mkdir()
        async with office(folder) as at:
            held = await hold_for(at, verb, name.lower())
            with monkeypatch.context() as patch:
                dies(at, patch, after=after)
                with pytest.raises(Killed):
                    await act(at, held)
            assert (await now(at, held)).state is (state if after else HoldState.HELD)
        async with office(folder) as at:
            await act(at, held)
            await at.settle()
            assert (await now(at, held)).state is state, name
            assert sorted(copies(at, held).values()) == [1] * count, name
            assert len(await ended(at, held)) == 1, name
            assert await at.desk.store.verify() == ()
