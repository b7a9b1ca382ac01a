"""Reviewers are told of what waits for them from the start: nobody else will ask them to look.

Promises: each hold is announced once, also across restarts and nodes; the first of a quiet time at once, those that follow within ten
minutes in one letter. Nothing in it is from the message.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from gateway.model.records import Event
from gateway.model.store import AlreadyAnnounced, StoreUnavailable
from gateway.model.stored import HeldMessage, TakeOver
from gateway.service import letters, story
from gateway.service.desk import Desk
from gateway.service.reviewers import Queue, queues_of
from gateway.service.steady import is_due

log = structlog.get_logger()

EVERY = timedelta(seconds=5)
# A copier that scans a file room must not ring anybody's telephone forty times.
GATHER = timedelta(minutes=10)
# Announced in one transaction: some 50 ms, so that no message waits longer for its commit.
AT_ONCE = 1_000
# A billing run that is held must not hide what came after it for another queue; reading so many takes half a second.
MOST = 20_000
EVERY_IF_MANY = timedelta(minutes=1)


class Reviews:
    """Remembers in this process whom it wrote to last; after a restart one letter may come earlier than it would have."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wrote: dict[Queue, datetime] = {}
        self._looked: datetime | None = None
        self._every = EVERY

    async def send(self) -> int:
        """Announce what may be announced now; how many held messages."""
        now = self._desk.clock()
        if not is_due(self._looked, now, self._every):
            return 0
        found = await self._desk.store.holds_unannounced(MOST)
        self._looked, self._every = now, EVERY if len(found) <= AT_ONCE else EVERY_IF_MANY
        queues = queues_of(self._desk.policy, found)
        self._wrote = {queue: at for queue, at in self._wrote.items() if not is_due(at, now, GATHER)}
        return sum([await self._tried(queue, those, now) for queue, those in queues.items() if queue not in self._wrote])

    async def _tried(self, queue: Queue, those: Sequence[HeldMessage], now: datetime) -> int:
        try:
            return await self._announce(queue, those, now)
        except StoreUnavailable:
            raise
        except Exception as trouble:  # Whatever it was, it is tried again, and other reviewers are not kept waiting.
            log.error("announcement_crashed", organisation=queue[0], error=type(trouble).__name__)
            return 0

    async def _announce(self, queue: Queue, those: Sequence[HeldMessage], now: datetime) -> int:
        """The letters go with the first of them; whatever a crash leaves for later is told in a letter of its own."""
        desk, (organisation, looking) = self._desk, queue
        if not looking:
            log.warning("nobody_to_review", organisation=organisation, holds=len(those))
        told, wanted = 0, [letters.review(desk, those, to) for to in looking]
        for start in range(0, len(those), AT_ONCE):
            part = those[start : start + AT_ONCE]
            entries = tuple(story.hold_ended(held, Event.NOTICE, now, "gateway", "", {"review": list(map(str, looking))}) for held in part)
            taken = TakeOver(entries, announced=tuple(held.id for held in part))
            try:
                await desk.store.take_over(letters.with_letters(taken, wanted if start == 0 else ()))
            except AlreadyAnnounced:
                break
            self._wrote[queue] = now
            told += len(part)
        desk.kick()
        return told
