"""What a notice is made of: values in, so that writing one is a pure function."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from gateway.model.address import Address
from gateway.model.findings import Attachment, Finding
from gateway.model.frozen import frozen
from gateway.model.judgement import Remedy, Ruling
from gateway.model.organisation import Organisation
from gateway.model.plan import NoticeKind


@frozen
class FailedRecipient:
    """For FAILED and DELAYED: what the next hop said. `status` is RFC 3463, `diagnostic` its reply, `remote` its host."""

    address: str
    original: str
    status: str
    diagnostic: str
    remote: str = ""


@frozen
class Waiting:
    """REVIEW: one held message, as far as a reviewer needs to know it before looking. `reasons` are codes."""

    hold: str
    sender: str
    recipients: int
    since: datetime
    deadline: datetime
    reasons: tuple[str, ...] = ()


@frozen
class NoticeContext:
    """Everything a notice may say. It never holds the subject, the body or a value that was found.

    `rulings` are those of every recipient, so that the notice says who was served and who was not; `nameable` are the
    addresses (lower case) it may name (contract, "On the wire"): the others are counted or called by their list.
    `verbs` maps remedies that can be asked for by mail to the address to write to; remedies without one are advice only.
    """

    kind: NoticeKind
    reference: str
    to: Address
    organisation: Organisation
    control: str
    hostname: str
    postmaster: str
    now: datetime
    message_id: str
    marker: str
    boundary: str
    arrived_at: datetime
    rulings: tuple[Ruling, ...] = ()
    findings: tuple[Finding, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    failed: tuple[FailedRecipient, ...] = ()
    nameable: frozenset[str] = frozenset()
    verbs: tuple[tuple[Remedy, Address], ...] = ()
    envelope_id: str = ""
    """ENVID of the original, xtext-decoded."""
    original_message_id: str = ""
    original_date: str = ""
    deadline: datetime | None = None
    review_possible_at: datetime | None = None
    """When a reviewer can look; None when no reviewer is involved."""
    why_returned: str = ""
    waits_for_reviewer: bool = False
    outcome: tuple[str, ...] = ()
    """DONE, PROTECTED, REVIEW: what was done, in sentences of ours."""
    done: bool = True
    """DONE: False when what was asked for could not be done."""
    password: str = ""
    """PROTECTED: the password of the locked files; the only notice that ever holds a secret."""
    urgent: bool = False
    """REVIEW: its sender says that it cannot wait."""
    files: tuple[str, ...] = ()
    """PROTECTED: the locked files, as their recipient sees them."""
    waiting: tuple[Waiting, ...] = ()
    """REVIEW: what waits, the oldest first."""
    count: int = 1
    """REVIEW, RELEASED: how many emails it is about."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The organisation's own sentences, by key (`notices.shipped`); the others are the shipped ones."""
