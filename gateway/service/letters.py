"""Letters about held messages: one as content and consignment, ready for the transaction of what it tells.

Promises: a letter goes to nobody but the address given; what it is about comes from the hold alone, never from its content.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.model.address import Address, parse_mailbox
from gateway.model.judgement import Remedy, Ruling, Verdict
from gateway.model.notice import Waiting
from gateway.model.plan import NoticeKind
from gateway.model.stored import HeldMessage, QueueItem, StoredContent, TakeOver
from gateway.notices import write_notice
from gateway.service import tell
from gateway.service.desk import Desk
from gateway.service.held import rulings_of
from gateway.service.take_over import notice_item
from gateway.service.verbs import AFTERWARDS, addresses

Letter = tuple[StoredContent, QueueItem]

LET_GO = "A reviewer checked it and let it go."


def about(desk: Desk, held: HeldMessage, kind: NoticeKind, to: Address, rulings: Sequence[Ruling] = (), **more: object) -> Letter:
    """`rulings` where they are no longer those of the hold: the report part says what became of each recipient."""
    id, now = desk.new_id(), desk.clock()
    context = tell.about_hold(desk, desk.policy, held, kind, to, id, rulings=tuple(rulings) or rulings_of(held), **more)
    return notice_item(id, write_notice(context), to, held.message, held.organisation, now)


def released(desk: Desk, held: HeldMessage) -> tuple[Letter, ...]:
    """To whoever was told that it is held; to nobody where nobody reads that mailbox."""
    if not held.told:
        return ()
    gone = tuple(replace(ruling, verdict=Verdict.DELIVER) for ruling in rulings_of(held))
    verbs = links(desk, held, AFTERWARDS)
    return (about(desk, held, NoticeKind.RELEASED, parse_mailbox(held.told), gone, outcome=(LET_GO,), verbs=verbs),)


def released_together(desk: Desk, those: Sequence[HeldMessage]) -> tuple[Letter, ...]:
    """One letter for each sender, however many of theirs were let go at once."""
    by_sender: dict[tuple[str, str], list[HeldMessage]] = {}
    for held in those:
        by_sender.setdefault((held.organisation, held.told), []).append(held)
    return tuple(letter for theirs in by_sender.values() for letter in _released_to_one(desk, theirs))


def _released_to_one(desk: Desk, theirs: Sequence[HeldMessage]) -> tuple[Letter, ...]:
    first = theirs[0]
    if len(theirs) == 1 or not first.told:
        return released(desk, first)
    id, to, words = desk.new_id(), parse_mailbox(first.told), ("A reviewer checked them and let them go.",)
    context = tell.about_hold(desk, desk.policy, first, NoticeKind.RELEASED, to, id, outcome=words, count=len(theirs))
    return (notice_item(id, write_notice(context), to, first.message, first.organisation, desk.clock()),)


def review(
    desk: Desk, those: Sequence[HeldMessage], to: Address, *outcome: str, deadline: datetime | None = None, urgent: bool = False
) -> Letter:
    """To a reviewer: these wait, the oldest first. `deadline` where it is being changed."""
    first, id = those[0], desk.new_id()
    waiting = tuple(
        Waiting(held.id, held.sender, len(held.recipients), held.held_at, deadline or held.deadline, held.reasons) for held in those
    )
    context = tell.about_hold(
        desk,
        desk.policy,
        first,
        NoticeKind.REVIEW,
        to,
        id,
        rulings=rulings_of(first) if len(those) == 1 else (),
        waiting=waiting,
        count=len(those),
        urgent=urgent,
        deadline=waiting[0].deadline,
        outcome=outcome,
    )
    return notice_item(id, write_notice(context), to, first.message, first.organisation, desk.clock())


def links(desk: Desk, held: HeldMessage, verbs: frozenset[Remedy]) -> tuple[tuple[Remedy, Address], ...]:
    """The addresses by which these can be asked for."""
    return addresses(desk.keys, desk.settings.control, verbs, held.id)


def with_letters(taken: TakeOver, letters: Sequence[Letter]) -> TakeOver:
    """The same, with these letters in its transaction."""
    contents, items = (*taken.contents, *(content for content, _ in letters)), (*taken.queue, *(item for _, item in letters))
    return replace(taken, contents=contents, queue=items)
