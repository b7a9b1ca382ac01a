"""How long a gateway takes to greet when 10,000 messages wait in its queue and its next hop is down."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.plan import Consignment, Forward
from gateway.model.records import Entry, Event
from gateway.model.stored import QueueItem, StoredContent, TakeOver
from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.harness import Gateway, free_port, letter, wire

QUEUED = 10_000
# From the command to 220 (the project's promise).
START_LIMIT_S = 3.0
STARTS = 3
AT_ONCE = 100
SENDER, RECIPIENT = "jo.bell@borough.gov.uk", "sam.reid@nhs.net.cjasm.net"


async def fill(folder: Path, count: int) -> None:
    """As many messages as were taken over and not delivered yet, all of them due."""
    now, raw = datetime.now(UTC), wire(letter(SENDER, [RECIPIENT], "Papers", "As agreed."))
    sender, recipient = parse_mailbox(SENDER), parse_mailbox(RECIPIENT)
    store = await open_store(f"sqlite:///{folder}/gateway.db", load_keys(folder / "keys"), "serve")
    try:
        for start in range(0, count, AT_ONCE):
            ids = [f"Q{number}" for number in range(start, min(start + AT_ONCE, count))]
            items = (Consignment(id, "default", Tls.NONE, sender, (), (Forward(recipient, recipient),)) for id in ids)
            await store.take_over(
                TakeOver(
                    tuple(Entry(id, Event.ACCEPTED, now, "borough", SENDER, (RECIPIENT,)) for id in ids),
                    contents=tuple(StoredContent(id, raw) for id in ids),
                    queue=tuple(QueueItem(item, item.id, "borough", item.id, 1, now, now) for item in items),
                )
            )
    finally:
        await store.close()


@dataclass(frozen=True)
class Start:
    """From the command to the greeting: on the clock, and of the process's own CPU, which neighbours do not lengthen."""

    wall_s: float
    cpu_s: float


async def starts_with_a_queue(folder: Path) -> list[Start]:
    """Each time killed and started again."""
    await fill(folder, QUEUED)
    relay = {"relay": [f"127.0.0.1:{free_port()}"], "tls": "none"}
    routes = {"default": relay, "cjsm": {"outbox": str(folder / "outbox")}, "notices": {"outbox": str(folder / "outbox")}}
    gateway, starts = Gateway(folder, more={"routes": routes}), list[Start]()
    gateway.launch()
    gateway.first_words()
    for _ in range(STARTS):
        gateway.kill()
        began = time.monotonic()
        gateway.launch()
        gateway.first_words()
        starts.append(Start(round(time.monotonic() - began, 2), cpu_s(gateway)))
    gateway.kill()
    return starts


def cpu_s(gateway: Gateway) -> float:
    assert gateway.process is not None
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)
