"""Content from its first byte to our reply: in memory while there is room for it, then in a nameless file.

Promises: a thousand large messages at once take a bounded amount of memory; a file is gone when its message is, also after a crash.
What lies in a file is in memory as a whole only while somebody must see it as a whole; it leaves from the file, piece by piece.
On failure to write the file: `failed`, and nothing is kept; the listener answers 452. To read it: OSError, never less than all of it.
"""

import asyncio
import errno
import io
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from typing import IO

# What every message may keep without asking: nearly all council mail without attachments is smaller.
FREE_BYTES = 65_536
# Read from a file at a time: with as much in the transport's buffer, content on its way out takes what every message may keep.
# Read in the loop: it comes from the page cache, in 4 us (measured).
FILE_PIECE_BYTES = FREE_BYTES // 2


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


class Filed:
    """Content in a nameless file, which nobody else can change, and the room it takes while all of it is in memory too."""

    def __init__(self, file: IO[bytes], size: int, room: Budget) -> None:
        self._file = file
        self._size = size
        self._room = room
        self._taken = 0

    async def whole(self) -> bytes:
        """All of it, once there is room; that is taken until `let_go`."""
        await self._room.take(self._size)
        self._taken = self._size
        return await asyncio.to_thread(lambda: b"".join(self.pieces(self._size)))

    def let_go(self) -> None:
        """It is not in memory any more. A second time does nothing."""
        taken, self._taken = self._taken, 0
        if taken:
            self._room.give(taken)

    def pieces(self, most_bytes: int = FILE_PIECE_BYTES) -> Iterator[bytes]:
        """All of it in order, from the beginning each time."""
        at = 0
        while at < self._size:
            piece = os.pread(self._file.fileno(), min(most_bytes, self._size - at), at)
            if not piece:
                raise OSError(errno.EIO, "the file is shorter than what was written")
            at += len(piece)
            yield piece


class Pile:
    """Bytes in order, kept within a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._bytes = io.BytesIO()  # Hands out all that was written without a copy.
        self._file: IO[bytes] | None = None
        self._filed: Filed | None = None
        self._taken = 0
        self.size = 0
        self.failed = False

    def append(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        if self.failed:
            return
        if self._file is None and not self._may_keep(len(data)):
            self._spill()
        if self._file is None:
            self._bytes.write(data)
        else:
            self._write(data)

    def whole(self) -> bytes:
        """All of it, where it is in memory: it counts there until `close`."""
        return self._bytes.getvalue()

    def filed(self, room: Budget) -> Filed | None:
        """What reads it into `room`, where it lies on disk; good until `close`."""
        if self._file is not None and self._filed is None:
            self._filed = Filed(self._file, self.size, room)
        return self._filed

    def close(self) -> None:
        """Forget everything."""
        self._budget.give(self._taken)
        self._taken = 0
        self._bytes = io.BytesIO()
        if self._filed is not None:
            self._filed.let_go()
            self._filed = None
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
        kept = self._bytes.getvalue()
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as the message
        except OSError:
            self._fail()
            return
        self._budget.give(self._taken)
        self._taken, self._bytes = 0, io.BytesIO()
        self._write(kept)

    def _write(self, data: bytes | memoryview) -> None:
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
