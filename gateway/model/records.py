"""Disclosure records as values: an entry before it has its place in a chain, and the record that it became.

Promises: a record is one link of a chain; what is stored of a person is a keyed hash.
"""

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from gateway.model.data_subject import DataSubject
from gateway.model.frozen import frozen


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
