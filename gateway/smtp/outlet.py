"""What we have said to a client and whether it knows.

Promises: replies said together leave together (RFC 2920 3.2), at the latest when we next wait for anything; a message whose final
reply was handed out is remembered until the client shows that it saw it.
On failure of the connection: what is said is dropped, and `doubtful` tells whose reply may be lost.
"""

import asyncio

from gateway.model.smtp import Reply, Transaction
from gateway.smtp import replies
from gateway.smtp.inlet import Inlet

# The reply waits to be flushed: no event of the peer can have answered it.
NOT_YET = -1


class Outlet:
    """The replies of one connection, on their way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inlet: Inlet) -> None:
        self._loop = loop
        self._inlet = inlet
        self._said: list[bytes] = []
        self._flush_due = False
        self._final: list[tuple[Transaction, int]] = []
        self.transport: asyncio.Transport | None = None

    @property
    def unseen(self) -> bool:
        """Whether the final reply to a message may not have been seen."""
        return bool(self._final)

    def say_final(self, reply: Reply, transaction: Transaction) -> None:
        """The reply that ends a message. It leaves a turn of the loop later: what the peer had sent before is read by then, and is not
        taken for an answer to it."""
        self._final.append((transaction, NOT_YET))
        self._said.append(replies.on_the_wire(reply))
        self._flush_soon()

    def say(self, reply: Reply) -> None:
        """Send with whatever else is said before we next wait for anything."""
        self._said.append(replies.on_the_wire(reply))
        if self._inlet or self._flush_due:
            self._flush_soon()
        else:
            self.flush()  # The peer waits for this before it says more: a turn of the loop later is 2 us dearer (measured).

    def send(self, data: bytes) -> None:
        """Send at once, behind whatever was said before."""
        self._said.append(data)
        self.flush()

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush_when_due)

    def _flush_when_due(self) -> None:
        self._flush_due = False
        self.flush()

    def flush(self) -> None:
        if not self._said:
            return
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self._said))
        self._said.clear()
        if self._final:
            events = self._inlet.events
            self._final = [(transaction, events if mark == NOT_YET else mark) for transaction, mark in self._final]

    def seen(self) -> list[Transaction]:
        """The messages whose reply the peer has seen, for it spoke after the reply had gone; each is told once."""
        events = self._inlet.events
        known = [transaction for transaction, mark in self._final if NOT_YET < mark < events]
        if known:
            self._final = [(transaction, mark) for transaction, mark in self._final if not NOT_YET < mark < events]
        return known

    def doubtful(self) -> list[tuple[Transaction, bool]]:
        """At the end of the connection: what is still open, and whether the peer has said anything since."""
        return [(transaction, self._inlet.events > mark) for transaction, mark in self._final]
