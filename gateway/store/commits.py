"""Group commit: what many connections want written at the same moment shares one transaction.

Promises: an awaited write returns when it is on disk. A batch goes when the event loop has nothing else to do, at the latest after
5 ms (`lull`); results that nobody awaits go with it, or after 20 ms. What comes while a batch is written shares the next.
On failure: everybody who waits for that batch gets `StoreUnavailable` and nothing of it is visible; results are kept and tried
again, because what they tell has already happened.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from gateway.model.frozen import frozen
from gateway.model.records import Entry
from gateway.model.store import StoreUnavailable
from gateway.store.lull import Lull
from gateway.store.sql import Operation, Row, Sql, T, Work

log = structlog.get_logger()

RESULT_LINGER_S = 0.020
"""The longest that a RESULT waits for an INTENT's commit to travel with (architecture, Order)."""
RETRY_S = 1.0
"""How often results are tried again while the store cannot write."""


@frozen
class Job:
    """One caller's part of a batch: entries for the chain, or work with entries of its own."""

    entries: tuple[Entry, ...] = ()
    work: Work | None = None
    done: "asyncio.Future[Any] | None" = None


@frozen
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
        self._lull = Lull(self._loop, self._begin)
        self._go = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        self._closing = False
        self._writer = self._loop.create_task(self._write_batches(), name="store commits")

    @property
    def closed(self) -> bool:
        return self._closing

    def write(self, entries: tuple[Entry, ...] = (), work: Work | None = None) -> "asyncio.Future[Any]":
        """The outcome, once it is on disk."""
        if self._closing:
            raise StoreUnavailable("the store is closed")
        done = self._loop.create_future()
        self._waiting.append(Job(entries, work, done))
        if not self._busy:
            self._lull.begin()
        return done

    def later(self, entry: Entry) -> None:
        """Take an entry into the next commit."""
        if self._closing:
            log.error("record_after_close", message=entry.message, event_=entry.event)
            return
        self._results.append(Job((entry,)))
        self._look_within(RESULT_LINGER_S)

    async def drain(self) -> None:
        """Everything handed over so far is on disk."""
        if self._busy or self._waiting or self._results:
            await self.write()
        await self._engine.sync()

    async def close(self) -> None:
        """Drain, then stop; what cannot be written any more is logged."""
        try:
            await self.drain()
        except StoreUnavailable:
            log.error("records_unwritten", results=len(self._results))
        self._closing = True
        self._go.set()
        await self._writer

    def _look_within(self, seconds: float) -> None:
        """See to results then; a batch that takes them sooner leaves the timer as it is: to make a new one each time costs more."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._results and not self._busy:
            self._lull.begin()

    def _begin(self) -> None:
        if not self._busy:
            self._busy = True
            self._go.set()

    async def _write_batches(self) -> None:
        while not self._closing:
            await self._go.wait()
            self._go.clear()
            if self._waiting or self._results:
                await self._write_batch()
            self._busy = False
            if self._waiting:  # They came while it was written.
                self._lull.begin()
            elif self._results:
                self._look_within(RESULT_LINGER_S)
        self._refuse(self._waiting, StoreUnavailable("the store is closed"))

    async def _write_batch(self) -> None:
        waiting, self._waiting = self._waiting, []
        results, self._results = self._results, []
        try:
            outcomes = await self._engine.commit(results + waiting)
        except Exception as error:  # This task serves everybody: it must outlive whatever a batch does.
            self._results = results + self._results
            if self._results:
                self._look_within(RETRY_S)
            self._refuse(waiting, error if isinstance(error, StoreUnavailable) else StoreUnavailable(str(error)))
        else:
            for job, outcome in zip(waiting, outcomes[len(results) :], strict=True):
                _answer(job, outcome)

    def _refuse(self, jobs: list[Job], error: StoreUnavailable) -> None:
        for job in jobs:
            _answer(job, Failed(error))


def _answer(job: Job, outcome: Any) -> None:
    if job.done is None or job.done.done():  # Its caller was cancelled; what it wrote stays written.
        return
    if isinstance(outcome, Failed):
        job.done.set_exception(outcome.error)
    else:
        job.done.set_result(outcome)
