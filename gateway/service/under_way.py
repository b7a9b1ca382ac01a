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
    """One message under way: whose, to whom, and an event for its end."""

    def __init__(self, key: Key, recipients: frozenset[str]) -> None:
        self.key = key
        self.recipients = recipients
        self.over = asyncio.Event()
        self.latest: asyncio.TimerHandle | None = None


class UnderWay:
    """The messages of one process."""

    def __init__(self) -> None:
        self._turns: dict[Key, list[Turn]] = {}

    async def enter(self, organisation: str, sender: str, message_id: str, recipients: Iterable[str]) -> Turn:
        """Wait for messages that look the same, then take a turn."""
        key, wanted = (organisation, sender, message_id), frozenset(recipients)
        while first := next((turn for turn in self._turns.get(key, ()) if turn.recipients & wanted), None):
            await first.over.wait()
        turn = Turn(key, wanted)
        self._turns.setdefault(key, []).append(turn)
        return turn

    def replied(self, turn: Turn) -> None:
        """Our reply is decided; `leave` follows when it is known whether the client got it, or at the latest soon."""
        turn.latest = asyncio.get_running_loop().call_later(TOLD_WITHIN_S, self.leave, turn)

    def leave(self, turn: Turn) -> None:
        """The turn is over; once is enough."""
        if turn.over.is_set():
            return
        turn.over.set()
        if turn.latest is not None:
            turn.latest.cancel()  # Else a second of traffic would be kept, and every message wake the loop once more.
        self._turns[turn.key].remove(turn)
        if not self._turns[turn.key]:
            del self._turns[turn.key]
