"""Whoever has not acted is reminded once, while there is still time to do something: the sender, or the reviewers it waits for.

Promises: one reminder for each hold, also across restarts (the record knows); none for a mailbox that nobody reads; what waits for the
same reviewers is one letter. Time never releases.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.model.address import parse_mailbox
from gateway.model.plan import NoticeKind
from gateway.model.records import Event
from gateway.model.stored import HeldMessage, TakeOver
from gateway.service import letters, story, tell
from gateway.service.desk import Desk
from gateway.service.held import rulings_of
from gateway.service.letters import Letter
from gateway.service.reviewers import RECORDS_OF_ONE, queues_of
from gateway.service.steady import is_due

# Of the shipped 24 hours the last four: an afternoon, for what came in the day before.
BEFORE = timedelta(hours=4)
# Looked for once a minute; a hold has four hours of such minutes.
EVERY = timedelta(minutes=1)
# A billing run that is held must not hide what came after it.
MOST = 20_000
# Recorded in one transaction: no message waits longer than some 50 ms for its commit.
AT_ONCE = 1_000
STILL = "Nobody has acted yet, and there is not much time left."


class Reminders:
    """Remembers whom it reminded in this process, so that the record is asked once for each hold."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: set[tuple[str, str]] = set()
        self._looked: datetime | None = None

    async def send(self) -> int:
        """Remind whose time is nearly over; how many."""
        desk, now = self._desk, self._desk.clock()
        if not is_due(self._looked, now, EVERY):
            return 0
        self._looked = now
        soon = await desk.store.holds_past(now + BEFORE, MOST)
        self._known &= {(held.id, held.waits_for) for held in soon}
        new = [held for held in soon if (held.id, held.waits_for) not in self._known and held.deadline > now and reads_it(held)]
        self._known |= {(held.id, held.waits_for) for held in new}
        wanted = [held for held in new if not await self._was_reminded(held)]
        for held in wanted:
            if held.waits_for == "sender":
                verbs = letters.links(desk, held, tell.offered(rulings_of(held)))
                to = parse_mailbox(held.told)
                await self._take((held,), [letters.about(desk, held, NoticeKind.REMINDER, to, verbs=verbs, deadline=held.deadline)])
        for (_, looking), those in queues_of(desk.policy, [held for held in wanted if held.waits_for == "reviewer"]).items():
            await self._take(those, [letters.review(desk, those, to, STILL) for to in looking])
        return len(wanted)

    async def _take(self, those: Sequence[HeldMessage], wanted: Sequence[Letter]) -> None:
        now = self._desk.clock()
        for start in range(0, len(those), AT_ONCE):
            part = those[start : start + AT_ONCE]
            entries = tuple(story.hold_ended(held, Event.NOTICE, now, "gateway", "", {"reminder": held.waits_for}) for held in part)
            await self._desk.store.take_over(letters.with_letters(TakeOver(entries), wanted if start == 0 else ()))
        self._desk.kick()

    async def _was_reminded(self, held: HeldMessage) -> bool:
        records = await self._desk.store.records(message=held.message, limit=RECORDS_OF_ONE)
        wanted = (held.id, held.waits_for)
        return any((record.entry.details.get("hold"), record.entry.details.get("reminder")) == wanted for record in records)


def reads_it(held: HeldMessage) -> bool:
    return held.waits_for == "reviewer" or bool(held.told)
