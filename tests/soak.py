"""The crash soak: kill -9 at random moments under load while the next hop comes and goes (`make soak`; a minute of it runs in CI).

    python -m tests.soak [--kills 1000] [--seconds S] [--rate 50] [--seed 2009]

What must hold, else the exit status is 1: every message that was answered 250 reaches everybody who may have it, and nobody else; it
is held where it must be; a second copy comes only where RFC 1047 allows one (tests.soak_books); the records verify after every kill;
a gateway with 10,000 messages queued greets within three seconds.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import smtplib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Thread

from tests.files import docx
from tests.harness import Gateway, letter, wire
from tests.smtp.fakes import FakeHop, Mail
from tests.soak_books import Audit, Books
from tests.soak_queue import QUEUED, START_LIMIT_S, starts_with_a_queue

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
# One kill in ten comes before the greeting: recovery is interrupted too.
EARLY = 0.1
# How long we are left alone, and how often the next hop goes away when its moment comes: more of either, and little gets through,
# for each failure closes the circuit for a second.
UP_S = (0.05, 3.0)
GONE = 0.2
# The whole of the chains, holds and queue is proved by the gateway's own command as well, this often and at the end.
PROVE_EVERY = 50
# A machine that does other things besides may take long for a start; that it is slow is not what is looked for here.
PATIENCE_S = 180.0
# How long the last of it may take once nobody is killed any more: five minutes.
SETTLE_LOOKS, LOOK_EVERY_S = 600, 0.5


class Hop(FakeHop):
    """Keeps of each message only that it came: an hour of mail does not fit into memory."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self._books = books

    async def __aenter__(self) -> "Hop":
        await self.start()
        return self

    def take(self, mail: Mail) -> None:
        self._books.arrived(message_id(mail.content), mail.recipients, time.monotonic())


@dataclass
class Soak:
    """One run: who takes part, and what was found wrong."""

    gateway: Gateway
    hop: Hop
    books: Books
    audit: Audit
    chance: random.Random
    faults: set[str] = field(default_factory=set)
    starts_s: list[float] = field(default_factory=list)
    kills: int = 0

    async def kill(self) -> None:
        """One kill, and up again; sometimes killed once more on the way."""
        gone = time.monotonic()
        self.gateway.kill()
        self.kills += 1
        while self.chance.random() < EARLY:
            self.gateway.launch()
            await asyncio.sleep(self.chance.uniform(0.0, 1.0))
            self.gateway.kill()
            self.kills += 1
        began = time.monotonic()
        await asyncio.to_thread(self.gateway.start)
        self.starts_s.append(time.monotonic() - began)
        self.books.away.append((gone, time.monotonic()))
        await self.look()

    async def look(self) -> None:
        self.faults.update(await asyncio.to_thread(self.audit.look))

    async def prove(self) -> None:
        """The gateway's own proof, from the first record on."""
        (verified,) = await asyncio.to_thread(self.gateway.ask, "records", "verify", ok=(0, 1))
        if not verified["ok"]:
            self.faults.add(f"records verify: {verified['faults'][:3]}")

    def report(self) -> dict[str, object]:
        starts = sorted(self.starts_s) or [0.0]
        return {
            "kills": self.kills,
            "offered": len(self.books.allowed),
            "acknowledged": self.books.acknowledged,
            "second_copies": self.books.second_copies(),
            "start_s_median": round(starts[len(starts) // 2], 2),
            "start_s_worst": round(starts[-1], 2),
            "lost": 0,
            "against_policy": self.books.against_policy(),
            "copies_without_cause": len(self.books.without_cause()) + len(self.audit.twice()),
            "record_faults": sorted(self.faults)[:5],
        }


def message(kind: int) -> tuple[str, bytes]:
    recipients, with_file, _ = KINDS[kind]
    mail = letter(JO, list(recipients), "Papers", "As agreed.")
    if with_file:
        mail.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    return str(mail["Message-ID"]), wire(mail)


def message_id(content: bytes) -> str:
    head = content.split(b"\r\n\r\n", 1)[0]
    return next((line[11:].strip().decode() for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")), "")


def send_on(gateway: Gateway, books: Books, over: Event, pause_s: float, chance: random.Random) -> None:
    """One sender: a new connection whenever the old one is lost, until it is over. What fails is not sent again."""
    while not over.is_set():
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", gateway.port, timeout=20) as client:
            while not over.is_set():
                kind = chance.randrange(len(KINDS))
                recipients, with_file, served = KINDS[kind]
                id, raw = message(kind)
                books.allowed[id] = served
                refused = client.sendmail(JO, list(recipients), raw)
                # Who was refused at RCPT stays with the client.
                gone = {recipient for one in refused for recipient in (one, f"{one}.cjasm.net")}
                due = tuple(recipient for recipient in served if recipient not in gone)
                books.answered(id, due, held=with_file and OUTSIDE in recipients and OUTSIDE not in refused)
                time.sleep(pause_s)
        time.sleep(0.02)


@contextlib.asynccontextmanager
async def senders(soak: Soak, rate: float) -> AsyncIterator[None]:
    over, pause_s = Event(), SENDERS / rate
    arguments = [(soak.gateway, soak.books, over, pause_s, random.Random(soak.chance.random())) for _ in range(SENDERS)]
    threads = [Thread(target=send_on, args=one) for one in arguments]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            # Beside the loop, in which the next hop lives: it has to answer whoever is still sending.
            await asyncio.to_thread(thread.join, 60)


async def flap(hop: Hop, books: Books, over: asyncio.Event, chance: random.Random) -> None:
    """The next hop is up for a while, down for a while, and now and then refuses or breaks off."""
    while not over.is_set():
        hop.forget()
        hop.commands.clear()
        for verb, answer in (("END", "451 4.3.0 later"), ("RCPT", "450 4.2.0 later"), ("END", "")):
            hop.say(verb, answer, times=chance.randrange(2))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), chance.uniform(0.3, 1.5))
        if chance.random() < GONE and not over.is_set():
            gone = time.monotonic()
            await hop.stop()
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await hop.start()
            books.away.append((gone, time.monotonic()))
    hop.forget()


async def soak(folder: Path, rate: float = 50.0, *, kills: int = 0, seconds: float = 0, seed: int = 2009) -> dict[str, object]:
    """So many kills, or as many as fit into so many seconds; what was found."""
    chance, books, over = random.Random(seed), Books(), asyncio.Event()
    async with Hop(books) as hop:
        relay = {"relay": [f"127.0.0.1:{hop.port}"], "tls": "none"}
        routes = {"default": dict(relay), "cjsm": dict(relay), "notices": {"outbox": str(folder / "outbox")}}
        gateway = Gateway(folder, more={"routes": routes}, start_s=PATIENCE_S)
        await asyncio.to_thread(gateway.start)
        run = Soak(gateway, hop, books, Audit(folder / "gateway.db", folder / "keys"), chance)
        flapping = asyncio.get_running_loop().create_task(flap(hop, books, over, random.Random(chance.random())))
        began = time.monotonic()
        try:
            async with senders(run, rate):
                for number in itertools.count(1):
                    await asyncio.sleep(chance.uniform(*UP_S))
                    await run.kill()
                    if number % PROVE_EVERY == 0:
                        await run.prove()
                        print(json.dumps({"s": round(time.monotonic() - began), **run.report()}), flush=True)
                    if run.kills >= kills > 0 or time.monotonic() - began > seconds > 0:
                        break
            over.set()
            await flapping
            return await settled(run)
        finally:
            over.set()
            await flapping
            await asyncio.to_thread(gateway.stop)


async def settled(run: Soak) -> dict[str, object]:
    """The books once everything promised has come, or time is up."""
    gone = time.monotonic()
    await asyncio.to_thread(run.gateway.stop)
    # A start tries everything deferred once.
    await asyncio.to_thread(run.gateway.start)
    run.books.away.append((gone, time.monotonic()))
    for _ in range(SETTLE_LOOKS):
        if not run.books.missing():
            break
        await asyncio.sleep(LOOK_EVERY_S)
    await run.look()
    await run.prove()
    holds = await asyncio.to_thread(run.gateway.ask, "hold", "list")
    return {**run.report(), "lost": len(run.books.missing()), "not_held": max(0, run.books.held - len(holds))}


def violations(found: dict[str, object]) -> list[str]:
    """Names of what must be nothing and is something."""
    return [name for name in ("lost", "against_policy", "not_held", "copies_without_cause", "record_faults") if found[name]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=0, help="instead of a number of kills")
    parser.add_argument("--rate", type=float, default=50.0, help="messages per second")
    parser.add_argument("--seed", type=int, default=2009, help="of the moments and of what the next hop says")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kills = 0 if asked.seconds else asked.kills
        found = asyncio.run(soak(Path(name), asked.rate, kills=kills, seconds=asked.seconds, seed=asked.seed))
    with tempfile.TemporaryDirectory() as name:
        queue = asyncio.run(starts_with_a_queue(Path(name)))
    print(json.dumps({"queued": QUEUED, "starts": [asdict(start) for start in queue]}), flush=True)
    wrong = violations(found) + ["slow start"] * (min(start.wall_s for start in queue) > START_LIMIT_S)
    print(json.dumps({**found, "violations": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
