"""A whole gateway in this process with a real listener, whose route `default` goes to a fake next hop."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from gateway.model.judgement import Tls
from gateway.model.settings import ClientRule, Host, Limits, ListenPoint, RouteSettings
from gateway.service.transaction import Door
from gateway.smtp import make_route
from gateway.smtp.listener import Listener
from tests.service.office import Office, office
from tests.smtp.fakes import FakeHop, RawClient, until

JO = "jo.bell@borough.gov.uk"


@dataclass
class Town:
    """Talk to it on `port`, see at `hop` what arrives."""

    office: Office
    hop: FakeHop
    port: int
    sessions: Callable[[], int]

    async def send(self, raw: bytes, *recipients: str, sender: str = JO) -> list[str]:
        """The codes for each recipient and for the content, as a server sees them that waits for its replies."""
        async with RawClient(self.port) as client:
            codes = await self.offer(client, sender, recipients)
            client.send(raw + b".\r\n")
            codes.append((await client.reply())[:3])
            await client.say("QUIT")
        return codes

    async def send_and_die(self, raw: bytes, *recipients: str, sender: str = JO) -> None:
        """The connection is lost while the next hop takes the message: whatever we reply, nobody hears."""
        gate = self.hop.hold("END")
        async with RawClient(self.port) as client:
            await self.offer(client, sender, recipients)
            before = len(self.hop.mails)
            client.send(raw + b".\r\n")
            await until(lambda: self.hop.commands[-1] == "DATA")
            client.reset()
        gate.set()
        await until(lambda: len(self.hop.mails) == before + 1)
        # Every session has ended, and what it learnt of its client is known.
        await until(lambda: not self.sessions())

    async def offer(self, client: RawClient, sender: str, recipients: Sequence[str]) -> list[str]:
        """Everything up to DATA; the codes for each recipient."""
        await client.hello()
        await client.say(f"MAIL FROM:<{sender}>")
        codes = [(await client.say(f"RCPT TO:<{recipient}>"))[:3] for recipient in recipients]
        await client.say("DATA")
        return codes

    @property
    def got(self) -> list[list[str]]:
        return [mail.recipients for mail in self.hop.mails]


@asynccontextmanager
async def town(
    folder: Path, hop: FakeHop, *, cjsm: FakeHop | None = None, content_memory_bytes: int = Limits().content_memory_bytes, **point: Any
) -> AsyncIterator[Town]:
    """`cjsm`: where its route goes, if not to the outbox; `point`: more of the listen point's settings."""
    async with office(folder) as here:
        hops = {"default": hop} | ({"cjsm": cjsm} if cjsm else {})
        relays = {name: RouteSettings(name, relay=(Host("127.0.0.1", to.port),), tls=Tls.NONE) for name, to in hops.items()}
        settings = here.desk.settings
        limits = replace(settings.limits, content_memory_bytes=content_memory_bytes)
        settings = replace(settings, limits=limits, routes=tuple(relays.get(route.name, route) for route in settings.routes))
        here.desk.use(settings)
        routes = {name: make_route(relay, settings.hostname, settings.limits) for name, relay in relays.items()}
        here.desk.routes = {**here.desk.routes, **routes}
        for route in routes.values():
            await route.probe()
        listen = ListenPoint("127.0.0.1", 0, (ClientRule(ip_network("127.0.0.0/8"), "borough"),), **point)
        listener = Listener([listen], Door(here.desk), settings.hostname, settings.limits)
        await listener.start()
        try:
            yield Town(here, hop, listener.addresses[0][1], lambda: listener.sessions)
        finally:
            await listener.stop(0)
            for route in routes.values():
                await route.close()
