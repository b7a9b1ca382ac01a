"""Who the client is and what it is offered: EHLO, STARTTLS, XCLIENT, XFORWARD; and how long we bear with it.

Promises: what is advertised is what the next hops can carry (architecture, Capabilities); nothing from before a handshake counts
after it; an unlisted peer cannot name another client.
"""

import asyncio
from typing import TYPE_CHECKING

from gateway.model.smtp import Capabilities, Reply
from gateway.smtp import replies
from gateway.smtp.commands import Refused, read_attributes, read_helo
from gateway.smtp.conversation import Conversation
from gateway.smtp.intake import NEVER

if TYPE_CHECKING:
    from gateway.smtp.listener import Door

# The attributes of XFORWARD_README.
FORWARDED = ("NAME", "ADDR", "PORT", "HELO", "PROTO", "IDENT", "SOURCE")


class Introduction(Conversation):
    """The commands before a message, and the count of errors and idle chatter."""

    def __init__(self, door: "Door", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(door, loop)
        self._helo = ""
        self._extended = False
        self._forwarded: dict[str, str] = {}
        self._errors = 0
        self._junk = 0

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
