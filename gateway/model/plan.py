"""Everything that will happen to one message, decided before anything happens.

Exactly one of three answers (architecture, "One commit point per message"): PASS_THROUGH, REFUSE, TAKE_OVER.
"""

from datetime import datetime
from enum import StrEnum

from gateway.model.address import Address
from gateway.model.envelope import Envelope
from gateway.model.frozen import frozen
from gateway.model.judgement import PLAIN, Extras, Ruling, Tls, WaitsFor
from gateway.model.smtp import Reply


class Answer(StrEnum):
    PASS_THROUGH = "pass-through"
    REFUSE = "refuse"
    TAKE_OVER = "take-over"


class NoticeKind(StrEnum):
    STOPPED = "stopped"
    """Something was held or bounced: what happened, why, what now."""
    OBSERVED = "observed"
    """Notify mode: sent, but this is what will be stopped."""
    RETURNED = "returned"
    """A hold ended without release."""
    FAILED = "failed"
    """A next hop refused, or the queue gave up: a delivery status notification (RFC 3464)."""
    DELAYED = "delayed"
    DONE = "done"
    """What the sender asked for by mail was done, or could not be."""
    PROTECTED = "protected"
    """The files were locked and sent: the password, for the one who asked."""
    REVIEW = "review"
    """To those who may decide: messages wait for a reviewer."""
    RELEASED = "released"
    """To the sender: a reviewer let it go."""
    REMINDER = "reminder"
    """It still waits for its sender, and not much longer."""
    INCIDENT = "incident"
    """To the lead contact: somebody reports that an email went to the wrong person."""
    CHECKED = "checked"
    """What would happen to a draft that was mailed to `check@` the control domain."""


@frozen
class Forward:
    """A recipient on its way: the address to use now, the one that was written, and its options."""

    address: Address
    original: Address
    options: tuple[str, ...] = ()


@frozen
class Consignment:
    """One copy with one set of recipients on its way. `minimum_tls` binds every retry, failover and pooled connection."""

    id: str
    route: str
    minimum_tls: Tls
    sender: Address | None
    sender_options: tuple[str, ...]
    recipients: tuple[Forward, ...]
    kind: str = "mail"
    extras: Extras = PLAIN
    """What its copy has that the message has not; the store keeps the copy itself, not this."""


@frozen
class Hold:
    """Recipients of one message that wait for a person."""

    id: str
    rulings: tuple[Ruling, ...]
    waits_for: WaitsFor
    deadline: datetime


@frozen
class NoticeOrder:
    """Words to be sent to a person, about these rulings of a message."""

    id: str
    kind: NoticeKind
    to: Address
    rulings: tuple[Ruling, ...]


@frozen
class Plan:
    """`reply` is what the client gets for REFUSE and TAKE_OVER; for PASS_THROUGH the next hop's own reply is mirrored."""

    answer: Answer
    envelope: Envelope
    rulings: tuple[Ruling, ...]
    policy: str
    consignments: tuple[Consignment, ...] = ()
    holds: tuple[Hold, ...] = ()
    notices: tuple[NoticeOrder, ...] = ()
    reply: Reply | None = None
