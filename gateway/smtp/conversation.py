"""One connection from a client: its life from accept to close, lines in and replies out.

Built on aiosmtpd's SMTP class for its STARTTLS, PROXY parser and place in asyncio; the reading, the replies and the life cycle are
ours, because as shipped they lose or misdeliver mail. What is said in it is `hello` and `session`.

Promises: replies are batched but never kept back while we wait; nothing that the client does ends a message under way.
On failure of the connection: the transaction is abandoned; service learns whether its final reply was seen.
"""

import asyncio
import ssl
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

import structlog
from aiosmtpd.smtp import SMTP, TLSSetupException

from gateway.model.smtp import Reply, Transaction
from gateway.smtp import replies
from gateway.smtp.access import Peer
from gateway.smtp.faults import describe
from gateway.smtp.inlet import Gone, Inlet
from gateway.smtp.intake import NEVER, Intake
from gateway.smtp.outlet import Outlet
from gateway.smtp.proxy import PROXY_TIMEOUT_S, peer_behind

if TYPE_CHECKING:
    from gateway.smtp.listener import Door

log = structlog.get_logger(__name__)

# Whoever does not take our last replies in this time is cut off: once given up, and once closed.
FAREWELL_S = 5.0
LINGER_S = 30.0


class Conversation(SMTP, ABC):
    """The server's side of one connection. Whoever inherits says what the commands do."""

    def __init__(self, door: "Door", loop: asyncio.AbstractEventLoop) -> None:
        # Not SMTP.__init__: it spends 286 us on introspection and empties a dictionary that all sessions share.
        self.loop = loop
        self.tls_context: ssl.SSLContext | None = door.tls
        self.transport: asyncio.Transport | None = None
        self._original_transport: asyncio.BaseTransport | None = None
        self._tls_protocol = None
        self._door = door
        self._limits = door.limits
        self._inlet = Inlet(loop)
        self._outlet = Outlet(loop, self._inlet)
        self._intake = self._new_intake()
        self._closing = False
        self._clean = False
        self._working = False
        self._born = loop.time()
        self.deadline = self._born + self._limits.command_timeout_s
        self._draining = False
        self._transaction: Transaction | None = None

    @abstractmethod
    async def _obey(self, line: str) -> None:
        """Carry out one command."""

    # -- what asyncio calls ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one by behaviour only.
        self.transport = self._inlet.transport = self._outlet.transport = cast(asyncio.Transport, transport)
        if self._original_transport is not None:
            # RFC 3207 5: what was pipelined behind STARTTLS is forgotten, and so is everything said before.
            self._inlet.clear()
            return
        peername = transport.get_extra_info("peername") or ("", 0)
        self.peer = Peer(str(peername[0]).partition("%")[0], int(peername[1]))
        self._door.joined(self)
        self._handler_coroutine = self.loop.create_task(self._handle_client())

    def data_received(self, data: bytes) -> None:
        self._inlet.feed(data)

    def eof_received(self) -> bool:
        """A half close is not a loss: Exim sends BDAT, QUIT and FIN, and waits for our replies."""
        self._inlet.end()
        return self._tls_protocol is None

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = self._outlet.transport = None
        if self._original_transport is not None:
            self._original_transport.close()
        self._inlet.close()

    def pause_writing(self) -> None:
        """Whoever takes no replies is not heard until it does: not every reply counts as a fault, and those that wait take memory."""
        self._inlet.hold()

    def resume_writing(self) -> None:
        self._inlet.release()

    # -- the life of the connection -----------------------------------------------------------------------------------

    async def _handle_client(self) -> None:
        try:
            await self._converse()
        except Gone:
            pass
        except TLSSetupException:
            log.info("tls_handshake_failed", client=self.peer.address)
        except Exception as error:
            log.error("session_failed", client=self.peer.address, **describe(error))
            self._say(replies.LOCAL_ERROR)
        finally:
            await self._leave()

    async def _converse(self) -> None:
        if not await self._learn_peer():
            return
        refusal = self._door.admission(self)
        if refusal:
            self._say(refusal)
            return
        self._say(Reply(220, "", f"{self._door.hostname} ESMTP"))
        self.deadline = NEVER
        while not self._closing:
            line = await self._next_line()
            if line is None:
                return
            await self._obey(line)
            if self._draining and self._transaction is None and not self._closing:
                self._say(replies.DRAINING)
                return

    async def _leave(self) -> None:
        self.deadline = self._intake.deadline = NEVER
        await self._abandon()
        self._intake.close()
        alive = self.transport is not None and not self.transport.is_closing()
        self._outlet.flush()
        for transaction, spoke in self._outlet.doubtful():
            # A half close after the reply is a clean end; one before it may also be a client that died.
            await self._tell(transaction, alive and (self._clean or spoke))
        if self.transport is not None:
            if self.transport.get_write_buffer_size():
                self.loop.call_later(LINGER_S, self.abort)
            self.transport.close()
        self._door.left(self)

    async def _learn_peer(self) -> bool:
        """Where a PROXY header is expected, read who the client really is; False to hang up."""
        if not self._door.point.proxy_protocol:
            return True
        self.deadline = self.loop.time() + PROXY_TIMEOUT_S
        behind = await peer_behind(self._inlet, self.peer, listed=self._door.may_proxy(self.peer.address))
        if behind is None:
            return False
        self.peer = behind
        return True

    def expire(self, now: float) -> None:
        """Called every second or so: give up a peer that is too slow. Never while a message is being dealt with."""
        if self._working:
            return
        if now > min(self.deadline, self._intake.deadline) or self._intake.stalls(now):
            self._give_up(replies.TIMED_OUT)
        elif now > self._born + self._limits.session_s and not self._intake.receiving:
            self._give_up(replies.SESSION_TOO_LONG)

    def drain(self, *, now: bool) -> None:
        """Say goodbye where nothing is under way, else once that is over; `now`: also where only the content has not come yet."""
        self._draining = True
        if not self._working and (now or self._transaction is None):
            self._give_up(replies.DRAINING)

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    def _give_up(self, reply: Reply) -> None:
        if self._closing:
            self.abort()  # The peer takes nothing off our hands either.
            return
        log.info("gave_up_client", client=self.peer.address, reply=str(reply))
        self._closing = True
        self.deadline = self.loop.time() + FAREWELL_S
        self._intake.deadline = NEVER
        self._say(reply)
        self._outlet.flush()
        self._inlet.clear()
        self._inlet.close()

    # -- reading and answering ------------------------------------------------------------------------------------------

    async def _next_line(self) -> str | None:
        """The next command without its CRLF; None to hang up."""
        inlet, limit = self._inlet, self._limits.command_bytes
        try:
            if (line := inlet.line_here(limit)) is None:
                # One deadline for the whole line, however slowly its octets come.
                self.deadline = self.loop.time() + self._limits.command_timeout_s
                while line is None:
                    await inlet.more()
                    line = inlet.line_here(limit)
                self.deadline = NEVER
        except ValueError:
            self._say(replies.LINE_TOO_LONG)
            return None
        if self._outlet.unseen:
            # The client spoke after our final reply had gone: it knows.
            for transaction in self._outlet.seen():
                await self._tell(transaction, True)
        if not line.endswith(b"\r\n"):
            # Lines that other servers would end elsewhere are how commands are smuggled: nothing after this counts.
            self._say(replies.BAD_LINE_END)
            return None
        try:
            text = line[:-2].decode()
        except UnicodeDecodeError:
            text = "\0"
        return text

    def _say(self, reply: Reply) -> None:
        self._outlet.say(reply)

    async def push(self, status: str | bytes) -> None:
        """aiosmtpd's name for sending a reply; its STARTTLS calls it."""
        self._outlet.send((status.encode("ascii") if isinstance(status, str) else status) + b"\r\n")

    # -- the message under way ----------------------------------------------------------------------------------------

    async def _reset(self) -> None:
        await self._abandon()
        self._clear()

    async def _abandon(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            try:
                await transaction.abandon()
            except Exception as error:
                log.error("abandon_failed", client=self.peer.address, **describe(error))

    def _clear(self) -> None:
        """Nothing is left of the last message."""
        self._transaction = None
        self._intake.close()
        self._intake = self._new_intake()

    def _new_intake(self) -> Intake:
        return Intake(self.loop, self._inlet, self._door.new_pile(), self._limits, self._outlet.say)

    async def _tell(self, transaction: Transaction, delivered: bool) -> None:
        try:
            await transaction.answered(delivered)
        except Exception as error:
            log.error("answered_failed", client=self.peer.address, **describe(error))
