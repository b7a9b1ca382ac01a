"""An email that went to the wrong person: an incident in the record, and the lead contact told at once (requirement H14).

Promises: one incident and one letter for each message, however often it is reported; only its own sender, or whoever asked for it to be
sent, can report it; nothing is taken back, for nothing can be.
"""

from datetime import datetime, timedelta

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Destination, Path, Ruling, Verdict
from gateway.model.plan import NoticeKind
from gateway.model.store import Entry, Event, QueueItem, StoredContent, TakeOver
from gateway.notices import write_notice
from gateway.service import story, tell
from gateway.service.desk import Desk
from gateway.service.reviewers import RECORDS_OF_ONE, mailbox
from gateway.service.take_over import notice_item

# UK GDPR article 33: a breach is reported within 72 hours of becoming known.
TO_REPORT = timedelta(hours=72)
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
