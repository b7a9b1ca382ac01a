"""A run that was cut off by a crash, a power cut or the limit of its drain: the replies of its last seconds may be lost.

Promises: before a client is answered again, the journal is armed for what that run accepted or delivered in those seconds, so that it
is not sent, held or told of twice when the clients send it again. A run that ended in order leaves nothing in doubt: each
session told what became of its replies.
What it cannot know: an INTENT whose RESULT was not on disk yet. That is an unknown outcome, and a second copy (RFC 1047). Nor does
another process answer for a dead one before somebody continues its chain.
On failure: StoreUnavailable at the start, which then fails. Later, and at the end, a run that could not say that it goes on or ended
counts as cut off earlier.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.service import journal
from gateway.service.desk import Desk
from gateway.service.steady import is_due

log = structlog.get_logger()

# From the time in a record to our reply at the client: a commit may wait five seconds for another process, and TCP sends what was lost
# again after one, two and four (RFC 6298). No longer than that: most of these clients got their reply, and if one of them sends the
# same mail again on purpose within `journal.REMEMBERED`, it is taken for a resubmission and does not arrive.
IN_DOUBT = timedelta(seconds=15)

# Tells, to within so much, when a run was cut off that had nothing to do; a busy one's records tell it better.
NOTED_EVERY = timedelta(seconds=5)

ANSWERED = (Event.ACCEPTED, Event.RESULT)
"""What ends with our 250; the mark of the journal tells which did."""


class Run:
    """One life of the process, from before its first client to after its last. It goes by the name of the chain that it writes: who
    continues the chain of a dead process finds in it what that one left."""

    def __init__(self, desk: Desk, writer: str) -> None:
        self._desk = desk
        self._writer = writer
        self._fact = f"run {writer}"
        self._noted_at: datetime | None = None

    async def begin(self) -> None:
        """Arm the journal for what the last run left in doubt."""
        said = await self._desk.store.get(self._fact)
        if said:
            await self._doubt(datetime.fromisoformat(said))
        await self.goes_on()

    async def _doubt(self, last_noted_at: datetime) -> None:
        store = self._desk.store
        records = await store.records_at_end(self._writer, last_noted_at - IN_DOUBT, ANSWERED)
        cut_off_at = max((last_noted_at, *(record.entry.at for record in records)))
        recent = (record.entry.details for record in records if record.entry.at >= cut_off_at - IN_DOUBT)
        keys = dict.fromkeys(key for details in recent for key in journal.marked(details))
        log.warning("last_run_cut_off", at=cut_off_at.isoformat(), in_doubt=len(keys))
        if keys:
            await journal.arm(store, tuple(keys), self._desk.clock())

    async def goes_on(self) -> None:
        """Say so, every few seconds."""
        now = self._desk.clock()
        if is_due(self._noted_at, now, NOTED_EVERY):
            await self._desk.store.put(self._fact, now.isoformat())
            self._noted_at = now

    async def end(self) -> None:
        """In order: every session is over and has told what became of its replies."""
        with suppress(StoreUnavailable):
            await self._desk.store.put(self._fact, "")
