"""A held message as the rest of service needs it: its addresses, its rulings for a notice, its consignments once it may go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Because, Destination, Extras, Path, Remedy, Ruling, Tls, Verdict, WaitsFor
from gateway.model.plan import Consignment, Forward
from gateway.model.stored import HeldMessage, HeldRecipient, HoldState
from gateway.policy.plan import confirmed, forward
from gateway.policy.ways import Ways


def addresses_of(held: HeldMessage) -> tuple[str, ...]:
    return tuple(recipient.address for recipient in held.recipients)


# What has become of each recipient, in the terms of a notice.
BECAME = {
    HoldState.HELD: Verdict.HOLD,
    HoldState.RELEASED: Verdict.DELIVER,
    HoldState.PROTECTED: Verdict.DELIVER,
    HoldState.RETURNED: Verdict.BOUNCE,
    HoldState.CANCELLED: Verdict.BOUNCE,
}


def rulings_of(held: HeldMessage) -> tuple[Ruling, ...]:
    """For the words of a notice: why each was held, with the verdict that the hold's state means."""
    return tuple(replace(ruling_of(recipient), verdict=BECAME[held.state]) for recipient in held.recipients)


def ruling_of(recipient: HeldRecipient) -> Ruling:
    """The ruling as it was when the message was held."""
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


def consignments(held: HeldMessage, rulings: Sequence[Ruling], ways: Ways, new_id: Callable[[], str]) -> tuple[Consignment, ...]:
    """One consignment per way and kind of copy; the TLS floor that each recipient had when it was held still binds."""
    floors = {recipient.address: recipient.minimum_tls for recipient in held.recipients}
    groups: dict[tuple[object, Extras], list[Destination]] = {}
    for ruling in rulings:
        groups.setdefault((ways.of(ruling.destination), ruling.extras), []).append(ruling.destination)
    sender = parse_mailbox(held.sender) if held.sender else None
    return tuple(
        Consignment(
            new_id(),
            group[0].route,
            least_of(group, floors, ways),
            sender,
            held.sender_options,
            confirmed(unique(group), extras),
            extras=extras,
        )
        for (_, extras), group in groups.items()
    )


def least_of(group: Sequence[Destination], floors: Mapping[str, int], ways: Ways) -> Tls:
    return Tls(max(max(int(ways.least_tls(one)), floors.get(str(one.recipient.address), 0)) for one in group))


def unique(group: Sequence[Destination]) -> tuple[Forward, ...]:
    return tuple({destination.deliver_to.key: forward(destination) for destination in group}.values())
