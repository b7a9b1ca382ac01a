"""What the council's server sees of the next hop, and who owns a message at every moment."""

import asyncio
import contextlib
import smtplib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from tests.files import docx
from tests.harness import Gateway, free_port, letter, wire
from tests.smtp.fakes import FakeHop

JO = "jo.bell@borough.gov.uk"
CLERK = "clerk@familylaw-llp.co.uk"


def routes(folder: Path, **relays: int) -> dict[str, Any]:
    """Relay routes on loopback; notices stay in the outbox."""
    outboxes = {name: {"outbox": str(folder / "outbox")} for name in ("default", "cjsm", "notices")}
    named = {name: {"relay": [f"127.0.0.1:{port}"], "tls": "none"} for name, port in relays.items()}
    return {"routes": {**outboxes, **named}}


@contextlib.asynccontextmanager
async def relaying(tmp_path: Path, **hops: FakeHop) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path, more=routes(tmp_path, **{name: hop.port for name, hop in hops.items()}))
    await asyncio.to_thread(gateway.start)
    try:
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)


def converse(gateway: Gateway, recipients: list[str], raw: bytes) -> tuple[list[int], int]:
    """The codes that a client sees for each recipient and at the end of data (0: never got there)."""
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=30) as client:
        client.ehlo("mail.borough.gov.uk")
        client.docmd(f"MAIL FROM:<{JO}>")
        codes = [client.docmd(f"RCPT TO:<{recipient}>")[0] for recipient in recipients]
        if client.docmd("DATA")[0] != 354:
            return codes, 0
        client.send(raw + b".\r\n")
        return codes, client.getreply()[0]


async def test_before_a_next_hop_was_ever_seen_clients_are_told_to_come_back(tmp_path: Path) -> None:
    port = free_port()
    gateway = Gateway(tmp_path, more=routes(tmp_path, default=port))
    await asyncio.to_thread(gateway.launch)
    try:
        assert await asyncio.to_thread(gateway.first_words) == 421
        async with FakeHop(port=port):
            await asyncio.to_thread(gateway.wait_until_open)
    finally:
        await asyncio.to_thread(gateway.stop)


async def test_the_next_hops_words_are_mirrored(tmp_path: Path) -> None:
    async with FakeHop() as hop, relaying(tmp_path, default=hop) as gateway:
        hop.say("RCPT", "550 5.1.1 no such clerk", match="nobody@")
        hop.say("END", "250 2.6.0 kept as 4711")
        raw = wire(letter(JO, [CLERK], "Thursday", "Hello"))

        def talk() -> tuple[Any, Any]:
            with smtplib.SMTP("127.0.0.1", gateway.port) as client:
                client.ehlo("mail.borough.gov.uk")
                client.mail(JO)
                refused = client.rcpt("nobody@familylaw-llp.co.uk")
                client.rcpt(CLERK)
                return refused, client.data(raw)

        refused, taken = await asyncio.to_thread(talk)
        assert refused == (550, b"5.1.1 no such clerk")
        assert taken == (250, b"2.6.0 kept as 4711")
        assert hop.last.recipients == [CLERK]
        assert hop.last.content.endswith(raw)


async def test_a_next_hop_that_is_down_leaves_the_message_with_the_councils_server(tmp_path: Path) -> None:
    hop = FakeHop()
    await hop.start()
    async with relaying(tmp_path, default=hop) as gateway:
        await hop.stop()
        codes, end = await asyncio.to_thread(converse, gateway, [CLERK], wire(letter(JO, [CLERK], "Thursday", "Hello")))
        assert (codes, end) == ([451], 0)
        await hop.start()
        deadline = time.monotonic() + 30
        while True:
            codes, end = await asyncio.to_thread(converse, gateway, [CLERK], wire(letter(JO, [CLERK], "Thursday", "Hello")))
            if end == 250 or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
        assert (codes, end) == ([250], 250)
    await hop.stop()


async def test_what_was_taken_over_is_delivered_once_its_next_hop_is_back(tmp_path: Path) -> None:
    """A mixed message: the colleague is served at once, the NHS when CJSM is back, webmail waits for its sender."""
    async with FakeHop() as cjsm, FakeHop() as default, relaying(tmp_path, default=default, cjsm=cjsm) as gateway:
        everyone = ["ann.lee@borough.gov.uk", "sam.reid@nhs.net", "rita.k1964@gmail.com"]
        message = letter(JO, everyone, "Papers", "As agreed.")
        message.add_attachment(docx("The plan"), maintype="application", subtype="octet-stream", filename="plan.docx")
        cjsm.say("END", "451 4.3.0 later", times=1)
        codes, end = await asyncio.to_thread(converse, gateway, everyone, wire(message))
        assert (codes, end) == ([250, 250, 250], 250)
        await asyncio.to_thread(wait_until, lambda: bool(cjsm.mails), 20.0)
        assert [mail.recipients for mail in default.mails] == [["ann.lee@borough.gov.uk"]]
        assert cjsm.last.recipients == ["sam.reid@nhs.net.cjasm.net"]
        (held,) = await asyncio.to_thread(gateway.ask, "hold", "list")
        assert held["recipients"] == ["rita.k1964@gmail.com"]


def wait_until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and not condition():
        time.sleep(0.01)
