"""Opinions: what a policy thinks of each recipient, given the facts.

`Destination` is a recipient classified; `Ruling` is the judgement on it. One recipient's ruling never depends on
another's, except by rules that say they count recipients.
"""

from enum import IntEnum, StrEnum

from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.findings import Reason
from gateway.model.frozen import frozen


class Path(StrEnum):
    """How a destination is reached (contract, `path`)."""

    INTERNAL = "internal"
    SECURE = "secure"
    BRIDGE = "bridge"
    ASSURED = "assured"
    INSECURE = "insecure"
    RETIRED = "retired"
    REFUSED = "refused"
    INBOUND = "inbound"

    @property
    def is_safe(self) -> bool:
        """Content may travel as it is: never encrypted, never stopped for content (guidance C15)."""
        return self in (Path.INTERNAL, Path.SECURE, Path.BRIDGE, Path.ASSURED, Path.INBOUND)


class Tls(IntEnum):
    """TLS levels of a route, weakest first. Failure at or above ENCRYPT defers; it never falls back."""

    NONE = 0
    MAY = 1
    ENCRYPT = 2
    VERIFY = 3
    DANE = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Verdict(IntEnum):
    """Mildest first; the strongest verdict of all matching rules wins."""

    DELIVER = 0
    PROTECT = 1
    HOLD = 2
    BOUNCE = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Remedy(StrEnum):
    """What the sender can do now. The first seven are verbs that a reply to the control domain carries out."""

    PROTECT = "PROTECT"
    SUBJECT = "SUBJECT"
    SEPARATE = "SEPARATE"
    RELEASE = "RELEASE"
    CANCEL = "CANCEL"
    URGENT = "URGENT"
    WRONG = "WRONG"
    REPORT = "REPORT"
    """It went to the wrong person: a verb too, offered once an email has gone."""
    SECURE_ADDRESS = "secure_address"
    """Ask the person for a secure address (guidance C11)."""
    SEND_UNLOCKED = "send_unlocked"
    """Send it again without the lock: the route is secure (guidance C13)."""
    REMOVE_PASSWORD = "remove_password"
    CHANGE_SUBJECT = "change_subject"
    """Send it again with another subject."""
    LEAVE_OFF = "leave_off"
    """Leave this person off, or write a new email (guidance C14)."""
    USE_ADDRESS = "use_address"
    """Use the address in `Destination.suggestion`."""
    BARE_ADDRESS = "bare_address"
    """Write to the address without the suffix."""
    PHONE = "phone"
    POST = "post"
    REPORT_INCIDENT = "report_incident"


class WaitsFor(StrEnum):
    """Who can end a hold."""

    SENDER = "sender"
    REVIEWER = "reviewer"


class Mode(StrEnum):
    OBSERVE = "observe"
    NOTIFY = "notify"
    ENFORCE = "enforce"


@frozen
class Destination:
    """A recipient classified. `row` names the table row that says so, for people; `suggestion` another address or domain to try.

    `reasons` are what classification found about the address itself (recipient.retired, cjsm.sender_not_member ...).
    """

    recipient: Recipient
    path: Path
    deliver_to: Address
    route: str
    community: str = ""
    row: str = ""
    minimum_tls: Tls = Tls.NONE
    suggestion: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def is_secure(self) -> bool:
        return self.path.is_safe


@frozen
class Extras:
    """What a rule adds to a copy that is delivered. Copies with equal extras are equal, and travel together.

    `mark` is Sensitivity: Company-Confidential; `prefix` stands before the subject; `receipt` asks that its arrival be
    confirmed (guidance H5).
    """

    mark: bool = False
    prefix: str = ""
    receipt: bool = False

    @property
    def any(self) -> bool:
        return self.mark or bool(self.prefix) or self.receipt

    @property
    def words(self) -> tuple[str, ...]:
        return (*(("marked",) if self.mark else ()), *(("subject prefix",) if self.prefix else ()), *(("receipt",) if self.receipt else ()))


PLAIN = Extras()


@frozen
class Because:
    """Why: a rule's id, the reason code it met, where, and the rule's own words."""

    rule: str
    reason: str
    where: str
    says: str


@frozen
class Ruling:
    """The judgement on one recipient.

    `verdict` is what will be done; `would_be` what would be done with every rule enforced (the same, except in observe and notify mode).
    `tell`: the sender is to be told. `waits_for` matters for HOLD. `waived` are matches that a waiver, a public file or a
    release set aside: they count for nothing here, and are recorded apart.
    """

    destination: Destination
    verdict: Verdict
    because: tuple[Because, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    waits_for: WaitsFor = WaitsFor.SENDER
    would_be: Verdict = Verdict.DELIVER
    tell: bool = False
    waived: tuple[Because, ...] = ()
    extras: Extras = PLAIN

    @property
    def stopped(self) -> bool:
        return self.verdict in (Verdict.HOLD, Verdict.BOUNCE)
