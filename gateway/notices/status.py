"""The part of a notice that machines read: message/delivery-status (RFC 3464), seven bits, whatever the strings hold.

Promises: every stopped or failed recipient has one block; one that may not be named keeps its block with a made-up name,
so that a mail server counts right and learns nothing. No value can begin a new field: line ends never survive `_ascii`.
"""

from datetime import datetime
from email.utils import format_datetime

from gateway.model.judgement import Ruling, Verdict
from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import undelivered
from gateway.notices.stopped import is_concerned
from gateway.notices.whom import may_name
from gateway.notices.words import clean

VALUE_CHARS = 400
"""Well under the 998 of RFC 5322 2.1.1; a reply line is at most 512 (RFC 5321 4.5.3.1.5)."""

_DEFAULT_STATUS = {NoticeKind.FAILED: "5.0.0", NoticeKind.DELAYED: "4.0.0"}

_ABOUT_EVERYONE = frozenset(
    (NoticeKind.DONE, NoticeKind.PROTECTED, NoticeKind.REVIEW, NoticeKind.RELEASED, NoticeKind.INCIDENT, NoticeKind.CHECKED)
)
"""Kinds whose rulings are all about recipients of one hold."""

Fields = list[tuple[str, str]]


def delivery_status(context: NoticeContext) -> str:
    """The body of the part: blocks of `Field: value` lines, CRLF line ends."""
    blocks = [_about_message(context), *_about_recipients(context)]
    return "\r\n".join("".join(f"{name}: {value}\r\n" for name, value in block if value) for block in blocks)


def _about_message(context: NoticeContext) -> Fields:
    return [
        ("Original-Envelope-Id", _ascii(context.envelope_id)),
        ("Reporting-MTA", f"dns; {_ascii(context.hostname)}"),
        ("Arrival-Date", format_datetime(context.arrived_at)),
    ]


def _about_recipients(context: NoticeContext) -> list[Fields]:
    if context.failed:
        return [_failed(context, failed, number) for number, failed in enumerate(context.failed, 1)]
    everyone = context.kind in _ABOUT_EVERYONE
    concerned = [ruling for ruling in context.rulings if everyone or is_concerned(context, ruling)]
    return [_ruled(context, ruling, number) for number, ruling in enumerate(concerned, 1)]


def _failed(context: NoticeContext, failed: FailedRecipient, number: int) -> Fields:
    named = undelivered.may_name(context, failed)
    status = _status(failed.status, _DEFAULT_STATUS.get(context.kind, "5.0.0"))
    # A next hop's words may repeat the address: whoever may not be named keeps only the status.
    said = _ascii(failed.diagnostic) if named else status
    return [
        *_recipient(failed.address, failed.original, number, named=named),
        ("Action", "delayed" if context.kind is NoticeKind.DELAYED else "failed"),
        ("Status", status),
        ("Remote-MTA", f"dns; {_ascii(failed.remote)}" if failed.remote else ""),
        ("Diagnostic-Code", f"smtp; {said}" if said else ""),
        ("Will-Retry-Until", _date(context.deadline) if context.kind is NoticeKind.DELAYED else ""),
    ]


def _ruled(context: NoticeContext, ruling: Ruling, number: int) -> Fields:
    destination = ruling.destination
    action, status = _outcome(context, ruling)
    named = may_name(context, destination.recipient.address)
    # Not where it would have gone: a suffix means nothing to the person, and the address as written is what their server knows.
    written = str(destination.recipient.address)
    codes = ", ".join(dict.fromkeys(_ascii(because.reason) for because in ruling.because))
    return [
        *_recipient(written, written, number, named=named),
        ("Action", action),
        ("Status", status),
        ("Diagnostic-Code", _ascii(f"x-gateway; {codes}") if codes else ""),
        ("Will-Retry-Until", _date(context.deadline) if action == "delayed" else ""),
    ]


def _outcome(context: NoticeContext, ruling: Ruling) -> tuple[str, str]:
    """A hold may still be sent: 'delayed' is what keeps a mail server from writing it off (RFC 3464 2.3.3)."""
    if context.kind in (NoticeKind.OBSERVED, NoticeKind.PROTECTED) or not ruling.stopped:
        return "relayed", "2.0.0"
    if ruling.verdict is Verdict.HOLD and context.kind is not NoticeKind.RETURNED:
        return "delayed", "4.7.1"
    return "failed", "5.7.1"


def _recipient(final: str, original: str, number: int, *, named: bool) -> Fields:
    if not named:
        return [("Final-Recipient", f"x-undisclosed; recipient-{number}")]
    return [("Original-Recipient", _typed(original)), ("Final-Recipient", _typed(final))]


def _typed(address: str) -> str:
    """`rfc822; a@b`, or utf-8 with the escapes of RFC 6533 section 3, which stay within seven bits."""
    line = clean(address, VALUE_CHARS)
    if line.isascii():
        return f"rfc822; {line}"
    return "utf-8; " + "".join(char if char.isascii() and char not in "\\+=" else f"\\x{{{ord(char):X}}}" for char in line)


def _status(text: str, otherwise: str) -> str:
    parts = text.split(".")
    return text if len(parts) == 3 and all(part.isdigit() and part.isascii() and len(part) <= 3 for part in parts) else otherwise


def _date(moment: datetime | None) -> str:
    return format_datetime(moment) if moment is not None else ""


def _ascii(text: str) -> str:
    return clean(text, VALUE_CHARS).encode("ascii", "replace").decode()
