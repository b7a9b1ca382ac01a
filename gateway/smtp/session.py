"""One SMTP session with the council's mail server: the commands that carry mail.

Promises: a message under way is delivered or refused whatever the client does meanwhile (lost, half closed, silent); an exception
is answered 451 without a word of detail.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import TLSSetupException

from gateway.model.smtp import Content, Reply
from gateway.smtp import replies
from gateway.smtp.commands import Refused, read_bdat, read_mail, read_recipient
from gateway.smtp.faults import describe
from gateway.smtp.hello import Introduction
from gateway.smtp.inlet import Gone

if TYPE_CHECKING:
    from gateway.smtp.listener import Door

log = structlog.get_logger(__name__)


class Session(Introduction):
    """The server's side of one connection."""

    def __init__(self, door: "Door", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(door, loop)
        self._accepted = 0
        self._tried = 0
        self._smtputf8 = False

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
            if self._intake.is_open:
                raise  # Whatever comes now belongs to the message: taken as commands it would be smuggled mail.
            # The one place that answers for what nobody expected: 451, and the council's server keeps the mail.
            log.error("command_failed", command=word.upper(), client=self.peer.address, **describe(error))
            self._working = False
            self._say(replies.LOCAL_ERROR)

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
        if self._intake.in_chunks:
            return self._fault(replies.MIXED_CHUNKS)
        recipient = read_recipient(argument, smtputf8=self._smtputf8)
        if self._tried >= self._limits.recipients:
            return self._say(replies.TOO_MANY_RECIPIENTS)
        self._tried += 1
        self._working = True
        try:
            reply = await self._transaction.recipient(recipient)
        finally:
            self._working = False
        self._accepted += reply.ok
        return self._say(reply)

    async def smtp_RSET(self, argument: str) -> None:
        if argument:
            return self._fault(replies.NO_ARGUMENT)
        self._idle_chatter()
        await self._reset()
        return self._say(replies.OK)

    def _clear(self) -> None:
        super()._clear()
        self._accepted = self._tried = 0
        self._smtputf8 = False
        self._forwarded = {}

    # -- the content ------------------------------------------------------------------------------------------------------

    async def smtp_DATA(self, argument: str) -> None:
        refusal = self._not_ready(argument)
        if refusal:
            # Input that is already here was meant as content: taken as commands it would be smuggled mail.
            self._closing = len(self._inlet) > 0
            return self._fault(refusal)
        self._say(replies.START_DATA)
        refusal = await self._intake.data()
        if refusal is not None:
            return await self._refuse(refusal)
        return await self._hand_over(by_bdat=False)

    def _not_ready(self, argument: str) -> Reply | None:
        if argument:
            return replies.NO_ARGUMENT
        if self._transaction is None:
            return replies.NEED_MAIL
        if self._intake.in_chunks:
            return replies.MIXED_CHUNKS
        return None if self._accepted else replies.NEED_RCPT

    async def smtp_BDAT(self, argument: str) -> None:
        try:
            size, last = read_bdat(argument)
        except Refused:
            self._closing = True  # Without the size there is no telling where the next command begins (RFC 3030 2).
            raise
        refusal = await self._intake.chunk(size, self._no_envelope())
        if refusal is not None:
            if self._transaction is not None:
                self._intake.chunk_failed()
            return self._fault(refusal)
        if self._intake.failed:
            return await self._refuse(replies.NO_ROOM)
        self._intake.chunk_taken()
        if not last:
            return self._say(replies.CHUNK_OK)
        return await self._hand_over(by_bdat=True)

    def _no_envelope(self) -> Reply | None:
        if self._transaction is None:
            return replies.NEED_MAIL
        return None if self._accepted else replies.NEED_RCPT

    async def _refuse(self, reply: Reply) -> None:
        await self._reset()
        self._fault(reply)

    async def _hand_over(self, *, by_bdat: bool) -> None:
        """The message goes to service; from here to the reply nothing that the client does matters."""
        if self._closing:
            raise Gone  # Given up in the moment when the end came: it was told 421 and will send again.
        self._working = True
        try:
            content = await self._intake.content(self._door.room, by_bdat=by_bdat)
            if content.bare and not by_bdat:
                # CR CR LF . CR LF: to a server that sees no line end in CR CR LF, what follows is still content. It commands nothing.
                self._closing = content.raw.endswith(b"\r\r\n")
                await self._refuse(replies.BARE_LINE_END)
            else:
                await self._deliver(content)
        except OSError as error:
            log.error("content_unreadable", client=self.peer.address, **describe(error))
            await self._refuse(replies.LOCAL_ERROR)
        finally:
            self._working = False
            self._intake.close()

    async def _deliver(self, content: Content) -> None:
        transaction, self._transaction = self._transaction, None
        assert transaction is not None
        self._junk = 0
        reply = await self._door.deliver(transaction.content(content))
        self._clear()
        self._outlet.say_final(reply, transaction)

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
