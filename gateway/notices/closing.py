"""What every notice has: which email it is about; then the urgent line, whom to ask, how-tos, the local rules, and the line for IT."""

from collections.abc import Sequence

from gateway.model.judgement import Remedy, Ruling
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.letter import Item, Section
from gateway.notices.words import clean, day_and_time

_NEEDS_ANOTHER_WAY = frozenset((Remedy.PHONE, Remedy.POST, Remedy.SECURE_ADDRESS))


def which_email(context: NoticeContext) -> str:
    """The subject would say it best, and is never repeated: the time must do, where it is known."""
    if context.arrived_at >= context.now and context.kind not in (NoticeKind.STOPPED, NoticeKind.OBSERVED):
        return "This is about an email you sent before."
    return f"This is about the email you sent at {day_and_time(context.arrived_at, context.organisation.hours.zone)}."


def how_to(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[Section, ...]:
    """The checklists: how to lock a file, where that helps and we do not do it; other ways, where there is no secure address (H16)."""
    sections = []
    met = {because.reason for ruling in rulings for because in ruling.because}
    if met & guidance.LOCKABLE and Remedy.PROTECT not in dict(context.verbs):
        sections.append(_steps(guidance.LOCK))
    if {remedy for ruling in rulings for remedy in ruling.remedies} & _NEEDS_ANOTHER_WAY:
        sections += [_steps(guidance.PHONE), _steps(guidance.POST), _others(guidance.PHONE, guidance.POST)]
    return tuple(sections)


def _steps(checklist: guidance.Checklist) -> Section:
    return Section(checklist.title, items=tuple(Item(step) for step in checklist.steps))


def _others(*shown: guidance.Checklist) -> Section:
    brief = (f"{checklist.title}. {checklist.short}" for checklist in guidance.CHECKLISTS if checklist not in shown)
    return Section("More ways to share it", items=tuple(Item(line) for line in brief))


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
