"""The letter to those who may decide: emails wait for a reviewer.

Promises: who sent each, since when it waits, why, until when, and how to act; never a subject, a text, a file or who gets it.
"""

from gateway.model.findings import Reason
from gateway.model.notice import NoticeContext, Waiting
from gateway.notices import guidance
from gateway.notices.closing import codes, footer, last_line, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.wording import say, steps
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
        intro=(*(clean(sentence) for sentence in context.outcome), *_first_to_go(context), say(context, "now.review"), *_about(context)),
        sections=sections,
        footer=footer(context),
        last=last_line(context, reasons or codes(context.rulings)),
    )


def _title(context: NoticeContext) -> tuple[str, str]:
    several = context.count > 1
    what = f"{context.count} emails" if several else f"an email to {people(_recipients(context))}"
    urgent, wait = "Urgent: please check" if context.urgent else "Please check", "wait" if several else "waits"
    key = f"title.review{'.urgent' if context.urgent else ''}{'.many' if several else ''}"
    facts = {"count": str(context.count)} if several else {"whom": people(_recipients(context))}
    return f"{urgent}: {what} {wait} for you", say(context, key, **facts)


def _recipients(context: NoticeContext) -> int:
    return context.waiting[0].recipients if context.waiting else len(context.rulings)


def _about(context: NoticeContext) -> tuple[str, ...]:
    if context.count > 1:
        return ()
    return (say(context, "about.came_in", when=day_and_time(context.arrived_at, context.organisation.hours.zone)),)


def _first_to_go(context: NoticeContext) -> tuple[str, ...]:
    if context.count < 2 or not context.waiting:
        return ()
    first = min(one.deadline for one in context.waiting)
    return (say(context, "review.first", until=day_and_time(first, context.organisation.hours.zone)),)


def _what_waits(context: NoticeContext) -> tuple[Section, ...]:
    if not context.waiting:
        return ()
    shown = tuple(Item(_line(context, one)) for one in context.waiting[:LISTED_AT_MOST])
    rest = context.count - len(shown)
    after = (say(context, "review.more", rest=str(rest)),) if rest > 0 else ()
    return (Section(say(context, "heading.waits"), items=shown, after=after),)


def _line(context: NoticeContext, one: Waiting) -> str:
    zone = context.organisation.hours.zone
    since, until = day_and_time(one.since, zone), day_and_time(one.deadline, zone)
    first = say(context, "review.one", number=clean(one.hold), sender=clean(one.sender), whom=people(one.recipients), since=since)
    why = dict.fromkeys(guidance.meaning(_SHIPPED[code], context) for code in one.reasons if code in _SHIPPED)
    return " ".join((first, *why, say(context, "review.deadline", until=until)))


def _how_to_look(context: NoticeContext) -> Section:
    # The reference is the message's: `why` knows it, `hold` goes by the hold's own number, which `hold list` shows.
    number = clean(context.waiting[0].hold) if len(context.waiting) == 1 else "NUMBER"
    reference = "NUMBER" if len(context.waiting) > 1 else clean(context.reference)
    commands = steps(context, "look.steps", reference=reference, number=number)
    return Section(say(context, "heading.look"), before=(say(context, "look.how"),), items=tuple(map(Item, commands)))
