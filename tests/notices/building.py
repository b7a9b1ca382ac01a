"""A Friday evening at the borough: contexts for notices, built from a few words."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import UNPROTECTED, Attachment, Finding, Reason
from gateway.model.judgement import Because, Destination, Path, Remedy, Ruling, Verdict, WaitsFor
from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.organisation import Contact, Hours, Organisation
from gateway.model.plan import NoticeKind

NOW = datetime(2026, 11, 20, 17, 58, tzinfo=UTC)
"""A Friday, two minutes before everybody has gone home."""

BOROUGH = Organisation(
    "borough",
    "Borough Council",
    ("borough.gov.uk",),
    cjsm_member=True,
    internal_secure=True,
    lead_contact=Contact("Pat Lead", "lead.contact@borough.gov.uk", "020 7946 0000"),
    hours=Hours(),
    out_of_hours_phone="020 7946 0999",
)

FILE_REMEDIES = (Remedy.PROTECT, Remedy.SECURE_ADDRESS, Remedy.PHONE, Remedy.POST, Remedy.RELEASE, Remedy.CANCEL)

UNLOCKED = Finding(Reason.ATTACHMENT_UNPROTECTED, "2", "plan.docx is not encrypted")
WORD_FILE = Attachment("2", "plan.docx", "docx", "application/octet-stream", UNPROTECTED, 12_000, "0" * 64)


def served(address: str, path: Path = Path.BRIDGE, verdict: Verdict = Verdict.DELIVER) -> Ruling:
    written = parse_mailbox(address)
    return Ruling(Destination(Recipient(written), path, written, "default"), verdict)


def stopped(
    address: str,
    *reasons: tuple[str, str],
    verdict: Verdict = Verdict.HOLD,
    remedies: tuple[Remedy, ...] = FILE_REMEDIES,
    path: Path = Path.INSECURE,
    suggestion: str = "",
    waits_for: WaitsFor = WaitsFor.SENDER,
    says: str = "",
) -> Ruling:
    written = parse_mailbox(address)
    because = tuple(Because("rule", reason, where, says) for reason, where in (reasons or (("attachment.unprotected", "2"),)))
    destination = Destination(Recipient(written), path, written, "default", suggestion=suggestion)
    return Ruling(destination, verdict, because, remedies, waits_for, would_be=verdict)


def failed(address: str, status: str = "5.1.1", diagnostic: str = "550 5.1.1 no such user") -> FailedRecipient:
    return FailedRecipient(address, address, status, diagnostic, "mx.example")


def verb_addresses(*verbs: Remedy) -> tuple[tuple[Remedy, Address], ...]:
    token = "k7m2q9x4w1t8r5v3"
    return tuple((verb, parse_mailbox(f"{verb.value.lower()}.{token}@control.gateway.borough.gov.uk")) for verb in verbs)


def context(*rulings: Ruling, kind: NoticeKind = NoticeKind.STOPPED, **changes: object) -> NoticeContext:
    """A context about `rulings`, all of whose recipients may be named unless `nameable` says otherwise."""
    failures = changes.get("failed", ())
    assert isinstance(failures, tuple)
    everybody = {ruling.destination.recipient.address.key for ruling in rulings} | {one.original.lower() for one in failures}
    values: dict[str, object] = {
        "reference": "7K2-M9Q-4TX",
        "to": parse_mailbox("jo.bell@borough.gov.uk"),
        "organisation": BOROUGH,
        "control": "control.gateway.borough.gov.uk",
        "hostname": "gateway.borough.gov.uk",
        "postmaster": "postmaster@borough.gov.uk",
        "now": NOW,
        "message_id": "<n1@gateway.borough.gov.uk>",
        "marker": "v1.abcdef",
        "boundary": "0f3a9c",
        "arrived_at": NOW,
        "findings": (UNLOCKED,),
        "attachments": (WORD_FILE,),
        "nameable": frozenset(everybody),
        "original_message_id": "<original@borough.gov.uk>",
        "original_date": "Fri, 20 Nov 2026 17:57:30 +0000",
        "deadline": NOW + timedelta(days=1),
        "review_possible_at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    }
    return NoticeContext(kind=kind, rulings=rulings, **(values | changes))  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(raw: bytes, media_type: str) -> str:
    for one in read(raw).walk():
        if one.get_content_type() == media_type:
            content = one.get_payload(decode=True)
            if isinstance(content, bytes):
                return content.decode("utf-8").replace("\r\n", "\n")
            return "".join(str(block) for block in one.get_payload())
    raise AssertionError(f"no part of type {media_type}")


def text(raw: bytes) -> str:
    return part(raw, "text/plain")


def status(raw: bytes) -> str:
    return part(raw, "message/delivery-status")
