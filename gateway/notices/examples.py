"""One example of every notice, about invented people: for `gateway words`, the pictures of the documentation, and the tests of all words.

Promises: every kind has one (`tests/notices/test_examples.py`); nothing in them is real, and nothing of a real message is needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import UNPROTECTED, Attachment, Finding, Reason
from gateway.model.judgement import Because, Destination, Path, Remedy, Ruling, Verdict
from gateway.model.notice import FailedRecipient, NoticeContext, Waiting
from gateway.model.organisation import Organisation
from gateway.model.plan import NoticeKind

# Five past six in the evening of a Friday, when nobody reviews before Monday.
FRIDAY = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)
CARER, NURSE, COLLEAGUE = "rita.k1964@example.com", "sam.reid@nhs.net", "ann.lee@borough.gov.uk"
REFERENCE, HOLD = "1H7QX-2M9KD-W4TRB", "1H7QX-2M9KE-A7PRC"
VERBS = (Remedy.PROTECT, Remedy.RELEASE, Remedy.URGENT, Remedy.WRONG, Remedy.CANCEL)
ADVICE = (Remedy.SECURE_ADDRESS, Remedy.PHONE, Remedy.POST)


def examples(organisation: Organisation, words: Mapping[str, str]) -> dict[str, NoticeContext]:
    """A notice of every kind and form by name, as this organisation would send it."""
    held = _ruling(CARER, Verdict.HOLD, *VERBS, *ADVICE)
    gone = replace(held, verdict=Verdict.DELIVER)
    base = NoticeContext(
        kind=NoticeKind.STOPPED,
        reference=REFERENCE,
        to=parse_mailbox(f"jo.bell@{organisation.domains[0]}"),
        organisation=organisation,
        control="control.gateway.example",
        hostname="gateway.example",
        postmaster="postmaster@gateway.example",
        now=FRIDAY,
        message_id="<example@gateway.example>",
        marker="example",
        boundary="example",
        arrived_at=FRIDAY,
        rulings=(held,),
        findings=(Finding(Reason.ATTACHMENT_UNPROTECTED, "2", "plan.docx is not encrypted"),),
        attachments=(Attachment("2", "plan.docx", "docx", "application/octet-stream", UNPROTECTED, 12_000, "0" * 64),),
        nameable=frozenset((CARER, NURSE, COLLEAGUE)),
        verbs=tuple((verb, _link(verb)) for verb in VERBS),
        deadline=FRIDAY + timedelta(days=1),
        review_possible_at=organisation.hours.next_open(FRIDAY),
        words=words,
    )
    earlier = replace(base, arrived_at=FRIDAY - timedelta(hours=20), deadline=FRIDAY + timedelta(hours=4))
    after = replace(earlier, rulings=(gone,), findings=(), attachments=(), deadline=None, verbs=((Remedy.REPORT, _link(Remedy.REPORT)),))
    waiting = Waiting(
        HOLD, f"jo.bell@{organisation.domains[0]}", 1, earlier.arrived_at, FRIDAY + timedelta(days=4), ("attachment.unprotected",)
    )
    review = replace(after, kind=NoticeKind.REVIEW, rulings=(held,), verbs=(), waiting=(waiting,))
    return {
        "stopped": base,
        "stopped-mixed": replace(
            base, rulings=(held, _ruling(NURSE, Verdict.DELIVER, path=Path.BRIDGE), _ruling(COLLEAGUE, Verdict.DELIVER, path=Path.INTERNAL))
        ),
        "stopped-bounced": replace(
            base, rulings=(_password_beside_the_file(),), verbs=(), findings=(), deadline=None, review_possible_at=None
        ),
        "stopped-reviewer": replace(base, waits_for_reviewer=True),
        "observed": replace(base, kind=NoticeKind.OBSERVED, rulings=(replace(gone, tell=True, would_be=Verdict.HOLD),), verbs=()),
        "reminder": replace(earlier, kind=NoticeKind.REMINDER),
        "returned": replace(earlier, kind=NoticeKind.RETURNED, verbs=()),
        "failed": _undelivered(after, NoticeKind.FAILED, "5.1.1", "550 5.1.1 no such user"),
        "delayed": _undelivered(after, NoticeKind.DELAYED, "4.4.1", "no answer"),
        "done": replace(after, kind=NoticeKind.DONE, outcome=("Your email is on its way.",)),
        "done-not": replace(
            earlier, kind=NoticeKind.DONE, done=False, outcome=("The email is signed or encrypted already. Changing it would break that.",)
        ),
        "done-late": replace(
            after, kind=NoticeKind.DONE, done=False, outcome=("We could not do it: your email was already sent with locked files.",)
        ),
        "protected": replace(
            after, kind=NoticeKind.PROTECTED, password="maple-otter-canal-frost-ten-47", files=("plan.docx", "photographs.zip")
        ),
        "released": replace(after, kind=NoticeKind.RELEASED, outcome=("A reviewer checked it and let it go.",)),
        "review": review,
        "review-urgent": replace(review, urgent=True),
        "review-many": replace(review, waiting=(waiting, replace(waiting, recipients=12)), count=30),
        "incident": replace(
            after,
            kind=NoticeKind.INCIDENT,
            outcome=("The sender reports it: a slip of the keys.",),
            deadline=FRIDAY + timedelta(hours=72),
            verbs=(),
        ),
        "checked": replace(base, kind=NoticeKind.CHECKED, rulings=(held, _ruling(NURSE, Verdict.DELIVER, path=Path.BRIDGE)), verbs=()),
    }


def _ruling(address: str, verdict: Verdict, *remedies: Remedy, path: Path = Path.INSECURE) -> Ruling:
    written = parse_mailbox(address)
    because = (Because("rule", Reason.ATTACHMENT_UNPROTECTED.value, "2", ""),) if verdict > Verdict.DELIVER else ()
    return Ruling(Destination(Recipient(written), path, written, "default"), verdict, because, remedies, would_be=verdict)


def _password_beside_the_file() -> Ruling:
    because = (Because("rule", Reason.PASSWORD_INCLUDED.value, "body", ""),)
    return replace(_ruling(CARER, Verdict.BOUNCE, Remedy.REMOVE_PASSWORD, Remedy.PHONE), because=because)


def _undelivered(context: NoticeContext, kind: NoticeKind, status: str, said: str) -> NoticeContext:
    failed = (FailedRecipient(NURSE, NURSE, status, said, "mx.example"),)
    return replace(context, kind=kind, rulings=(), failed=failed, deadline=FRIDAY + timedelta(days=2), verbs=())


def _link(verb: Remedy) -> Address:
    return Address(f"{verb.value.lower()}.1h7qx2m9kew4trb.mzxw6ytboi4tqnzrgeytembqaa", "control.gateway.example")
