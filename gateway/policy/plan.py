"""From rulings to a plan: which one of the three answers a message gets, and everything that follows from it.

Promises: exactly one of pass through, refuse, take over (architecture, "One commit point per message"). A message is never sent
synchronously to some and by the queue to others. A hold, a bounce or a notice is made only for somebody we may tell.
Pure: ids and the time are arguments.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.model.address import Address
from gateway.model.envelope import Envelope, Recipient
from gateway.model.frozen import frozen
from gateway.model.judgement import PLAIN, Destination, Extras, Path, Ruling, Verdict, WaitsFor
from gateway.model.plan import Answer, Consignment, Forward, Hold, NoticeKind, NoticeOrder, Plan
from gateway.policy.ways import Ways


@frozen
class Circumstances:
    """What a plan depends on besides the rulings.

    `may_be_told` is who gets a notice: None for a foreign or null sender, whose stopped mail is refused in the session.
    `marked` says that the message carries the marker of one of our own notices.
    """

    policy: str
    may_be_told: Address | None
    own: bool
    now: datetime
    hold_s: float
    ways: Ways
    marked: bool = False
    bounce_in_session: bool = False


def make_plan(envelope: Envelope, rulings: Sequence[Ruling], circumstances: Circumstances, new_id: Callable[[], str]) -> Plan:
    """Decide the answer and everything that follows; `new_id` gives ids for consignments, holds and notices."""
    rulings, policy = tuple(rulings), circumstances.policy
    all_go = all(ruling.verdict is Verdict.DELIVER for ruling in rulings)
    if must_refuse(rulings, circumstances, envelope, all_go=all_go):
        return Plan(Answer.REFUSE, envelope, rulings, policy)
    consignments = consign(envelope, rulings, circumstances.ways, new_id)
    if all_go and len(consignments) == 1 and consignments[0].extras == PLAIN and not wants_telling(rulings, circumstances):
        return Plan(Answer.PASS_THROUGH, envelope, rulings, policy, consignments)
    held, orders = hold(rulings, circumstances, new_id), tell(rulings, circumstances, new_id)
    return Plan(Answer.TAKE_OVER, envelope, rulings, policy, consignments, held, orders)


def must_refuse(rulings: tuple[Ruling, ...], circumstances: Circumstances, envelope: Envelope, *, all_go: bool) -> bool:
    """Our own notice on its way out, stopped mail of a sender we may not tell, or all bounced where that is asked for."""
    if circumstances.marked and any(ruling.destination.path is not Path.INTERNAL for ruling in rulings):
        return True
    if not all_go and not (circumstances.own and envelope.sender is not None):
        # PROTECT too: its password would go to somebody we may not tell.
        return True
    return circumstances.bounce_in_session and all(ruling.verdict is Verdict.BOUNCE for ruling in rulings)


def wants_telling(rulings: tuple[Ruling, ...], circumstances: Circumstances) -> bool:
    return circumstances.may_be_told is not None and any(ruling.tell for ruling in rulings)


def consign(envelope: Envelope, rulings: Sequence[Ruling], ways: Ways, new_id: Callable[[], str]) -> tuple[Consignment, ...]:
    """One consignment per way of travelling and kind of copy; routes with equal hosts and TLS count as one."""
    groups: dict[tuple[object, Extras], list[Ruling]] = {}
    for ruling in rulings:
        if ruling.verdict is Verdict.DELIVER:
            groups.setdefault((ways.of(ruling.destination), ruling.extras), []).append(ruling)
    return tuple(
        Consignment(
            id=new_id(),
            route=group[0].destination.route,
            minimum_tls=max(ways.least_tls(ruling.destination) for ruling in group),
            sender=envelope.sender,
            sender_options=envelope.sender_options,
            recipients=confirmed(forwards(ruling.destination for ruling in group), extras),
            extras=extras,
        )
        for (_, extras), group in groups.items()
    )


def forwards(destinations: Iterable[Destination]) -> tuple[Forward, ...]:
    """The recipients of a consignment; addresses that are, or rewrite to, the same mailbox are sent once."""
    seen: dict[str, Forward] = {}
    for destination in destinations:
        seen.setdefault(destination.deliver_to.key, forward(destination))
    return tuple(seen.values())


def forward(destination: Destination) -> Forward:
    """A recipient with the address to use now; a rewritten one names its original in ORCPT (RFC 3461 4.2), so that reports do too."""
    recipient = destination.recipient
    return Forward(destination.deliver_to, recipient.address, options_for(recipient, destination.deliver_to))


def confirmed(recipients: tuple[Forward, ...], extras: Extras) -> tuple[Forward, ...]:
    """Reports of delivery asked for (RFC 3461 4.1), where the client did not say which it wants."""
    if not extras.receipt:
        return recipients
    return tuple(one if says_notify(one.options) else replace(one, options=(*one.options, "NOTIFY=SUCCESS,FAILURE")) for one in recipients)


def says_notify(options: Iterable[str]) -> bool:
    return any(option.upper().startswith("NOTIFY=") for option in options)


def options_for(recipient: Recipient, deliver_to: Address) -> tuple[str, ...]:
    if deliver_to == recipient.address or any(option.upper().startswith("ORCPT=") for option in recipient.options):
        return recipient.options
    if not recipient.address.is_ascii:
        return recipient.options
    return (*recipient.options, f"ORCPT=rfc822;{xtext(str(recipient.address))}")


def xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII but '+' and '=' as it is, the rest as +XX."""
    return "".join(ch if "!" <= ch <= "~" and ch not in "+=" else f"+{ord(ch):02X}" for ch in text)


def hold(rulings: Sequence[Ruling], circumstances: Circumstances, new_id: Callable[[], str]) -> tuple[Hold, ...]:
    """One hold for all held recipients of a message: it waits for a reviewer when any of them does."""
    held = tuple(ruling for ruling in rulings if ruling.verdict in (Verdict.HOLD, Verdict.PROTECT))
    if not held:
        return ()
    reviewer = any(ruling.waits_for is WaitsFor.REVIEWER for ruling in held) or circumstances.may_be_told is None
    waits_for = WaitsFor.REVIEWER if reviewer else WaitsFor.SENDER
    return (Hold(new_id(), held, waits_for, circumstances.now + timedelta(seconds=circumstances.hold_s)),)


def tell(rulings: Sequence[Ruling], circumstances: Circumstances, new_id: Callable[[], str]) -> tuple[NoticeOrder, ...]:
    """At most one notice per message, about all of its recipients."""
    to = circumstances.may_be_told
    at_once = any(ruling.verdict is Verdict.PROTECT for ruling in rulings) and not any(ruling.stopped for ruling in rulings)
    if to is None or at_once or not any(ruling.tell for ruling in rulings):
        # What is protected at once is told once it is done, with the password.
        return ()
    kind = NoticeKind.STOPPED if any(ruling.stopped for ruling in rulings) else NoticeKind.OBSERVED
    return (NoticeOrder(new_id(), kind, to, tuple(rulings)),)
