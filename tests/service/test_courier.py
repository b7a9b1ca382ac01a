"""What the courier makes of a next hop that takes only some recipients at a time (RFC 5321 4.5.3.1.10)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.service.courier import POLL_S
from tests.harness import letter, wire
from tests.service.town import JO, Town
from tests.service.town import town as opened
from tests.smtp.fakes import FakeHop, until

# Three go by the relay, one by CJSM: two ways, so the message is taken over.
RELAYED = [f"{name}@familylaw-llp.co.uk" for name in ("ann", "ben", "cat")]
EVERYONE = [*RELAYED, "sam.reid@nhs.net"]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeHop() as hop, opened(tmp_path, hop) as town:
        assert await town.send(wire(letter(JO, EVERYONE, "Thursday", "Can we meet?")), *EVERYONE) == ["250"] * 5
        assert hop.mails == []
        yield town


def at_most(hop: FakeHop, recipients: int) -> None:
    """From now on it takes this many in one transaction, and answers 452 to the others."""

    def answer(command: str) -> str:
        start = max(number for number, said in enumerate(hop.commands) if said.startswith("MAIL"))
        asked = sum(said.startswith("RCPT") for said in hop.commands[start:])
        return "250 2.1.5 ok" if asked <= recipients else "452 4.5.3 too many recipients"

    hop.say("RCPT", answer)


def begun(hop: FakeHop) -> int:
    return sum(command.startswith("MAIL") for command in hop.commands)


@pytest.mark.parametrize(
    ("most", "transactions"), [(1, [["ann"], ["ben"], ["cat"]]), (2, [["ann", "ben"], ["cat"]]), (3, [["ann", "ben", "cat"]])]
)
async def test_the_rest_goes_at_once_in_a_transaction_of_its_own(
    town: Town, monkeypatch: pytest.MonkeyPatch, most: int, transactions: list[list[str]]
) -> None:
    """The clock stands still, and nobody looks into the queue unasked: what waited for later would never go."""
    at_most(town.hop, most)
    monkeypatch.setattr("gateway.service.courier.POLL_S", 3_600.0)
    await town.office.settle()
    assert [[address.partition("@")[0] for address in recipients] for recipients in town.got] == transactions
    assert {mail.content for mail in town.hop.mails} == {town.hop.mails[0].content}


async def test_a_hop_that_takes_nobody_is_not_asked_again_at_once(town: Town) -> None:
    at_most(town.hop, 0)
    courier = asyncio.Task(town.office.courier.run())
    # Once for the client, once by the courier.
    await until(lambda: begun(town.hop) == 2)
    # Longer than the courier looks away from its queue.
    await asyncio.sleep(1.2 * POLL_S)
    courier.cancel()
    assert begun(town.hop) == 2
    assert (await town.office.desk.store.counts()).queued == 1
