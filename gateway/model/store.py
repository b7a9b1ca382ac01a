"""What durable state looks like from outside the store: rows as values, and the protocol that service speaks.

Promises: whatever an awaited method returned from is on disk. Content is encrypted at rest; a record is one link of a chain.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.model.account import Account
from gateway.model.data_subject import DataSubject
from gateway.model.frozen import frozen
from gateway.model.plan import Consignment


class Event(StrEnum):
    """What a record tells. The first is written before anything leaves; the others follow it."""

    INTENT = "intent"
    """A pass-through is about to be sent: verdicts are known, the outcome is not."""
    ACCEPTED = "accepted"
    """We took a message over: consignments, holds and notices are durable."""
    REFUSED = "refused"
    RESULT = "result"
    """A next hop's final reply for some recipients."""
    RELEASED = "released"
    PROTECTED = "protected"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    ASKED = "asked"
    """The sender asked for a reviewer (RELEASE), and said why."""
    CLAIMED = "claimed"
    """A reviewer looks at it."""
    OPENED = "opened"
    """A reviewer looked at the message itself: who, and why."""
    PASSWORD = "password"
    """A reviewer was shown the password of locked files again: who, and why."""
    ACCOUNT = "account"
    """Somebody may act on held messages from now on, differently, or no longer."""
    WRONG = "wrong"
    """The sender says that the finding is a false alarm: counted, nothing is released."""
    INCIDENT = "incident"
    """Somebody reports that a message went to the wrong person; `details` has the deadline of 72 hours (UK GDPR article 33)."""
    CLOSED = "closed"
    """An incident was dealt with: what came of it is in `details`."""
    RECEIPT = "receipt"
    """A report came back: delivered, displayed or refused at the recipient's, as its server or mail program says."""
    NOTICE = "notice"
    POLICY = "policy"
    """Another policy came into force."""
    ERASED = "erased"
    """Records, or the content of a hold, were deleted because their time was over: which ones, and by which rule."""


class Keep(StrEnum):
    """How long the records of a message are kept; the longest of all its entries counts."""

    OTHER = "other"
    PERSONAL = "personal"
    """Personal data was found in it: the register of disclosures."""
    INCIDENT = "incident"
    """It was reported to have gone to the wrong person."""


@frozen
class Entry:
    """One line for the chain, before it has its place in it.

    The clear fields can be searched; `details` (file names, findings, replies: a JSON object) is stored encrypted and can be erased.
    `message` is the reference that all entries of one message share. Verdicts are per recipient: ('a@b', 'nhs', 'bridge', 'deliver').
    """

    message: str
    event: Event
    at: datetime
    organisation: str
    sender: str
    recipients: tuple[str, ...]
    verdicts: tuple[tuple[str, str, str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    policy: str = ""
    actor: str = ""
    details: dict[str, object] = field(default_factory=dict)
    about: tuple[DataSubject, ...] = field(default=(), repr=False)
    """Whom the message is about: kept as keyed hashes only, and never read back."""
    keep: Keep = Keep.OTHER
    meets: tuple[tuple[str, str], ...] = ()
    """(sender, recipient), lower case: who has written to whom from now on. Kept as keyed hashes apart from the record."""


@frozen
class Retention:
    """Records of this class from before that time are erased; `rule` says in plain words why, for the proof."""

    keep: Keep
    before: datetime
    rule: str


@frozen
class DisclosureRecord:
    """An entry with its place in a chain: `prev` and `hash` are hex SHA-256. `erased`: all but message, event and time is gone."""

    id: str
    writer: str
    seq: int
    entry: Entry
    prev: str
    hash: str
    erased: bool = False


@frozen
class ChainFault:
    """Where a chain is broken and how, in plain words."""

    writer: str
    seq: int
    words: str


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
    """A consignment in the queue. `done` recipients are settled; the others are in `consignment.recipients`."""

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
    answered: "tuple[JournalKey, ...]" = ()
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
class JournalKey:
    """A recipient of a message whose positive reply was in doubt (architecture, Journal)."""

    organisation: str
    sender: str
    recipient: str
    digest: str


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


class Store(Protocol):
    """Durable state. Every awaited write shares group commits; a write that fails raises `StoreUnavailable`."""

    async def intend(self, entry: Entry) -> str:
        """Make an INTENT durable; returns the record id. Content may leave only after this returned."""

    def conclude(self, entry: Entry) -> None:
        """Put a RESULT into the next group commit (within 20 ms); `drain` waits for it."""

    async def record(self, *entries: Entry) -> None:
        """Make entries durable."""

    async def take_over(self, taken: TakeOver) -> None: ...

    async def move_hold(self, move: HoldMove) -> HeldMessage | None:
        """Carry out a hold's move; None if it was no longer HELD, has other recipients than the move was made for, or is claimed by
        another reviewer: read it again."""

    async def hold(self, id: str) -> HeldMessage | None: ...

    async def holds(
        self,
        *,
        organisation: str = "",
        message: str = "",
        state: HoldState | None = HoldState.HELD,
        limit: int = 1000,
        after: HeldMessage | None = None,
    ) -> tuple[HeldMessage, ...]:
        """The oldest first; `after` one of them, to go on."""

    def holds_pages(
        self, *, organisation: str = "", state: HoldState | None = HoldState.HELD, size: int = 1000
    ) -> AsyncIterator[tuple[HeldMessage, ...]]:
        """All of them, a page at a time."""

    async def holds_unannounced(self, limit: int = 100) -> tuple[HeldMessage, ...]:
        """Holds that waited for a reviewer from the start and whose reviewers were not told yet, the oldest first."""

    async def hold_of_group(self, group: str, since: datetime) -> HeldMessage | None:
        """The hold that an earlier slice of the same mail made, if it is still HELD and not older than `since`."""

    async def holds_past(self, now: datetime, limit: int = 100) -> tuple[HeldMessage, ...]:
        """Holds whose deadline has passed."""

    async def content(self, id: str) -> StoredContent | None: ...

    async def lease(self, now: datetime, lease_s: float, limit: int) -> tuple[QueueItem, ...]:
        """Due consignments, leased to this process so that no other delivers them (SKIP LOCKED on PostgreSQL)."""

    async def starting(self, consignment: str) -> None:
        """Content of this consignment is about to leave: durable before it does, so that a crash shows as possible duplicate."""

    async def settle(
        self,
        consignment: str,
        *,
        done: Sequence[str],
        entries: Sequence[Entry],
        next_at: datetime | None,
        last_reply: str = "",
        warned: bool = False,
        then: TakeOver | None = None,
        possible_duplicate: bool = False,
    ) -> None:
        """After an attempt: `done` are the `Forward.address` texts delivered or given up; `next_at` None when nothing remains.

        `possible_duplicate`: the content left and no reply came, so that the next attempt may be a second copy.
        """

    async def due_now(self) -> None:
        """Everything deferred is due (tried once at start)."""

    async def next_due(self) -> datetime | None: ...

    async def records(
        self,
        *,
        message: str = "",
        recipient: str = "",
        sender: str = "",
        address: str = "",
        reason: str = "",
        organisation: str = "",
        about: Sequence[DataSubject] = (),
        events: Collection[Event] = (),
        whole: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[DisclosureRecord, ...]:
        """The newest that fit everything that is given, oldest first. `address` is a sender's or a recipient's; `about` any of
        these people, in any step of the same message. `whole`: every step of each message of which one step fits."""

    async def record_of(self, id: str) -> DisclosureRecord | None:
        """One record by its id, erased or not."""

    async def records_at_end(self, writer: str, since: datetime, events: Collection[Event]) -> tuple[DisclosureRecord, ...]:
        """The last records of a chain that are not from before `since`, oldest first: quick, however much there is."""

    def records_pages(
        self, *, organisation: str = "", since: datetime | None = None, until: datetime | None = None, size: int = 1000
    ) -> AsyncIterator[tuple[DisclosureRecord, ...]]:
        """All records chain by chain, a page at a time: an export of any size in little memory."""

    async def erase_records(self, rule: Retention) -> int:
        """Erase the records whose time is over, with their place in the index of people and the holds of their messages; the chain
        still verifies, and a record says what was erased by which rule."""

    async def met(self, sender: str, recipients: Sequence[str]) -> frozenset[str]:
        """Those of the recipients to whom this sender has written before (`Entry.meets`)."""

    async def forget_acquaintances(self, before: datetime) -> None:
        """Who has not written to whom since then has never done."""

    async def verify(self) -> tuple[ChainFault, ...]: ...

    async def unknown_outcomes(self) -> tuple[DisclosureRecord, ...]:
        """INTENTs without RESULT from before this start."""

    async def journal_arm(self, keys: Sequence[JournalKey], reply: str, expires_at: datetime) -> None: ...

    async def journal_in_use(self) -> bool:
        """Whether any entry is armed: almost never, so that the keys of a message need not be worked out."""

    async def journal_armed(self, keys: Sequence[JournalKey], now: datetime) -> dict[JournalKey, str]:
        """The armed entries among `keys`; what answers by them uses them up (`TakeOver.answered`)."""

    async def erase_content(self, ended_before: datetime) -> int:
        """Delete content of holds that ended before; a proof of deletion goes to the chain."""

    async def get(self, name: str) -> str | None:
        """A small fact kept across restarts (last EHLO of a host, pause ...)."""

    async def put(self, name: str, value: str) -> None: ...

    async def accounts(self) -> tuple[Account, ...]:
        """Everybody who may act, by name; () where the policy's lists of reviewers decide."""

    async def put_account(self, account: Account, entry: Entry) -> None:
        """Make or change an account, with the record of it."""

    async def counts(self) -> Counts: ...

    async def drain(self) -> None:
        """Everything handed over is durable when this returns."""

    async def close(self) -> None: ...


class StoreUnavailable(Exception):
    """The store could not write: nothing more is accepted, the client gets 451."""


class AlreadyAnnounced(Exception):
    """Another process told the reviewers of one of these holds first: nothing was stored."""
