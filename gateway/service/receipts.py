"""Confirmations that came back (requirement H5): attached to the record of the message that asked for them, and passed on to nobody.

A copy that asks for a confirmation names, beside its sender, an address of its own on the control domain. What comes to that address
is a report (RFC 8098: a mail program says that it was displayed; RFC 3464: a server says that it was delivered), or it is nothing.
Promises: an address that we did not make is refused; a report about another message does nothing; nothing is ever sent because of
one. Mail can be forged by whoever has seen the message, so each receipt says how far it can be believed: `confirmed` comes from
the very recipient it is for, `reported` from a server, everything else is `claimed`. A flood ends at a few for each recipient.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from gateway.model.address import Address
from gateway.model.message import Message, Part
from gateway.model.records import Entry, Event
from gateway.model.smtp import Reply
from gateway.notices import replies
from gateway.service import story
from gateway.service.desk import Desk
from gateway.service.shapes import listed
from gateway.service.verbs import ReceiptFor, receipt_address

log = structlog.get_logger()

MDN, DSN = "disposition-notification", "delivery-status"
# RFC 8098 3.2.6.2 and RFC 3464 2.3.3: what a report may say.
DISPOSITIONS = frozenset({"displayed", "deleted", "dispatched", "processed", "denied", "failed"})
ACTIONS = frozenset({"delivered", "relayed", "expanded", "delayed", "failed"})
REPORT_CHARS = 65_536
"""A report on a thousand recipients is smaller."""
EACH = 4
"""Receipts kept for each recipient: relayed, delivered, displayed, and one more that contradicts them."""
CLAIMS = 10
"""And for the whole message, of people who are no recipients of it: a list has members."""
RECORDS_OF_ONE = 10_000
NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's part of a report: who is meant (all addresses it goes by, lower case), what happened, what it is about."""

    kind: str
    who: tuple[str, ...]
    what: str
    server: str = ""
    message_id: str = ""


def confirm_to(desk: Desk, sender: Address | None, message: str) -> tuple[Address, ...]:
    """Where a copy of this message asks that its arrival be confirmed: its sender, as ever, and the record."""
    return () if sender is None else (sender, receipt_address(desk.keys, desk.settings.control, message))


async def take_in(desk: Desk, asked: ReceiptFor, message: Message) -> Reply:
    """Attach what a report says to the record of its message; the answer is the same whatever it says."""
    async with desk.groups.holding(f"receipt {asked.message}"):
        records = await desk.store.records(message=asked.message, limit=RECORDS_OF_ONE)
        entries = [record.entry for record in records if not record.erased]
        sent = next((entry for entry in entries if entry.event in (Event.INTENT, Event.ACCEPTED)), None)
        if sent is None:
            return replies.control_unknown()
        earlier = [entry for entry in entries if entry.event is Event.RECEIPT]
        new = tuple(_new(desk, sent, earlier, message))
        await desk.store.record(*new)
    log.info("receipt", id=asked.message, kept=len(new))
    return replies.wish_taken()


def _new(desk: Desk, sent: Entry, earlier: list[Entry], message: Message) -> Iterator[Entry]:
    """The entries that a message adds: each (recipient, what, standing) once, and no more than there is room for."""
    known = {_same(entry) for entry in earlier}
    author = message.authors[0].address.lower()[:NAME_CHARS] if len(message.authors) == 1 else ""
    for report in reports_in(message):
        if report.message_id and report.message_id != str(sent.details.get("message_id", "")).strip("<> "):
            continue  # About another message: whoever sent it here has mixed them up, or tries.
        recipient = recipient_of(report, sent)
        entry = story.receipt(sent, desk.clock(), *_judged(report, recipient, author, sent))
        if _same(entry) not in known and _has_room(entry, earlier, sent):
            known.add(_same(entry))
            earlier.append(entry)
            yield entry


def _same(entry: Entry) -> tuple[object, ...]:
    return entry.recipients, entry.details.get("what"), entry.details.get("standing")


def _has_room(entry: Entry, earlier: Sequence[Entry], sent: Entry) -> bool:
    if entry.recipients[0] in sent.recipients:
        return sum(1 for one in earlier if one.recipients == entry.recipients) < EACH
    return sum(1 for one in earlier if one.recipients[0] not in sent.recipients) < CLAIMS


def _judged(report: Report, recipient: str, author: str, sent: Entry) -> tuple[str, str, str, str]:
    """(recipient, what, standing, by): how far the report can be believed."""
    if report.kind == DSN:
        return recipient or report.who[0], report.what, "reported" if recipient else "claimed", report.server or author
    own = {recipient.lower(), *(to.lower() for to, at in deliver_to(sent).items() if at == recipient)}
    confirmed = bool(recipient) and author in own
    return recipient or report.who[0], report.what, "confirmed" if confirmed else "claimed", author


def recipient_of(report: Report, sent: Entry) -> str:
    """The recipient that is meant, as it was written; '' if it is none of this message."""
    written = {address.lower(): address for address in sent.recipients}
    written.update({to.lower(): address for to, address in deliver_to(sent).items()})
    return next((written[who] for who in report.who if who in written), "")


def deliver_to(sent: Entry) -> dict[str, str]:
    """The recipient of each address that a copy went to ('b@nhs.net.cjsm.net' is for 'b@nhs.net')."""
    return {str(ruling.get("deliver_to", "")): str(ruling["recipient"]) for ruling in listed(sent.details, "rulings")}


def reports_in(message: Message) -> Iterator[Report]:
    """What the report parts of a message say. On failure: nothing; a report that cannot be read is none."""
    for part in message.parts:
        kind = part.media_type.removeprefix("message/").removeprefix("global-")
        if part.media_type.startswith("message/") and kind in (MDN, DSN):
            blocks = [fields for block in re.split(r"\n[ \t]*\n", _text(part)) if (fields := _fields(block))]
            yield from _of_mdn(blocks) if kind == MDN else _of_dsn(blocks)


def _text(part: Part) -> str:
    text = part.texts[0] if part.texts else part.content.decode("utf-8", "replace")
    return text[:REPORT_CHARS].replace("\r\n", "\n")


def _fields(block: str) -> dict[str, str]:
    unfolded = re.sub(r"\n[ \t]+", " ", block)
    found = (line.partition(":") for line in unfolded.split("\n"))
    return {name.strip().lower(): " ".join(value.split()) for name, colon, value in found if colon}


def _of_mdn(blocks: Sequence[dict[str, str]]) -> Iterator[Report]:
    for fields in blocks[:1]:
        what = fields.get("disposition", "").rpartition(";")[2].partition("/")[0].strip().lower()
        who = _who(fields)
        if who and what in DISPOSITIONS:
            yield Report(MDN, who, what, message_id=fields.get("original-message-id", "").strip("<> "))


def _of_dsn(blocks: Sequence[dict[str, str]]) -> Iterator[Report]:
    server = _address(blocks[0].get("reporting-mta", ""))[:NAME_CHARS] if blocks else ""
    for fields in blocks[1:]:
        what, who = fields.get("action", "").partition(" ")[0].lower(), _who(fields)
        if who and what in ACTIONS:
            yield Report(DSN, who, what, server)


def _who(fields: dict[str, str]) -> tuple[str, ...]:
    named = (_address(fields.get(name, "")).lower()[:NAME_CHARS] for name in ("original-recipient", "final-recipient"))
    return tuple(dict.fromkeys(filter(None, named)))


def _address(typed: str) -> str:
    """'rfc822;b@nhs.net' -> 'b@nhs.net'; an xtext original is decoded by nobody who writes ordinary addresses."""
    return typed.partition(";")[2].strip().strip("<>")
