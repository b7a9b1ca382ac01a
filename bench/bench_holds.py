"""What a long hold queue costs: 1,000 held messages listed, searched and released in bulk, in CPU and wall seconds.

    python -m bench.bench_holds [--holds 1000] [--rounds 5] [--check]

Each has a Word file and a record of its own; the store is SQLite on disk with every commit durable. `--check` fails where one of the
three takes more than a second of CPU.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from gateway.model.actions import NotPossible, Outcome
from gateway.service.people import Actor
from gateway.service.selecting import chosen, in_bulk, selection
from tests.files import docx
from tests.harness import letter, wire
from tests.service.office import office
from tests.service.queued import fill

# Issue 7: 1,000 held messages list, search and bulk-release within a second.
LIMIT_S = 1.0
SENDER, RECIPIENT = "foi@borough.gov.uk", "requester@example.org"

Timed = tuple[float, float]


async def timed(act: Callable[[], Awaitable[object]]) -> Timed:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    await act()
    return time.process_time() - cpu, time.perf_counter() - wall


async def one_round(folder: Path, count: int) -> dict[str, Timed]:
    message = letter(SENDER, [RECIPIENT], "Response", "As asked.")
    message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename="response.docx")
    async with office(folder) as at:
        await at.send(SENDER, [RECIPIENT], message)
        (first,) = await at.desk.store.holds()
        await fill(at, first, wire(message), count - 1)
        wanted = selection([f"sender={SENDER}", "reason=attachment.unprotected", "group=practitioners"])

        async def list_all() -> None:
            assert len(await at.desk.store.holds(limit=count)) == count

        async def search() -> None:
            assert len(chosen(await at.desk.store.holds(limit=count), wanted, at.desk.policy)) == count

        async def release() -> None:
            found = chosen(await at.desk.store.holds(limit=count), wanted, at.desk.policy)
            who = Actor("robin.hale")
            results = await in_bulk(found, lambda held: at.holds.release(held, by=who, why="public", tell=False))
            await at.holds.tell_released([result.held for _, result in results if isinstance(result, Outcome)])
            await at.desk.store.drain()
            assert not [result for _, result in results if isinstance(result, NotPossible)]

        return {"list": await timed(list_all), "search": await timed(search), "release": await timed(release)}


async def measure(count: int, rounds: int) -> dict[str, Timed]:
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(await one_round(Path(folder), count))
    return {
        name: (statistics.median(run[name][0] for run in runs), statistics.median(run[name][1] for run in runs))
        for name in ("list", "search", "release")
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--holds", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    results = asyncio.run(measure(args.holds, args.rounds))
    for name, (cpu, wall) in results.items():
        print(json.dumps({"bench": "holds", "action": name, "holds": args.holds, "cpu_s": round(cpu, 3), "wall_s": round(wall, 3)}))
    return 1 if args.check and max(cpu for cpu, _ in results.values()) > LIMIT_S else 0


if __name__ == "__main__":
    sys.exit(main())
