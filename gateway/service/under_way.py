"""Messages that we are dealing with at this moment: the same one once more came early, and waits for the end of the first.

A server that gave up waiting for our reply (Postfix's smtpd_proxy_timeout is 100 s) may send again while the next hop still thinks.
The journal knows only what has ended, so without this the next hop would get a second copy.
Promises: nobody waits for a message to other recipients (slices of one mail arrive side by side), nor for a client that is merely slow
to go on once it has our reply.
"""

import asyncio
from collections.abc import Iterable

# A client that is gone is known to be gone at once; one that is there may take its time, and then its reply is not lost.
TOLD_WITHIN_S = 1.0

Key = tuple[str, str, str]


class Turn:
    """One message under way: whose and to whom."""

    __slots__ = ("_over", "_timer", "is_over", "key", "latest", "recipients")

    def __init__(self, key: Key, recipients: frozenset[str]) -> None:
        self.key = key
        self.recipients = recipients
        self.is_over = False
        self.latest: float | None = None
        """When, on the loop's clock, it is over at the latest: known once our reply is decided."""
        # Nearly nobody ever waits for a message: the event, and the timer that ends the waiting, are made by the first who does.
        self._over: asyncio.Event | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def ended(self) -> None:
        """Wait for its end."""
        self._over = self._over or asyncio.Event()
        self._ring()
        if not self.is_over:
            await self._over.wait()

    def replied(self, latest: float) -> None:
        self.latest = latest
        self._ring()

    def end(self) -> None:
        self.is_over = True
        if self._over is not None:
            self._over.set()
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        if self._over is not None and self.latest is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self.latest, self.end)


class UnderWay:
    """The messages of one process."""

    def __init__(self) -> None:
        self._turns: dict[Key, list[Turn]] = {}

    async def enter(self, organisation: str, sender: str, message_id: str, recipients: Iterable[str]) -> Turn:
        """Wait for messages that look the same, then take a turn."""
        key, wanted = (organisation, sender, message_id), frozenset(recipients)
        while first := next((turn for turn in self._turns.get(key, ()) if turn.recipients & wanted), None):
            await first.ended()
            self._forget(first)
        turn = Turn(key, wanted)
        self._turns.setdefault(key, []).append(turn)
        return turn

    def replied(self, turn: Turn) -> None:
        """Our reply is decided; `leave` follows when it is known whether the client got it, or its time is over soon."""
        turn.replied(asyncio.get_running_loop().time() + TOLD_WITHIN_S)

    def leave(self, turn: Turn) -> None:
        """The turn is over; once is enough."""
        turn.end()
        self._forget(turn)

    def _forget(self, turn: Turn) -> None:
        turns = self._turns.get(turn.key, [])
        if turn in turns:
            turns.remove(turn)
        if not turns:
            self._turns.pop(turn.key, None)
