"""What several SMTP processes on one SQLite file would win: messages per second, CPU and waiting, for 1, 2 and 4 writers.

    python -m bench.bench_writers [--messages 4000] [--sessions 16] [--folder /var/tmp]

The same sessions are shared out among the processes; each writes a chain of its own (INTENT awaited, RESULT lazy). CPU is that of
all processes with their writer's threads; waiting is for the INTENT to be on disk.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import asyncio
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import uvloop

from bench.bench_store import session
from gateway.store import load_keys, open_store

WRITERS = (1, 2, 4)


async def write(folder: Path, number: int, sessions: int, messages: int, ready: Barrier) -> tuple[float, float, list[float]]:
    """One process's part: wall time, CPU and waits."""
    store = await open_store(f"sqlite:///{folder}/gateway.db", load_keys(folder / "keys"), f"serve-{number}")
    waits: list[float] = []
    await session(store, f"{number}-warm", 10, [])
    ready.wait()
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for one in range(sessions):
            group.create_task(session(store, f"{number}-{one}", messages // sessions, waits))
    await store.close()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, waits


def process(
    folder: Path, number: int, sessions: int, messages: int, ready: Barrier, found: "Queue[tuple[float, float, list[float]]]"
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found.put(runner.run(write(folder, number, sessions, messages, ready)))


def measure(folder: Path, writers: int, sessions: int, messages: int) -> dict[str, float]:
    load_keys(folder / "keys")
    context = multiprocessing.get_context("spawn")
    ready, found = context.Barrier(writers), context.Queue()
    shares = [(folder, number, sessions // writers, messages // writers, ready, found) for number in range(writers)]
    processes = [context.Process(target=process, args=share) for share in shares]
    for each in processes:
        each.start()
    parts = [found.get() for _ in processes]
    for each in processes:
        each.join()
    waits = sorted(wait for _, _, some in parts for wait in some)
    return {
        "writers": writers,
        "sessions": sessions,
        "messages_per_s": round(len(waits) / max(took for took, _, _ in parts)),
        "cpu_us": round(1e6 * sum(cpu for _, cpu, _ in parts) / len(waits)),
        "wait_ms_median": round(1e3 * statistics.median(waits), 2),
        "wait_ms_p99": round(1e3 * waits[len(waits) * 99 // 100], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--sessions", type=int, default=16)
    parser.add_argument("--folder", default=None, help="where the databases are made; tmpfs would not sync")
    asked = parser.parse_args()
    for writers in WRITERS:
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            print(json.dumps(measure(Path(name), writers, asked.sessions, asked.messages)), flush=True)


if __name__ == "__main__":
    main()
