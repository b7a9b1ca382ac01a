"""How every notice ends: the urgent line, whom to ask, other ways of sharing, the local rules, and the line for IT."""

from collections.abc import Sequence

from gateway.model.judgement import Remedy, Ruling
from gateway.model.notice import NoticeContext
from gateway.notices import guidance
from gateway.notices.letter import Item, Section
from gateway.notices.words import clean

_NEEDS_ANOTHER_WAY = frozenset((Remedy.PHONE, Remedy.POST, Remedy.SECURE_ADDRESS))


def other_ways(rulings: Sequence[Ruling]) -> tuple[Section, ...]:
    """The checklists, for mail that has no secure address to go to (guidance H16): two in full, three in a line each."""
    offered = {remedy for ruling in rulings for remedy in ruling.remedies}
    if not offered & _NEEDS_ANOTHER_WAY:
        return ()
    full = (guidance.PHONE, guidance.POST)
    sections = [Section(checklist.title, items=tuple(Item(step) for step in checklist.steps), steps=False) for checklist in full]
    brief = tuple(Item(f"{checklist.title}. {checklist.short}") for checklist in guidance.CHECKLISTS if checklist not in full)
    return (*sections, Section("More ways to share it", items=brief))


def whom_to_ask(context: NoticeContext) -> Section:
    """The urgent line first: somebody may need it before anything else on this page."""
    contact = context.organisation.lead_contact
    reach = " or ".join(word for word in (clean(contact.phone), clean(contact.email)) if word)
    lines = ["If a child is at risk now, phone. Do not wait for email."]
    if context.organisation.out_of_hours_phone:
        lines.append(f"At night and on days off, phone {clean(context.organisation.out_of_hours_phone)}.")
    name = contact_name(context)
    lines.append(f"If you have a question, ask {name}: {reach}." if reach else f"If you have a question, ask {name}.")
    return Section("Urgent, or not sure?", before=tuple(lines))


def contact_name(context: NoticeContext) -> str:
    return clean(context.organisation.lead_contact.name) or "your lead contact"


def footer() -> tuple[str, ...]:
    return ("Your own organisation's rules come first. This advice does not replace them.",)


def last_line(context: NoticeContext, codes: Sequence[str]) -> str:
    known = f"Code: {', '.join(codes)}. " if codes else ""
    return f"{known}Reference: {clean(context.reference)}"


def codes(rulings: Sequence[Ruling]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(because.reason, 60) for ruling in rulings for because in ruling.because))
