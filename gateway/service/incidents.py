"""An email that went to the wrong person: an incident in the record, and the lead contact told at once (requirement H14).

Promises: one incident and one letter for each message, however often it is reported; only its own sender, or whoever asked for it to be
sent, can report it; nothing is taken back, for nothing can be. As long as nobody has closed it (`gateway records close`) the lead
contact is reminded a day and four hours before the law's time ends, and when it does: each once, also across restarts.
"""

from datetime import datetime, timedelta

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Destination, Path, Ruling, Verdict
from gateway.model.plan import NoticeKind
from gateway.model.records import Entry, Event
from gateway.model.stored import QueueItem, StoredContent, TakeOver
from gateway.notices import write_notice
from gateway.service import story, tell
from gateway.service.desk import Desk
from gateway.service.reviewers import RECORDS_OF_ONE, mailbox
from gateway.service.steady import is_due
from gateway.service.take_over import notice_item

# UK GDPR article 33: a breach is reported within 72 hours of becoming known.
TO_REPORT = timedelta(hours=72)
# A working day to act in, an afternoon, and the end; the nearest last.
REMIND_BEFORE = (timedelta(hours=24), timedelta(hours=4), timedelta(0))
REMIND_EVERY = timedelta(minutes=1)
# What a record says first of a message that was accepted; the others are steps of it.
FIRST = frozenset((Event.INTENT, Event.ACCEPTED))


async def report(desk: Desk, organisation: str, by: Address, senders: frozenset[str], message: str, why: str) -> bool:
    """Record that `message` went to the wrong person; False when it is no message of these senders."""
    async with desk.groups.holding(f"report {message}"):
        records = await desk.store.records(message=message, limit=RECORDS_OF_ONE) if message else ()
        entries = [record.entry for record in records if record.entry.organisation == organisation]
        sent = next((entry for entry in entries if entry.event in FIRST), None)
        if sent is None or not may_report(entries, senders):
            return False
        if not any(entry.event is Event.INCIDENT for entry in entries):
            await desk.store.take_over(everything(desk, sent, by, why))
            desk.kick()
        return True


def may_report(entries: list[Entry], senders: frozenset[str]) -> bool:
    """Whoever sent it, or asked for something to be done with it."""
    return any(person.lower() in senders for entry in entries for person in (entry.sender, entry.actor) if person)


def everything(desk: Desk, sent: Entry, by: Address, why: str) -> TakeOver:
    """The incident, the letter to the lead contact and the answer to whoever reported it."""
    now = desk.clock()
    until = now + TO_REPORT
    organisation = tell.organisation_of(desk.policy, sent.organisation)
    lead = mailbox(organisation.lead_contact.email)
    phone = organisation.lead_contact.phone
    call = f"Phone them too: {phone}." if phone else "Phone them too."
    notices = [notice(desk, NoticeKind.DONE, sent, by, ("We have told your lead contact.", call), now, until)]
    if lead is not None:
        notices.append(notice(desk, NoticeKind.INCIDENT, sent, lead, (f"{by} reports it.",), now, until))
    entry = story.incident(sent, now, str(by), why, until)
    return TakeOver((entry,), tuple(content for content, _ in notices), tuple(item for _, item in notices))


def notice(
    desk: Desk, kind: NoticeKind, sent: Entry, to: Address, says: tuple[str, ...], now: datetime, until: datetime
) -> tuple[StoredContent, QueueItem]:
    id = desk.new_id()
    visible = sent.details.get("visible")
    names = frozenset(map(str, visible)) if isinstance(visible, list) else frozenset()
    about = tell.about(desk, desk.policy, kind, sent.organisation, sent.message, to, id, now, rulings=rulings_of(sent), nameable=names)
    return notice_item(id, write_notice(tell.at(about, sent.at, outcome=says, deadline=until)), to, sent.message, sent.organisation, now)


def rulings_of(sent: Entry) -> tuple[Ruling, ...]:
    """Its recipients, as a notice counts and names them."""
    made = []
    for address, community, path, _ in sent.verdicts:
        written = parse_mailbox(address)
        made.append(Ruling(Destination(Recipient(written), Path(path), written, "", community), Verdict.DELIVER))
    return tuple(made)


class IncidentReminders:
    """Looks once a minute for incidents that nobody has closed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked: datetime | None = None

    async def send(self) -> int:
        """Remind of those whose time is nearly over; how many."""
        desk, now = self._desk, self._desk.clock()
        if not is_due(self._looked, now, REMIND_EVERY):
            return 0
        self._looked = now
        # Two days more than the law's time: a gateway that stood still over a weekend still says that the time is over.
        found = await desk.store.records(events=(Event.INCIDENT, Event.CLOSED), since=now - TO_REPORT - timedelta(days=2))
        entries = [record.entry for record in found]
        closed = {entry.message for entry in entries if entry.event is Event.CLOSED}
        waiting = [entry for entry in entries if entry.event is Event.INCIDENT and entry.message not in closed]
        return sum([await self._remind(incident, now) for incident in waiting])

    async def _remind(self, incident: Entry, now: datetime) -> bool:
        until = incident.at + TO_REPORT
        reached = [before for before in REMIND_BEFORE if until - now <= before]
        lead = mailbox(tell.organisation_of(self._desk.policy, incident.organisation).lead_contact.email)
        if not reached or lead is None:
            return False
        hours = reached[-1] // timedelta(hours=1)
        records = await self._desk.store.records(message=incident.message, limit=RECORDS_OF_ONE)
        sent = next((record.entry for record in records if record.entry.event in FIRST), None)
        if sent is None or any(_reminded(record.entry) <= hours for record in records):
            return False
        left = f"{hours} hours are left to report it." if hours else "The 72 hours are over."
        done = f"If it has been dealt with, say so: gateway records close {incident.message}."
        content, item = notice(self._desk, NoticeKind.INCIDENT, sent, lead, (f"A reminder. {left}", done), now, until)
        entry = story.reminded(incident, now, hours)
        await self._desk.store.take_over(TakeOver((entry,), (content,), (item,)))
        self._desk.kick()
        return True


def _reminded(entry: Entry) -> float:
    """How many hours before the end this step reminded of the incident; never for any other step."""
    hours = entry.details.get("incident_reminder")
    return hours if isinstance(hours, int) else float("inf")
