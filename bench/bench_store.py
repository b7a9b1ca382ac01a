"""What a durable record costs: CPU and latency per pass-through message (INTENT awaited, RESULT lazy) at several sessions.

    python bench/bench_store.py [--messages 4000] [--sessions 1 5 20 100] [--folder /var/tmp] [--url postgresql://...]
    python bench/bench_store.py --records 100000      # a long register: prove it, find a person, erase what is over

CPU is that of the whole process (event loop, writer's thread, kernel), less what the bare loop of sessions costs.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import uvloop

from gateway.model.data_subject import DataSubject
from gateway.model.records import Entry, Event, Keep, Retention
from gateway.store import DurableStore, load_keys, open_store

T = TypeVar("T")
INTENT = Entry(
    message="",
    event=Event.INTENT,
    at=datetime.now(UTC),
    organisation="borough",
    sender="jo.bell@borough.gov.uk",
    recipients=("sam.reid@nhs.net", "head@stmarys-academy.org.uk"),
    verdicts=(("sam.reid@nhs.net", "nhs", "bridge", "deliver"), ("head@stmarys-academy.org.uk", "", "insecure", "deliver")),
    reasons=("attachment.strong",),
    policy="sha256:" + "ab" * 32,
    details={"files": [{"name": "plan.zip", "sha256": "cd" * 32}], "message_id": "<a@b>", "size": 4096},
)
RESULT = replace(INTENT, event=Event.RESULT, verdicts=(), reasons=(), policy="", details={"reply": "250 2.0.0 Ok: queued as 1234ABCD"})


async def session(store: DurableStore | None, name: str, messages: int, waits: list[float]) -> None:
    for number in range(messages):
        id_ = f"{name}-{number}"
        intent = replace(INTENT, message=id_, at=datetime.now(UTC))
        started = time.perf_counter()
        if store is not None:
            await store.intend(intent)
        waits.append(time.perf_counter() - started)
        await asyncio.sleep(0)  # The next hop's reply.
        result = replace(RESULT, message=id_, at=datetime.now(UTC))
        if store is not None:
            store.conclude(result)
        await asyncio.sleep(0)  # The client's next message.


async def measure(store: DurableStore | None, sessions: int, messages: int) -> tuple[float, float, list[float]]:
    """CPU seconds, wall seconds, and how long each INTENT waited."""
    waits: list[float] = []
    before, started = _cpu_s(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            group.create_task(session(store, f"{sessions}-{number}", messages // sessions, waits))
    if store is not None:
        await store.drain()
    return _cpu_s() - before, time.perf_counter() - started, waits


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


DETAILS: dict[str, object] = {
    "answer": "pass-through",
    "message_id": "<a4f@borough.gov.uk>",
    "attachments": [
        {"where": "2", "name": "plan.docx", "type": "docx", "size": 48_123, "sha256": "cd" * 32, "protection": ["none", None, None]}
    ],
    "findings": [{"reason": "attachment.personal", "where": "2", "shown": "plan.docx holds an NHS number", "kinds": ["NHS", "DOB"]}] * 3,
    "rulings": [{"recipient": "sam.reid@nhs.net", "because": [["rule", "reason", "2", "Files for people outside are locked."]]}] * 2,
}
"""As large as those of a message with a file and three findings."""
BATCH = 500
ABOUT_SOMEBODY = 10
"""Every tenth message names a child."""


async def fill(store: DurableStore, count: int) -> None:
    """Messages of two records each."""
    for start in range(0, count // 2, BATCH):
        entries = []
        for number in range(start, min(start + BATCH, count // 2)):
            about = (DataSubject(f"child {number}"),) if number % ABOUT_SOMEBODY == 0 else ()
            intent = replace(INTENT, message=f"m{number}", details=DETAILS, about=about, keep=Keep.PERSONAL if about else Keep.OTHER)
            entries += [intent, replace(RESULT, message=f"m{number}")]
        await store.record(*entries)


async def timed(words: str, work: Awaitable[T]) -> T:
    before, started = _cpu_s(), time.perf_counter()
    result = await work
    print(f"{words:42} {_cpu_s() - before:7.2f} CPU s {time.perf_counter() - started:7.2f} s")
    return result


async def long_register(store: DurableStore, count: int) -> None:
    await fill(store, count)
    faults = await timed(f"verify {count:,} records", store.verify())
    found = await timed("find a person", store.records(about=(DataSubject("child 100"),), whole=True))
    several = await timed("find an address (newest 1,000)", store.records(address="sam.reid@nhs.net"))
    erased = await timed("erase what is over", store.erase_records(Retention(Keep.OTHER, datetime.now(UTC), "bench")))
    again = await timed("verify again", store.verify())
    print(f"{len(faults) + len(again)} faults, {len(found)} records of the person, {len(several)} of the address, {erased:,} erased")


async def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        store = await open_store(arguments.url or f"sqlite:///{folder}/gateway.db", load_keys(Path(folder) / "keys"), "bench")
        if arguments.records:
            await long_register(store, arguments.records)
            await store.close()
            return
        await measure(store, 20, 1_000)  # Warm: statements prepared, file grown.
        print("sessions  CPU us per message  of it the loop  messages/s  INTENT ms: median  p99")
        for sessions in arguments.sessions:
            runs = [await measure(store, sessions, arguments.messages) for _ in range(arguments.rounds)]
            cpu, wall, waits = sorted(runs, key=lambda run: run[0])[len(runs) // 2]
            bare, _, _ = await measure(None, sessions, arguments.messages)
            each = 1e6 / arguments.messages
            p99 = statistics.quantiles(waits, n=100)[98] * 1e3
            median = statistics.median(waits) * 1e3
            costs = f"{(cpu - bare) * each:19.0f} {bare * each:15.0f}"
            print(f"{sessions:8} {costs} {arguments.messages / wall:11.0f} {median:18.2f} {p99:4.1f}")
        started = time.perf_counter()
        faults = await store.verify()
        count = (await store.counts()).records
        print(f"verify: {count} records in {time.perf_counter() - started:.2f} s, {len(faults)} faults")
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--records", type=int, default=0, help="measure a register of so many records instead")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 5, 20, 100])
    parser.add_argument("--url", help="an empty PostgreSQL database instead: postgresql://user@host/database")
    parser.add_argument("--folder", help="where the database is put (a real disk, not a memory file system)")
    uvloop.run(main(parser.parse_args()))
