"""Whatever the next hops say to each recipient and to the content: each ends delivered once, bounced once, or owned by one side.

All combinations of three answers to three recipients and at the end of data, for one route and for two, for mail that is passed
through and mail that is taken over; and, where it is taken over, said while the client waits or only to the courier.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.files import docx
from tests.harness import letter, wire
from tests.service.town import JO, Town, town
from tests.smtp.fakes import FakeHop, RawClient

RCPT, END = (250, 450, 550), (250, 451, 554)
WAITS = "rita.k1964@gmail.com"
FILE = docx("Minutes")


@dataclass(frozen=True)
class Way:
    """How a message goes: the domains of its three recipients, and what makes us own it."""

    domains: tuple[str, str, str]
    second_hop: bool = False
    taken_over: bool = False
    later: bool = False
    """The client hears yes to everybody; the answers of the table meet the courier."""


INSIDE, CJSM = "borough.gov.uk", "nhs.net"
WAYS = {
    "one route, passed through": Way((INSIDE,) * 3),
    # Equal hosts and equal TLS count as one route.
    "two routes, passed through": Way((INSIDE, INSIDE, CJSM)),
    "one route, taken over": Way((INSIDE,) * 3, taken_over=True),
    "two routes, taken over": Way((INSIDE, INSIDE, CJSM), second_hop=True, taken_over=True),
    "one route, taken over, later": Way((INSIDE,) * 3, taken_over=True, later=True),
    "two routes, taken over, later": Way((INSIDE, INSIDE, CJSM), second_hop=True, taken_over=True, later=True),
}


@dataclass(frozen=True)
class Case:
    """One combination; its recipients are nobody else's, so that what happens to them can be counted at the end."""

    way: Way
    recipients: tuple[str, ...]
    codes: tuple[int, ...]
    end: int

    def fate(self, code: int) -> str:
        if code != 250 and not self.way.later:
            return "the client's"
        if not self.way.taken_over:
            return "delivered" if self.end == 250 else "the client's"
        return {2: "delivered", 4: "queued", 5: "bounced"}[(code if code != 250 else self.end) // 100]

    @property
    def heard(self) -> list[str]:
        """What the client hears of each recipient."""
        return ["250" if self.way.later else str(code) for code in self.codes]

    @property
    def left(self) -> int:
        """Consignments that stay in our queue: one for each route with somebody deferred."""
        domains = {to.partition("@")[2] for to, code in zip(self.recipients, self.codes, strict=True) if self.fate(code) == "queued"}
        return len(domains)

    @property
    def ended(self) -> str:
        if self.way.taken_over:
            return "250"
        return str(self.end) if 250 in self.codes else "554"


def cases(way: Way) -> Iterator[Case]:
    for number, (end, codes) in enumerate(itertools.product(END, itertools.product(RCPT, repeat=3))):
        recipients = tuple(f"{name}{number}x@{domain}" for name, domain in zip("abc", way.domains, strict=True))
        yield Case(way, recipients, codes, end)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_each_recipient_ends_delivered_bounced_or_owned_by_exactly_one_side(tmp_path: Path, way: Way) -> None:
    """A38."""
    table = list(cases(way))
    assert len(table) == 81
    async with AsyncExitStack() as stack:
        hop = await stack.enter_async_context(FakeHop())
        cjsm = await stack.enter_async_context(FakeHop()) if way.second_hop else hop
        at = await stack.enter_async_context(town(tmp_path, hop, cjsm=cjsm))
        hops = {hop, cjsm}
        courier = asyncio.get_running_loop().create_task(at.office.courier.run())
        for case in table:
            for each in hops:
                say(each, case)
            await one(at, case)
            if way.taken_over:
                await settled(at, case, table)
        courier.cancel()
        expected = {to: case.fate(code) for case in table for to, code in zip(case.recipients, case.codes, strict=True)}
        assert await fates(at, hops, table) == expected
        assert len(set(expected.values())) == (2 if not way.taken_over else 3 if way.later else 4)


def say(hop: FakeHop, case: Case) -> None:
    hop._answers.clear()
    hop.say("END", f"{case.end} {case.end // 100}.3.0 so it is")
    for to, code in zip(case.recipients, case.codes, strict=True):
        name = to.partition("@")[0] + "@"
        hop.say("RCPT", f"{code} {code // 100}.1.0 so it is", match=name)
        if case.way.later:
            hop.say("RCPT", "250 2.1.5 for now", match=name, times=1)


async def one(at: Town, case: Case) -> None:
    to = [*case.recipients, *([WAITS] if case.way.taken_over else [])]
    message = letter(JO, to, "Thursday", "Can we meet?")
    if case.way.taken_over:
        message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    heard = [*case.heard, *(["250"] if case.way.taken_over else [])]
    async with RawClient(at.port) as client:
        await client.hello()
        await client.say(f"MAIL FROM:<{JO}>")
        assert [(await client.say(f"RCPT TO:<{one}>"))[:3] for one in to] == heard, case
        ended = (await client.say("DATA"))[:3]
        if ended == "354":
            client.send(wire(message) + b".\r\n")
            ended = (await client.reply())[:3]
    assert ended == case.ended, case


async def settled(at: Town, case: Case, table: list[Case]) -> None:
    """What the courier can do for this case and those before it, it has done: only what is deferred is still there."""
    waiting = sum(each.left for each in table[: table.index(case) + 1])
    async with asyncio.timeout(10):
        while at.office.courier._under_way or (await at.office.desk.store.counts()).queued != waiting:
            at.office.courier.kick()
            await asyncio.sleep(0.002)


async def fates(at: Town, hops: set[FakeHop], table: list[Case]) -> dict[str, str]:
    """What became of each recipient, as the next hops, the sender's mailbox and the queue know it; twice would show."""
    delivered = Counter(to.removesuffix(".cjasm.net") for hop in hops for mail in hop.mails for to in mail.recipients)
    reports = [notice.raw for notice in at.office.sent("notice") if b"Subject: Not delivered" in notice.raw]
    bounced = Counter(to.decode() for report in reports for to in re.findall(rb"Original-Recipient: rfc822; *(\S+)", report))
    items = await at.office.desk.store.lease(at.office.now + timedelta(days=1), 60.0, limit=1_000)
    queued = Counter(str(forward.original) for item in items for forward in item.consignment.recipients)
    found = {}
    for to in (to for case in table for to in case.recipients):
        happened = {"delivered": delivered[to], "bounced": bounced[to], "queued": queued[to]}
        assert sum(happened.values()) <= 1, (to, happened)
        found[to] = next((fate for fate, times in happened.items() if times), "the client's")
    return found
