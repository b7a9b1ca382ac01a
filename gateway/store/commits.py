"""Group commit: what many connections want written at the same moment shares one transaction.

Promises: an awaited write returns when it is on disk. A batch goes as soon as as many wait as did last time, or after 2 ms; results
that nobody awaits go with it, or after 20 ms.
On failure: everybody who waits for that batch gets `StoreUnavailable` and nothing of it is visible; results are kept and tried
again, because what they tell has already happened.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from gateway.model.store import Entry, StoreUnavailable
from gateway.store.sql import Operation, Row, Sql, T, Work

log = structlog.get_logger()

LINGER_S = 0.002
"""The longest that a commit waits for company: with 20 sessions it brings 19 into one batch (a record costs 41 us of CPU in a
batch of five, 24 in one of twenty)."""
RESULT_LINGER_S = 0.020
"""The longest that a RESULT waits for an INTENT's commit to travel with (architecture, Order)."""
RETRY_S = 1.0
"""How often results are tried again while the store cannot write."""


@dataclass(frozen=True, slots=True)
class Job:
    """One caller's part of a batch: entries for the chain, or work with entries of its own."""

    entries: tuple[Entry, ...] = ()
    work: Work | None = None
    done: "asyncio.Future[Any] | None" = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The outcome of a job that was undone while the rest of its batch was committed."""

    error: Exception


class Engine(Protocol):
    """A database: commits batches one at a time, answers questions beside that."""

    async def commit(self, jobs: list[Job]) -> list[Any]:
        """One transaction; an outcome for each job. StoreUnavailable: nothing of it happened."""

    async def read(self, operation: Callable[[], Operation[T]]) -> T: ...

    async def audit(self, question: Sql, take: Callable[[Row], None]) -> None:
        """Show every row, whatever is in it. StoreUnavailable if the database itself is damaged."""

    async def damage(self, table: str) -> tuple[str, ...]:
        """What is wrong with a table and its indexes underneath its rows: an index that lies hides a record from a search."""

    async def liveness(self) -> Callable[[str], bool]:
        """Tells which writers' processes are alive."""

    async def scrub(self, *tables: str) -> None:
        """Overwrite what was deleted from these tables wherever the database still keeps it, as far as it can now."""

    async def sync(self) -> None:
        """The signed head is on disk too."""

    async def close(self) -> None: ...


class GroupCommit:
    """The queue in front of an engine, on the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Job] = []
        self._results: list[Job] = []
        self._expected = 1
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._busy = False
        self._closing = False
        self._writer = self._loop.create_task(self._write_batches(), name="store commits")

    @property
    def closed(self) -> bool:
        return self._closing

    async def write(self, job: Job) -> Any:
        """The job's outcome, once it is on disk."""
        if self.closed:
            raise StoreUnavailable("the store is closed")
        self._waiting.append(job)
        if len(self._waiting) >= self._expected:
            self._wake.set()
        else:
            self._wake_within(LINGER_S)
        assert job.done is not None
        return await job.done

    def later(self, entry: Entry) -> None:
        """Take an entry into the next commit."""
        if self._closing:
            log.error("record_after_close", message=entry.message, event_=entry.event)
            return
        self._results.append(Job((entry,)))
        self._wake_within(RESULT_LINGER_S)

    async def drain(self) -> None:
        """Everything handed over so far is on disk."""
        if self._busy or self._waiting or self._results:
            self._expected = 1  # Nobody is waited for.
            await self.write(Job(done=self._loop.create_future()))
        await self._engine.sync()

    async def close(self) -> None:
        """Drain, then stop; what cannot be written any more is logged."""
        try:
            await self.drain()
        except StoreUnavailable:
            log.error("records_unwritten", results=len(self._results))
        self._closing = True
        self._wake.set()
        await self._writer

    def _wake_within(self, seconds: float) -> None:
        due = self._loop.time() + seconds
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._wake.set)

    async def _write_batches(self) -> None:
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._waiting or self._results:
                self._busy = True
                await self._write_batch()
                self._busy = False
        self._refuse(self._waiting, StoreUnavailable("the store is closed"))

    async def _write_batch(self) -> None:
        waiting, self._waiting = self._waiting, []
        results, self._results = self._results, []
        try:
            outcomes = await self._engine.commit(results + waiting)
        except Exception as error:  # This task serves everybody: it must outlive whatever a batch does.
            self._results = results + self._results
            self._refuse(waiting, error if isinstance(error, StoreUnavailable) else StoreUnavailable(str(error)))
        else:
            for job, outcome in zip(waiting, outcomes[len(results) :], strict=True):
                _answer(job, outcome)
        # A small batch between larger ones is chance: what is expected falls by one at a time, at 2 ms each.
        self._expected = max(1, len(waiting), self._expected - 1)
        self._go_on()

    def _refuse(self, jobs: list[Job], error: StoreUnavailable) -> None:
        for job in jobs:
            _answer(job, Failed(error))
        if self._results:
            self._wake_within(RETRY_S)

    def _go_on(self) -> None:
        """What came in while the batch was written."""
        if len(self._waiting) >= self._expected:
            self._wake.set()
        elif self._waiting:
            self._wake_within(LINGER_S)


def _answer(job: Job, outcome: Any) -> None:
    if job.done is None or job.done.done():  # Its caller was cancelled; what it wrote stays written.
        return
    if isinstance(outcome, Failed):
        job.done.set_exception(outcome.error)
    else:
        job.done.set_result(outcome)
