"""What the record says of each step: entries for the chain, made from plans and rulings.

Promises: no subject, body, or value found ever goes into an entry; names and hashes of files go into the encrypted details only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from gateway import __version__
from gateway.checks.attachments import name_shown
from gateway.checks.names import people
from gateway.checks.subject import look
from gateway.model.envelope import Client
from gateway.model.findings import Findings, Reason, State
from gateway.model.judgement import Ruling
from gateway.model.plan import Plan
from gateway.model.records import Entry, Event, Keep
from gateway.model.smtp import Reply
from gateway.model.stored import HeldMessage
from gateway.service.grounds import grounds
from gateway.service.journal import Doubt, mark
from gateway.service.judge import Judgement


def intent(plan: Plan, judgement: Judgement, at: datetime) -> Entry:
    return _of_plan(plan, judgement, Event.INTENT, at)


def accepted(plan: Plan, judgement: Judgement, at: datetime, doubt: Doubt | None) -> Entry:
    entry = _of_plan(plan, judgement, Event.ACCEPTED, at)
    return replace(entry, details={**entry.details, **mark(doubt)})


def refused(plan: Plan, judgement: Judgement, at: datetime) -> Entry:
    return _of_plan(plan, judgement, Event.REFUSED, at)


def result(plan: Plan, judgement: Judgement, at: datetime, reply: Reply, outcome: str, doubt: Doubt | None) -> Entry:
    """The end of a pass-through; `doubt` whether the client will know of it."""
    return Entry(
        message=plan.envelope.id,
        event=Event.RESULT,
        at=at,
        organisation=judgement.origin.organisation,
        sender=sender_text(plan),
        recipients=tuple(str(recipient.address) for consignment in plan.consignments for recipient in consignment.recipients),
        policy=plan.policy,
        details={"outcome": outcome, "reply": str(reply), **mark(doubt if reply.ok else None)},
    )


def never_known(entry: Entry, at: datetime) -> Entry:
    """The end of a pass-through that a crash interrupted: whether the next hop took it is not known and will not be."""
    return replace(entry, event=Event.RESULT, at=at, verdicts=(), details={"outcome": "unknown", "reply": ""})


def delivery(message: str, organisation: str, at: datetime, sender: str, recipients: Sequence[str], details: dict[str, object]) -> Entry:
    """The outcome of one attempt of the courier."""
    return Entry(message, Event.RESULT, at, organisation, sender, tuple(recipients), details=details)


def incident(of: Entry, at: datetime, by: str, why: str, until: datetime) -> Entry:
    """Somebody reports that a message went to the wrong person: the law's clock runs from now."""
    details: dict[str, object] = {**said(why), "deadline": until.isoformat()}
    return replace(of, event=Event.INCIDENT, at=at, verdicts=(), actor=by, details=details, keep=Keep.INCIDENT)


def reminded(incident: Entry, at: datetime, hours: int) -> Entry:
    """The lead contact was reminded of an incident, so many hours before its time ends."""
    return replace(incident, event=Event.NOTICE, at=at, actor="gateway", details={"incident_reminder": hours})


def closed(of: Entry, at: datetime, by: str, outcome: str) -> Entry:
    """An incident was dealt with."""
    return replace(of, event=Event.CLOSED, at=at, verdicts=(), actor=by, details=said(outcome), keep=Keep.INCIDENT)


def receipt(of: Entry, at: datetime, recipient: str, what: str, standing: str, by: str) -> Entry:
    """A report came back about one recipient of a message."""
    details: dict[str, object] = {"what": what, "standing": standing, "by": by}
    return Entry(of.message, Event.RECEIPT, at, of.organisation, of.sender, (recipient,), actor=by, details=details)


def draft(organisation: str, sender: str, reference: str, at: datetime, reasons: tuple[str, ...]) -> Entry:
    """A draft was looked at and answered; nobody else was told anything, so it names no recipient."""
    return Entry(reference, Event.NOTICE, at, organisation, sender, (), reasons=reasons, actor=sender, details={"draft": True})


def hold_ended(held: HeldMessage, event: Event, at: datetime, by: str, why: str, details: Mapping[str, object] | None = None) -> Entry:
    """A step of a held message: who did it and why."""
    return Entry(
        message=held.message,
        event=event,
        at=at,
        organisation=held.organisation,
        sender=held.sender,
        recipients=tuple(recipient.address for recipient in held.recipients),
        reasons=held.reasons,
        actor=by,
        details={**said(why), "hold": held.id, "rules": rules_of(held), **(details or {})},
    )


def said(why: str) -> dict[str, object]:
    """Somebody's own words, the grounds for sharing that they name, and whether they may name a person: then they are shown only to
    whoever asks for them."""
    return {"why": why, "grounds": [ground.value for ground in grounds(why)], "names": may_name(why)}


# A thousand messages that are let go together have one reason: looked at once, not for a quarter of a second.
@lru_cache(maxsize=16)
def may_name(words: str) -> bool:
    return bool(words) and (look(words).personal or bool(people(words)))


def rules_of(held: HeldMessage) -> list[str]:
    """The rules that held it, each once."""
    return list(dict.fromkeys(rule for recipient in held.recipients for rule, *_ in recipient.because))


def sender_text(plan: Plan) -> str:
    return str(plan.envelope.sender) if plan.envelope.sender else ""


def reasons_of(rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """Every reason code met, each once, in the order met."""
    return tuple(dict.fromkeys(because.reason for ruling in rulings for because in ruling.because if because.reason))


def _of_plan(plan: Plan, judgement: Judgement, event: Event, at: datetime) -> Entry:
    return Entry(
        message=plan.envelope.id,
        event=event,
        at=at,
        organisation=judgement.origin.organisation or plan.envelope.client.organisation,
        sender=sender_text(plan),
        recipients=tuple(str(ruling.destination.recipient.address) for ruling in plan.rulings),
        verdicts=tuple(_verdict(ruling) for ruling in plan.rulings),
        reasons=reasons_of(plan.rulings),
        policy=plan.policy,
        details=_details(plan, judgement),
        about=judgement.findings.about,
        keep=keep_of(judgement.findings),
        meets=() if event is Event.REFUSED else judgement.meets,
    )


CONFIDENTIAL = frozenset(
    (
        *(Reason.SUBJECT_PERSONAL, Reason.BODY_PERSONAL, Reason.ATTACHMENT_PERSONAL, Reason.BULK_PERSONAL),
        *(Reason.ATTACHMENT_NAMES_VISIBLE, Reason.SUBJECT_MARKED, Reason.BODY_MARKED, Reason.LABEL_CONFIDENTIAL),
        *(Reason.THREAD_CJSM, Reason.PASSWORD_INCLUDED),
    )
)


def keep_of(findings: Findings) -> Keep:
    """What names somebody, is marked, or was locked by its sender is a disclosure; the rest is ordinary mail."""
    locked = any(file.protection.state.needs_a_secret or file.protection.state is State.OPENABLE for file in findings.attachments)
    told = findings.about or any(item.reason in CONFIDENTIAL for item in findings.items)
    return Keep.PERSONAL if told or locked else Keep.OTHER


def _verdict(ruling: Ruling) -> tuple[str, str, str, str]:
    destination = ruling.destination
    return (str(destination.recipient.address), destination.community, destination.path.value, ruling.verdict.word)


def kept_name(name: str) -> str:
    """A file name for the record, which is kept for years: of one that names somebody only the ending, so that rules still fit."""
    if name_shown(name) == name[:120]:
        return name
    _, dot, extension = name.rpartition(".")
    return f"***{dot}{extension}" if dot else "***"


def kept_place(where: str) -> str:
    """Where something was found, for the record: '2', or '2:case.docx' for a file inside."""
    part, *inside = where.split(":")
    return ":".join((part, *map(kept_name, inside)))


def is_complete(findings: Findings) -> bool:
    """Whether the record keeps every fact that a rule can ask about: no file left its name or its members out, all was checked."""
    if not findings.attachments and not findings.items:
        return True
    whole = all(not file.members and kept_name(file.name) == file.name for file in findings.attachments)
    named = all(kept_place(item.where) == item.where for item in findings.items)
    return whole and named and Reason.MESSAGE_UNCHECKED not in findings.reasons


def _details(plan: Plan, judgement: Judgement) -> dict[str, object]:
    return {
        "version": __version__,
        "complete": is_complete(judgement.findings),
        "answer": plan.answer.value,
        "client": client_text(plan.envelope.client),
        "message_id": judgement.message.message_id,
        "attachments": [
            {
                "where": file.where,
                "name": kept_name(file.name),
                "type": file.type,
                "media_type": file.media_type,
                "size": file.size_bytes,
                "sha256": file.sha256,
                "protection": [file.protection.state.value, file.protection.algorithm, file.protection.bits],
            }
            for file in judgement.findings.attachments
        ],
        "findings": [
            {
                "reason": item.reason.value,
                "where": kept_place(item.where),
                "shown": item.shown,
                "kinds": list(item.kinds),
                "count": item.count,
                "score": item.score,
                "quoted_from": item.quoted_from,
            }
            for item in judgement.findings.items
        ],
        "identifiers": len(judgement.findings.about),
        "neutral": judgement.neutral,
        "first_time": list(judgement.first_time),
        "requests": [request.value for request in judgement.findings.requests],
        "visible": list(judgement.findings.visible),
        "flags": [judgement.findings.signed, judgement.findings.automatic, judgement.findings.calendar],
        "origin": [judgement.origin.organisation, judgement.origin.own, judgement.origin.connection],
        "rulings": [
            {
                "recipient": str(ruling.destination.recipient.address),
                "deliver_to": str(ruling.destination.deliver_to),
                "route": ruling.destination.route,
                "tls": ruling.destination.minimum_tls.word,
                "row": ruling.destination.row,
                "verdict": ruling.verdict.word,
                "would_be": ruling.would_be.word,
                "extras": list(ruling.extras.words),
                "because": [[because.rule, because.reason, because.where, because.says] for because in ruling.because],
                "waived": [[because.rule, because.reason, because.where, because.says] for because in ruling.waived],
            }
            for ruling in plan.rulings
        ],
        "consignments": [consignment.id for consignment in plan.consignments],
        "holds": [hold.id for hold in plan.holds],
    }


def client_text(client: Client) -> str:
    """'mail.borough.gov.uk [10.1.2.3]', and for whom it spoke (XFORWARD) where a listed peer said so."""
    origin = dict(client.forwarded)
    whose = f" for {origin.get('NAME') or origin.get('HELO', '')} [{origin.get('ADDR', '')}]" if origin else ""
    return f"{client.name or client.helo} [{client.address}]{whose}"
