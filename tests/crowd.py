"""A crowd at the door: many large messages at once, and many senders that dribble (`make soak`; a small one runs in CI).

    python -m tests.crowd [--large 1000] [--megabytes 10] [--slow 500] [--others 500]

Large: so many connections bring a message each and hold back its end until all are there; then all end it. Every one must be answered
250 and reach the next hop, and the gateway with its workers must stay within 512 MB.
Slow: the others' p99 stays under twice that of the same load without the slow ones, who send one byte in ten seconds.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.harness import Gateway, letter, wire

JO, ANN = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk"
MOST_BYTES = 512 * 2**20
# One byte of each slow sender in so many seconds.
DRIBBLE_S = 10.0
# Of all the others together; each waits its turn.
MESSAGES_PER_S = 60.0
PIECE_BYTES = 65_536
ANSWER_S = 1_800.0
NUMBERS = itertools.count()


class Eater(asyncio.Protocol):
    """A next hop that takes everything and keeps nothing."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out, self._rest, self._in_data = transport, b"", False
        transport.write(b"220 eater\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while self._in_data or b"\r\n" in self._rest:
            if self._in_data:
                head, dot, rest = self._rest.partition(b"\r\n.\r\n")
                if not dot:
                    self._rest = head[-4:]
                    return
                Eater.taken += 1
                self._in_data, self._rest = False, rest
                self._out.write(b"250 2.0.0 eaten\r\n")
            else:
                line, _, self._rest = self._rest.partition(b"\r\n")
                self._in_data = line.upper() == b"DATA"
                self._out.write(b"354 go on\r\n" if self._in_data else b"250 ok\r\n")


@dataclass
class Sender:
    """One connection to the gateway."""

    port: int
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert (await self.reader.readline()).startswith(b"220")
        self.writer.write(b"EHLO crowd.example\r\n")
        while (await self.reader.readline())[3:4] == b"-":
            pass

    async def begin(self) -> None:
        """Up to 354."""
        for line in (f"MAIL FROM:<{JO}>", f"RCPT TO:<{ANN}>", "DATA"):
            self.writer.write(f"{line}\r\n".encode())
            answer = await self.reader.readline()
            assert answer[:1] in b"23", answer

    async def send(self, raw: bytes) -> None:
        # Two sendings of one message would wait for each other.
        self.writer.write(f"Message-ID: <{next(NUMBERS)}@borough.gov.uk>\r\n".encode())
        for at in range(0, len(raw), PIECE_BYTES):
            self.writer.write(raw[at : at + PIECE_BYTES])
            await self.writer.drain()

    async def end(self) -> str:
        self.writer.write(b".\r\n")
        async with asyncio.timeout(ANSWER_S):
            return (await self.reader.readline()).decode()

    def close(self) -> None:
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def gateway(folder: Path, connections: int, **limits: int) -> AsyncIterator[Gateway]:
    """A gateway in front of an eater."""
    eater = await asyncio.get_running_loop().create_server(Eater, "127.0.0.1", 0)
    relay = {"relay": [f"127.0.0.1:{eater.sockets[0].getsockname()[1]}"], "tls": "none"}
    many = {"connections": connections, "connections_per_client": connections, **limits}
    made = Gateway(folder, more={"routes": dict.fromkeys(("default", "cjsm", "notices"), relay), "limits": many})
    await asyncio.to_thread(made.start)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.stop)
        eater.close()


def nameless(mail: EmailMessage) -> bytes:
    del mail["Message-ID"]
    return wire(mail)


def large(megabytes: int) -> bytes:
    """A message with a file that is like no other: nothing to find in it, and all of it to read."""
    mail = letter(JO, [ANN], "Plans", "The plans.")
    mail.add_attachment(base64.b64encode(os.urandom(3 * 2**18)), maintype="text", subtype="csv", filename="plan.csv")
    mail.add_attachment(
        os.urandom(int(megabytes * 2**20 / 1.37) - 2**20), maintype="application", subtype="octet-stream", filename="plan.bin"
    )
    return nameless(mail)


def family_bytes(pid: int) -> int:
    """What a process and its children have in memory, what they share counted once."""
    total = 0
    with contextlib.suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total = next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
        total += sum(family_bytes(int(child)) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return total


async def watch(pid: int, seen: list[int]) -> None:
    while True:
        seen.append(await asyncio.to_thread(family_bytes, pid))
        await asyncio.sleep(0.25)


async def many_large(folder: Path, count: int, megabytes: int, **limits: int) -> dict[str, object]:
    """All arrive, then all end."""
    raw, seen, before = large(megabytes), list[int](), Eater.taken
    async with gateway(folder, count + 50, **limits) as running:
        assert running.process is not None
        watching = asyncio.get_running_loop().create_task(watch(running.process.pid, seen))
        began = time.monotonic()
        senders = [Sender(running.port) for _ in range(count)]
        for sender in senders:
            await sender.connect()
            await sender.begin()
        await asyncio.gather(*(sender.send(raw) for sender in senders))
        arrived_s, arrived_bytes = time.monotonic() - began, max(seen)
        answers = await asyncio.gather(*(sender.end() for sender in senders))
        watching.cancel()
        for sender in senders:
            sender.close()
    refused = sorted({answer.strip() for answer in answers if not answer.startswith("250")})
    return {
        "large": count,
        "megabytes": megabytes,
        "arrived_s": round(arrived_s, 1),
        "all_s": round(time.monotonic() - began, 1),
        "idle_mb": seen[0] >> 20,
        "peak_mb_arriving": arrived_bytes >> 20,
        "peak_mb": max(seen) >> 20,
        "delivered": Eater.taken - before,
        "refused": refused[:3],
    }


async def p99(senders: list[Sender], seconds: float) -> float:
    """Of transactions spread evenly over time and connections."""
    raw = nameless(letter(JO, [ANN], "Lunch", "At one?"))
    times: list[float] = []

    async def one(sender: Sender, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        began = time.perf_counter()
        await sender.begin()
        await sender.send(raw)
        assert (await sender.end()).startswith("250")
        times.append(time.perf_counter() - began)

    count = min(len(senders), int(seconds * MESSAGES_PER_S))
    await asyncio.gather(*(one(sender, number / MESSAGES_PER_S) for number, sender in enumerate(senders[:count])))
    return sorted(times)[int(len(times) * 0.99)]


async def dribbling(senders: list[Sender]) -> None:
    while True:
        for sender in senders:
            sender.writer.write(b"x")
            await asyncio.sleep(DRIBBLE_S / len(senders))


async def many_slow(folder: Path, slow: int, others: int, rounds: int = 3) -> dict[str, object]:
    """The best of some rounds each: the machine has other work."""
    async with gateway(folder, slow + others + 50) as running:
        quick = [Sender(running.port) for _ in range(others)]
        for sender in quick:
            await sender.connect()
        seconds = others / MESSAGES_PER_S
        alone = min([await p99(quick, seconds) for _ in range(rounds)])
        idle = [Sender(running.port) for _ in range(slow)]
        for sender in idle:
            await sender.connect()
            await sender.begin()
        dribble = asyncio.get_running_loop().create_task(dribbling(idle))
        beside = min([await p99(quick, seconds) for _ in range(rounds)])
        dribble.cancel()
        for sender in (*quick, *idle):
            sender.close()
    return {"slow": slow, "others": others, "p99_ms_alone": round(alone * 1e3, 2), "p99_ms_beside_slow": round(beside * 1e3, 2)}


def allow_files(count: int) -> None:
    """Each connection is a file here and two in the gateway, which inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


async def both(asked: argparse.Namespace) -> list[str]:
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        found = await many_slow(Path(name), asked.slow, asked.others)
        print(json.dumps(found), flush=True)
        if float(str(found["p99_ms_beside_slow"])) >= 2 * float(str(found["p99_ms_alone"])):
            wrong.append("slow senders slow the others")
    with tempfile.TemporaryDirectory() as name:
        found = await many_large(Path(name), asked.large, asked.megabytes)
        print(json.dumps(found), flush=True)
        if found["delivered"] != asked.large or found["refused"]:
            wrong.append("not everything was delivered")
        if int(str(found["peak_mb"])) << 20 > MOST_BYTES:
            wrong.append("too much memory")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=int, default=1_000)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--others", type=int, default=500)
    asked = parser.parse_args()
    allow_files(4 * max(asked.large, asked.slow + asked.others) + 1_000)
    wrong = asyncio.run(both(asked))
    print(json.dumps({"violations": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
