"""Ending a hold: a reviewer releases, protects or returns it, its sender cancels it, or its time runs out.

Promises: exactly one outcome and one copy, whoever else acts at the same moment; time never releases; a released message goes by
the table in force now, never to an address that has meanwhile been retired or refused. Only the reviewers of its queue decide.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from gateway.model.actions import NotPossible, Outcome, UnknownHold
from gateway.model.address import parse_mailbox
from gateway.model.judgement import Remedy, Ruling
from gateway.model.plan import NoticeKind
from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.model.stored import HeldMessage, HoldMove, HoldState, QueueItem, TakeOver
from gateway.service import letters, people, reviewers, story
from gateway.service.desk import Desk
from gateway.service.held import addresses_of, consignments
from gateway.service.judged_again import judged_again
from gateway.service.people import Actor
from gateway.service.remedies import TRIES, Remedies, Wish
from gateway.service.take_over import with_extras

# How many holds one round of housekeeping ends: the next round comes within the minute.
AT_ONCE = 100
EXPIRED = "Nobody released it in time."
GATEWAY = Actor("gateway")
# Long enough to phone the sender; whoever went home keeps nobody waiting.
CLAIM = timedelta(hours=1)

Hold = str | HeldMessage
"""A hold by its id, or just read: of a thousand none need be read again, for a move is refused if it is not so any more."""
By = str | Actor

log = structlog.get_logger()


class Holds:
    """The `Actions` on held mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def release(self, hold: Hold, *, by: By, why: str, tell: bool = True) -> Outcome:
        """Let the held recipients have the message, by the ways that the table in force names. It is judged again, and the
        release sets aside exactly the rules that held it: whatever else stops it now still stops it. `tell` its sender."""
        desk, who = self._desk, await self._deciding(by)

        async def released(held: HeldMessage) -> TakeOver:
            reviewers.refuse_own(desk.policy, held, who)
            sent = await with_extras(desk, self._released(held, await judged_again(desk, held), who, why))
            return letters.with_letters(sent, letters.released(desk, held)) if tell else sent

        return await self._end(hold, HoldState.RELEASED, who, why, released)

    async def tell_released(self, those: Sequence[HeldMessage]) -> None:
        """One letter to each sender of what was let go together."""
        wanted = letters.released_together(self._desk, those)
        if wanted:
            await self._desk.store.take_over(letters.with_letters(TakeOver(()), wanted))
            self._desk.kick()

    async def protect(self, hold: str, *, by: By, why: str) -> Outcome:
        """What its sender can ask for by mail, asked for by a reviewer: the sender gets the password and knows whom to phone."""
        who, held = await self._deciding(by), await self._held(hold)
        reviewers.refuse_stranger(self._desk.policy, held, who)
        if held.state is HoldState.HELD:
            reviewers.refuse_claimed(held, who, self._desk.clock())
            wish = Wish(Remedy.PROTECT, parse_mailbox(held.told or held.sender), why, reviewer=who.name)
            await Remedies(self._desk).carry_out(held, wish)
            held = await self._held(hold)
            if held.state is HoldState.HELD:
                reviewers.refuse_claimed(held, who, self._desk.clock())
                raise NotPossible(f"{held.id} could not be protected; its sender was told why. It still waits.")
            if held.state is HoldState.PROTECTED:
                return Outcome(held)
        return self._as_it_was(held, HoldState.PROTECTED)

    async def return_to_sender(self, hold: Hold, *, by: By, why: str) -> Outcome:
        """End the hold without sending; the sender is told why and what to do."""
        who = await self._deciding(by)

        async def returned(held: HeldMessage) -> TakeOver:
            return self._returned(held, who, why)

        return await self._end(hold, HoldState.RETURNED, who, why, returned)

    async def cancel(self, hold: Hold, *, by: By, why: str) -> Outcome:
        """The sender no longer wants it sent. Nobody needs to be told."""
        who = await self._deciding(by)

        async def cancelled(held: HeldMessage) -> TakeOver:
            return TakeOver(entries=(story.hold_ended(held, Event.CANCELLED, self._desk.clock(), who.name, why),))

        return await self._end(hold, HoldState.CANCELLED, who, why, cancelled)

    async def claim(self, hold: str, *, by: By) -> Outcome:
        """Tell the other reviewers that this one is being looked at: for an hour they leave it alone."""
        desk, who, held = self._desk, await self._deciding(by), await self._held(hold)
        reviewers.refuse_stranger(desk.policy, held, who)
        now = desk.clock()
        then = TakeOver((story.hold_ended(held, Event.CLAIMED, now, who.name, ""),))
        moved = await desk.store.move_hold(HoldMove(held.id, None, now, who.name, "", then, claim_until=now + CLAIM))
        if moved is not None:
            return Outcome(moved)
        held = await self._held(hold)
        reviewers.refuse_claimed(held, who, now)
        raise self._not_possible(held)

    async def expire(self) -> None:
        """Return every hold whose time is over. One that cannot be returned never stops the others."""
        for held in await self._desk.store.holds_past(self._desk.clock(), AT_ONCE):
            try:
                await self.return_to_sender(held.id, by=GATEWAY, why=EXPIRED)
            except NotPossible:
                continue  # Somebody ended it a moment ago.
            except StoreUnavailable:
                raise
            except Exception as trouble:  # Whatever it was, it is tried again, and the others are not kept waiting.
                log.error("expiry_crashed", id=held.message, error=type(trouble).__name__)

    async def _deciding(self, by: By) -> Actor:
        return by if isinstance(by, Actor) else await people.deciding(self._desk.store, by)

    async def _held(self, id: str) -> HeldMessage:
        held = await self._desk.store.hold(id)
        if held is None:
            raise UnknownHold(f"There is no held message {id}.")
        return held

    async def _end(self, hold: Hold, to: HoldState, who: Actor, why: str, prepare: Callable[[HeldMessage], Awaitable[TakeOver]]) -> Outcome:
        """Prepare what follows and move the hold; once more when another slice of the mail joined it meanwhile."""
        held = hold if isinstance(hold, HeldMessage) else await self._held(hold)
        if who is not GATEWAY:
            reviewers.refuse_stranger(self._desk.policy, held, who)
        for _ in range(TRIES):
            if held.state is not HoldState.HELD:
                break
            if who is not GATEWAY:
                reviewers.refuse_claimed(held, who, self._desk.clock())
            then, theirs = await prepare(held), addresses_of(held)
            # Prepared for seconds perhaps: who has claimed it meanwhile is heeded where it is moved.
            move = HoldMove(held.id, to, self._desk.clock(), who.name, why, then, recipients=theirs, heeds_claims=who is not GATEWAY)
            moved = await self._desk.store.move_hold(move)
            if moved is not None:
                self._desk.kick()
                return Outcome(moved)
            held = await self._held(held.id)
        return self._as_it_was(held, to)

    def _as_it_was(self, held: HeldMessage, wished: HoldState) -> Outcome:
        """The same action again is answered with the first's result; another one changes nothing."""
        if held.state is wished:
            return Outcome(held, repeated=True)
        raise self._not_possible(held)

    def _not_possible(self, held: HeldMessage) -> NotPossible:
        ended = f"was already {held.state.value} by {held.ended_by}" if held.ended_by else "is being changed by others"
        return NotPossible(f"{held.id} {ended}. Nothing was changed.")

    def _released(self, held: HeldMessage, rulings: Sequence[Ruling], who: Actor, why: str) -> TakeOver:
        now = self._desk.clock()
        queue = tuple(
            QueueItem(consignment, held.message, held.organisation, held.content, 0, now, now)
            for consignment in consignments(held, rulings, self._desk.ways, self._desk.new_id)
        )
        return TakeOver(entries=(story.hold_ended(held, Event.RELEASED, now, who.name, why),), queue=queue)

    def _returned(self, held: HeldMessage, who: Actor, why: str) -> TakeOver:
        entries = (story.hold_ended(held, Event.RETURNED, self._desk.clock(), who.name, why),)
        if not held.told:
            return TakeOver(entries)
        letter = letters.about(self._desk, held, NoticeKind.RETURNED, parse_mailbox(held.told), why_returned=why)
        return letters.with_letters(TakeOver(entries), (letter,))
