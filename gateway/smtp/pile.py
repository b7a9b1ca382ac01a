"""Content while it arrives: in memory while there is room for it, then in a nameless file.

Promises: a thousand large messages at once take a bounded amount of memory; a file is gone when its message is, also after a crash.
On failure to write the file: `failed`, and nothing is kept; the listener answers 452.
"""

import asyncio
import tempfile
from collections import deque
from typing import IO

# What every message may keep without asking: nearly all council mail without attachments is smaller.
FREE_BYTES = 65_536


class Budget:
    """Bytes that may be in memory at once."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.used = 0

    def try_take(self, size: int) -> bool:
        if self.used + size > self._limit:
            return False
        self.used += size
        return True

    async def take(self, size: int) -> None:
        """Wait in line for room; what is larger than the whole budget waits until it is alone."""
        if self._waiting or not self._fits(size):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((size, future))
            await future
        else:
            self.used += size

    def give(self, size: int) -> None:
        self.used -= size
        while self._waiting and self._fits(self._waiting[0][0]):
            size, future = self._waiting.popleft()
            self.used += size
            future.set_result(None)

    def _fits(self, size: int) -> bool:
        return self.used == 0 or self.used + size <= self._limit


class Pile:
    """Bytes in order, kept within a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._bytes = bytearray()
        self._file: IO[bytes] | None = None
        self._taken = 0
        self.size = 0
        self.failed = False

    @property
    def spilled(self) -> bool:
        return self._file is not None

    def append(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        if self.failed:
            return
        if self._file is None and not self._may_keep(len(data)):
            self._spill()
        if self._file is None:
            self._bytes += data
        else:
            self._write(data)

    def whole(self, start: int = 0) -> bytes:
        """Everything from `start` on, in memory. OSError where the file cannot be read."""
        if self._file is None:
            return bytes(memoryview(self._bytes)[start:])
        self._file.seek(start)
        return self._file.read()

    def close(self) -> None:
        """Forget everything."""
        self._budget.give(self._taken)
        self._taken = 0
        self._bytes = bytearray()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _may_keep(self, more: int) -> bool:
        if self.size <= FREE_BYTES:
            return True
        if not self._budget.try_take(more):
            return False
        self._taken += more
        return True

    def _spill(self) -> None:
        # Written in the loop: it goes to the page cache, at the speed of a copy (0.1 ms for a block).
        kept = self._bytes
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as the message
        except OSError:
            self._fail()
            return
        self._budget.give(self._taken)
        self._taken, self._bytes = 0, bytearray()
        self._write(kept)

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        if self._file is None:
            return
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            self._fail()

    def _fail(self) -> None:
        self.failed = True
        self.close()
