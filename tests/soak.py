"""The crash soak: kill -9 at random moments under load while the next hop comes and goes (`make soak`; a short one runs in CI).

    python -m tests.soak [--kills 1000] [--rate 50]

At the end every message that was answered 250 has reached everybody who may have it, nothing has gone out against policy, the records
verify, and copies were doubled only where content had left and the kill came before its reply was on disk (RFC 1047).
"""

import argparse
import asyncio
import contextlib
import json
import random
import smtplib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from tests.files import docx
from tests.harness import Gateway, letter, wire
from tests.smtp.fakes import FakeHop

JO = "jo.bell@borough.gov.uk"
INSIDE, CLERK, NHS, OUTSIDE = "ann.lee@borough.gov.uk", "clerk@familylaw-llp.co.uk", "sam.reid@nhs.net", "rita.k1964@gmail.com"
# What is sent: recipients, whether with a file, and who may have it in the end.
KINDS = (
    ((CLERK,), False, (CLERK,)),
    ((INSIDE, NHS), True, (INSIDE, f"{NHS}.cjasm.net")),
    ((INSIDE, OUTSIDE), True, (INSIDE,)),
    ((NHS, OUTSIDE), True, (f"{NHS}.cjasm.net",)),
)
FILE = docx("The plan")
SENDERS = 5


@dataclass
class Tally:
    """What was promised: (Message-ID, recipient) for every message answered 250."""

    promised: set[tuple[str, str]] = field(default_factory=set)
    offered: int = 0
    acknowledged: int = 0
    starts_s: list[float] = field(default_factory=list)


def message(kind: int) -> tuple[str, tuple[str, ...], tuple[str, ...], bytes]:
    recipients, with_file, served = KINDS[kind]
    mail = letter(JO, list(recipients), "Papers", "As agreed.")
    if with_file:
        mail.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    return str(mail["Message-ID"]), recipients, served, wire(mail)


def send_on(gateway: Gateway, tally: Tally, over: Event, pause_s: float, chance: random.Random) -> None:
    """One sender: a new connection whenever the old one is lost, until it is over."""
    while not over.is_set():
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", gateway.port, timeout=20) as client:
            while not over.is_set():
                id, recipients, served, raw = message(chance.randrange(len(KINDS)))
                tally.offered += 1
                refused = client.sendmail(JO, list(recipients), raw)
                tally.acknowledged += 1
                # Who was refused at RCPT stays with the client.
                gone = {recipient for one in refused for recipient in (one, f"{one}.cjasm.net")}
                tally.promised.update((id, recipient) for recipient in served if recipient not in gone)
                time.sleep(pause_s)
        time.sleep(0.02)


async def flap(hop: FakeHop, over: asyncio.Event, chance: random.Random) -> None:
    """The next hop is up for a while, down for a while, and now and then refuses or breaks off."""
    while not over.is_set():
        for verb, answer in (("END", "451 4.3.0 later"), ("RCPT", "450 4.2.0 later"), ("END", "")):
            hop.say(verb, answer, times=chance.randrange(3))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), chance.uniform(0.3, 1.5))
        if chance.random() < 0.5 and not over.is_set():
            await hop.stop()
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await hop.start()


@contextlib.contextmanager
def senders(gateway: Gateway, tally: Tally, rate: float, chance: random.Random) -> Iterator[None]:
    over = Event()
    pause_s = SENDERS / rate
    threads = [Thread(target=send_on, args=(gateway, tally, over, pause_s, random.Random(chance.random()))) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


async def soak(folder: Path, kills: int, rate: float, seed: int = 2009) -> dict[str, object]:
    """Run it; a summary of what was found (`lost` and `against_policy` must be 0)."""
    chance, tally = random.Random(seed), Tally()
    over = asyncio.Event()
    async with FakeHop() as hop:
        relay = {"relay": [f"127.0.0.1:{hop.port}"], "tls": "none"}
        routes = {"default": dict(relay), "cjsm": dict(relay), "notices": {"outbox": str(folder / "outbox")}}
        gateway = Gateway(folder, more={"routes": routes})
        await asyncio.to_thread(gateway.start)
        flapping = asyncio.get_running_loop().create_task(flap(hop, over, chance))
        try:
            with senders(gateway, tally, rate, chance):
                for _ in range(kills):
                    await asyncio.sleep(chance.uniform(0.05, 1.0))
                    gateway.kill()
                    began = time.monotonic()
                    await asyncio.to_thread(gateway.start)
                    tally.starts_s.append(time.monotonic() - began)
            over.set()
            await flapping
            hop.say("END", "250 2.0.0 taken")
            hop.say("RCPT", "250 2.1.5 ok")
            await asyncio.to_thread(gateway.stop)
            # A start tries everything deferred once.
            await asyncio.to_thread(gateway.start)
            return await summary(gateway, hop, tally)
        finally:
            await asyncio.to_thread(gateway.stop)


async def summary(gateway: Gateway, hop: FakeHop, tally: Tally) -> dict[str, object]:
    deadline = time.monotonic() + 120
    while True:
        copies = Counter((message_id(mail.content), recipient) for mail in hop.mails for recipient in mail.recipients)
        lost = [promise for promise in tally.promised if not copies[promise]]
        if not lost or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.5)
    (verified,) = await asyncio.to_thread(gateway.ask, "records", "verify", ok=(0, 1))
    starts = sorted(tally.starts_s)
    return {
        "kills": len(starts),
        "offered": tally.offered,
        "acknowledged": tally.acknowledged,
        "lost": len(lost),
        "doubled": sum(count - 1 for count in copies.values() if count > 1),
        "against_policy": sum(count for (_, recipient), count in copies.items() if recipient == OUTSIDE),
        "records_ok": verified["ok"],
        "start_s_median": round(starts[len(starts) // 2], 2) if starts else None,
        "start_s_worst": round(starts[-1], 2) if starts else None,
    }


def message_id(content: bytes) -> str:
    head = content.split(b"\r\n\r\n", 1)[0]
    return next((line[11:].strip().decode() for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")), "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=50.0, help="messages per second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(soak(Path(name), asked.kills, asked.rate))
    print(json.dumps(found))
    return 0 if found["lost"] == 0 and found["against_policy"] == 0 and found["records_ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
