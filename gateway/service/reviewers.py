"""Who is asked to look at a held message: the lead contact, and for what cannot wait every reviewer of the organisation.

Promises: nobody is asked to review what they sent themselves; whoever asks twice pages nobody twice.
"""

from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.judgement import Remedy
from gateway.model.organisation import Organisation
from gateway.model.store import Event, HeldMessage, Store

# A message has a record for each step; a thousand steps would be one with a thousand wishes.
RECORDS_OF_ONE = 1_000


def asked_to_look(organisation: Organisation, held: HeldMessage, *, urgent: bool) -> tuple[Address, ...]:
    """The lead contact, or the first reviewer who did not send it; all of them where it cannot wait."""
    named = (organisation.lead_contact.email, *organisation.reviewers)
    found = dict.fromkeys(address for address in map(mailbox, named) if address is not None and address.key not in held.requesters)
    return tuple(found) if urgent else tuple(found)[:1]


def mailbox(text: str) -> Address | None:
    try:
        return parse_mailbox(text)
    except AddressError:
        return None


async def was_called(store: Store, held: HeldMessage) -> bool:
    """The reviewers were told already that this hold cannot wait."""
    records = await store.records(message=held.message, limit=RECORDS_OF_ONE)
    entries = (record.entry for record in records if record.entry.event is Event.ASKED)
    return any(entry.details.get("verb") == Remedy.URGENT.value and entry.details.get("hold") == held.id for entry in entries)
