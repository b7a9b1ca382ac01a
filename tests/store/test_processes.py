"""Several processes on one SQLite file: two gateways that serve, two command lines that release the same holds."""

import asyncio
import sys
from pathlib import Path

from gateway.model.records import Event
from tests.store.child import MESSAGES, SESSIONS
from tests.store.conftest import Opener
from tests.store.values import hold, taken

HOLDS = 20


async def test_processes_beside_each_other_lose_nothing_and_release_once(
    opened: Opener, database: Path, tmp_path: Path, root: Path
) -> None:
    store = await opened("setup")
    await store.take_over(taken(entries=(), holds=tuple(hold(f"h{number}", f"h{number}") for number in range(HOLDS))))
    where = f"sqlite:///{database}", str(tmp_path / "keys")
    work = [("serve", "one"), ("serve", "two"), ("release-all", "ann"), ("release-all", "bob")]
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.store.child", mode, *where, name), cwd=root, stdout=asyncio.subprocess.DEVNULL
        )
        for mode, name in work
    ]
    assert await asyncio.gather(*(child.wait() for child in children)) == [0, 0, 0, 0]
    records = await store.records(limit=10_000)
    assert sum(record.entry.event is Event.INTENT for record in records) == 2 * SESSIONS * MESSAGES
    assert sum(record.entry.event is Event.RESULT for record in records) == 2 * SESSIONS * MESSAGES
    assert sum(record.entry.event is Event.RELEASED for record in records) == HOLDS
    assert {record.writer for record in records} <= {"gateway", "gateway-2", "cli", "cli-2"}
    assert (await store.counts()).queued == HOLDS
    assert await store.verify() == ()
