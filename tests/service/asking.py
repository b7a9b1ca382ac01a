"""Messages that each remedy can mend, asked for by mail, and what became of them."""

from collections import Counter
from email.message import EmailMessage

from gateway.model.judgement import Remedy
from gateway.model.records import Event
from gateway.model.stored import HeldMessage, HoldState
from gateway.service.verbs import address_for
from tests.harness import letter, with_notes
from tests.service.office import Office

JO = "jo.bell@borough.gov.uk"
ANN = "ann.lee@borough.gov.uk"
MASH = "mash@borough.gov.uk"
SAM = "sam.lee@borough.gov.uk"  # stands in for mash@, as the shipped policy says
ROBIN = "robin.hale"
ASKED = (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE, Remedy.RELEASE, Remedy.URGENT, Remedy.CANCEL, Remedy.WRONG, Remedy.REPORT)
ENDS = frozenset((Event.RELEASED, Event.PROTECTED, Event.RETURNED, Event.CANCELLED))
MANY = 16

# How each verb ends a hold that is still held, and to how many people the message goes. Those not here end nothing.
OUTCOME = {
    Remedy.PROTECT: (HoldState.PROTECTED, 1),
    Remedy.SUBJECT: (HoldState.RELEASED, 1),
    Remedy.SEPARATE: (HoldState.RELEASED, MANY),
    Remedy.CANCEL: (HoldState.CANCELLED, 0),
}


def people(verb: Remedy, tag: str) -> list[str]:
    count = MANY if verb is Remedy.SEPARATE else 1
    return [f"{verb.value.lower()}-{tag}-{number}@example.org" for number in range(count)]


def message(verb: Remedy, tag: str, sender: str = JO, **fields: str) -> EmailMessage:
    """One that this verb can mend."""
    to = people(verb, tag)
    if verb is Remedy.SUBJECT:
        return letter(sender, to, "CONFIDENTIAL: Thursday", "See you at ten.", **fields)
    made = letter(sender, to, "Thursday", "See you at ten.", **fields)
    if verb is not Remedy.SEPARATE:
        # A zip is locked in a moment; an Office file takes half a second, by design of its format.
        made = with_notes(made)
    return made


async def hold_for(at: Office, verb: Remedy, tag: str, sender: str = JO, **fields: str) -> HeldMessage:
    to = people(verb, tag)
    assert (await at.send(sender, to, message(verb, tag, sender, **fields))).ok
    (held,) = [held for held in await at.desk.store.holds() if {one.address for one in held.recipients} == set(to)]
    return held


async def ask(at: Office, held: HeldMessage, verb: Remedy, sender: str = JO) -> int:
    address = address_for(at.desk.keys, at.desk.settings.control, verb, held.id)
    return (await at.ask(str(address), "Meeting papers", sender=sender)).code


async def now(at: Office, held: HeldMessage) -> HeldMessage:
    found = await at.desk.store.hold(held.id)
    assert found is not None
    return found


async def ended(at: Office, held: HeldMessage) -> list[Event]:
    records = await at.desk.store.records(message=held.message)
    return [record.entry.event for record in records if record.entry.event in ENDS]


def answers(at: Office, held: HeldMessage, to: str) -> list[bytes]:
    """Letters to the asker about this message, but the one that says it is held."""
    about = (sent.raw for sent in at.sent("notice") if to in sent.to and held.message.encode() in sent.raw)
    return [raw for raw in about if b"Subject: Not sent: your email" not in raw]


def copies(at: Office, held: HeldMessage) -> Counter[str]:
    wanted = {one.address for one in held.recipients}
    return Counter(address for sent in at.sent("mail") for address in sent.to if address in wanted)
