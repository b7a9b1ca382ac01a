"""Facts about a message: what checks saw, never what it means.

Promises: a finding never contains the value that was found; `shown` is fit for a notice and a log.
Reason codes are stable: once shipped they never change meaning.
"""

from enum import StrEnum

from gateway.model.data_subject import DataSubject
from gateway.model.frozen import frozen


class Reason(StrEnum):
    """Stable codes (contract). A person can search for them."""

    ATTACHMENT_UNPROTECTED = "attachment.unprotected"
    ATTACHMENT_WEAK = "attachment.weak"
    ATTACHMENT_PARTIAL = "attachment.partial"
    ATTACHMENT_OPENABLE = "attachment.openable"
    ATTACHMENT_UNREADABLE = "attachment.unreadable"
    ATTACHMENT_HIDDEN = "attachment.hidden"
    ATTACHMENT_PERSONAL = "attachment.personal"
    ATTACHMENT_NAMES_VISIBLE = "attachment.names_visible"
    ATTACHMENT_MISNAMED = "attachment.misnamed"
    """The name promises a lock that is none, or hides what the file is."""
    SUBJECT_PERSONAL = "subject.personal"
    SUBJECT_MARKED = "subject.marked"
    BODY_PERSONAL = "body.personal"
    BODY_MARKED = "body.marked"
    BODY_FILE_LINK = "body.file_link"
    BULK_PERSONAL = "bulk.personal"
    PASSWORD_INCLUDED = "password.included"
    LABEL_CONFIDENTIAL = "label.confidential"
    MESSAGE_AMBIGUOUS = "message.ambiguous"
    MESSAGE_UNCHECKED = "message.unchecked"
    THREAD_CJSM = "thread.cjsm"
    HEADER_BCC = "header.bcc"
    # The following are found by classification, not by looking at content:
    CJSM_ENCRYPTED_ATTACHMENT = "cjsm.encrypted_attachment"
    CJSM_SENDER_NOT_MEMBER = "cjsm.sender_not_member"
    RECIPIENT_RETIRED = "recipient.retired"
    RECIPIENT_LOOKALIKE = "recipient.lookalike"
    RECIPIENT_TWIN_SUFFIX = "recipient.twin_suffix"
    RECIPIENT_UNREGISTERED = "recipient.unregistered"
    """The secure suffix was typed by hand behind a domain that is not registered (guidance C10)."""
    RECIPIENT_TOO_LONG = "recipient.too_long"
    """With the secure suffix the address would be longer than SMTP allows: never cut, always held."""
    RECIPIENTS_MANY_VISIBLE = "recipients.many_visible"


class Request(StrEnum):
    """What the sender asked for in the subject: never a finding, may only turn a protectable hold into PROTECT."""

    SECURE = "secure"


class State(StrEnum):
    """How well a file is protected (contract, `protection.state`)."""

    STRONG = "strong"
    WEAK = "weak"
    PARTIAL = "partial"
    OPENABLE = "openable"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def needs_a_secret(self) -> bool:
        return self in (State.STRONG, State.WEAK, State.PARTIAL)


@frozen
class Protection:
    """State with the algorithm ('AES-256', 'ZipCrypto', 'RC4' ...) and key length in bits, where the bytes tell."""

    state: State
    algorithm: str | None = None
    bits: int | None = None


UNPROTECTED = Protection(State.NONE)


@frozen
class Member:
    """A file inside a container, as far as it can be seen without a secret."""

    name: str
    type: str = "unknown"
    protection: Protection = UNPROTECTED
    size_bytes: int | None = None


@frozen
class Container:
    """What a file truly is. `complete`: everything in it was seen (or is strongly protected); `notes` say why not, or what is odd.

    `names_visible`: an encrypted container whose member names can be read by anyone (requirement P5).
    """

    type: str
    protection: Protection
    members: tuple[Member, ...] = ()
    complete: bool = True
    names_visible: bool = False
    notes: tuple[str, ...] = ()


@frozen
class Attachment:
    """A part as the practitioner sees it, with the facts that policy asks about."""

    where: str
    name: str
    type: str
    media_type: str
    protection: Protection
    size_bytes: int
    sha256: str
    members: tuple[Member, ...] = ()


@frozen
class Finding:
    """One fact. `where` is a part path, 'subject', 'body' or a path with a member ('2:case.docx').

    `shown` is one plain sentence fragment without the value found ('plan.docx is not encrypted', 'a name like K*** T***').
    `kinds` are what was found (PERSON, DOB, NHS ... or the marking: 'SECRET'); `count` is a number of people or items.
    `quoted_from`: address whose words are quoted, when everything found lies in text quoted from that one person.
    """

    reason: Reason
    where: str
    shown: str
    kinds: tuple[str, ...] = ()
    count: int = 0
    score: float = 1.0
    quoted_from: str = ""


@frozen
class Findings:
    """All facts of one message."""

    items: tuple[Finding, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    requests: tuple[Request, ...] = ()
    visible: tuple[str, ...] = ()
    """Addresses in To and Cc, lower case, each once."""
    signed: bool = False
    automatic: bool = False
    calendar: bool = False
    """The message is, or carries, an invitation: PROTECT cannot be offered."""
    about: tuple[DataSubject, ...] = ()
    """Whom the message is about: for the register's index alone, which keeps a keyed hash. No rule, notice or log sees them."""

    def having(self, reason: Reason) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.items if finding.reason is reason)

    @property
    def reasons(self) -> frozenset[Reason]:
        return frozenset(finding.reason for finding in self.items)
