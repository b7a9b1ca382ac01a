"""Who may be told what: to whom a notice goes, whom it may name, and the notice itself.

Promises: nobody outside our organisations ever gets a notice; a notice names a recipient only if the sender could see that address.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Remedy, Ruling, WaitsFor
from gateway.model.message import Message
from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.organisation import Organisation
from gateway.model.plan import NoticeKind, NoticeOrder, Plan
from gateway.model.stored import HeldMessage, QueueItem
from gateway.notices import write_notice
from gateway.policy import Origin, Policy
from gateway.service.desk import Desk
from gateway.service.judge import Judgement
from gateway.service.verbs import addresses


def who_may_be_told(policy: Policy, origin: Origin, message: Message) -> Address | None:
    """The sender, if it is an own sender; a Reply-To of our own wins, because scanners and systems read no mail (walks 19)."""
    if not origin.own or origin.sender is None:
        return None
    organisation = policy.organisation(origin.organisation)
    for mailbox in message.reply_to:
        address = own_address(mailbox.address, organisation)
        if address is not None:
            return address
    return origin.sender


def originators(message: Message) -> tuple[str, ...]:
    """Every X-OriginatorOrg field: which Microsoft 365 tenant a connection of Microsoft's carries mail for."""
    return tuple(value.decode("ascii", "replace").strip() for value in message.headers("x-originatororg"))


def own_address(text: str, organisation: Organisation | None) -> Address | None:
    try:
        address = parse_mailbox(text)
    except AddressError:
        return None
    return address if organisation is not None and organisation.owns(address.domain_key) else None


def nameable(message: Message, recipients: tuple[Recipient, ...]) -> frozenset[str]:
    """Lower-case addresses that stand in To or Cc, or whose ORCPT is the address itself: naming those tells the sender nothing new."""
    seen = {mailbox.address.lower() for mailbox in (*message.to, *message.cc)}
    for recipient in recipients:
        key = recipient.address.key
        if any(option.lower() == f"orcpt=rfc822;{key}" for option in recipient.options):
            seen.add(key)
    return frozenset(seen)


def offered(rulings: tuple[Ruling, ...]) -> frozenset[Remedy]:
    return frozenset(remedy for ruling in rulings for remedy in ruling.remedies)


def marker(desk: Desk, reference: str) -> str:
    """Signs a notice as ours; an auto-forwarded notice is recognised by the field, genuine or not."""
    return f"{reference}; {desk.keys.mac(b'notice', reference.encode()).hex()[:32]}"


def write(desk: Desk, policy: Policy, order: NoticeOrder, plan: Plan, judgement: Judgement) -> bytes:
    """The notice about a message that is being taken over."""
    organisation = organisation_of(policy, judgement.origin.organisation)
    hold = plan.holds[0] if plan.holds else None
    message = judgement.message
    context = NoticeContext(
        kind=order.kind,
        reference=plan.envelope.id,
        to=order.to,
        organisation=organisation,
        control=desk.settings.control,
        hostname=desk.settings.hostname,
        postmaster=desk.settings.postmaster,
        now=plan.envelope.received_at,
        message_id=f"<{order.id}@{desk.settings.control}>",
        marker=marker(desk, plan.envelope.id),
        boundary=boundary(order.id),
        arrived_at=plan.envelope.received_at,
        rulings=order.rulings,
        findings=judgement.findings.items,
        attachments=judgement.findings.attachments,
        nameable=nameable(message, plan.envelope.recipients),
        verbs=addresses(desk.keys, desk.settings.control, offered(order.rulings), hold.id) if hold else (),
        envelope_id=envelope_id(plan.envelope.sender_options),
        original_message_id=message.message_id,
        original_date=message.date,
        deadline=hold.deadline if hold else None,
        review_possible_at=organisation.hours.next_open(plan.envelope.received_at) if hold else None,
        waits_for_reviewer=bool(hold and hold.waits_for is WaitsFor.REVIEWER),
        words=policy.wording.of(organisation.key),
    )
    return write_notice(context)


def at(context: NoticeContext, arrived_at: datetime, **more: object) -> NoticeContext:
    """The same notice about a message that came earlier."""
    return replace(context, arrived_at=arrived_at, **more)  # type: ignore[arg-type]  # keywords of NoticeContext


def about_hold(desk: Desk, policy: Policy, held: HeldMessage, kind: NoticeKind, to: Address, id: str, **more: object) -> NoticeContext:
    """A notice about a message that is, or was, held."""
    names = frozenset(held.nameable)
    now = desk.clock()
    context = about(desk, policy, kind, held.organisation, held.message, to, id, now, nameable=names, **more)
    return replace(context, arrived_at=held.held_at, original_message_id=held.message_id)


def write_failed(
    desk: Desk,
    policy: Policy,
    kind: NoticeKind,
    item: QueueItem,
    to: Address,
    id: str,
    failed: tuple[FailedRecipient, ...],
    names: frozenset[str],
) -> bytes:
    """A delivery status notification: a next hop refused, or the queue is late or gave up."""
    context = about(desk, policy, kind, item.organisation, item.message, to, id, desk.clock(), failed=failed, nameable=names)
    return write_notice(replace(context, arrived_at=item.created_at))


def about(
    desk: Desk, policy: Policy, kind: NoticeKind, organisation: str, reference: str, to: Address, id: str, now: datetime, **more: object
) -> NoticeContext:
    """A notice about the message with this reference, with the fields that are the same for all."""
    whose = organisation_of(policy, organisation)
    return NoticeContext(
        kind=kind,
        reference=reference,
        to=to,
        organisation=whose,
        control=desk.settings.control,
        hostname=desk.settings.hostname,
        postmaster=desk.settings.postmaster,
        now=now,
        message_id=f"<{id}@{desk.settings.control}>",
        marker=marker(desk, reference),
        boundary=boundary(id),
        arrived_at=now,
        words=policy.wording.of(whose.key),
        **more,  # type: ignore[arg-type]  # keywords of NoticeContext, checked by its constructor
    )


def organisation_of(policy: Policy, key: str) -> Organisation:
    """The organisation with that key; the first one for a key that the policy no longer knows."""
    return policy.organisation(key) or policy.organisations[0]


def boundary(id: str) -> str:
    """A MIME boundary that no text of ours contains."""
    return "=_" + hashlib.sha256(id.encode()).hexdigest()[:32]


def envelope_id(options: tuple[str, ...]) -> str:
    """ENVID of the sender's MAIL command, xtext-decoded (RFC 3461 4.4)."""
    for option in options:
        name, _, value = option.partition("=")
        if name.upper() == "ENVID":
            return unxtext(value)
    return ""


def unxtext(text: str) -> str:
    out, rest = "", text
    while rest:
        before, plus, rest = rest.partition("+")
        out += before
        if plus:
            out += chr(int(rest[:2], 16)) if len(rest) >= 2 and all(ch in "0123456789ABCDEFabcdef" for ch in rest[:2]) else ""
            rest = rest[2:]
    return out
