"""Every message of the corpus passes through listener and client byte-identical, however the network cuts it; and on uvloop too."""

import asyncio
import ipaddress
import random
import ssl
from pathlib import Path

import pytest
import uvloop

from gateway.model.judgement import Tls
from gateway.model.settings import ClientRule, Host, Limits, ListenPoint, RouteSettings
from gateway.smtp.client import RelayRoute
from gateway.smtp.listener import Listener
from gateway.smtp.wire import has_bare_line_end
from tests.smtp.conftest import Authority
from tests.smtp.fakes import FakeHop, RawClient, RelayDoor

# Byte by byte is slow: only for messages up to this size.
SMALL = 3_000


async def hand_over(client: RawClient, wire: bytes, cut: str, chance: random.Random) -> None:
    while wire:
        size = {"whole": len(wire), "bytes": 1, "random": chance.randint(1, max(2, len(wire) // 3))}[cut]
        client.send(wire[:size])
        wire = wire[size:]
        await asyncio.sleep(0)


@pytest.mark.parametrize("cut", ["whole", "bytes", "random"])
@pytest.mark.parametrize("by", ["DATA", "BDAT"])
async def test_the_corpus_passes_byte_identical(hop: FakeHop, gateway: int, shared: Path, by: str, cut: str) -> None:
    chance = random.Random(1)
    files = [path for path in sorted((shared / "corpus" / "emails").rglob("*")) if path.is_file()]
    assert files
    sent = []
    async with RawClient(gateway) as client:
        await client.hello()
        for number, path in enumerate(files):
            raw = path.read_bytes()
            if by == "DATA":
                raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + (b"" if raw.endswith(b"\n") else b"\r\n")
            if cut == "bytes" and (len(raw) > SMALL or number % 4):
                continue
            await client.say("MAIL FROM:<jo@borough.gov.uk>", "RCPT TO:<b@nhs.net>")
            if by == "DATA":
                await client.say("DATA")
                wire = raw.replace(b"\r\n.", b"\r\n..")
                wire = (b"." if wire.startswith(b".") else b"") + wire + b".\r\n"
            else:
                wire = b"BDAT %d LAST\r\n%b" % (len(raw), raw)
            await hand_over(client, wire, cut, chance)
            answer = await client.reply()
            if by == "DATA" and has_bare_line_end(raw):
                assert answer.startswith("550 5.6.11"), path.name
            else:
                assert answer.startswith("250"), (path.name, answer)
                sent.append(raw)
    assert [mail.content for mail in hop.mails] == sent
    assert len(sent) > 20


def test_on_uvloop_with_tls_on_both_sides(authority: Authority) -> None:
    """The loop that `serve` runs on has its own TLS and its own transports."""

    async def story() -> None:
        async with FakeHop(tls=authority.server()) as hop:
            settings = RouteSettings("default", relay=(Host("127.0.0.1", hop.port),), tls=Tls.VERIFY, ca_file=authority.ca_file)
            route = RelayRoute(settings, "gateway.example", Limits())
            await route.probe()
            rule = ClientRule(ipaddress.ip_network("127.0.0.0/8"))
            point = ListenPoint("127.0.0.1", 0, (rule,), authority.certificate, authority.key)
            listener = Listener([point], RelayDoor(route), "gateway.example", Limits())
            await listener.start()
            body = b"x" * 998 + b"\r\n" + b"y" * 3_000_000 + b"\r\n"
            async with RawClient(listener.addresses[0][1]) as client:
                await client.hello()
                client.send(b"STARTTLS\r\nRCPT TO:<injected@nhs.net>\r\n")
                await client.reply()
                context = ssl.create_default_context(cafile=authority.ca_file)
                await client.writer.start_tls(context, server_hostname="127.0.0.1")
                await client.say("EHLO client", "MAIL FROM:<jo@borough.gov.uk>", "RCPT TO:<b@nhs.net>", "DATA")
                client.send(body + b".\r\n")
                assert (await client.reply())[:3] == "250"
                await client.say("QUIT")
            await listener.stop(1)
            await route.close()
            assert (hop.last.content, hop.last.recipients, hop.last.over_tls) == (body, ["b@nhs.net"], True)

    uvloop.run(story())
