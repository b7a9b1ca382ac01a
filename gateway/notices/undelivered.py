"""The letters about mail that a next hop refused, that we gave up on, or that is late.

Promises: as for every notice, only nameable recipients are named; what a next hop said is shown only for those, since it may name them.
"""

from collections.abc import Sequence

from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices.closing import footer, last_line, which_email, whom_to_ask
from gateway.notices.failures import failure_words
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.whom import LISTED_AT_MOST
from gateway.notices.words import before_when, clean, people


def write(context: NoticeContext) -> Letter:
    """The letter for FAILED and DELAYED."""
    late = context.kind is NoticeKind.DELAYED
    whose = "your email" if for_the_sender(context) else "an email"
    whom = f"{whose} to {people(len(context.failed))}"
    title = f"{whom} is late" if late else f"{whom} was not delivered"
    return Letter(
        subject=f"Delayed: {whom}" if late else f"Not delivered: {whom}",
        title=title[0].upper() + title[1:],
        intro=_intro(context, late=late),
        sections=(Section("Who has not got it", items=_listed(context)), *_what_now(context, late=late), whom_to_ask(context)),
        footer=footer(),
        last=last_line(context, tuple(dict.fromkeys(clean(failed.status, 20) for failed in context.failed))),
    )


def for_the_sender(context: NoticeContext) -> bool:
    """Foreign and null senders are never told: their failures go to the organisation's postmaster (architecture)."""
    return str(context.to).lower() != context.postmaster.lower()


def may_name(context: NoticeContext, failed: FailedRecipient) -> bool:
    """A rewritten address may be named when the address that was written may be."""
    return failed.original.lower() in context.nameable


def _intro(context: NoticeContext, *, late: bool) -> tuple[str, ...]:
    lines = [which_email(context) if for_the_sender(context) else "Its sender is not one of ours, so we tell you and not them."]
    if late:
        lines.append("Nobody needs to send it again. We keep trying.")
        if context.deadline is not None:
            until = before_when(context.deadline, context.now, context.organisation.hours.zone)
            lines.append(f"If it has not gone before {until}, we tell you.")
    if len(context.rulings) > len(context.failed):
        lines.append("This is not about the other people you wrote to.")
    return tuple(lines)


def _listed(context: NoticeContext) -> tuple[Item, ...]:
    named = [failed for failed in context.failed if may_name(context, failed)][:LISTED_AT_MOST]
    lines = [f"{clean(failed.original)}: {_said(failed)}" for failed in named]
    rest = len(context.failed) - len(named)
    if rest:
        lines.append(f"{rest} more" if lines else people(rest))
    return tuple(Item(line) for line in lines)


def _said(failed: FailedRecipient) -> str:
    said = clean(failed.diagnostic)
    words = failure_words(failed.status)[0]
    return f'{words} Their mail system said: "{said}"' if said else words


def _what_now(context: NoticeContext, *, late: bool) -> tuple[Section, ...]:
    if late:
        return (Section("What to do now", items=(Item("If it cannot wait, phone."),)),)
    ways = _advice(context.failed)
    return (Section("What to do now", items=tuple(Item(way) for way in ways), steps=len(ways) > 1),)


def _advice(failed: Sequence[FailedRecipient]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(failure_words(one.status)[1] for one in failed), "If it cannot wait, phone."]))
