"""A whole gateway in this process, with the real store and outboxes, without sockets or workers: for tables of many cases."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Client, Recipient
from gateway.model.smtp import Content, Reply
from gateway.policy import Policy
from gateway.service.courier import Courier
from gateway.service.desk import Desk, examine_in_thread
from gateway.service.holds import Holds
from gateway.service.policies import load_folder
from gateway.service.settings import load_settings
from gateway.service.steady import Steady
from gateway.service.transaction import Door, MailTransaction
from gateway.smtp import make_route
from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.conftest import ROOT
from tests.harness import Sent, letter, wire

CLIENT = Client("127.0.0.1", 4000, "borough", "mail.borough.gov.uk")
# A Tuesday morning: somebody can review.
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SETTLED_S = 20.0
STEP = timedelta(milliseconds=1)


class Watched(Courier):
    """A courier of which one can tell that it has nothing left to do."""

    idle_looks = 0

    async def _rest(self) -> None:
        self.idle_looks = 0 if self._under_way else self.idle_looks + 1
        await super()._rest()

    async def rested(self) -> None:
        """Two looks into the queue, one after the other, found nothing due: what the last delivery left behind is done too."""
        self.idle_looks = 0
        async with asyncio.timeout(SETTLED_S):
            while self.idle_looks < 2:
                if not self._under_way:
                    self.kick()
                await asyncio.sleep(0.005)


@dataclass
class Office:
    """Send, reply, let time pass, and look into the outbox."""

    folder: Path
    desk: Desk
    courier: Watched
    now: datetime = NOW
    holds: Holds = field(init=False)

    def __post_init__(self) -> None:
        self.holds = Holds(self.desk)
        self.desk.clock = self.clock
        # Here both clocks are ours, and neither jumps.
        self.courier.steady = Steady(self.clock, lambda: self.now.timestamp())

    def clock(self) -> datetime:
        self.now += STEP
        return self.now

    async def send(
        self,
        sender: str,
        to: Sequence[str],
        raw: bytes | EmailMessage,
        client: Client = CLIENT,
        *,
        options: tuple[str, ...] = (),
        heard: bool = True,
    ) -> Reply:
        """As over SMTP: the reply that ended it, which the client saw, or did not."""
        transaction = await Door(self.desk).begin(client, parse_mailbox(sender) if sender else None, options)
        assert isinstance(transaction, MailTransaction)
        for address in to:
            reply = await transaction.recipient(Recipient(parse_mailbox(address)))
            if not reply.ok:
                await transaction.abandon()
                return reply
        reply = await transaction.content(Content(wire(raw)))
        await transaction.answered(heard)
        return reply

    async def ask(self, address: str, text: str = "", sender: str = "jo.bell@borough.gov.uk", **fields: str) -> Reply:
        """A reply as a mail program sends it."""
        subject = fields.pop("subject", "RE: Not sent: your email to 1 person")
        return await self.send(
            sender, [address], letter(sender, [address], subject, f"{text}\n\nOn Friday the gateway wrote:\n> PROTECT\n", **fields)
        )

    async def settle(self) -> None:
        """Everything that is due has been delivered."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.courier.run())
            async with asyncio.timeout(SETTLED_S):
                while (await self.desk.store.counts()).queued:  # noqa: ASYNC110 - the store tells nobody
                    await asyncio.sleep(0.01)
            task.cancel()

    async def try_again(self, after: timedelta = timedelta()) -> None:
        """Time passes and the gateway is started anew: everything deferred is tried once, and what follows from that is done."""
        self.now += after
        self.courier = courier = Watched(self.desk)
        courier.steady = Steady(self.clock, lambda: self.now.timestamp())
        self.desk.kick = courier.kick
        async with asyncio.TaskGroup() as group:
            running = group.create_task(courier.run())
            await courier.rested()
            running.cancel()

    def sent(self, kind: str) -> list[Sent]:
        found = []
        for about in sorted((self.folder / "outbox").glob("*.json")):
            sent = Sent(json.loads(about.read_text()), about.with_suffix(".eml").read_bytes())
            if sent.about["kind"] == kind:
                found.append(sent)
        return found


@asynccontextmanager
async def office(folder: Path, *, message_bytes: int = 52_428_800, policy: Policy | None = None) -> AsyncIterator[Office]:
    """The shipped policy; every route is an outbox below `folder`."""
    shipped = load_settings(None, {})
    routes = tuple(replace(route, relay=(), mx=False, outbox=str(folder / "outbox")) for route in shipped.routes)
    settings = replace(
        shipped,
        routes=routes,
        store=f"sqlite:///{folder}/gateway.db",
        keys=str(folder / "keys"),
        limits=replace(shipped.limits, message_bytes=message_bytes),
    )
    keys = load_keys(Path(settings.keys))
    store = await open_store(settings.store, keys, "serve")
    hops = {route.name: make_route(route, settings.hostname, settings.limits) for route in routes}
    desk = Desk(settings, policy or load_folder(ROOT / "policies"), hops, store, keys, examine_in_thread)
    courier = Watched(desk)
    desk.kick = courier.kick
    try:
        yield Office(folder, desk, courier)
    finally:
        await store.drain()
        await store.close()


def words(sent: Sent) -> str:
    """The plain text of a notice."""
    import email
    import email.policy

    part = email.message_from_bytes(sent.raw, policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link(verb: str, sent: Sent) -> str:
    found = re.search(rf"\b{verb.lower()}\.[0-9a-z]+\.[a-z2-7]{{26}}@[a-z.]+", words(sent))
    assert found, f"no {verb} in:\n{words(sent)}"
    return found[0]
