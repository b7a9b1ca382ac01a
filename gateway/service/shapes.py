"""The JSON of the contract: rulings, findings, attachments, holds, records. One place, so that every command says the same."""

from collections.abc import Mapping, Sequence

from gateway.model.findings import Attachment, Finding, Member, Protection
from gateway.model.judgement import Because, Ruling
from gateway.model.records import DisclosureRecord, Event
from gateway.model.stored import HeldMessage
from gateway.service.journal import MARK


def protection(value: Protection) -> dict[str, object]:
    return {"state": value.state.value, "algorithm": value.algorithm, "bits": value.bits}


def member(value: Member) -> dict[str, object]:
    return {"name": value.name, "type": value.type, "protection": protection(value.protection), "size": value.size_bytes}


def because(value: Because) -> dict[str, object]:
    return {"rule": value.rule, "reason": value.reason, "where": value.where, "says": value.says}


def ruling(value: Ruling) -> dict[str, object]:
    destination = value.destination
    return {
        "recipient": str(destination.recipient.address),
        "community": destination.community or None,
        "path": destination.path.value,
        "deliver_to": str(destination.deliver_to),
        "route": destination.route,
        "verdict": value.verdict.word,
        "would_be": value.would_be.word,
        "because": [because(item) for item in value.because],
        "remedies": [remedy.value for remedy in value.remedies],
        "extras": list(value.extras.words),
        "row": destination.row,
        "suggestion": destination.suggestion or None,
    }


def finding(value: Finding) -> dict[str, object]:
    return {
        "reason": value.reason.value,
        "where": value.where,
        "shown": value.shown,
        "kinds": list(value.kinds),
        "count": value.count,
        "score": round(value.score, 2),
    }


def attachment(value: Attachment) -> dict[str, object]:
    return {
        "where": value.where,
        "name": value.name,
        "type": value.type,
        "protection": protection(value.protection),
        "size": value.size_bytes,
        "sha256": value.sha256,
        "members": [member(item) for item in value.members],
    }


def hold(value: HeldMessage) -> dict[str, object]:
    return {
        "id": value.id,
        "state": value.state.value,
        "sender": value.sender,
        "recipients": [recipient.address for recipient in value.recipients],
        "reasons": list(value.reasons),
        "held_at": value.held_at.isoformat(),
        "deadline": value.deadline.isoformat(),
        "waits_for": value.waits_for,
        "message": value.message,
        "organisation": value.organisation,
        "claimed_by": value.claimed_by or None,
        "claimed_until": value.claimed_until.isoformat() if value.claimed_until else None,
        "ended_at": value.ended_at.isoformat() if value.ended_at else None,
        "ended_by": value.ended_by or None,
        "ended_why": value.ended_why or None,
    }


def record(value: DisclosureRecord) -> dict[str, object]:
    entry = value.entry
    return {
        "id": value.id,
        "at": entry.at.isoformat(),
        "sender": entry.sender,
        "recipients": list(entry.recipients),
        "verdicts": [{"recipient": r, "community": c or None, "path": p, "verdict": v} for r, c, p, v in entry.verdicts],
        "reasons": list(entry.reasons),
        "policy": entry.policy,
        "prev": value.prev,
        "hash": value.hash,
        "message": entry.message,
        "event": entry.event.value,
        "organisation": entry.organisation,
        "actor": entry.actor or None,
        "writer": value.writer,
        "seq": value.seq,
        "erased": value.erased,
    }


# What only `hold password` shows, and records that it did; and what says nothing to people.
UNSHOWN = ("password", MARK)


# Instead of what somebody wrote that may name a person.
SEALED = "(kept sealed: it may name somebody)"


def details(value: DisclosureRecord, *, words: bool = False) -> dict[str, object]:
    """The encrypted part of a record, as people may see it; with `words`, also what somebody wrote that may name a person."""
    told = {name: item for name, item in value.entry.details.items() if name not in UNSHOWN}
    return {**told, "why": SEALED} if told.get("names") and not words else told


def listed(details: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """The mappings of a list in a record's details."""
    value = details.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# The events that say who was told what, and by which verdicts; the others are steps of the same message.
DISCLOSING = frozenset({Event.INTENT, Event.ACCEPTED, Event.REFUSED})


def disclosures(records: Sequence[DisclosureRecord]) -> tuple[DisclosureRecord, ...]:
    """One record per message."""
    return tuple(record for record in records if record.entry.event in DISCLOSING)


def outcomes(records: Sequence[DisclosureRecord]) -> dict[str, list[str]]:
    """What became of each message after its first record: the later events, a next hop's refusal said as such."""
    steps: dict[str, list[str]] = {}
    for record in records:
        if record.entry.event not in DISCLOSING and record.entry.message:
            said = record.entry.details.get("outcome")
            steps.setdefault(record.entry.message, []).append(str(said or record.entry.event.value))
    return steps
