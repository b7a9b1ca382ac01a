"""One SMTP connection to a next hop: bytes out, replies in, in step.

Promises: a reply belongs to the command it answers (anything the host says unasked ends the connection); no reply is
larger than MAX_REPLY_BYTES; what is written by DATA has no bare CR or LF.
On failure: `Lost`, with `content_left` telling whether the end of the content may have been received.
"""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from typing import cast

import structlog

from gateway.model.judgement import Tls
from gateway.model.smtp import Capabilities, Content, Reply
from gateway.smtp.faults import describe
from gateway.smtp.heard import REMEMBERED_BYTES, Line, read_line, short_replies
from gateway.smtp.wire import dotted, in_one_chunk

log = structlog.get_logger(__name__)

# RFC 5321 4.5.3.1.5 allows 512 octets a line; EHLO and policy texts have some dozen lines. More is an attack or a broken host.
MAX_REPLY_BYTES = 65_536
# A peer that answers one by one while we write more would stop both; 100 RCPTs fill no socket buffer.
BATCH = 100
# Content that waits in the transport for a host that does not take it: a thousand uploads may stall at once, and over TLS uvloop
# would let each keep half a megabyte.
UNSENT_BYTES = 32_768
# A host that does not answer QUIT is left behind.
QUIT_TIMEOUT_S = 5.0


class Lost(Exception):
    """The connection broke, timed out, or spoke out of turn."""

    def __init__(self, words: str, *, content_left: bool = False, heard: Sequence[Reply] = ()) -> None:
        super().__init__(words)
        self.content_left = content_left
        self.heard = tuple(heard)
        """What was answered of the commands said together, before it broke."""


class HopConnection(asyncio.Protocol):
    """A connection that speaks SMTP; made by `gateway.smtp.dial`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.transport: asyncio.Transport | None = None
        self.keywords: dict[str, str] = {}
        self.level = Tls.NONE
        self.capabilities = Capabilities(False, False, False, 0, False, False, False)
        self.born = loop.time()
        self.idle_since = 0.0
        self._buffer = bytearray()
        self._lines: list[Line] = []
        self._reply_bytes = 0
        self._replies: list[Reply] = []
        self._wanted = 1  # the greeting
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = self._due = 0.0
        self._overdue = ""
        self._paused = False
        self._broken = ""
        self._retiring = False
        self._goodbye: asyncio.TimerHandle | None = None

    # -- what asyncio calls ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._use(cast(asyncio.Transport, transport))

    def _use(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(UNSENT_BYTES)

    def data_received(self, data: bytes) -> None:
        if self._retiring or self._broken:
            self.abort()
            return
        # Nearly always what is asked for comes in one piece, and no part of a reply waits for its end.
        if len(data) <= REMEMBERED_BYTES and not self._reply_bytes:
            replies = short_replies(data)
            if replies and len(self._replies) + len(replies) <= self._wanted:
                self._replies += replies
                self._wake()
                return
        self._read_lines(data)

    def _read_lines(self, data: bytes) -> None:
        self._buffer += data
        self._reply_bytes += len(data)
        while not self._broken:
            at = self._buffer.find(b"\n")
            if at < 0:
                break
            line = read_line(bytes(self._buffer[:at]))
            del self._buffer[: at + 1]
            self._take(line)
        if self._reply_bytes > MAX_REPLY_BYTES:
            self._break("reply too long")

    def eof_received(self) -> bool:
        self._break("closed by the next hop")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._break("connection lost")
        for timer in (self._goodbye, self._alarm):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._wake()

    # -- replies ---------------------------------------------------------------------------------------------------

    def _take(self, line: Line | None) -> None:
        if line is None or (self._lines and self._lines[0].code != line.code):
            return self._break("not an SMTP reply")
        self._lines.append(line)
        if line.more:
            return None
        lines, self._lines, self._reply_bytes = self._lines, [], len(self._buffer)
        if len(self._replies) >= self._wanted:
            # Nobody asked: a 421 before it closes, or a reply planted to answer our next command.
            return self._break("spoke out of turn")
        self._replies.append(Reply(line.code, line.status, "\n".join(one.text for one in lines), from_peer=True))
        return self._wake()

    def _break(self, words: str) -> None:
        if not self._broken:
            self._broken = words
            self.abort()
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _event(self, timeout_s: float, words: str) -> asyncio.Future[None]:
        """What to wait for: something happened."""
        self._overdue = words
        self._due = self._loop.time() + timeout_s
        # One alarm for all waits: nearly every one ends long before its time, so it is only set anew for an earlier end.
        if self._alarm is None or self._due < self._alarm_at:
            self._set_alarm()
        self._waiter = self._loop.create_future()
        return self._waiter

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = self._loop.call_at(self._due, self._ring), self._due

    def _ring(self) -> None:
        self._alarm = None
        if self._waiter is None or self._waiter.done() or self._broken:
            return
        if self._loop.time() < self._due:
            self._set_alarm()
        else:
            self._break(self._overdue)

    async def _collect(self, count: int, timeout_s: float) -> list[Reply]:
        while len(self._replies) < count:
            if self._broken:
                raise Lost(self._broken)
            await self._event(timeout_s, "no reply in time")
        replies = self._replies[:count]
        del self._replies[:count]
        self._wanted -= count
        return replies

    async def greeting(self, timeout_s: float) -> Reply:
        return (await self._collect(1, timeout_s))[0]

    async def ask(self, command: str, timeout_s: float) -> Reply:
        return (await self.ask_all((command,), timeout_s))[0]

    async def ask_all(self, commands: Sequence[str], timeout_s: float) -> list[Reply]:
        """Send commands, in groups where the host can take them, and return one reply each."""
        size = BATCH if self.capabilities.pipelining else 1
        replies: list[Reply] = []
        for start in range(0, len(commands), size):
            group = commands[start : start + size]
            self._write(("\r\n".join(group) + "\r\n").encode(), len(group))
            try:
                replies += await self._collect(len(group), timeout_s)
            except Lost as lost:
                raise Lost(str(lost), heard=(*replies, *self._replies)) from None
        return replies

    def _write(self, data: bytes | memoryview, expected: int) -> None:
        if self._broken or self.transport is None or self.transport.is_closing():
            raise Lost(self._broken or "connection lost")
        self._wanted += expected
        self.transport.write(data)

    # -- content ----------------------------------------------------------------------------------------------------

    async def data(self, prefix: bytes, content: Content, init_timeout_s: float, block_timeout_s: float, done_timeout_s: float) -> Reply:
        """Send by DATA a message without bare CR or LF, `prefix` being whole lines; the reply to it, or to DATA itself where that was
        refused."""
        # Two replies: the second may come in the same segment as the first, before a byte of content has left.
        self._write(b"DATA\r\n", 2)
        start = (await self._collect(1, init_timeout_s))[0]
        if start.code != 354:
            self._wanted -= 1
            if start.ok:
                self._break("not an SMTP reply to DATA")
                raise Lost("not an SMTP reply to DATA")
            return start
        return await self._upload(dotted(prefix, content), 0, block_timeout_s, done_timeout_s)

    async def bdat(self, prefix: bytes, content: Content, block_timeout_s: float, done_timeout_s: float) -> Reply:
        """Send by BDAT, bytes as they are (RFC 3030)."""
        return await self._upload(in_one_chunk(prefix, content), 1, block_timeout_s, done_timeout_s)

    async def _upload(self, pieces: Iterator[bytes], expected: int, block_timeout_s: float, done_timeout_s: float) -> Reply:
        self._wanted += expected
        if self._replies:
            return self._early()
        piece = self._read(pieces)
        while following := self._read(pieces):
            self._write(piece, 0)
            while self._paused and not self._replies and not self._broken:
                await self._event(block_timeout_s, "took no content in time")
            if self._replies:
                return self._early()
            piece = following
        # The end of the content is in the last piece, and only now it is certain that there is nothing left to be read.
        self._write(piece, 0)
        try:
            return (await self._collect(1, done_timeout_s))[0]
        except Lost as lost:
            raise Lost(str(lost), content_left=True) from None

    def _read(self, pieces: Iterator[bytes]) -> bytes:
        """The next piece; an empty one where there is no more."""
        try:
            return next(pieces, b"")
        except Exception as error:
            # Whatever it is: a QUIT in the middle of a chunk would be taken for the rest of it.
            log.error("content_unreadable", **describe(error))
            self._break("content cannot be read")
            raise Lost(self._broken) from error

    def _early(self) -> Reply:
        """The host answered before it had everything: its word counts if it is a no, and the connection is of no more use."""
        reply = self._replies.pop()
        self._break("replied during the content")
        if reply.ok:
            raise Lost("accepted an unfinished message", content_left=True)
        return reply

    # -- TLS and the end ----------------------------------------------------------------------------------------------

    async def start_tls(self, context: ssl.SSLContext, name: str, timeout_s: float) -> None:
        """The handshake after 220 to STARTTLS. Raises Lost or ssl.SSLError."""
        if self._reply_bytes or self._replies or self.transport is None or self._broken:
            # CVE-2011-0411 the other way round: plain text behind the 220 would be read as if it came over TLS, also the first lines
            # of a reply that would end there: '250-REQUIRETLS' before what the host itself says to EHLO.
            self._break("plain text after STARTTLS")
            raise Lost("plain text after STARTTLS")
        try:
            transport = await self._loop.start_tls(self.transport, self, context, server_hostname=name, ssl_handshake_timeout=timeout_s)
        except (ConnectionError, TimeoutError) as error:
            raise Lost("TLS handshake broken off") from error
        if transport is None:
            raise Lost("connection lost")
        self._use(transport)

    def chain(self) -> tuple[bytes, ...]:
        """The certificates that the host sent (DER, its own first); none without TLS."""
        tls = self.transport.get_extra_info("ssl_object") if self.transport is not None else None
        # Public only from Python 3.13 on; a verified chain is no use to DANE, which brings its own anchors.
        sent = tls._sslobj.get_unverified_chain() if tls is not None else None
        return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in sent or ())

    @property
    def usable(self) -> bool:
        return not self._broken and not self._retiring and self.transport is not None and not self.transport.is_closing()

    @property
    def in_step(self) -> bool:
        """Every command has had its reply, and no part of another has come."""
        return self.usable and self._wanted == len(self._replies) == self._reply_bytes == 0

    def retire(self) -> None:
        """Say QUIT and do not wait for the answer."""
        if not self.usable or self.transport is None:
            return self.abort()
        self._retiring = True
        self.transport.write(b"QUIT\r\n")
        self._goodbye = self._loop.call_later(QUIT_TIMEOUT_S, self.abort)
        return None

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def learn(self, keywords: dict[str, str]) -> None:
        """What the host offered in EHLO counts until the next one."""
        self.keywords = keywords
        self.capabilities = self._capabilities()

    def _capabilities(self) -> Capabilities:
        words = self.keywords
        size = words.get("SIZE", "")
        return Capabilities(
            eight_bit_mime="8BITMIME" in words,
            smtputf8="SMTPUTF8" in words,
            dsn="DSN" in words,
            size=int(size) if size.isascii() and size.isdecimal() and len(size) <= 20 else 0,
            chunking="CHUNKING" in words,
            requiretls="REQUIRETLS" in words and self.level >= Tls.VERIFY,
            pipelining="PIPELINING" in words,
        )
