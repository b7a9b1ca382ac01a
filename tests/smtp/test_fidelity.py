"""Every message of the corpus passes through listener and client byte-identical, however the network cuts it; and on uvloop too."""

import asyncio
import ipaddress
import random
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import uvloop

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Tls
from gateway.model.settings import ClientRule, Host, Limits, ListenPoint, RouteSettings
from gateway.model.smtp import Reply
from gateway.service.transaction import Door
from gateway.smtp.client import RelayRoute
from gateway.smtp.listener import Listener
from gateway.smtp.pile import Budget, Pile
from gateway.smtp.wire import DataScanner, content_of, has_bare_line_end, stuffed
from tests.service.office import CLIENT, office
from tests.smtp.conftest import Authority
from tests.smtp.fakes import FakeHop, RawClient, RelayDoor

# Byte by byte through two connections is slow: of a large message it is done for this much of its beginning and its end.
EDGE_OF_WIRE = 500
# Without connections it is quicker.
EDGE = 4_000


def corpus(shared: Path) -> list[Path]:
    files = [path for path in sorted((shared / "corpus" / "emails").rglob("*")) if path.is_file()]
    assert len(files) > 280
    return files


def by_data(raw: bytes) -> bytes:
    """A message as a client sends it by DATA: line ends made CRLF, a bare CR left as it is."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + (b"" if raw.endswith(b"\n") else b"\r\n")


def in_pieces(wire: bytes, cut: str, chance: random.Random) -> Iterator[bytes]:
    if cut == "bytes":
        yield from byte_by_byte(wire, EDGE_OF_WIRE)
        return
    while wire:
        size = len(wire) if cut == "whole" else chance.randint(1, max(2, len(wire) // 3))
        yield wire[:size]
        wire = wire[size:]


def byte_by_byte(wire: bytes, edge: int) -> Iterator[bytes]:
    """What lies between the edges of a large message comes in pieces of a prime size."""
    first, last = (edge, len(wire) - edge) if len(wire) > 2 * edge else (len(wire), len(wire))
    yield from (wire[at : at + 1] for at in range(first))
    yield from (wire[at : min(at + 997, last)] for at in range(first, last, 997))
    yield from (wire[at : at + 1] for at in range(last, len(wire)))


async def greeted(stack: AsyncExitStack, port: int) -> RawClient:
    client = await stack.enter_async_context(RawClient(port))
    await client.hello()
    return client


@pytest.mark.parametrize("cut", ["whole", "bytes", "random"])
@pytest.mark.parametrize("by", ["DATA", "BDAT"])
async def test_the_corpus_passes_byte_identical(hop: FakeHop, gateway: int, shared: Path, by: str, cut: str) -> None:
    chance = random.Random(1)
    sent = []
    async with AsyncExitStack() as stack:
        client = await greeted(stack, gateway)
        for path in corpus(shared):
            raw = by_data(path.read_bytes()) if by == "DATA" else path.read_bytes()
            await client.say("MAIL FROM:<jo@borough.gov.uk>", "RCPT TO:<b@nhs.net>")
            if by == "DATA":
                await client.say("DATA")
                wire = raw.replace(b"\r\n.", b"\r\n..")
                wire = (b"." if wire.startswith(b".") else b"") + wire + b".\r\n"
            else:
                wire = b"BDAT %d LAST\r\n%b" % (len(raw), raw)
            for piece in in_pieces(wire, cut, chance):
                client.send(piece)
                await asyncio.sleep(0)
            answer = await client.reply()
            if by == "DATA" and has_bare_line_end(raw):
                assert answer.startswith("550 5.6.11"), path.name
            else:
                assert answer.startswith("250"), (path.name, answer)
                sent.append(raw)
            if by == "DATA" and raw.endswith(b"\r\r\n"):
                assert await client.rest() == b""
                client = await greeted(stack, gateway)
    assert [mail.content for mail in hop.mails] == sent
    assert len(sent) > 270


def test_every_message_of_the_corpus_is_read_byte_by_byte(shared: Path) -> None:
    read = 0
    for path in corpus(shared):
        raw = by_data(path.read_bytes())
        pile = Pile(Budget(2**27))
        scanner = DataScanner(2**26, pile)
        *before, last = [scanner.feed(piece) for piece in byte_by_byte(stuffed(raw) + b".\r\n", EDGE)]
        assert before.count(None) == len(before), path.name
        assert last == b""
        assert pile.whole() == raw, path.name
        pile.close()
        read += 1
    assert read > 280


async def test_every_message_of_the_corpus_passes_the_whole_gateway_byte_identical(shared: Path, tmp_path: Path) -> None:
    """Read, checked and judged, to a colleague: nothing on the way changes a byte."""
    sent = []
    async with office(tmp_path) as here:
        for path in corpus(shared):
            raw = path.read_bytes()
            transaction = await Door(here.desk).begin(CLIENT, parse_mailbox("jo.bell@borough.gov.uk"), ())
            assert not isinstance(transaction, Reply)
            await transaction.recipient(Recipient(parse_mailbox("ann.lee@borough.gov.uk")))
            reply = await transaction.content(content_of(raw, by_bdat=True))
            await transaction.answered(True)
            assert reply.ok, (path.name, str(reply))
            sent.append(raw)
        assert [mail.message for mail in here.sent("mail")] == sent


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
