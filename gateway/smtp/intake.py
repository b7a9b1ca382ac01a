"""The content of one message while it arrives, by DATA or by BDAT.

Promises: DATA ends at CRLF.CRLF only, a chunk at its last octet, also where the content is refused: what follows is the next command.
`deadline` is when the peer has been silent for too long; `stalls` tells whether it is too slow on the whole.
On failure of the peer: `Gone`. Of the disk: `failed`, and nothing is kept; when it is read, OSError.
"""

import asyncio
from collections.abc import Callable

from gateway.model.settings import Limits
from gateway.model.smtp import Content, Reply
from gateway.smtp import replies
from gateway.smtp.inlet import Gone, Inlet, Sink
from gateway.smtp.pile import Budget, Pile
from gateway.smtp.wire import DataScanner, content_of

# A sender that ignores 552 may go on to this many times the limit before we hang up.
OVERRUN = 2
# The first minute of a message is not judged by its rate: TLS, scanning proxies and slow starts need it.
RATE_GRACE_S = 60.0
NEVER = float("inf")


class Intake:
    """What has come of one message."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inlet: Inlet, pile: Pile, limits: Limits, say: Callable[[Reply], None]) -> None:
        self._loop = loop
        self._inlet = inlet
        self._pile = pile
        self._limits = limits
        self._say = say
        self._scanner: DataScanner | None = None
        self._rate_from = NEVER
        self._chunk_bytes = 0
        self._chunks: Reply | None = None
        self.deadline = NEVER

    @property
    def receiving(self) -> bool:
        """The content of DATA is on its way."""
        return self._scanner is not None

    @property
    def is_open(self) -> bool:
        """What comes next is content, of DATA or of a chunk."""
        return self.deadline != NEVER

    @property
    def in_chunks(self) -> bool:
        """A chunk has come, so that DATA and RCPT are out of order."""
        return self._chunks is not None

    @property
    def failed(self) -> bool:
        return self._pile.failed

    def stalls(self, now: float) -> bool:
        if self._scanner is None or now < self._rate_from + RATE_GRACE_S:
            return False
        return self._scanner.received < (now - self._rate_from) * self._limits.data_bytes_per_s

    async def data(self) -> Reply | None:
        """Everything up to the final dot; why it is refused."""
        self._scanner = scanner = DataScanner(self._limits.message_bytes, self._pile)
        self._rate_from = self._loop.time()
        await self._pour(self._until_dot)
        self._scanner = None
        if scanner.too_long:
            return replies.TOO_BIG
        return replies.NO_ROOM if self._pile.failed else None

    def _until_dot(self, block: bytes) -> bytes | None:
        assert self._scanner is not None
        self._came()
        rest = self._scanner.feed(block)
        if rest is None and self._scanner.received > OVERRUN * self._limits.message_bytes:
            self._say(replies.TOO_BIG)
            raise Gone
        return rest

    def _came(self) -> None:
        self.deadline = self._loop.time() + self._limits.data_timeout_s

    async def _pour(self, take: Sink) -> None:
        """Everything into `take`; only then is the peer not waited for any more."""
        self._came()
        await self._inlet.pour(take)
        self.deadline = NEVER

    async def chunk(self, size: int, refusal: Reply | None) -> Reply | None:
        """Take a chunk of BDAT, which is thrown away for `refusal`; why it was refused, in the end."""
        refusal = refusal or self._chunk_refusal(size)
        await self._octets(size, keep=refusal is None)
        return refusal

    def _chunk_refusal(self, size: int) -> Reply | None:
        if self._chunks not in (None, replies.OK):
            return self._chunks
        self._chunk_bytes += size
        return replies.TOO_BIG if self._chunk_bytes > self._limits.message_bytes else None

    async def _octets(self, size: int, *, keep: bool) -> None:
        if size > OVERRUN * self._limits.message_bytes:
            self._say(replies.TOO_BIG)
            raise Gone
        missing = size

        def take(block: bytes) -> bytes | None:
            nonlocal missing
            self._came()
            if keep:
                self._pile.append(memoryview(block)[:missing])
            rest = block[missing:] if len(block) >= missing else None
            missing -= len(block)
            return rest

        if size:
            await self._pour(take)

    def chunk_taken(self) -> None:
        self._chunks = replies.OK

    def chunk_failed(self) -> None:
        """Every further chunk of this message fails too (RFC 3030 3)."""
        self._chunks = replies.CHUNKS_FAILED
        self._pile.close()

    async def content(self, room: Budget, *, by_bdat: bool) -> Content:
        """All that came. What lies on disk takes `room` while it is in memory as a whole, at the longest until `close`."""
        filed = self._pile.filed(room)
        raw = self._pile.whole() if filed is None else await filed.whole()
        return content_of(raw, by_bdat=by_bdat, on_disk=filed)

    def close(self) -> None:
        self._pile.close()
