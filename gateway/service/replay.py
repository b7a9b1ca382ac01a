"""Past mail under another policy: what would have become of it, per recipient.

A record keeps the facts that were found, not the message; so rules, tables and registry can be tried on it, new patterns cannot.
What a record no longer holds is `unknown`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.model.address import AddressError, parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import Attachment, Finding, Findings, Protection, Reason, Request, State
from gateway.model.judgement import Ruling
from gateway.model.message import NO_MESSAGE
from gateway.model.records import DisclosureRecord
from gateway.policy import Origin, Policy
from gateway.service.judge import Setting, rule

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One recipient of one message under two policies. `before` and `after` are verdicts, or 'unknown'."""

    message: str
    recipient: str
    before: str
    after: str
    says: str = ""
    sender: str = ""
    at: datetime | None = None
    added: tuple[str, ...] = ()
    """What a copy that is delivered would bear and did not: a mark, a prefix, a request for a receipt."""
    would_be: str = ""
    """What it would come to if the other policy were enforced."""
    rules: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return self.before != self.after


def of_record(record: DisclosureRecord, policy: Policy, setting: Setting) -> Iterator[Change]:
    """What each recipient of a recorded message got, and would get under `policy`."""
    before = {recipient: verdict for recipient, _, _, verdict in record.entry.verdicts}
    if record.erased or "findings" not in record.entry.details:
        yield from (Change(record.entry.message, recipient, verdict, UNKNOWN) for recipient, verdict in before.items())
        return
    rulings = _ruled(record, policy, setting)
    bore = {item["recipient"]: item["extras"] for item in _list(record.entry.details, "rulings") if "extras" in item}
    for recipient, verdict in before.items():
        ruling = rulings.get(recipient)
        if ruling is None:
            yield Change(record.entry.message, recipient, verdict, UNKNOWN)
        else:
            change = of_rulings(record.entry.message, verdict, ruling, record.entry.sender, bore.get(recipient, ()))
            yield replace(change, at=record.entry.at)


def of_rulings(message: str, before: str, after: Ruling, sender: str, bore: Collection[str] = ()) -> Change:
    """`bore` is what the copy was given besides, in the words of `Extras`."""
    return Change(
        message,
        str(after.destination.recipient.address),
        before,
        after.verdict.word,
        next((because.says for because in after.because), ""),
        sender,
        added=tuple(word for word in after.extras.words if word not in bore) if not after.stopped else (),
        would_be=after.would_be.word,
        rules=tuple(dict.fromkeys(because.rule for because in after.because)),
    )


def _ruled(record: DisclosureRecord, policy: Policy, setting: Setting) -> Mapping[str, Ruling]:
    details, entry = record.entry.details, record.entry
    try:
        sender = parse_mailbox(entry.sender) if entry.sender else None
        recipients = [Recipient(parse_mailbox(recipient)) for recipient in entry.recipients]
    except AddressError:
        return {}
    organisation, own, connection = _list(details, "origin")
    origin = Origin(sender, organisation, own, connection)
    judged = rule(policy, origin, recipients, NO_MESSAGE, findings_of(details), setting)
    return {str(ruling.destination.recipient.address): ruling for ruling in judged.rulings}


def findings_of(details: Mapping[str, object]) -> Findings:
    """The facts as they were recorded (`story`)."""
    signed, automatic, calendar = _list(details, "flags")
    return Findings(
        items=tuple(
            Finding(
                Reason(item["reason"]),
                item["where"],
                item["shown"],
                tuple(item["kinds"]),
                item["count"],
                item["score"],
                item["quoted_from"],
            )
            for item in _list(details, "findings")
        ),
        attachments=tuple(_attachment(item) for item in _list(details, "attachments")),
        requests=tuple(Request(item) for item in _list(details, "requests")),
        visible=tuple(_list(details, "visible")),
        signed=signed,
        automatic=automatic,
        calendar=calendar,
    )


def _attachment(item: Mapping[str, Any]) -> Attachment:
    state, algorithm, bits = item["protection"]
    protection = Protection(State(state), algorithm, bits)
    return Attachment(item["where"], item["name"], item["type"], item["media_type"], protection, item["size"], item["sha256"])


def _list(details: Mapping[str, object], name: str) -> list[Any]:
    value = details.get(name)
    return value if isinstance(value, list) else []
