"""Files made to exhaust a reader, as attachments, in a real worker: each ends held, within its budget, and the worker lives."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.model.findings import Reason
from gateway.model.looking import LooksFor
from gateway.workers.process import Nursery, Worker
from tests.bombs import Bomb, bombs
from tests.workers.mails import mail

CPU_S, MEMORY_KB = 2.0, 262_144
"""The budget of one message (threats.md H01)."""
SLACK = 2
"""On a machine that does nothing else it is the budget."""
# pdfium decodes the content of a page whole.
FATTER = {"150 MB of page": 2}
BOMBS = tuple(bombs())
BATCHES = 8
AT_ONCE = 2
"""As many as the cores of a small machine."""
HELD_FOR = frozenset((Reason.MESSAGE_UNCHECKED, Reason.ATTACHMENT_UNREADABLE, Reason.ATTACHMENT_UNPROTECTED))


def cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_kb(pid: int, what: str) -> int:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1])


def forget_peak(pid: int) -> int:
    """The memory in use; from here on VmHWM is the most that is (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory_kb(pid, "VmRSS")


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_each_bomb_is_held_within_its_budget(batch: int, nursery: Nursery) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(bomb: Bomb) -> None:
        async with places:
            await is_held(*bomb, nursery)

    async with asyncio.TaskGroup() as group:
        for bomb in BOMBS[batch::BATCHES]:
            group.create_task(in_turn(bomb))


async def is_held(what: str, name: str, make: Callable[[], bytes], nursery: Nursery) -> None:
    raw = mail(await asyncio.to_thread(make), name)
    worker = Worker(nursery, LooksFor(), 1 << 30, 20)
    try:
        await worker.ready()
        spent, used = cpu_s(worker.pid), forget_peak(worker.pid)
        async with asyncio.timeout(60):
            examined = await worker.examine(raw, LooksFor())
        assert examined.findings.reasons & HELD_FOR, what
        assert cpu_s(worker.pid) - spent < CPU_S * SLACK, what
        assert memory_kb(worker.pid, "VmHWM") - used - len(raw) // 1024 < MEMORY_KB * FATTER.get(what, 1), what
    finally:
        worker.end()
