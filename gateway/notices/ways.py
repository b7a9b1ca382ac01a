"""The ways out of a ruling, best first: by mail to a verb's address where there is one, else by hand."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.address import Address
from gateway.model.judgement import Remedy, Ruling, Verdict
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.letter import Item, Link
from gateway.notices.whom import may_name
from gateway.notices.why import reasons
from gateway.notices.wording import say
from gateway.notices.words import clean, first_sentence


def ways_out(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[Item, ...]:
    """Every way out of these rulings, best first, each once; a verb without an address becomes what the sender can do by hand."""
    verbs = dict(context.verbs)
    offered = frozenset(remedy for ruling in rulings for remedy in ruling.remedies)
    items = {} if offered & guidance.MENDS else {item.words: item for ruling in rulings for item in _advised(context, ruling)}
    for remedy in guidance.BEST_FIRST:
        for ruling in rulings:
            item = _way(context, remedy, ruling, verbs) if remedy in ruling.remedies else None
            if item is not None:
                items.setdefault(item.link.address if item.link else item.words, item)
    return tuple(items.values())


def best_way(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """The first of them in one sentence, for the first lines; empty where there is none."""
    ways = ways_out(context, rulings)
    if not ways:
        return ()
    if ways[0].link is not None:
        return (say(context, "now.link", what=ways[0].link.words),)
    return (say(context, "now" if rulings[0].stopped else "next_time", what=first_sentence(ways[0].words)),)


_ASKS = frozenset((NoticeKind.STOPPED, NoticeKind.DONE, NoticeKind.REMINDER))
"""Letters about a message that still waits: a verb can still do something."""


def _way(context: NoticeContext, remedy: Remedy, ruling: Ruling, verbs: dict[Remedy, Address]) -> Item | None:
    address = verbs.get(remedy)
    if address is not None and context.kind in _ASKS and ruling.verdict is Verdict.HOLD:
        title, write_in_it = guidance.verb_words(remedy, context)
        return Item(write_in_it, Link(title, clean(str(address)), remedy.value))
    if remedy in guidance.WORTHLESS_BY_HAND or (remedy is Remedy.RELEASE and context.kind is not NoticeKind.STOPPED):
        return None  # There is nothing left to let go.
    destination = ruling.destination
    if not may_name(context, destination.recipient.address):
        destination = replace(destination, suggestion="")  # It would give away whom it is about.
    return Item(guidance.remedy_words(remedy, destination, context))


def _advised(context: NoticeContext, ruling: Ruling) -> tuple[Item, ...]:
    """Where policy offers nothing that mends the message, what the reasons themselves ask for."""
    return tuple(Item(guidance.advice(reason, context)) for reason in reasons(ruling))
