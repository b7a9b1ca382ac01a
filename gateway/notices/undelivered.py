"""The letters about mail that a next hop refused, that we gave up on, or that is late.

Promises: as for every notice, only nameable recipients are named; what a next hop said is shown only for those, since it may name them.
"""

from collections.abc import Sequence

from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices.closing import footer, last_line, which_email, whom_to_ask
from gateway.notices.guidance import failure_words
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.whom import LISTED_AT_MOST
from gateway.notices.wording import say
from gateway.notices.words import before_when, clean, people, who


def write(context: NoticeContext) -> Letter:
    """The letter for FAILED and DELAYED."""
    late = context.kind is NoticeKind.DELAYED
    whose = "your email" if for_the_sender(context) else "an email"
    count = len(context.failed)
    named = tuple(clean(failed.original) for failed in context.failed if may_name(context, failed))
    return Letter(
        subject=f"{'Delayed' if late else 'Not delivered'}: {whose} to {people(count)}",
        title=say(context, f"title.{context.kind.value}", which=whose.capitalize(), whom=who(named, count)),
        intro=_intro(context, late=late),
        sections=(Section(say(context, "heading.failed"), items=_listed(context)), *_what_now(context, late=late), whom_to_ask(context)),
        footer=footer(context),
        last=last_line(context, tuple(dict.fromkeys(clean(failed.status, 20) for failed in context.failed))),
    )


def for_the_sender(context: NoticeContext) -> bool:
    """Foreign and null senders are never told: their failures go to the organisation's postmaster (architecture)."""
    return str(context.to).lower() != context.postmaster.lower()


def may_name(context: NoticeContext, failed: FailedRecipient) -> bool:
    """A rewritten address may be named when the address that was written may be."""
    return failed.original.lower() in context.nameable


def _intro(context: NoticeContext, *, late: bool) -> tuple[str, ...]:
    mine = for_the_sender(context)
    lines = [] if mine else [say(context, "about.foreign")]
    if late:
        lines.append(say(context, "delayed.waiting"))
        if context.deadline is not None:
            until = before_when(context.deadline, context.now, context.organisation.hours.zone)
            lines.append(say(context, "delayed.until", until=until))
    elif mine and len({failed.status for failed in context.failed}) == 1:
        meaning, advice = failure_words(context.failed[0].status, context)
        lines += [meaning, say(context, "now", what=advice)]
    if mine:
        lines.append(which_email(context))
    if len(context.rulings) > len(context.failed):
        lines.append(say(context, "failed.others"))
    return tuple(lines)


def _listed(context: NoticeContext) -> tuple[Item, ...]:
    named = [failed for failed in context.failed if may_name(context, failed)][:LISTED_AT_MOST]
    lines = [f"{clean(failed.original)}: {_said(context, failed)}" for failed in named]
    rest = len(context.failed) - len(named)
    if rest:
        lines.append(f"{rest} more" if lines else people(rest))
    return tuple(map(Item, lines))


def _said(context: NoticeContext, failed: FailedRecipient) -> str:
    said = clean(failed.diagnostic)
    words = failure_words(failed.status, context)[0]
    return f"{words} {say(context, 'failed.said', said=said)}" if said else words


def _what_now(context: NoticeContext, *, late: bool) -> tuple[Section, ...]:
    ways = (*(() if late else _advice(context, context.failed)), say(context, "next.late"))
    return (Section(say(context, "heading.now"), items=tuple(map(Item, ways)), steps=len(ways) > 1),)


def _advice(context: NoticeContext, failed: Sequence[FailedRecipient]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(failure_words(one.status, context)[1] for one in failed))
