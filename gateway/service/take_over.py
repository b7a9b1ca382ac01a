"""Owning a message: every consignment, hold and notice durable in one transaction, before we answer 250."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.model.address import Address
from gateway.model.judgement import Extras, Ruling, Tls, Verdict
from gateway.model.plan import Consignment, Forward, Hold, NoticeOrder, Plan
from gateway.model.smtp import Content
from gateway.model.stored import HeldMessage, HeldRecipient, HoldState, JournalKey, QueueItem, StoredContent, TakeOver
from gateway.policy import Policy
from gateway.policy.plan import forward
from gateway.policy.ways import Ways
from gateway.service import receipts, story, tell
from gateway.service.desk import OUR_OWN_ROUTE, Desk
from gateway.service.extras import added
from gateway.service.journal import Doubt, digest_of
from gateway.service.judge import Judgement

# A server that splits a list sends the slices within seconds; the contract says 60 s.
SLICES_WITHIN = timedelta(seconds=60)


async def take_over(
    desk: Desk,
    policy: Policy,
    plan: Plan,
    judgement: Judgement,
    prefix: bytes,
    content: Content,
    copies: Mapping[Extras, bytes],
    doubt: Doubt | None,
    answered: tuple[JournalKey, ...] = (),
) -> None:
    """Make the plan durable; `copies` are the messages with their extras. Slices of a mail that is already held join its hold,
    and its sender is not told twice. In `doubt` is our reply until the client knows it; `answered` by the journal were the other
    recipients."""
    group = await group_of(desk, plan, judgement, content.raw, doubt)
    async with desk.groups.holding(group):
        taken = await _everything(desk, policy, plan, judgement, prefix, content, group, doubt)
        taken = with_copies(desk, taken, copies)
        await desk.store.take_over(replace(taken, answered=answered))


async def _everything(
    desk: Desk, policy: Policy, plan: Plan, judgement: Judgement, prefix: bytes, content: Content, group: str, doubt: Doubt | None
) -> TakeOver:
    now = desk.clock()
    stored = StoredContent(plan.envelope.id, content.raw, prefix, content.by_bdat)
    queue = [queued(plan, judgement, consignment, now) for consignment in plan.consignments]
    held = [held_message(plan, judgement, hold, group, now, desk.ways) for hold in plan.holds]
    earlier = await desk.store.hold_of_group(group, now - SLICES_WITHIN) if held else None
    joins = tuple((earlier.id, hold.recipients) for hold in held) if earlier else ()
    orders = plan.notices if earlier is None else tuple(map(only_bounced, plan.notices))
    notices = [notice(desk, policy, order, plan, judgement, now) for order in orders if order.rulings]
    # Kept only for those who still need it: what was bounced, or waits with an earlier slice, is not stored again.
    kept = (stored,) if queue or (held and earlier is None) else ()
    recorded = replace(plan, holds=tuple(replace(hold, id=earlier.id) for hold in plan.holds)) if earlier else plan
    return TakeOver(
        entries=(story.accepted(recorded, judgement, now, doubt),),
        contents=(*kept, *(content for content, _ in notices)),
        queue=(*queue, *(item for _, item in notices)),
        holds=() if earlier else tuple(held),
        join_holds=joins,
    )


def only_bounced(order: NoticeOrder) -> NoticeOrder:
    """What the sender has not been told yet when a slice joins an earlier one: its own bounces."""
    return replace(order, rulings=tuple(ruling for ruling in order.rulings if ruling.verdict is Verdict.BOUNCE))


def with_copies(desk: Desk, taken: TakeOver, copies: Mapping[Extras, bytes]) -> TakeOver:
    """Each consignment with extras gets the content that has them."""
    used = {item.consignment.extras for item in taken.queue if item.consignment.extras in copies}
    if not used:
        return taken
    (original, *others) = taken.contents
    made = {extras: replace(original, id=desk.new_id(), raw=copies[extras]) for extras in used}
    queue = tuple(
        replace(item, content=made[item.consignment.extras].id) if item.consignment.extras in made else item for item in taken.queue
    )
    needed = bool(taken.holds) or any(item.content == original.id for item in queue)
    return replace(taken, contents=(*((original,) if needed else ()), *made.values(), *others), queue=queue)


async def with_extras(desk: Desk, taken: TakeOver) -> TakeOver:
    """The same for mail that leaves after it was held: each consignment with extras gets a copy that has them."""
    own = {content.id: content for content in taken.contents}
    made: dict[tuple[str, Extras], StoredContent] = {}
    for item in taken.queue:
        key, asked = (item.content, item.consignment.extras), item.consignment.extras
        stored = (own.get(item.content) or await desk.store.content(item.content)) if asked.any and key not in made else None
        if stored is None:
            continue
        confirm = receipts.confirm_to(desk, item.consignment.sender, item.message)
        raw = await asyncio.to_thread(added, stored.raw, asked, confirm)
        if raw is not None:
            made[key] = replace(stored, id=desk.new_id(), raw=raw)
    if not made:
        return taken
    queue = tuple(
        replace(item, content=made[key].id) if (key := (item.content, item.consignment.extras)) in made else item for item in taken.queue
    )
    used = {item.content for item in queue}
    return replace(taken, contents=(*(content for content in taken.contents if content.id in used), *made.values()), queue=queue)


async def group_of(desk: Desk, plan: Plan, judgement: Judgement, raw: bytes, doubt: Doubt | None) -> str:
    """Same organisation, sender, Message-ID and content, less the trace that each slice gets on its own way to us; mail without a
    Message-ID is a group of its own."""
    if not judgement.message.message_id:
        return plan.envelope.id
    digest = doubt.digest if doubt is not None else await digest_of(desk.keys, raw)
    parts = (judgement.origin.organisation, story.sender_text(plan), judgement.message.message_id, digest)
    return desk.keys.mac(b"slice", "\0".join(parts).encode()).hex()


def queued(plan: Plan, judgement: Judgement, consignment: Consignment, now: datetime) -> QueueItem:
    return QueueItem(
        consignment=consignment,
        message=plan.envelope.id,
        organisation=judgement.origin.organisation if judgement.origin.own else "",
        content=plan.envelope.id,
        attempts=0,
        created_at=now,
        next_at=now,
    )


def held_message(plan: Plan, judgement: Judgement, hold: Hold, group: str, now: datetime, ways: Ways) -> HeldMessage:
    return HeldMessage(
        id=hold.id,
        message=plan.envelope.id,
        organisation=judgement.origin.organisation,
        state=HoldState.HELD,
        sender=story.sender_text(plan),
        sender_options=plan.envelope.sender_options,
        recipients=tuple(held_recipient(ruling, ways) for ruling in hold.rulings),
        reasons=story.reasons_of(hold.rulings),
        held_at=now,
        deadline=hold.deadline,
        waits_for=hold.waits_for.value,
        content=plan.envelope.id,
        group=group,
        requesters=requesters(plan, judgement),
        told=told(plan),
        nameable=tuple(sorted(tell.nameable(judgement.message, plan.envelope.recipients))),
        message_id=judgement.message.message_id,
    )


def told(plan: Plan) -> str:
    """Who learns of the hold: whoever the notice is for, and the sender who asked for PROTECT in the subject."""
    if plan.notices:
        return str(plan.notices[0].to)
    return story.sender_text(plan) if any(ruling.verdict is Verdict.PROTECT for ruling in plan.rulings) else ""


def requesters(plan: Plan, judgement: Judgement) -> tuple[str, ...]:
    """Who may ask for a remedy: the envelope sender, the author, and the person who wrote for a shared mailbox (walks 7)."""
    message = judgement.message
    written = (story.sender_text(plan), told(plan), *(mailbox.address for mailbox in (*message.authors, *message.senders)))
    return tuple(dict.fromkeys(address.lower() for address in written if address))


def held_recipient(ruling: Ruling, ways: Ways) -> HeldRecipient:
    destination = ruling.destination
    onward = forward(destination)
    return HeldRecipient(
        address=str(destination.recipient.address),
        deliver_to=str(onward.address),
        route=destination.route,
        minimum_tls=int(ways.least_tls(destination)),
        options=onward.options,
        verdict=ruling.verdict.word,
        because=tuple((because.rule, because.reason, because.where, because.says) for because in ruling.because),
        remedies=tuple(remedy.value for remedy in ruling.remedies),
        community=destination.community,
        path=destination.path.value,
    )


def notice(
    desk: Desk, policy: Policy, order: NoticeOrder, plan: Plan, judgement: Judgement, now: datetime
) -> tuple[StoredContent, QueueItem]:
    raw = tell.write(desk, policy, order, plan, judgement)
    return notice_item(order.id, raw, order.to, plan.envelope.id, judgement.origin.organisation, now)


def notice_item(id: str, raw: bytes, to: Address, message: str, organisation: str, now: datetime) -> tuple[StoredContent, QueueItem]:
    """A notice as content and consignment: from the null sender, by the route of our own mail."""
    consignment = Consignment(id, OUR_OWN_ROUTE, Tls.NONE, None, (), (Forward(to, to),), kind="notice")
    return StoredContent(id, raw), QueueItem(consignment, message, organisation, id, 0, now, now)
