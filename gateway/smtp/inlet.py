"""What a peer has sent and nobody has read yet.

Promises: bounded memory (reading from the socket pauses above HIGH_BYTES, and on demand), lines exactly as they came, no timer.
On failure: `Gone`, once the peer closed, was lost, or was given up by `close`.
Why not asyncio.StreamReader: bytes behind the final dot must go back (RFC 2920), and a line costs a third here.
"""

import asyncio
from collections.abc import Callable

# A quarter of a megabyte holds any group of pipelined commands; block reads of content get faster up to about this size.
HIGH_BYTES = 262_144

Sink = Callable[[bytes], bytes | None]
"""Takes what comes; gives back None for more, or what was too much."""


class Gone(Exception):
    """There is nobody to read from any more."""


class Inlet:
    """A buffer between a transport and one reader."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._bytes = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._held = False
        self._sink: Sink | None = None
        self._fault: Exception | None = None
        self.transport: asyncio.Transport | None = None
        self.closed = False
        self.events = 0
        """How often something came: a reply flushed at event n was seen by a peer that caused event n + 1."""

    def __len__(self) -> int:
        return len(self._bytes)

    def feed(self, data: bytes) -> None:
        if self.closed:
            return  # The peer was given up and told so: the end of its message, a moment later, must not be taken all the same.
        self.events += 1
        if self._sink is None:
            self._keep(data)
        else:
            self._pour(data)

    def _keep(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > HIGH_BYTES:
            self._pause()
        self._wake()

    def _pause(self) -> None:
        if not self._paused and self.transport is not None and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def hold(self) -> None:
        """Hear nothing more until `release`."""
        self._held = True
        self._pause()

    def release(self) -> None:
        self._held = False
        self._resume()

    def end(self) -> None:
        """The peer closed its side in order."""
        self.events += 1
        self.close()

    def close(self) -> None:
        """No more will come, or is taken; what is buffered can still be read."""
        self.closed = True
        self._wake()

    def clear(self) -> None:
        """Forget what is buffered (RFC 3207: nothing from before the handshake counts after it)."""
        self._bytes.clear()
        self._resume()

    def put_back(self, data: bytes) -> None:
        self._bytes[:0] = data

    def line_here(self, limit: int) -> bytes | None:
        """The next line with its LF, if all of it is here; ValueError when it is longer than `limit`."""
        at = self._bytes.find(b"\n", 0, limit)
        if at >= 0:
            return self._take(at + 1)
        if len(self._bytes) >= limit:
            raise ValueError("line too long")
        return None

    async def pour(self, sink: Sink) -> None:
        """Hand everything to `sink` the moment it comes, until it gives back what is not for it.

        A thousand connections are often readable at once: what each of them has just received must not lie here until their tasks run.
        """
        rest = sink(self._take(len(self._bytes))) if self._bytes else None
        if rest is not None:
            self.put_back(rest)
            return
        self._sink = sink
        try:
            while self._is_pouring():
                await self.more()
        finally:
            self._sink = None
        if self._fault is not None:
            raise self._fault

    def _is_pouring(self) -> bool:
        return self._sink is not None

    def _pour(self, data: bytes) -> None:
        assert self._sink is not None
        try:
            rest = self._sink(data)
        except Exception as error:
            # Kept, not only handed to the waiter, which may have been woken already: half a message must never look like a whole one.
            self._fault, self._sink = error, None
            self._wake()
            return
        if rest is not None:
            self._sink = None
            self._keep(rest)

    # The three names that aiosmtpd's PROXY parser calls.
    async def read(self, n: int = -1) -> bytes:
        while not self._bytes:
            await self.more()
        return self._take(len(self._bytes) if n < 0 else min(n, len(self._bytes)))

    async def readexactly(self, n: int) -> bytes:
        while len(self._bytes) < n:
            await self.more()
        return self._take(n)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        while (line := self.line_here(256)) is None:
            await self.more()
        return line

    def _take(self, n: int) -> bytes:
        data = bytes(self._bytes) if n == len(self._bytes) else bytes(memoryview(self._bytes)[:n])
        del self._bytes[:n]
        if self._paused:
            self._resume()
        return data

    def _resume(self) -> None:
        if self._paused and not self._held and len(self._bytes) <= HIGH_BYTES // 2:
            self._paused = False
            if self.transport is not None and not self.transport.is_closing():
                self.transport.resume_reading()

    def more(self) -> asyncio.Future[None]:
        """What to await until something has come; Gone where nothing will."""
        if self.closed:
            raise Gone
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
