"""One transaction at one host of a route (implements HopTransaction).

Promises: every recipient gets the reply that the host gave for it; addresses go out as they are.
On failure: `Unreachable` while nothing of the end of the content has left, `OutcomeUnknown` after that.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.plan import Forward
from gateway.model.settings import Limits
from gateway.model.smtp import Capabilities, Content, OutcomeUnknown, Reply, Unreachable
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.offers import NO_BARE, NO_SIZE, rcpt_command
from gateway.smtp.pool import Pool

# RSET is answered at once or not at all; a client waits behind it.
RESET_TIMEOUT_S = 10.0

NOT_SMTP = Reply(451, "4.5.0", "The next hop does not speak SMTP")


def mirrored(reply: Reply) -> Reply:
    """A reply of the next hop as our client may see it: its 421 closes its connection, not ours; 3xx answers no question of ours."""
    if 300 <= reply.code < 400:
        return NOT_SMTP
    return replace(reply, code=451) if reply.code == 421 else reply


class RelayTransaction:
    """One transaction at one host (implements HopTransaction); `answers` are what it said of those that were named with MAIL."""

    def __init__(
        self, connection: HopConnection, pool: Pool, limits: Limits, first: tuple[Forward, ...] = (), answers: tuple[Reply, ...] = ()
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._limits = limits
        self._first = first
        self._answers = answers
        self._open = True
        self._given_back = False

    @property
    def capabilities(self) -> Capabilities:
        return self._connection.capabilities

    async def recipients(self, recipients: Sequence[Forward]) -> tuple[Reply, ...]:
        if recipients == self._first:
            return tuple(map(mirrored, self._answers))
        answers = dict(zip(self._first, self._answers, strict=True))
        await self._ask([recipient for recipient in recipients if recipient not in answers], answers)
        return tuple(mirrored(answers[recipient]) for recipient in recipients)

    async def _ask(self, recipients: Sequence[Forward], answers: dict[Forward, Reply]) -> None:
        offered = self.capabilities
        asked: dict[Forward, str] = {}
        for recipient in recipients:
            command = rcpt_command(recipient, offered)
            if isinstance(command, Reply):
                answers[recipient] = command
            else:
                asked[recipient] = command
        try:
            replies = await self._connection.ask_all(tuple(asked.values()), self._limits.mail_timeout_s)
        except Lost as lost:
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        answers.update(zip(asked, replies, strict=True))

    async def content(self, prefix: bytes, content: Content) -> Reply:
        offered = self.capabilities
        if offered.size and len(prefix) + content.size > offered.size:
            return NO_SIZE
        as_it_is = content.by_bdat and offered.chunking and (content.bare or not content.ends_line)
        if content.bare and not as_it_is:
            return NO_BARE
        limits = self._limits
        try:
            if as_it_is:
                reply = await self._connection.bdat(prefix, content, limits.data_timeout_s, limits.data_done_timeout_s)
            else:
                reply = await self._connection.data(
                    prefix, content, limits.data_init_timeout_s, limits.data_timeout_s, limits.data_done_timeout_s
                )
        except Lost as lost:
            if lost.content_left:
                raise OutcomeUnknown(str(lost)) from lost
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        self._open = not reply.ok
        return mirrored(reply)

    async def reset(self) -> None:
        # Once only: a connection given back twice would serve two messages at the same time.
        if self._given_back:
            return
        self._given_back = True
        connection = self._connection
        if self._open and connection.in_step:
            try:
                reply = await connection.ask("RSET", RESET_TIMEOUT_S)
            except Lost:
                return
            if reply.code != 250:
                connection.retire()
        self._pool.give(connection)
