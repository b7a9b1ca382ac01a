"""Ending a hold: a reviewer releases or returns it, its sender cancels it, or its time runs out.

Promises: exactly one outcome and one copy, whoever else acts at the same moment; time never releases; a released message goes by
the table in force now, never to an address that has meanwhile been retired or refused.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from gateway.model.actions import NotPossible, Outcome, UnknownHold
from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Because, Destination, Extras, Path, Remedy, Ruling, Tls, Verdict, WaitsFor
from gateway.model.plan import Consignment, Forward, NoticeKind
from gateway.model.settings import RouteSettings
from gateway.model.store import Event, HeldMessage, HeldRecipient, HoldMove, HoldState, QueueItem, StoreUnavailable, TakeOver
from gateway.notices import write_notice
from gateway.policy.plan import confirmed, forward, least_tls, way
from gateway.service import story, tell
from gateway.service.desk import Desk
from gateway.service.judged_again import judged_again
from gateway.service.take_over import notice_item, with_extras

# How many holds one round of housekeeping ends: the next round comes within the minute.
AT_ONCE = 100
EXPIRED = "Nobody released it in time."
# Slices of a mail join its hold within a minute of each other; a third that comes while two are being handled is not real.
TRIES = 3

log = structlog.get_logger()


class Holds:
    """The `Actions` on held mail."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def release(self, hold: str | HeldMessage, *, by: str, why: str) -> Outcome:
        """Let the held recipients have the message, by the ways that the table in force names. It is judged again, and the
        release sets aside exactly the rules that held it: whatever else stops it now still stops it."""

        async def released(held: HeldMessage) -> TakeOver:
            refuse_own(held, by)
            return await with_extras(self._desk, self._released(held, await judged_again(self._desk, held), by, why))

        return await self._end(hold, HoldState.RELEASED, by, why, released)

    async def return_to_sender(self, hold: str | HeldMessage, *, by: str, why: str) -> Outcome:
        """End the hold without sending; the sender is told why and what to do."""

        async def returned(held: HeldMessage) -> TakeOver:
            return self._returned(held, by, why)

        return await self._end(hold, HoldState.RETURNED, by, why, returned)

    async def cancel(self, hold: str | HeldMessage, *, by: str, why: str) -> Outcome:
        """The sender no longer wants it sent. Nobody needs to be told."""

        async def cancelled(held: HeldMessage) -> TakeOver:
            return TakeOver(entries=(story.hold_ended(held, Event.CANCELLED, self._desk.clock(), by, why),))

        return await self._end(hold, HoldState.CANCELLED, by, why, cancelled)

    async def expire(self) -> None:
        """Return every hold whose time is over. One that cannot be returned never stops the others."""
        for held in await self._desk.store.holds_past(self._desk.clock(), AT_ONCE):
            try:
                await self.return_to_sender(held.id, by="gateway", why=EXPIRED)
            except NotPossible:
                continue  # Somebody ended it a moment ago.
            except StoreUnavailable:
                raise
            except Exception as trouble:  # Whatever it was, it is tried again, and the others are not kept waiting.
                log.error("expiry_crashed", id=held.message, error=type(trouble).__name__)

    async def _held(self, id: str) -> HeldMessage:
        held = await self._desk.store.hold(id)
        if held is None:
            raise UnknownHold(f"There is no held message {id}.")
        return held

    async def _end(
        self, hold: str | HeldMessage, to: HoldState, by: str, why: str, prepare: Callable[[HeldMessage], Awaitable[TakeOver]]
    ) -> Outcome:
        """Prepare what follows and move the hold; once more when another slice of the mail joined it meanwhile."""
        # One that was just read (of a thousand) need not be read again: a move is refused if it is not so any more.
        held = hold if isinstance(hold, HeldMessage) else await self._held(hold)
        for _ in range(TRIES):
            if held.state is not HoldState.HELD:
                break
            move = HoldMove(held.id, to, self._desk.clock(), by, why, await prepare(held), recipients=addresses_of(held))
            moved = await self._desk.store.move_hold(move)
            if moved is not None:
                self._desk.kick()
                return Outcome(moved)
            held = await self._held(held.id)
        if held.state is to:
            return Outcome(held, repeated=True)
        ended = f"was already {held.state.value} by {held.ended_by}" if held.ended_by else "is being changed by others"
        raise NotPossible(f"{held.id} {ended}. Nothing was changed.")

    def _released(self, held: HeldMessage, rulings: Sequence[Ruling], by: str, why: str) -> TakeOver:
        now = self._desk.clock()
        queue = tuple(
            QueueItem(consignment, held.message, held.organisation, held.content, 0, now, now)
            for consignment in consignments(held, rulings, self._desk.route_settings, self._desk.new_id)
        )
        return TakeOver(entries=(story.hold_ended(held, Event.RELEASED, now, by, why),), queue=queue)

    def _returned(self, held: HeldMessage, by: str, why: str) -> TakeOver:
        now = self._desk.clock()
        entries = (story.hold_ended(held, Event.RETURNED, now, by, why),)
        if not held.told:
            return TakeOver(entries)
        id, to = self._desk.new_id(), parse_mailbox(held.told)
        rulings = tuple(ruling_of(recipient) for recipient in held.recipients)
        raw = write_notice(
            tell.about_hold(self._desk, self._desk.policy, held, NoticeKind.RETURNED, to, id, rulings=rulings, why_returned=why)
        )
        content, queued = notice_item(id, raw, to, held.message, held.organisation, now)
        return TakeOver(entries, (content,), (queued,))


def refuse_own(held: HeldMessage, by: str) -> None:
    """Four eyes: whoever sent it, or may answer for it, does not release it (requirement H10)."""
    name = by.strip().lower()
    if any(name in (address, address.partition("@")[0]) for address in held.requesters):
        raise NotPossible(f"{by} sent {held.id}: another person must release it. Nothing was changed.")


def addresses_of(held: HeldMessage) -> tuple[str, ...]:
    return tuple(recipient.address for recipient in held.recipients)


def consignments(
    held: HeldMessage, rulings: Sequence[Ruling], routes: Sequence[RouteSettings], new_id: Callable[[], str]
) -> tuple[Consignment, ...]:
    """One consignment per way and kind of copy; the TLS floor that each recipient had when it was held still binds."""
    floors = {recipient.address: recipient.minimum_tls for recipient in held.recipients}
    groups: dict[tuple[object, Extras], list[Destination]] = {}
    for ruling in rulings:
        groups.setdefault((way(ruling.destination, routes), ruling.extras), []).append(ruling.destination)
    sender = parse_mailbox(held.sender) if held.sender else None
    return tuple(
        Consignment(
            new_id(),
            group[0].route,
            least_of(group, floors, routes),
            sender,
            held.sender_options,
            confirmed(unique(group), extras),
            extras=extras,
        )
        for (_, extras), group in groups.items()
    )


def least_of(group: Sequence[Destination], floors: Mapping[str, int], routes: Sequence[RouteSettings]) -> Tls:
    return Tls(max(max(int(least_tls(one, routes)), floors.get(str(one.recipient.address), 0)) for one in group))


def unique(group: Sequence[Destination]) -> tuple[Forward, ...]:
    return tuple({destination.deliver_to.key: forward(destination) for destination in group}.values())


def ruling_of(recipient: HeldRecipient) -> Ruling:
    """The ruling as it was when the message was held, for the words of a notice."""
    destination = Destination(
        Recipient(parse_mailbox(recipient.address), recipient.options),
        Path(recipient.path or Path.INSECURE),
        parse_mailbox(recipient.deliver_to),
        recipient.route,
        recipient.community,
    )
    return Ruling(
        destination,
        Verdict.HOLD,
        tuple(Because(*because) for because in recipient.because),
        tuple(Remedy(remedy) for remedy in recipient.remedies),
        WaitsFor.SENDER,
        Verdict.HOLD,
        tell=True,
    )
