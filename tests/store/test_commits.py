"""When a batch goes: at once for who is alone, together for all who are about to come, and never later than the limit."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.store import lull
from gateway.store.commits import RESULT_LINGER_S, GroupCommit, Job
from tests.store.values import entry

LONG_S = 60.0
"""A limit that no test waits for."""
BUSY_S = 0.001
"""Far longer than an empty round of the loop, far shorter than a limit."""


class Notebook:
    """An engine that notes the size of each batch; a gate keeps it waiting, an error refuses."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def commit(self, jobs: list[Job]) -> list[int]:
        self.batches.append(len(jobs))
        self.begun.put_nowait(len(jobs))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return list(range(len(jobs)))

    async def sync(self) -> None: ...


@pytest.fixture
async def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def commits(notebook: Notebook) -> GroupCommit:
    return GroupCommit(notebook)  # type: ignore[arg-type]  # What a group commit uses of an engine.


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull, "LINGER_S", LONG_S)


async def busy(rounds: int, then: Callable[[], "asyncio.Future[object]"]) -> None:
    """A session that works for some rounds of the loop before it writes."""
    for _ in range(rounds):
        time.sleep(BUSY_S)  # noqa: ASYNC251 - it stands for work of the loop's own thread.
        await asyncio.sleep(0)
    await then()


@pytest.mark.usefixtures("unlimited")
async def test_who_is_alone_does_not_wait_for_the_limit(commits: GroupCommit, notebook: Notebook) -> None:
    async with asyncio.timeout(LONG_S / 2):
        await commits.write()
    assert notebook.batches == [1]


@pytest.mark.usefixtures("unlimited")
async def test_all_who_are_about_to_write_share_a_batch(commits: GroupCommit, notebook: Notebook) -> None:
    async with asyncio.timeout(LONG_S / 2):
        await asyncio.gather(*(busy(rounds, commits.write) for rounds in range(8)))
    assert notebook.batches == [8]


async def test_a_loop_that_never_rests_holds_nobody_back_beyond_the_limit(commits: GroupCommit, notebook: Notebook) -> None:
    hog = asyncio.get_running_loop().create_task(busy(100_000, commits.write))
    started = time.monotonic()
    async with asyncio.timeout(LONG_S):
        await commits.write()
    assert time.monotonic() - started >= lull.LINGER_S
    assert notebook.batches == [1]
    hog.cancel()
    with suppress(asyncio.CancelledError):
        await hog


@pytest.mark.usefixtures("unlimited")
async def test_what_comes_while_a_batch_is_written_shares_the_next(commits: GroupCommit, notebook: Notebook) -> None:
    notebook.gate.clear()
    first = commits.write()
    await notebook.begun.get()
    others = [commits.write() for _ in range(5)]
    await asyncio.sleep(0.01)
    assert notebook.batches == [1]
    notebook.gate.set()
    async with asyncio.timeout(LONG_S / 2):
        await asyncio.gather(first, *others)
    assert notebook.batches == [1, 5]


async def test_a_result_goes_though_nobody_waits_for_it(commits: GroupCommit, notebook: Notebook) -> None:
    commits.later(entry("m1", Event.RESULT))
    async with asyncio.timeout(LONG_S):
        assert await notebook.begun.get() == 1


async def test_a_result_that_comes_while_a_batch_is_written_goes_too(commits: GroupCommit, notebook: Notebook) -> None:
    notebook.gate.clear()
    commits.later(entry("m1", Event.RESULT))
    await notebook.begun.get()
    commits.later(entry("m2", Event.RESULT))
    await asyncio.sleep(2 * RESULT_LINGER_S)  # Its timer finds the engine busy.
    notebook.gate.set()
    async with asyncio.timeout(LONG_S):
        assert await notebook.begun.get() == 1


async def test_a_refused_batch_leaves_its_results_for_the_next(commits: GroupCommit, notebook: Notebook) -> None:
    notebook.error = OSError("disk")
    commits.later(entry("m1", Event.RESULT))
    with pytest.raises(StoreUnavailable):
        await commits.write()
    notebook.error = None
    await commits.write()
    assert notebook.batches == [2, 2]
