"""The letter to those who may decide: emails wait for a reviewer.

Promises: who sent each, since when it waits, why, until when, and how to act; never a subject, a text, a file or who gets it.
"""

from gateway.model.findings import Reason
from gateway.model.notice import NoticeContext, Waiting
from gateway.notices import guidance
from gateway.notices.closing import codes, footer, last_line, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.words import clean, day_and_time, people

LISTED_AT_MOST = 20
"""A page; whoever has more to look at needs the list itself."""
_SHIPPED = {reason.value: reason for reason in Reason}


def write(context: NoticeContext) -> Letter:
    """The letter for REVIEW."""
    subject, title = _title(context)
    sections = (*_what_waits(context), _how_to_look(context), whom_to_ask(context))
    reasons = tuple(dict.fromkeys(clean(code, 60) for one in context.waiting for code in one.reasons))
    return Letter(
        subject=subject,
        title=title,
        intro=(*_about(context), *(clean(sentence) for sentence in context.outcome)),
        sections=sections,
        footer=footer(),
        last=last_line(context, reasons or codes(context.rulings)),
    )


def _title(context: NoticeContext) -> tuple[str, str]:
    if context.count > 1:
        what, verb, them = f"{context.count} emails", "wait", "them"
    else:
        what, verb, them = f"an email to {people(_recipients(context))}", "waits", "it"
    begun = what[0].upper() + what[1:]
    if context.urgent:
        return f"Urgent: please check: {what} {verb} for you", f"{begun} cannot wait: please check {them} now"
    return f"Please check: {what} {verb} for you", f"{begun} {verb} for you to check {them}"


def _recipients(context: NoticeContext) -> int:
    return context.waiting[0].recipients if context.waiting else len(context.rulings)


def _about(context: NoticeContext) -> tuple[str, ...]:
    if context.count > 1:
        return ()
    return (f"It came in at {day_and_time(context.arrived_at, context.organisation.hours.zone)}.",)


def _what_waits(context: NoticeContext) -> tuple[Section, ...]:
    if not context.waiting:
        return ()
    zone = context.organisation.hours.zone
    shown = tuple(Item(_line(one, zone)) for one in context.waiting[:LISTED_AT_MOST])
    rest = context.count - len(shown)
    after = (f"And {rest} more. See them all with: gateway hold list",) if rest > 0 else ()
    return (Section("What waits", items=shown, after=after),)


def _line(one: Waiting, zone: str) -> str:
    why = dict.fromkeys(guidance.meaning(_SHIPPED[code]) for code in one.reasons if code in _SHIPPED)
    first = f"{clean(one.hold)}: from {clean(one.sender)} to {people(one.recipients)}, since {day_and_time(one.since, zone)}."
    return " ".join((first, *why, f"If nobody acts, it goes back at {day_and_time(one.deadline, zone)}."))


def _how_to_look(context: NoticeContext) -> Section:
    number = clean(context.waiting[0].hold) if len(context.waiting) == 1 else "NUMBER"
    commands = (
        f"gateway why {clean(context.reference) if number != 'NUMBER' or not context.waiting else number} tells what it is about.",
        "gateway hold list shows what waits, each with its number.",
        f"gateway hold claim {number} tells the others that you look at it.",
        f"gateway hold release {number} --reason TEXT sends it.",
        f"gateway hold return {number} --reason TEXT sends it back.",
    )
    return Section("How to look at it", before=("Use these commands, or ask IT to.",), items=tuple(Item(line) for line in commands))
