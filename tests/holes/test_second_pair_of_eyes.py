"""Holes that a reader with bad intentions found in the life of a message; each keeps its test."""

import asyncio
import smtplib
import socket
import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files import docx
from tests.harness import Gateway, letter, wire
from tests.smtp.fakes import FakeHop

JO = "jo.bell@borough.gov.uk"
FILE = docx("The plan")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Gateway(tmp_path) as running:
        yield running


def papers(sender: str, to: list[str], subject: str = "Papers", **more: str) -> bytes:
    message = letter(sender, to, subject, "As agreed.", **more)
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    return wire(message)


@pytest.mark.parametrize(("envelope", "author"), [("ward7@nhs.net", "ward7@nhs.net"), ("", JO), (JO, "ward7@nhs.net")])
def test_nobody_we_may_not_tell_gets_files_locked_or_a_password(gateway: Gateway, envelope: str, author: str) -> None:
    with pytest.raises(smtplib.SMTPDataError) as refused:
        gateway.send(envelope, ["jo.private@gmail.com"], papers(author, ["jo.private@gmail.com"], "[secure] Papers"))
    assert refused.value.smtp_code == 550
    time.sleep(1.5)
    assert gateway.sent() == []
    assert gateway.ask("hold", "list", "--all") == []


def test_a_bounce_in_a_later_slice_is_told(gateway: Gateway) -> None:
    raw = papers(JO, ["a@gmail.com", "b@gmail.com", "c@nhs.net.cjsm.net"])
    gateway.send(JO, ["a@gmail.com"], raw)
    gateway.send(JO, ["b@gmail.com", "c@nhs.net.cjsm.net"], raw)
    notices = gateway.wait_for(2, "notice")  # they may leave in either order
    assert [b"c@nhs.net.cjsm.net" in notice.raw for notice in notices].count(True) == 1
    (held,) = gateway.ask("hold", "list")
    assert sorted(held["recipients"]) == ["a@gmail.com", "b@gmail.com"]


def test_a_slice_sent_twice_adds_nobody_twice(gateway: Gateway) -> None:
    raw = papers(JO, ["a@gmail.com"])
    gateway.send(JO, ["a@gmail.com"], raw)
    gateway.send(JO, ["a@gmail.com"], raw)
    (held,) = gateway.ask("hold", "list")
    assert held["recipients"] == ["a@gmail.com"]


def test_a_released_slice_names_nobody_else_in_its_trace(gateway: Gateway) -> None:
    raw = papers(JO, ["a@gmail.com"])
    gateway.send(JO, ["secretbcc@gmail.com"], raw)
    gateway.send(JO, ["a@gmail.com"], raw)
    (held,) = gateway.ask("hold", "list")
    gateway.ask("hold", "release", held["id"], "--reason", "agreed")
    (sent,) = gateway.wait_for(1, "mail")
    assert b"secretbcc" not in sent.raw


def test_what_was_bounced_is_not_kept(gateway: Gateway) -> None:
    gateway.send(JO, ["sam.reid@nhs.nett"], papers(JO, ["sam.reid@nhs.nett"]))
    gateway.wait_for(1, "notice")
    deadline = time.monotonic() + 10
    while contents(gateway) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert contents(gateway) == 0


def contents(gateway: Gateway) -> int:
    database = sqlite3.connect(f"file:{gateway.folder}/gateway.db?mode=ro", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM content").fetchone()[0])
    finally:
        database.close()


def test_a_taken_over_message_whose_reply_was_lost_is_not_doubled(gateway: Gateway) -> None:
    recipients = ["ann.lee@borough.gov.uk", "rita.k1964@gmail.com"]
    raw = papers(JO, recipients)
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        for command in ("", "EHLO x", f"MAIL FROM:<{JO}>", *(f"RCPT TO:<{one}>" for one in recipients), "DATA"):
            if command:
                client.sendall(command.encode() + b"\r\n")
            client.recv(4096)
        client.sendall(raw + b".\r\n")
        # A reset instead of a close: whatever we answer is lost.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gateway.wait_for(1, "mail")
    gateway.wait_for(1, "notice")
    time.sleep(0.5)
    assert gateway.send(JO, recipients, raw) == {}
    time.sleep(1.0)
    assert len(gateway.sent("mail")) == 1
    assert len(gateway.sent("notice")) == 1
    (held,) = gateway.ask("hold", "list")
    assert held["recipients"] == ["rita.k1964@gmail.com"]


async def test_a_restart_waits_for_what_is_on_its_way(tmp_path: Path) -> None:
    async with FakeHop() as hop:
        outbox = {"outbox": str(tmp_path / "outbox")}
        relay = {"relay": [f"127.0.0.1:{hop.port}"], "tls": "none"}
        gateway = Gateway(tmp_path, more={"routes": {"default": outbox, "cjsm": relay, "notices": dict(outbox)}})
        await asyncio.to_thread(gateway.start)
        gate = hop.hold("END")
        everyone = ["ann.lee@borough.gov.uk", "sam.reid@nhs.net"]
        await asyncio.to_thread(gateway.send, JO, everyone, papers(JO, everyone))
        deadline = time.monotonic() + 20
        while "DATA" not in hop.commands and time.monotonic() < deadline:  # noqa: ASYNC110 - another process will bring it about
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        stopping = asyncio.get_running_loop().run_in_executor(None, gateway.stop)
        await asyncio.sleep(1.0)
        gate.set()
        await stopping
        assert len(hop.mails) == 1
        await asyncio.to_thread(gateway.start)
        await asyncio.sleep(2.0)
        await asyncio.to_thread(gateway.stop)
        assert len(hop.mails) == 1


async def test_a_next_hop_that_hangs_up_while_a_client_uploads_is_asked_again(tmp_path: Path) -> None:
    async with FakeHop() as hop:
        relay = {"relay": [f"127.0.0.1:{hop.port}"], "tls": "none"}
        routes = {name: dict(relay) for name in ("default", "cjsm", "notices")}
        gateway = Gateway(tmp_path, more={"routes": routes})
        await asyncio.to_thread(gateway.start)
        try:

            def upload() -> tuple[int, bytes]:
                with smtplib.SMTP("127.0.0.1", gateway.port) as client:
                    client.ehlo("mail.borough.gov.uk")
                    client.mail(JO)
                    client.rcpt("clerk@familylaw-llp.co.uk")
                    loop.call_soon_threadsafe(hop.cut)
                    time.sleep(0.5)
                    return client.data(wire(letter(JO, ["clerk@familylaw-llp.co.uk"], "Thursday", "Hello")))

            loop = asyncio.get_running_loop()
            code, _ = await asyncio.to_thread(upload)
            assert code == 250
            assert len(hop.mails) == 1
        finally:
            await asyncio.to_thread(gateway.stop)
