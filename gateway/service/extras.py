"""What rules add to mail that is delivered: the mark of confidential mail, a word before its subject, a request to confirm it.

Promises: everything else stays byte for byte; signed mail, and mail that can be read in more than one way, is never changed; what is
there already is not added again; signatures that no longer fit go, as from every changed message. Pure: bytes in, bytes out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gateway.mail import read
from gateway.mail.splice import SIGNATURES, apply, insert_header, remove_headers, replace_header
from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.judgement import PLAIN, Extras, Ruling, Verdict
from gateway.model.message import Message, Splice
from gateway.policy.plan import says_notify
from gateway.service.judge import Judgement

# RFC 2156 5.3.4; Outlook shows it as "Confidential".
SENSITIVITY = "Company-Confidential"
# RFC 8098 2.1: where the reader's mail program sends its confirmation.
CONFIRM_TO = "Disposition-Notification-To"


def wanted(rulings: Sequence[Ruling]) -> tuple[Extras, ...]:
    """The different kinds of copies that are to be delivered, but the plain one."""
    return tuple(dict.fromkeys(ruling.extras for ruling in rulings if ruling.verdict is Verdict.DELIVER and ruling.extras.any))


def recipients(rulings: Sequence[Ruling], asked: Extras) -> tuple[Recipient, ...]:
    """Who gets that copy."""
    return tuple(ruling.destination.recipient for ruling in rulings if ruling.verdict is Verdict.DELIVER and ruling.extras == asked)


def added(raw: bytes, asked: Extras, confirm_to: Sequence[Address]) -> bytes | None:
    """The message with the extras; None if it has them already, or cannot be changed. `confirm_to`: who learns of its arrival."""
    message = read(raw)
    if message.signed or any(defect.ambiguous or defect.unchecked for defect in message.defects):
        return None
    try:
        splices = tuple(_splices(message, asked, confirm_to))
        return apply(raw, (*splices, *remove_headers(message, SIGNATURES))) if splices else None
    except ValueError:
        return None


def _splices(message: Message, asked: Extras, confirm_to: Sequence[Address]) -> Iterator[Splice]:
    if asked.mark and not _says(message, "sensitivity", SENSITIVITY):
        yield from replace_header(message, "Sensitivity", SENSITIVITY)
    if asked.prefix and asked.prefix.strip().lower() not in message.subject.lower():
        yield from replace_header(message, "Subject", asked.prefix + message.subject)
    if asked.receipt and confirm_to and not message.headers(CONFIRM_TO.lower()):
        yield insert_header(message, CONFIRM_TO, ", ".join(f"<{address}>" for address in confirm_to))


def _says(message: Message, name: str, value: str) -> bool:
    found = message.headers(name)
    return len(found) == 1 and found[0].decode("latin-1").strip().lower() == value.lower()


def settled(judgement: Judgement, copies: Mapping[Extras, bytes], sender: Address | None) -> Judgement:
    """The rulings with the extras that their copies really have, so that mail which needs no change passes through untouched."""
    if not any(ruling.extras.any for ruling in judgement.rulings):
        return judgement
    return replace(judgement, rulings=tuple(_settled(ruling, copies, sender) for ruling in judgement.rulings))


def _settled(ruling: Ruling, copies: Mapping[Extras, bytes], sender: Address | None) -> Ruling:
    if ruling.extras in copies or not ruling.extras.any:
        return ruling
    # A report of delivery can be asked for on the envelope of mail that cannot be changed.
    by_envelope = ruling.extras.receipt and sender is not None and not says_notify(ruling.destination.recipient.options)
    return replace(ruling, extras=Extras(receipt=True) if by_envelope else PLAIN)
