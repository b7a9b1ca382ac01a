"""What else the store keeps, as values: content, the queue, holds and the journal, and how they change together.

Promises: content and everything that names somebody is encrypted at rest; what changes together is one value, for one transaction.
"""

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from gateway.model.frozen import frozen
from gateway.model.plan import Consignment
from gateway.model.records import Entry


class HoldState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    PROTECTED = "protected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@frozen
class HeldRecipient:
    """One held recipient: as written, how it would be delivered once released, its route, TLS floor, options and why."""

    address: str
    deliver_to: str
    route: str
    minimum_tls: int
    options: tuple[str, ...]
    verdict: str
    because: tuple[tuple[str, str, str, str], ...]
    """(rule, reason, where, says)"""
    remedies: tuple[str, ...] = ()
    community: str = ""
    path: str = ""


@frozen
class HeldMessage:
    """A hold as stored. `waits_for` is 'sender' or 'reviewer'."""

    id: str
    message: str
    organisation: str
    state: HoldState
    sender: str
    sender_options: tuple[str, ...]
    recipients: tuple[HeldRecipient, ...]
    reasons: tuple[str, ...]
    held_at: datetime
    deadline: datetime
    waits_for: str
    content: str
    """Id of the stored content."""
    group: str = ""
    """Key that slices of one mail share (contract: same organisation, sender, Message-ID, content within 60 s)."""
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
    requesters: tuple[str, ...] = ()
    """Addresses (lower case) that may ask for a remedy by mail: envelope sender, From, Sender, delegates."""
    nameable: tuple[str, ...] = ()
    """Addresses that a notice about this hold may name."""
    told: str = ""
    """Who was told that it is held, and is told what becomes of it; '' for systems whose mailbox nobody reads."""
    message_id: str = ""
    claimed_by: str = ""
    """Who looks at it, until `claimed_until`: the other reviewers leave it to them."""
    claimed_until: datetime | None = None


@frozen
class StoredContent:
    """Bytes to be kept encrypted: the message as received, or a notice. `prefix` is our Received field."""

    id: str
    raw: bytes = field(repr=False)
    prefix: bytes = b""
    by_bdat: bool = False


@frozen
class QueueItem:
    """A consignment in the queue; its recipients are those who still wait."""

    consignment: Consignment
    message: str
    organisation: str
    content: str
    attempts: int
    created_at: datetime
    next_at: datetime
    last_reply: str = ""
    possible_duplicate: bool = False
    """An attempt was interrupted after content had left."""
    warned: bool = False
    """A delay warning was sent."""


@frozen
class JournalKey:
    """A recipient of a message whose positive reply was in doubt (architecture, Journal)."""

    organisation: str
    sender: str
    recipient: str
    digest: str


@frozen
class TakeOver:
    """Everything that becomes durable in one transaction before we answer 250 (or after a reviewer's action)."""

    entries: tuple[Entry, ...]
    contents: tuple[StoredContent, ...] = ()
    queue: tuple[QueueItem, ...] = ()
    holds: tuple[HeldMessage, ...] = ()
    join_holds: tuple[tuple[str, tuple[HeldRecipient, ...]], ...] = ()
    """(hold id, further recipients) for later slices of a mail already held."""
    announced: tuple[str, ...] = ()
    """Ids of holds whose reviewers are told by this. If one of them was announced meanwhile nothing is stored: `AlreadyAnnounced`."""
    answered: tuple[JournalKey, ...] = ()
    """Entries of the journal that our answer uses up. If one of them was used up meanwhile nothing is stored."""


@frozen
class HoldMove:
    """Ends or changes a hold if it is still in state HELD, with everything that follows from it, in one transaction."""

    hold: str
    to: HoldState | None
    """None: stays held (only `waits_for`, `deadline` change)."""
    at: datetime
    by: str
    why: str
    then: TakeOver
    waits_for: str = ""
    deadline: datetime | None = None
    recipients: tuple[str, ...] = ()
    """The held recipients that the move was made for; if others have joined meanwhile nothing is moved. () for any."""
    claim_until: datetime | None = None
    """A claim: `by` looks at it until then. Nothing is moved while somebody else's claim stands."""
    heeds_claims: bool = False
    """A reviewer's move: it does not happen either while somebody else's claim stands. A sender's wish and the end of its time do."""


@frozen
class Counts:
    """Health for people."""

    queued: int
    held: int
    records: int
    oldest_queued_at: datetime | None
    oldest_held_at: datetime | None
    unknown_outcomes: int = 0
    set_aside: int = 0
    """Consignments that could not be read and wait for the operator."""
