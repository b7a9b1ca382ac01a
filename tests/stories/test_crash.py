"""kill -9 at random moments while held and mixed messages are being accepted: nothing that was answered 250 is lost, nor doubled."""

import contextlib
import random
import smtplib
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

from tests.files import docx
from tests.harness import Gateway, letter, wire

JO = "jo.bell@borough.gov.uk"
INSIDE, OUTSIDE = "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"
FILE = docx("The plan")
MOMENTS = 50
SENDERS = 3


class Load:
    """Senders that go on until the server is gone, and remember what was answered 250."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.acknowledged: list[str] = []
        self.offered: list[str] = []
        self.answered = threading.Event()
        self._threads = [threading.Thread(target=self._send_on) for _ in range(SENDERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _send_on(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.gateway.port, timeout=20) as client:
            for _ in range(1_000):
                message = letter(JO, [INSIDE, OUTSIDE], "Papers", "As agreed.")
                message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
                id = str(message["Message-ID"])
                self.offered.append(id)
                client.sendmail(JO, [INSIDE, OUTSIDE], wire(message))
                self.acknowledged.append(id)
                self.answered.set()


def test_nothing_answered_250_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20090401)
    acknowledged: list[str] = []
    offered: list[str] = []
    gateway = Gateway(tmp_path).start()
    try:
        for moment in range(MOMENTS):
            load = Load(gateway)
            load.start()
            # Some moments lie in the start itself, while workers load; most where messages are being accepted.
            if moment % 5:
                assert load.answered.wait(60)
            time.sleep(chance.uniform(0.005, 0.4))
            gateway.kill()
            load.join()
            acknowledged += load.acknowledged
            offered += load.offered
            gateway.start()
        assert len(acknowledged) > MOMENTS
        copies = delivered(gateway, acknowledged)
        held = Counter(hold["state"] for hold in gateway.ask("hold", "list"))
        assert held["held"] >= len(acknowledged)
        assert held["held"] <= len(offered)
        lost = [id for id in acknowledged if copies[id] == 0]
        assert lost == []
        # A copy may be doubled only where content had left and the kill came before its reply was on disk (RFC 1047).
        assert sum(count - 1 for count in copies.values() if count > 1) <= MOMENTS * SENDERS
        # Nothing is sent against policy because of a crash.
        assert all(sent.to == [INSIDE] for sent in gateway.sent("mail"))
        assert gateway.ask("records", "verify") == [{"ok": True, "faults": []}]
    finally:
        gateway.stop()


def delivered(gateway: Gateway, wanted: list[str], within_s: float = 60.0) -> Counter[str]:
    """Copies per Message-ID once every wanted one is there (or time is up)."""
    deadline = time.monotonic() + within_s
    while True:
        copies: Counter[str] = Counter()
        for sent in gateway.sent("mail"):
            head = sent.raw.split(b"\r\n\r\n", 1)[0]
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"message-id:"):
                    copies[line.split(b":", 1)[1].strip().decode()] += 1
        if all(copies[id] for id in wanted) or time.monotonic() > deadline:
            return copies
        time.sleep(0.2)


def offer(gateway: Gateway, message: bytes, to: str) -> smtplib.SMTP:
    """Everything up to the final dot. The reply is not waited for."""
    client = smtplib.SMTP("127.0.0.1", gateway.port, timeout=20)
    client.ehlo()
    for command in (f"MAIL FROM:<{JO}>", f"RCPT TO:<{to}>", "DATA"):
        assert client.docmd(command)[0] in (250, 354)
    client.send(message + b".\r\n")
    return client


def recorded(gateway: Gateway) -> set[str]:
    """The steps on its disk."""
    with contextlib.closing(sqlite3.connect(f"file:{gateway.folder}/gateway.db?mode=ro", uri=True)) as database:
        return {event for (event,) in database.execute("SELECT event FROM record")}


def test_what_the_client_did_not_hear_of_before_a_kill_has_one_copy(tmp_path: Path) -> None:
    """And after an orderly end the same mail again is meant."""
    plain = wire(letter(JO, [INSIDE], "Thursday", "Can we meet?"))
    papers = letter(JO, [OUTSIDE], "Papers", "As agreed.")
    papers.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    both = {INSIDE: plain, OUTSIDE: wire(papers)}
    gateway = Gateway(tmp_path).start()
    try:
        clients = [offer(gateway, message, to) for to, message in both.items()]
        deadline = time.monotonic() + 20
        while not {"result", "accepted"} <= recorded(gateway):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        gateway.kill()
        for client in clients:
            client.close()
        gateway.start()
        for to, message in both.items():
            gateway.send(JO, [to], message)
        assert len(gateway.wait_for(1, "mail")) == 1
        assert len(gateway.ask("hold", "list")) == 1
        gateway.send(JO, [INSIDE], plain)
        assert len(gateway.wait_for(2, "mail")) == 2
        gateway.stop()
        gateway.start()
        gateway.send(JO, [INSIDE], plain)
        assert len(gateway.wait_for(3, "mail")) == 3
    finally:
        gateway.stop()
