"""The register of disclosures: the records of one message as the entry that an auditor asks for (requirements H6-H9).

Who, to whom, what, when, why, by which way and under which protection, by whose authority, and what came back. It is read from the
chain each time, never kept apart from it. Values are never here: kinds and counts are; what people wrote is left out where it may
name somebody, unless it is asked for. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.model.records import DisclosureRecord, Entry, Event
from gateway.service.shapes import DISCLOSING, SEALED, listed

BY_POLICY = "the policy"

_AT_FIRST = {
    (Event.INTENT, "deliver"): "outcome unknown",
    (Event.ACCEPTED, "deliver"): "on its way",
    (Event.ACCEPTED, "protect"): "waiting to be locked",
    (Event.ACCEPTED, "hold"): "held",
    (Event.ACCEPTED, "bounce"): "not sent",
}
"""What a recipient's copy is as long as no later step says more; anything else was refused."""
_ENDED = {
    Event.RELEASED: "on its way",
    Event.PROTECTED: "on its way",
    Event.RETURNED: "returned, not sent",
    Event.CANCELLED: "cancelled, not sent",
}
_WAYS = {
    "internal": "inside the organisation",
    "secure": "secure network",
    "bridge": "CJSM",
    "assured": "verified TLS all the way",
    "inbound": "from outside to us",
}
"""What protects a message on its way by itself; nothing on any other path."""


@dataclass(slots=True)
class Recipient:
    """To whom, by which way, and what became of that copy."""

    recipient: str
    community: str
    path: str
    verdict: str
    deliver_to: str = ""
    route: str = ""
    tls: str = ""
    protection: str = ""
    outcome: str = ""
    outcome_at: datetime | None = None
    reply: str = ""
    receipts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    type: str
    size: int
    sha256: str
    protection: str


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's words about why, and the grounds that they name."""

    by: str
    at: datetime
    step: str
    words: str
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """Who let it go: a person, or the policy by its digest."""

    by: str
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Incident:
    reported_by: str
    at: datetime
    deadline: str
    closed_at: datetime | None = None
    closed_by: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One line of the register."""

    reference: str
    at: datetime
    organisation: str
    sender: str
    recipients: tuple[Recipient, ...]
    files: tuple[File, ...]
    found: Mapping[str, int]
    """Kinds of data with the number of places where each was found."""
    identifiers: int
    """Different numbers, and names with birthdays, that were found."""
    says: tuple[str, ...]
    """The words of the rules that applied."""
    why: tuple[Said, ...]
    grounds: tuple[str, ...]
    """Those that `why` names: consent, public interest ..."""
    authorised: tuple[Authority, ...]
    incidents: tuple[Incident, ...]
    claims: tuple[str, ...]
    """Receipts of addresses that were no recipients: a list's members, a forwarded mailbox, or nobody."""
    policy: str
    neutral: bool = False
    first_time: tuple[str, ...] = ()
    """Recipients outside to whom this sender had never written through us."""


def disclosure(steps: Iterable[DisclosureRecord], *, words: bool = False) -> Disclosure | None:
    """The entry of a message whose `steps` are given in their order; None where none of them told anybody anything, or all is erased.

    With `words`, what people wrote is there even where it may name somebody.
    """
    entries = [step.entry for step in steps if not step.erased]
    first = next((entry for entry in entries if entry.event in DISCLOSING), None)
    if first is None:
        return None
    found, details = Counter(_kinds(first.details)), first.details
    why = tuple(_said(entry, words) for entry in entries if entry.details.get("why") and _is_a_reason(entry))
    return Disclosure(
        reference=first.message,
        at=first.at,
        organisation=first.organisation,
        sender=first.sender,
        recipients=tuple(_recipients(first, entries)),
        files=tuple(map(_file, listed(details, "attachments"))),
        found=dict(found),
        identifiers=_number(details.get("identifiers")),
        says=tuple(dict.fromkeys(_says(details))),
        why=why,
        grounds=tuple(dict.fromkeys(ground for said in why for ground in said.grounds)),
        authorised=tuple(_authorities(first, entries)),
        incidents=tuple(_incidents(entries, words)),
        claims=tuple(_claims(first, entries)),
        policy=first.policy,
        neutral=bool(details.get("neutral")),
        first_time=tuple(_texts(details.get("first_time"))),
    )


def by_message(records: Iterable[DisclosureRecord]) -> dict[str, list[DisclosureRecord]]:
    """The steps of each message, in the order given."""
    found: dict[str, list[DisclosureRecord]] = {}
    for record in records:
        if record.entry.message:
            found.setdefault(record.entry.message, []).append(record)
    return found


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _kinds(details: Mapping[str, object]) -> Iterator[str]:
    for finding in listed(details, "findings"):
        kinds = finding.get("kinds")
        yield from dict.fromkeys(map(str, kinds)) if isinstance(kinds, list) else ()


def _says(details: Mapping[str, object]) -> Iterator[str]:
    for ruling in listed(details, "rulings"):
        because = ruling.get("because")
        yield from (str(one[3]) for one in because) if isinstance(because, list) else ()


def _file(item: Mapping[str, object]) -> File:
    state, algorithm, *_ = *_texts(item.get("protection")), "", ""
    return File(str(item["name"]), str(item["type"]), _number(item["size"]), str(item["sha256"]), f"{state} {algorithm}".strip())


def _texts(value: object) -> list[str]:
    return ["" if item is None else str(item) for item in value] if isinstance(value, list) else []


def _recipients(first: Entry, entries: Sequence[Entry]) -> Iterator[Recipient]:
    ruled = {str(ruling["recipient"]): ruling for ruling in listed(first.details, "rulings")}
    locked = [_file(item).protection.partition(" ")[0] for item in listed(first.details, "attachments")]
    made: dict[str, Recipient] = {}
    for address, community, path, verdict in first.verdicts:
        ruling = ruled.get(address, {})
        made[address] = Recipient(
            address,
            community,
            path,
            verdict,
            deliver_to=str(ruling.get("deliver_to", "")),
            route=str(ruling.get("route", "")),
            tls=str(ruling.get("tls", "")),
            protection=_protection(path, locked),
            outcome=_AT_FIRST.get((first.event, verdict), "refused, not sent"),
        )
    for entry in entries:
        _follow(entry, made)
    yield from made.values()


def _protection(path: str, locked: Sequence[str]) -> str:
    way = _WAYS.get(path, "")
    files = "files locked by the sender" if locked and set(locked) == {"strong"} else ""
    return ", ".join(filter(None, (way, files))) or "none"


def _follow(entry: Entry, made: Mapping[str, Recipient]) -> None:
    """What a later step says about recipients."""
    details = entry.details
    if entry.event in _ENDED:
        for address in entry.recipients:
            if address in made:
                made[address].outcome, made[address].outcome_at = _ENDED[entry.event], entry.at
                if entry.event is Event.PROTECTED:
                    hop = entry.details.get("handed_to")
                    made[address].protection = f"by the service of route {hop}" if hop else "files locked by the gateway (AES-256)"
    elif entry.event is Event.RESULT and details.get("kind") != "notice":
        replies = details.get("replies")
        answers = list(replies.values()) if isinstance(replies, dict) else []
        for number, address in enumerate(entry.recipients):
            reply = answers[number] if number < len(answers) else details.get("reply", "")
            for one in _whose(address, made):
                one.outcome, one.outcome_at, one.reply = str(details.get("outcome", "")), entry.at, str(reply)
    elif entry.event is Event.RECEIPT:
        for address in entry.recipients:
            for one in _whose(address, made):
                one.receipts.append(receipt_words(entry))


def _whose(address: str, made: Mapping[str, Recipient]) -> list[Recipient]:
    """The recipient as written, or those whose copy went to that address."""
    if address in made:
        return [made[address]]
    return [one for one in made.values() if one.deliver_to == address]


def _claims(first: Entry, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.event is Event.RECEIPT and not set(entry.recipients) & set(first.recipients):
            yield f"{', '.join(entry.recipients)}: {receipt_words(entry)}"


def receipt_words(entry: Entry) -> str:
    """'displayed on 24 Nov 10:03, says the recipient', 'displayed ..., claimed by x@y.org'."""
    what, standing, by = (str(entry.details.get(name, "")) for name in ("what", "standing", "by"))
    who = {"confirmed": "says the recipient", "reported": f"says the server {by}"}.get(standing, f"claimed by {by or 'somebody unknown'}")
    return f"{what} on {entry.at.astimezone():%d %b %Y %H:%M}, {who}"


# Steps whose `why` says why something was shared, or was not.
_REASONS = frozenset({Event.ASKED, Event.RELEASED, Event.PROTECTED, Event.RETURNED, Event.CANCELLED})
# What a wish is recorded as where its sender gave no reason.
_VERBS = frozenset({"PROTECT", "SUBJECT", "SEPARATE", "CANCEL", "WRONG"})


def _is_a_reason(entry: Entry) -> bool:
    return entry.event in _REASONS and str(entry.details["why"]) not in _VERBS


def _said(entry: Entry, words: bool) -> Said:
    grounds = tuple(_texts(entry.details.get("grounds")))
    return Said(entry.actor, entry.at, entry.event.value, shown_words(entry.details, words), grounds)


def shown_words(details: Mapping[str, object], words: bool) -> str:
    """What somebody wrote, unless it may name a person and nobody asked for it."""
    why = str(details.get("why", ""))
    return why if words or not details.get("names") else SEALED


def _authorities(first: Entry, entries: Sequence[Entry]) -> Iterator[Authority]:
    """People who let it go; where a copy needed nobody, the policy."""
    if any(verdict == "deliver" for *_, verdict in first.verdicts):
        yield Authority(BY_POLICY, first.at, f"delivered by {first.policy}")
    for entry in entries:
        if entry.event in (Event.RELEASED, Event.PROTECTED):
            yield Authority(entry.actor, entry.at, str(entry.details.get("verb") or entry.event.value).lower())


def _incidents(entries: Sequence[Entry], words: bool) -> Iterator[Incident]:
    closing = next((entry for entry in entries if entry.event is Event.CLOSED), None)
    for entry in entries:
        if entry.event is Event.INCIDENT:
            ended = (closing.at, closing.actor, shown_words(closing.details, words)) if closing else ()
            yield Incident(entry.actor, entry.at, str(entry.details.get("deadline", "")), *ended)
