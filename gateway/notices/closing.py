"""What every notice has: which email it is about; then the urgent line, whom to ask, how-tos, the local rules, and the line for IT."""

from collections.abc import Sequence

from gateway.model.judgement import Remedy, Ruling
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.letter import Item, Section
from gateway.notices.wording import has_own, say
from gateway.notices.words import clean, day_and_time

_NEEDS_ANOTHER_WAY = frozenset((Remedy.PHONE, Remedy.POST, Remedy.SECURE_ADDRESS))
_IN_FULL = ("phone", "post")
"""The other checklists are a line each: a notice that nobody reads to its end helps nobody."""


def which_email(context: NoticeContext) -> str:
    """The subject would say it best, and is never repeated: the time must do, where it is known."""
    if context.arrived_at >= context.now and context.kind not in (NoticeKind.STOPPED, NoticeKind.OBSERVED):
        return say(context, "about.before")
    return say(context, "about.sent", when=day_and_time(context.arrived_at, context.organisation.hours.zone))


def how_to(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[Section, ...]:
    """The checklists: how to lock a file, where that helps and we do not do it; other ways, where there is no secure address (H16)."""
    sections = []
    met = {because.reason for ruling in rulings for because in ruling.because}
    if met & guidance.LOCKABLE and Remedy.PROTECT not in dict(context.verbs):
        sections.append(_steps(context, guidance.HOW_TO_LOCK))
    if {remedy for ruling in rulings for remedy in ruling.remedies} & _NEEDS_ANOTHER_WAY:
        sections += [_steps(context, key) for key in _IN_FULL]
        brief = (guidance.in_short(key, context) for key in guidance.OTHER_WAYS if key not in _IN_FULL)
        sections.append(Section(say(context, "heading.more_ways"), items=tuple(map(Item, brief))))
    return tuple(sections)


def _steps(context: NoticeContext, key: str) -> Section:
    title, steps = guidance.checklist(key, context)
    return Section(title, items=tuple(map(Item, steps)))


def whom_to_ask(context: NoticeContext) -> Section:
    """The urgent line first: somebody may need it before anything else on this page."""
    contact = context.organisation.lead_contact
    reach = " or ".join(word for word in (clean(contact.phone), clean(contact.email)) if word)
    lines = [say(context, "urgent")]
    if context.organisation.out_of_hours_phone or has_own(context, "urgent.out_of_hours"):
        lines.append(say(context, "urgent.out_of_hours"))
    lines.append(say(context, "ask.contact", reach=reach) if reach else say(context, "ask.contact.name"))
    return Section(say(context, "heading.ask"), before=tuple(lines))


def footer(context: NoticeContext) -> tuple[str, ...]:
    """The organisation's own line for this kind of notice, where it has one, and that its rules come first (H11)."""
    own = say(context, f"own.{context.kind.value}")
    return (*((own,) if own else ()), say(context, "rules_first"))


def last_line(context: NoticeContext, codes: Sequence[str]) -> str:
    known = f"Code: {', '.join(codes)}. " if codes else ""
    return f"{known}Reference: {clean(context.reference)}"


def codes(rulings: Sequence[Ruling]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(because.reason, 60) for ruling in rulings for because in ruling.because))
