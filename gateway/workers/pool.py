"""Warm processes that examine messages, and the rule which message needs one.

Promises: `examine` always ends: within the wall time once a worker has the message, with `Busy` if none gets free. A message that
kills its worker, or takes too long or too much memory, is `message.unchecked` (held towards insecure recipients); others never
notice. Whatever happens there are `count` workers again, for one that died while idle at the latest when a message wants it.
On failure: `Unavailable` when workers cannot be started at all: the message is not at fault, so the client is asked to come again.
"""

import asyncio
import subprocess
from contextlib import suppress
from time import perf_counter

from gateway.mail import read
from gateway.model.looking import LooksFor
from gateway.model.message import Message, Role
from gateway.workers.examine import NOTHING_SEALED, Examined, examine_now, given_up, judge
from gateway.workers.lock import CannotLock, LockedMessage, Locking
from gateway.workers.process import Nursery, Worker, WorkerFailed

IN_PROCESS_BYTES = 32_768
"""Up to here a message of bodies only is checked in the listener's process: at the checks' slowest (300 us per KB) it holds the
loop for 10 ms, and a hop to a worker costs an ordinary mail more than all its checks."""
PLAIN = b"From: a@b\nSubject: warm up\n\nThe first message pays for every table and pattern.\n"
WAITING_PER_WORKER = 64
WAIT_S = 60.0
"""For a free worker. With the 20 s of one examination it stays below the 100 s that Postfix gives a proxy filter."""
ATTEMPTS = 10
"""Workers that a message meets dead before none is believed to start. A machine short of memory kills one after another."""
LOCK_S = 60.0
"""Locking a large PDF is slow in its library; longer than this and the sender is better told to ask a person."""
LOCKED_AT_ONCE = 1
"""Beside the workers of the pool."""
END_S = 5.0
"""For the killed nursery to be gone when closing."""
_TOO_LONG = "reading and checking the message took too long"
_NOT_LOCKED = "Locking the files took too long or too much memory. Ask your lead contact for help."
_ENDED = "reading and checking the message took more memory or time than is allowed"


class Busy(Exception):
    """More messages wait for a worker than may wait, or one waited too long: 451."""


class Unavailable(Exception):
    """Workers do not start, or are closed: 451."""


class Workers:
    """A pool of worker processes. `replaced` counts those that were lost to a message or to something outside.

    A nursery that is given is shared with others and stays when the pool closes.
    """

    def __init__(self, count: int, wall_s: float, memory_bytes: int, looks_for: LooksFor, nursery: Nursery | None = None) -> None:
        if count < 1:
            raise ValueError("at least one worker")
        self._count, self._wall_s, self._memory_bytes = count, wall_s, memory_bytes
        self._looks_for = looks_for
        self._idle: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        self._all: set[Worker] = set()
        self._nursery = nursery or Nursery()
        self._owns_nursery = nursery is None
        self._waiting = 0
        self._locking = asyncio.Semaphore(LOCKED_AT_ONCE)
        self._closed = asyncio.Event()
        self.replaced = 0

    async def start(self) -> None:
        """Start every worker and wait until each is warm, and this process too. Raises Unavailable."""
        try:
            self.begin()
        except Unavailable:
            await self.close()
            raise
        await self.ready()

    def begin(self) -> None:
        """Start every worker. They get warm by themselves; a message that comes before waits for them. Raises Unavailable."""
        for _number in range(self._count):
            self._idle.put_nowait(self._fill())

    def open(self) -> None:
        """Start none: each starts when a message wants it. For a command, most of which need no worker."""
        for _number in range(self._count):
            self._idle.put_nowait(None)

    async def ready(self) -> None:
        """Wait until each worker is warm, and this process for the mail that it checks itself. Raises Unavailable."""
        await asyncio.to_thread(examine_now, PLAIN, self._looks_for)
        for worker in tuple(self._all):
            try:
                await worker.ready()
            except WorkerFailed as failure:
                if worker in self._all:  # else a message that came early met it, and it is replaced
                    await self.close()
                    raise Unavailable("the check workers do not start") from failure

    @property
    def are_confined(self) -> bool:
        """Whether a worker that a file takes over can only compute (workers.confine)."""
        return all(worker.is_confined for worker in self._all)

    async def examine(self, raw: bytes, looks_for: LooksFor | None = None, sealed: frozenset[str] = NOTHING_SEALED) -> Examined:
        """Read and check a message. Raises Busy or Unavailable, which say nothing about the message.

        `sealed` are the digests of files in it that `lock` made a moment ago.
        """
        started = perf_counter()
        wanted = looks_for or self._looks_for
        self._looks_for = wanted  # so that workers started from now on know it from the start
        if len(raw) <= IN_PROCESS_BYTES:
            message = read(raw)
            if is_plain(message):
                return judge(message, wanted, started)
        worker = await self._take()
        try:
            return await self._examine(worker, raw, wanted, sealed, started)
        finally:
            self._put_back(worker)

    async def _examine(self, worker: Worker, raw: bytes, looks_for: LooksFor, sealed: frozenset[str], started: float) -> Examined:
        try:
            async with asyncio.timeout(self._wall_s):
                return await worker.examine(raw, looks_for, sealed)
        except TimeoutError:
            words = _TOO_LONG
        except WorkerFailed:
            words = _ENDED
        if self._closed.is_set():
            raise Unavailable("the check workers are closed")
        self.replaced += 1
        return given_up(raw, words, perf_counter() - started)

    async def lock(self, raw: bytes, locking: Locking, looks_for: LooksFor) -> LockedMessage:
        """Lock a message's files in a worker of its own, which ends with it: it knows the password, and other mail need not wait.

        Raises CannotLock, and Unavailable, which says nothing about the message.
        """
        async with self._locking:
            if self._closed.is_set():
                raise Unavailable("the check workers are closed")
            worker = self._extra()
            try:
                await worker.ready()
                async with asyncio.timeout(LOCK_S):
                    return await worker.lock(raw, locking, looks_for)
            except (TimeoutError, WorkerFailed) as failure:
                raise CannotLock(_NOT_LOCKED) from failure
            finally:
                worker.end()

    async def _take(self) -> Worker:
        """A warm worker for us alone."""
        late = perf_counter() + WAIT_S
        for _attempt in range(ATTEMPTS):
            worker = await self._next()
            try:
                await worker.ready()
                if not worker.is_lost:
                    return worker
            except WorkerFailed:
                pass
            except asyncio.CancelledError:
                self._put_back(worker)
                raise
            # It died while idle or starting: its place is tried again with a new one.
            worker.is_spent = True
            self.replaced += 1
            self._put_back(worker)
            if perf_counter() > late:
                break
        raise Unavailable("the check workers do not start")

    async def _next(self) -> Worker:
        if self._closed.is_set():
            raise Unavailable("the check workers are closed")
        if self._waiting >= WAITING_PER_WORKER * self._count:
            raise Busy("too many messages wait for a check worker")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                worker = await self._idle.get()
        except TimeoutError:
            raise Busy("no check worker became free") from None
        finally:
            self._waiting -= 1
        if self._closed.is_set():
            self._idle.put_nowait(None)  # wakes the next who waits
            raise Unavailable("the check workers are closed")
        return worker or self._fill()

    def _fill(self) -> Worker:
        """A worker for a place that is empty because none could be started."""
        try:
            return self._spawn()
        except OSError as error:
            self._idle.put_nowait(None)
            raise Unavailable("a check worker cannot be started") from error

    def _put_back(self, worker: Worker) -> None:
        if worker.is_spent or self._closed.is_set():
            self._end(worker)
            self._idle.put_nowait(self._successor())
        else:
            self._idle.put_nowait(worker)

    def _successor(self) -> Worker | None:
        """Started at once, so that it is warm before the next message comes; None if that cannot be."""
        if self._closed.is_set():
            return None
        try:
            return self._spawn()
        except OSError:
            return None

    def _spawn(self) -> Worker:
        worker = Worker(self._nursery, self._looks_for, self._memory_bytes, self._wall_s)
        self._all.add(worker)
        return worker

    def _extra(self) -> Worker:
        """One that is not of the pool."""
        try:
            return Worker(self._nursery, self._looks_for, self._memory_bytes, LOCK_S)
        except OSError as error:
            raise Unavailable("a worker cannot be started") from error

    def _end(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.end()

    async def close(self) -> None:
        """End every worker. Whoever still waits for an answer gets Unavailable."""
        self._closed.set()
        for worker in self._all:
            worker.kill()
        while not self._idle.empty():
            idle = self._idle.get_nowait()
            if idle is not None:
                self._end(idle)
        process = self._nursery.end() if self._owns_nursery else None
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, END_S)


def is_plain(message: Message) -> bool:
    """Nothing but bodies and reports: no parser of anyone else will see its bytes."""
    return all(part.role in (Role.BODY, Role.REPORT) and part.media_type.startswith(("text/", "message/")) for part in message.leaves)
