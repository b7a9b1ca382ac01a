"""A sender who has not answered is reminded once, while there is still time to do something.

Promises: one reminder for each hold, also across restarts (the record knows); none for what waits for a reviewer, or for a mailbox that
nobody reads. Time never releases.
"""

from datetime import datetime, timedelta

from gateway.model.address import parse_mailbox
from gateway.model.plan import NoticeKind
from gateway.model.store import Event, HeldMessage, TakeOver
from gateway.service import letters, story, tell
from gateway.service.desk import Desk
from gateway.service.held import rulings_of
from gateway.service.reviewers import RECORDS_OF_ONE

# Of the shipped 24 hours the last four: an afternoon, for what came in the day before.
BEFORE = timedelta(hours=4)
# Looked for once a minute; a hold has four hours of such minutes.
EVERY = timedelta(minutes=1)
AT_ONCE = 1_000


class Reminders:
    """Remembers whom it reminded in this process, so that the record is asked once for each hold."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: set[str] = set()
        self._next = datetime.min

    async def send(self) -> int:
        """Remind whose time is nearly over; how many."""
        desk, now = self._desk, self._desk.clock()
        if now.replace(tzinfo=None) < self._next:
            return 0
        self._next = now.replace(tzinfo=None) + EVERY
        soon = await desk.store.holds_past(now + BEFORE, AT_ONCE)
        self._known &= {held.id for held in soon}
        wanted = [held for held in soon if held.id not in self._known and held.deadline > now]
        reminded = [await self._remind(held, now) for held in wanted]
        return sum(reminded)

    async def _remind(self, held: HeldMessage, now: datetime) -> bool:
        self._known.add(held.id)
        if held.waits_for != "sender" or not held.told or await self._was_reminded(held):
            return False
        desk = self._desk
        verbs = letters.links(desk, held, tell.offered(rulings_of(held)))
        letter = letters.about(desk, held, NoticeKind.REMINDER, parse_mailbox(held.told), verbs=verbs, deadline=held.deadline)
        entry = story.hold_ended(held, Event.NOTICE, now, "gateway", "", {"reminder": True})
        await desk.store.take_over(letters.with_letters(TakeOver((entry,)), (letter,)))
        desk.kick()
        return True

    async def _was_reminded(self, held: HeldMessage) -> bool:
        records = await self._desk.store.records(message=held.message, limit=RECORDS_OF_ONE)
        return any(record.entry.details.get("reminder") and record.entry.details.get("hold") == held.id for record in records)
