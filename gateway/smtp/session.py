"""One SMTP connection from the council's mail server.

Built on aiosmtpd's SMTP class for its STARTTLS, PROXY parser and place in asyncio; every command, the reading, the replies
and the life cycle are ours, because as shipped they lose or misdeliver mail.

Promises: a message under way is delivered or refused whatever the client does meanwhile (lost, half closed, silent);
replies are batched but never kept back while we wait; an exception is answered 451 without a word of detail.
On failure of the connection: the transaction is abandoned; service learns whether its final reply was seen.
"""

import asyncio
import ssl
from asyncio.streams import FlowControlMixin
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import structlog
from aiosmtpd.proxy_protocol import get_proxy
from aiosmtpd.smtp import SMTP, TLSSetupException

from gateway.model.smtp import Capabilities, Content, Reply, Transaction
from gateway.smtp import replies
from gateway.smtp.access import Peer
from gateway.smtp.commands import Refused, read_attributes, read_bdat, read_helo, read_mail, read_recipient
from gateway.smtp.faults import describe
from gateway.smtp.inlet import Gone, Inlet
from gateway.smtp.wire import DataScanner, has_bare_line_end

if TYPE_CHECKING:
    from gateway.smtp.listener import Door

log = structlog.get_logger(__name__)

# A sender that ignores 552 may go on to this many times the limit before we hang up.
OVERRUN = 2
# PROXY header: the HAProxy specification sends it at once; 5 s is its usual time limit.
PROXY_TIMEOUT_S = 5.0
# The first minute of a message is not judged by its rate: TLS, scanning proxies and slow starts need it.
RATE_GRACE_S = 60.0
# Whoever does not take our last replies in this time is cut off.
LINGER_S = 30.0
NEVER = float("inf")
# The attributes of XFORWARD_README.
FORWARDED = ("NAME", "ADDR", "PORT", "HELO", "PROTO", "IDENT", "SOURCE")


class Session(SMTP):
    """The server's side of one connection."""

    def __init__(self, door: "Door", loop: asyncio.AbstractEventLoop) -> None:
        # Not SMTP.__init__: it spends 286 us on introspection and empties a dictionary that all sessions share.
        FlowControlMixin.__init__(self, loop)
        self.loop = loop
        self.tls_context: ssl.SSLContext | None = door.tls
        self.transport: asyncio.Transport | None = None
        self._original_transport: asyncio.BaseTransport | None = None
        self._tls_protocol = None
        self._door = door
        self._limits = door.limits
        self._inlet = Inlet(loop)
        self._out = bytearray()
        self._flush_due = False
        self._closing = False
        self._born = loop.time()
        self.deadline = self._born + self._limits.command_timeout_s
        self._rate_from = NEVER
        self._scanner: DataScanner | None = None
        self._clean = False
        self._errors = 0
        self._junk = 0
        self._extended = False
        self._helo = ""
        self._transaction: Transaction | None = None
        self._accepted = 0
        self._tried = 0
        self._smtputf8 = False
        self._pile = door.new_pile()
        self._chunk_bytes = 0
        self._chunking: Reply | None = None
        self._unseen: list[tuple[Transaction, int]] = []
        self._working = False
        self._forwarded: dict[str, str] = {}

    # -- what asyncio calls ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = self._inlet.transport = cast(asyncio.Transport, transport)  # uvloop's is one by behaviour only
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
        super(asyncio.StreamReaderProtocol, self).connection_lost(error)  # wakes writers that wait to drain
        self.transport = None
        if self._original_transport is not None:
            self._original_transport.close()
        self._inlet.close()

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
        while not self._closing:
            line = await self._next_line()
            if line is None:
                return
            await self._obey(line)
            if self._door.draining and self._transaction is None and not self._closing:
                self._say(replies.DRAINING)
                return

    async def _leave(self) -> None:
        self.deadline = NEVER
        await self._abandon()
        self._pile.close()
        alive = self.transport is not None and not self.transport.is_closing()
        self._flush()
        for transaction, mark in self._unseen:
            # A half close after the reply is a clean end; one before it may also be a client that died.
            await self._tell(transaction, alive and (self._clean or self._inlet.events > mark))
        if self.transport is not None:
            if self.transport.get_write_buffer_size():
                self.loop.call_later(LINGER_S, self.abort)
            self.transport.close()
        self._door.left(self)

    async def _learn_peer(self) -> bool:
        """Where a PROXY header is expected, read who the client really is; False to hang up."""
        if not self._door.point.proxy_protocol:
            return True
        if not self._door.may_proxy(self.peer.address):
            log.warning("proxy_header_not_allowed", client=self.peer.address)
            return False
        self.deadline = self.loop.time() + PROXY_TIMEOUT_S
        header = await get_proxy(self._inlet)
        if not header.valid:
            log.warning("proxy_header_invalid", client=self.peer.address)
            return False
        if header.command != 0 and header.src_addr is not None and header.src_port is not None:
            self.peer = Peer(str(header.src_addr), int(header.src_port))
        return True

    def expire(self, now: float) -> None:
        """Called every second or so: give up a peer that is too slow. Never while a message is being dealt with."""
        if self._working:
            return
        if now > self.deadline or self._stalls(now):
            self._give_up(replies.TIMED_OUT)
        elif now > self._born + self._limits.session_s and self._scanner is None:
            self._give_up(replies.SESSION_TOO_LONG)

    def drain(self, *, now: bool) -> None:
        """Say goodbye where nothing is under way; `now`: also to a transaction whose content has not come yet."""
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
        self.deadline = self.loop.time() + PROXY_TIMEOUT_S
        self._say(reply)
        self._flush()
        self._inlet.clear()
        self._inlet.close()

    def _stalls(self, now: float) -> bool:
        if self._scanner is None or now < self._rate_from + RATE_GRACE_S:
            return False
        return self._scanner.received < (now - self._rate_from) * self._limits.data_bytes_per_s

    # -- reading and answering ------------------------------------------------------------------------------------------

    async def _next_line(self) -> str | None:
        """The next command without its CRLF; None to hang up."""
        self.deadline = self.loop.time() + self._limits.command_timeout_s
        try:
            line = await self._inlet.line(self._limits.command_bytes)
        except ValueError:
            self._say(replies.LINE_TOO_LONG)
            return None
        self.deadline = NEVER
        if self._unseen:
            await self._confirm()
        if not line.endswith(b"\r\n"):
            # Lines that other servers would end elsewhere are how commands are smuggled: nothing after this counts.
            self._say(replies.BAD_LINE_END)
            return None
        try:
            text = line[:-2].decode()
        except UnicodeDecodeError:
            text = "\0"
        return text

    async def _obey(self, line: str) -> None:
        word, _, argument = line.partition(" ")
        method = COMMANDS.get(word.upper()) if line.isprintable() else None
        try:
            if method is None:
                self._fault(replies.BAD_COMMAND)
            else:
                await method(self, argument.strip(" "))
        except Refused as refused:
            self._fault(refused.reply)
        except (Gone, TLSSetupException):
            raise
        except Exception as error:
            # The one place that answers for what nobody expected: 451, and the council's server keeps the mail.
            log.error("command_failed", command=word.upper(), client=self.peer.address, **describe(error))
            self._working = False
            self._say(replies.LOCAL_ERROR)

    def _say(self, reply: Reply) -> None:
        self._queue(replies.on_the_wire(reply))

    def _queue(self, data: bytes) -> None:
        """Send with whatever else is said before we next wait for anything (RFC 2920 3.2)."""
        self._out += data
        if not self._flush_due:
            self._flush_due = True
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        if not self._out:
            return
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(bytes(self._out))
        self._out.clear()
        if self._unseen:
            events = self._inlet.events
            self._unseen = [(transaction, events if mark < 0 else mark) for transaction, mark in self._unseen]

    async def push(self, status: str | bytes) -> None:
        """aiosmtpd's name for sending a reply; its STARTTLS calls it."""
        self._queue((status.encode("ascii") if isinstance(status, str) else status) + b"\r\n")
        self._flush()

    def _fault(self, reply: Reply) -> None:
        """Answer a protocol error and count it."""
        self._errors += 1
        if self._errors >= self._limits.errors:
            reply = replies.TOO_MANY_ERRORS
        self._say(reply)
        self._closing = self._closing or reply.code == 421

    def _idle_chatter(self) -> None:
        """Count a command that brings no mail nearer (Postfix: junk command)."""
        self._junk += 1
        if self._junk > self._limits.junk_commands:
            raise Refused(421, "4.7.0", "Too many commands without mail")

    async def _ask(self, awaitable: Awaitable[Reply]) -> Reply:
        self._working = True
        try:
            return await awaitable
        finally:
            self._working = False

    # -- who the client learns we are -----------------------------------------------------------------------------------

    async def smtp_EHLO(self, argument: str) -> None:
        await self._hello(argument, extended=True)

    async def smtp_HELO(self, argument: str) -> None:
        await self._hello(argument, extended=False)

    async def _hello(self, argument: str, *, extended: bool) -> None:
        helo = read_helo(argument)
        self._idle_chatter()
        await self._reset()
        offered = self._door.front.capabilities()
        if offered is None:
            self._say(replies.NO_NEXT_HOP)
            self._closing = True
            return
        self._helo, self._extended = helo, extended
        lines = [self._door.hostname, *self._keywords(offered)] if extended else [self._door.hostname]
        self._say(Reply(250, "", "\n".join(lines)))

    def _keywords(self, offered: Capabilities) -> list[str]:
        size = min(offered.size or self._limits.message_bytes, self._limits.message_bytes)
        trusted = self._door.may_xclient(self.peer.connected)
        words = [
            ("PIPELINING", True),
            (f"SIZE {size}", True),
            ("8BITMIME", offered.eight_bit_mime),
            ("SMTPUTF8", offered.smtputf8),
            ("DSN", offered.dsn),
            ("CHUNKING", True),
            ("ENHANCEDSTATUSCODES", True),
            ("STARTTLS", self.tls_context is not None and self._tls_protocol is None),
            ("REQUIRETLS", offered.requiretls and self._tls_protocol is not None),
            ("XCLIENT NAME ADDR PORT", trusted),
            ("XFORWARD " + " ".join(FORWARDED), trusted),
        ]
        return [word for word, yes in words if yes]

    async def smtp_STARTTLS(self, argument: str) -> None:
        if self.tls_context is None or self._tls_protocol is not None:
            raise Refused(502, "5.5.1", "Not offered")
        await self._reset()
        # asyncio gives a handshake 60 s; a 421 of ours in the middle of it would only confuse.
        self.deadline = NEVER
        await super().smtp_STARTTLS(argument)
        self._helo, self._extended, self._forwarded = "", False, {}
        self.peer = self._door.recognise(self.peer, self.transport)

    async def smtp_XCLIENT(self, argument: str) -> None:
        """Postfix's way to name the real client; from listed peers only. Starts the session anew."""
        if not self._door.may_xclient(self.peer.connected):
            raise Refused(502, "5.5.1", "Not offered")
        attributes = read_attributes(argument)
        await self._reset()
        self.peer = self.peer.replaced(attributes)
        self._helo, self._extended = "", False
        refusal = self._door.admission(self)
        self._say(refusal or Reply(220, "", f"{self._door.hostname} ESMTP"))
        self._closing = refusal is not None

    async def smtp_XFORWARD(self, argument: str) -> None:
        """Whom the peer got the next message from: for records and the next hop, never for a decision."""
        if not self._door.may_xclient(self.peer.connected):
            raise Refused(502, "5.5.1", "Not offered")
        if self._transaction is not None:
            return self._fault(replies.NESTED_MAIL)
        self._forwarded |= {name: value for name, value in read_attributes(argument).items() if name in FORWARDED}
        return self._say(replies.OK)

    # -- the envelope -----------------------------------------------------------------------------------------------------

    async def smtp_MAIL(self, argument: str) -> None:
        if not self._helo:
            return self._fault(replies.SAY_HELLO)
        if self._transaction is not None:
            return self._fault(replies.NESTED_MAIL)
        client = self._door.client(self.peer, self._helo, self._extended)
        if client is None:
            return self._fault(replies.NEED_TLS)
        if self._forwarded:
            client = replace(client, forwarded=tuple(self._forwarded.items()))
        offered = self._door.front.capabilities()
        if offered is None:
            self._closing = True
            return self._say(replies.NO_NEXT_HOP)
        mail = read_mail(argument, requiretls=offered.requiretls and bool(client.tls))
        if mail.size > min(offered.size or self._limits.message_bytes, self._limits.message_bytes):
            return self._say(replies.TOO_BIG)
        self._working = True
        try:
            begun = await self._door.front.begin(client, mail.sender, mail.options)
        finally:
            self._working = False
        if isinstance(begun, Reply):
            return self._say(begun)
        self._transaction, self._smtputf8 = begun, mail.smtputf8
        return self._say(replies.SENDER_OK)

    async def smtp_RCPT(self, argument: str) -> None:
        if self._transaction is None:
            return self._fault(replies.NEED_MAIL)
        if self._chunking is not None:
            return self._fault(replies.MIXED_CHUNKS)
        recipient = read_recipient(argument, smtputf8=self._smtputf8)
        if self._tried >= self._limits.recipients:
            return self._say(replies.TOO_MANY_RECIPIENTS)
        self._tried += 1
        reply = await self._ask(self._transaction.recipient(recipient))
        self._accepted += reply.ok
        return self._say(reply)

    async def smtp_RSET(self, argument: str) -> None:
        if argument:
            return self._fault(replies.NO_ARGUMENT)
        self._idle_chatter()
        await self._reset()
        return self._say(replies.OK)

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
        self._transaction = self._chunking = self._scanner = None
        self._accepted = self._tried = self._chunk_bytes = 0
        self._smtputf8 = False
        self._forwarded = {}
        self._pile.close()
        self._pile = self._door.new_pile()

    # -- the content ------------------------------------------------------------------------------------------------------

    async def smtp_DATA(self, argument: str) -> None:
        refusal = self._not_ready(argument)
        if refusal:
            # Input that is already here was meant as content: taken as commands it would be smuggled mail.
            self._closing = len(self._inlet) > 0
            return self._fault(refusal)
        self._say(replies.START_DATA)
        scanner = await self._receive()
        self._scanner = None
        if scanner.too_long:
            return await self._refuse(replies.TOO_BIG)
        if self._pile.failed:
            return await self._refuse(replies.NO_ROOM)
        return await self._hand_over(scanner.content, by_bdat=False)

    def _not_ready(self, argument: str) -> Reply | None:
        if argument:
            return replies.NO_ARGUMENT
        if self._transaction is None:
            return replies.NEED_MAIL
        if self._chunking is not None:
            return replies.MIXED_CHUNKS
        return None if self._accepted else replies.NEED_RCPT

    async def _receive(self) -> DataScanner:
        self._scanner = scanner = DataScanner(self._limits.message_bytes, self._pile)
        self._rate_from = self.loop.time()
        rest = None
        while rest is None:
            if scanner.received > OVERRUN * self._limits.message_bytes:
                self._say(replies.TOO_BIG)
                raise Gone
            self.deadline = self.loop.time() + self._limits.data_timeout_s
            rest = scanner.feed(await self._inlet.block())
        self.deadline = NEVER
        self._inlet.put_back(rest)
        return scanner

    async def smtp_BDAT(self, argument: str) -> None:
        try:
            size, last = read_bdat(argument)
        except Refused:
            self._closing = True  # Without the size there is no telling where the next command begins (RFC 3030 2).
            raise
        refusal = self._chunk_refusal(size)
        await self._receive_chunk(size, keep=refusal is None)
        if refusal is not None:
            if self._transaction is not None:
                self._chunking = replies.CHUNKS_FAILED
                self._pile.close()
            return self._fault(refusal)
        if self._pile.failed:
            return await self._refuse(replies.NO_ROOM)
        self._chunking = replies.OK
        if not last:
            return self._say(replies.CHUNK_OK)
        return await self._hand_over(self._pile.whole, by_bdat=True)

    def _chunk_refusal(self, size: int) -> Reply | None:
        if self._transaction is None:
            return replies.NEED_MAIL
        if not self._accepted:
            return replies.NEED_RCPT
        if self._chunking not in (None, replies.OK):
            return self._chunking
        self._chunk_bytes += size
        return replies.TOO_BIG if self._chunk_bytes > self._limits.message_bytes else None

    async def _receive_chunk(self, size: int, *, keep: bool) -> None:
        """Exactly `size` octets, also of a chunk that is refused."""
        if size > OVERRUN * self._limits.message_bytes:
            self._say(replies.TOO_BIG)
            raise Gone
        while size:
            self.deadline = self.loop.time() + self._limits.data_timeout_s
            block = await self._inlet.block(size)
            size -= len(block)
            if keep:
                self._pile.append(block)
        self.deadline = NEVER

    async def _refuse(self, reply: Reply) -> None:
        await self._reset()
        self._fault(reply)

    async def _hand_over(self, read: Callable[[], bytes], *, by_bdat: bool) -> None:
        """The message goes to service; from here to the reply nothing that the client does matters."""
        self._working = True
        size = self._pile.size if self._pile.spilled else 0
        if size:
            await self._door.room.take(size)
        try:
            raw = await asyncio.to_thread(read) if size else read()
            bare = has_bare_line_end(raw)
            if bare and not by_bdat:
                await self._refuse(replies.BARE_LINE_END)
            else:
                await self._deliver(Content(raw, by_bdat, bare))
        except OSError as error:
            log.error("content_unreadable", client=self.peer.address, **describe(error))
            await self._refuse(replies.LOCAL_ERROR)
        finally:
            self._working = False
            if size:
                self._door.room.give(size)

    async def _deliver(self, content: Content) -> None:
        transaction, self._transaction = self._transaction, None
        assert transaction is not None
        self._junk = 0
        reply = await self._door.deliver(transaction.content(content))
        self._clear()
        self._unseen.append((transaction, -1))
        self._say(reply)

    async def _confirm(self) -> None:
        """The client spoke after our final reply had gone: it knows."""
        events = self._inlet.events
        seen = [transaction for transaction, mark in self._unseen if 0 <= mark < events]
        self._unseen = [pair for pair in self._unseen if not 0 <= pair[1] < events]
        for transaction in seen:
            await self._tell(transaction, True)

    async def _tell(self, transaction: Transaction, delivered: bool) -> None:
        try:
            await transaction.answered(delivered)
        except Exception as error:
            log.error("answered_failed", client=self.peer.address, **describe(error))

    # -- small talk -------------------------------------------------------------------------------------------------------

    async def smtp_NOOP(self, argument: str) -> None:
        self._idle_chatter()
        self._say(replies.OK)

    async def smtp_VRFY(self, argument: str) -> None:
        self._idle_chatter()
        self._say(replies.VRFY)

    async def smtp_QUIT(self, argument: str) -> None:
        if argument:
            return self._fault(replies.NO_ARGUMENT)
        self._say(replies.BYE)
        self._clean = self._closing = True
        return None

    async def smtp_not_offered(self, argument: str) -> None:
        self._fault(replies.NOT_OFFERED)


Command = Callable[[Session, str], Awaitable[None]]

COMMANDS: dict[str, Command] = {
    "EHLO": Session.smtp_EHLO,
    "HELO": Session.smtp_HELO,
    "STARTTLS": Session.smtp_STARTTLS,
    "XCLIENT": Session.smtp_XCLIENT,
    "XFORWARD": Session.smtp_XFORWARD,
    "MAIL": Session.smtp_MAIL,
    "RCPT": Session.smtp_RCPT,
    "RSET": Session.smtp_RSET,
    "DATA": Session.smtp_DATA,
    "BDAT": Session.smtp_BDAT,
    "NOOP": Session.smtp_NOOP,
    "VRFY": Session.smtp_VRFY,
    "QUIT": Session.smtp_QUIT,
    "EXPN": Session.smtp_not_offered,
    "HELP": Session.smtp_not_offered,
    "AUTH": Session.smtp_not_offered,
    "ETRN": Session.smtp_not_offered,
    "TURN": Session.smtp_not_offered,
}
