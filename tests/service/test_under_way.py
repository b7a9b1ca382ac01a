"""The same message once more, while the first is still being dealt with: it waits, and nobody else does."""

import asyncio

import pytest

from gateway.service import under_way
from gateway.service.under_way import UnderWay

LIKE = ("borough", "jo@borough.gov.uk", "<1@borough.gov.uk>")


async def second(messages: UnderWay, recipient: str = "a@x.example") -> asyncio.Task[under_way.Turn]:
    """The same message comes again, and has had its chance to go on."""
    again = asyncio.get_running_loop().create_task(messages.enter(*LIKE, [recipient]))
    await asyncio.sleep(0.02)
    return again


async def test_it_waits_until_the_first_is_over() -> None:
    messages = UnderWay()
    first = await messages.enter(*LIKE, ["a@x.example", "b@x.example"])
    again = await second(messages)
    assert not again.done()
    messages.leave(first)
    assert (await again) is not first


async def test_a_slice_to_others_waits_for_nobody() -> None:
    messages = UnderWay()
    await messages.enter(*LIKE, ["a@x.example"])
    assert (await second(messages, "b@x.example")).done()


@pytest.mark.parametrize("replied_first", [True, False])
async def test_a_client_that_says_nothing_more_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch, replied_first: bool) -> None:
    monkeypatch.setattr(under_way, "TOLD_WITHIN_S", 0.2)
    messages = UnderWay()
    first = await messages.enter(*LIKE, ["a@x.example"])
    if replied_first:
        messages.replied(first)
    again = await second(messages)
    assert not again.done()
    if not replied_first:
        messages.replied(first)
    await asyncio.wait_for(again, 10)
    messages.leave(first)  # The client spoke after all; the turn of the second is not its business.
    assert not (await second(messages)).done()


async def test_two_that_wait_take_turns() -> None:
    messages = UnderWay()
    first = await messages.enter(*LIKE, ["a@x.example"])
    waiting = [await second(messages), await second(messages)]
    messages.leave(first)
    done, left = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == len(left) == 1
    messages.leave(done.pop().result())
    await asyncio.wait_for(left.pop(), 10)


async def test_nothing_is_kept_of_what_is_over() -> None:
    messages = UnderWay()
    turn = await messages.enter(*LIKE, ["a@x.example"])
    messages.replied(turn)
    messages.leave(turn)
    messages.leave(turn)
    assert not messages._turns
