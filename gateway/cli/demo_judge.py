"""Compares what became of the demo's messages with what should have: outbox, holds, records and notices must all agree."""

import io
import re
from dataclasses import dataclass
from email import message_from_bytes
from email import policy as email_policy
from email.message import EmailMessage

import msoffcrypto

from gateway.cli.demo_messages import BOUNCED, HELD, LOCKED, SENT, DemoMessage, Expected
from gateway.model.findings import Reason
from gateway.notices.guidance import meaning


@dataclass(frozen=True, slots=True)
class Arrived:
    """One file of the outbox: who got which bytes, as which address."""

    kind: str
    recipients: tuple[tuple[str, str], ...]
    """(address now, address as written)"""
    raw: bytes

    @property
    def header(self) -> dict[str, str]:
        message = message_from_bytes(self.raw, policy=email_policy.compat32)
        return {name.lower(): str(value) for name, value in message.items()}


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one recipient: in short, why, and whether that is as it should be."""

    recipient: str
    outcome: str
    why: str
    right: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the week on its way, and the server's answer."""

    message: DemoMessage
    message_id: str
    raw: bytes
    answer: str


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is to look at once the gateway has stopped."""

    arrived: tuple[Arrived, ...]
    holds: tuple[dict[str, object], ...]
    records: tuple[dict[str, object], ...]


def what_became_of(sent: Sent, world: World) -> tuple[Became, ...]:
    return tuple(judge(sent, expected, world) for expected in sent.message.expected)


def judge(sent: Sent, expected: Expected, world: World) -> Became:
    """One recipient: what the outbox, the holds and the records say happened, against what should have."""
    copies = copies_for(sent, expected.recipient, world)
    hold = next((one for one in holds_of(sent, world) if expected.recipient in listed(one, "recipients")), None)
    path, verdict = verdict_of(sent, expected.recipient, world)
    if expected.verdict == LOCKED and copies:
        right = copies == [expected.deliver_to] and hold is None and opens_with_the_password_alone(sent, world)
        return Became(expected.recipient, "held, then sent with the file locked", "Jo phones the carer and says the password.", right)
    if copies:
        right = expected.verdict == SENT and copies == [expected.deliver_to] and unchanged(sent, expected, world)
        outcome = f"sent as {copies[0]}" if copies[0] != expected.recipient else "sent"
        return Became(expected.recipient, outcome if right else f"{outcome} ({len(copies)} copies)", HOW.get(path, path), right)
    reasons = listed(hold, "reasons") if hold else reasons_of(sent, world)
    right = expected.verdict == verdict and expected.reason in reasons and told(sent, world) and bool(hold) == (verdict == HELD)
    outcome = {HELD: "held", BOUNCED: "not sent"}.get(verdict, f"lost ({sent.answer})")
    shown = expected.reason if expected.reason in reasons else next(iter(reasons), "")
    return Became(expected.recipient, outcome, in_plain_words(shown), right)


HOW = {
    "internal": "It stays inside the council.",
    "secure": "They are in the same secure community.",
    "bridge": "They can be reached by secure email (CJSM), so it goes that way.",
    "insecure": "Ordinary email is enough: nothing in it is open that should be locked.",
}


def in_plain_words(reason: str) -> str:
    return meaning(Reason(reason)) if reason in {one.value for one in Reason} else (reason or "no reason is recorded")


def copies_for(sent: Sent, recipient: str, world: World) -> list[str]:
    """Addresses to which copies for this recipient left."""
    mails = (one for one in world.arrived if one.kind == "mail" and one.header.get("message-id") == sent.message_id)
    return [address for one in mails for address, original in one.recipients if original == recipient]


def unchanged(sent: Sent, expected: Expected, world: World) -> bool:
    """The bytes that arrived are the bytes that were sent, after our one Received field."""
    mails = (one for one in world.arrived if one.kind == "mail" and expected.deliver_to in [now for now, _ in one.recipients])
    return any(one.raw == sent.raw for one in mails)


def told(sent: Sent, world: World) -> bool:
    """Exactly one notice about this message, and to its sender."""
    notices = [one for one in world.arrived if one.kind == "notice" and one.header.get("in-reply-to") == sent.message_id]
    return [address for one in notices for address, _ in one.recipients] == [sent.message.sender]


PASSWORD = re.compile(r"^[a-z]+(?:-[a-z]+){4}-\d\d$", re.M)


def notices_about(sent: Sent, world: World) -> list[EmailMessage]:
    raws = [one.raw for one in world.arrived if one.kind == "notice" and one.header.get("in-reply-to") == sent.message_id]
    return [message_from_bytes(raw, policy=email_policy.default) for raw in raws]


def words_of(notice: EmailMessage) -> str:
    """The plain text of a notice."""
    words = next(part for part in notice.walk() if part.get_content_type() == "text/plain")
    return str(words.get_content()).replace("\r\n", "\n")


def opens_with_the_password_alone(sent: Sent, world: World) -> bool:
    """The Word file that left opens with the password that the sender was given, and with no other."""
    passwords = [found.group() for notice in notices_about(sent, world) for found in PASSWORD.finditer(words_of(notice))]
    mails = [one.raw for one in world.arrived if one.kind == "mail" and one.header.get("message-id") == sent.message_id]
    if len(passwords) != 1 or len(mails) != 1:
        return False
    message: EmailMessage = message_from_bytes(mails[0], policy=email_policy.default)
    files = [part.get_payload(decode=True) for part in message.iter_attachments()]
    return bool(files) and all(isinstance(file, bytes) and opens(file, passwords[0]) and not opens(file, "another") for file in files)


def opens(file: bytes, password: str) -> bool:
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(file))
        office.load_key(password=password, verify_password=True)
        office.decrypt(io.BytesIO())
    except (msoffcrypto.exceptions.FileFormatError, msoffcrypto.exceptions.InvalidKeyError, msoffcrypto.exceptions.DecryptionError):
        return False
    return True


def holds_of(sent: Sent, world: World) -> list[dict[str, object]]:
    """Holds of this sender that name only recipients of this message: the week has no two messages to the same person."""
    mine = set(sent.message.recipients)
    return [hold for hold in world.holds if hold["sender"] == sent.message.sender and set(listed(hold, "recipients")) <= mine]


def records_of(sent: Sent, world: World) -> list[dict[str, object]]:
    mine = set(sent.message.recipients)
    return [record for record in world.records if record["sender"] == sent.message.sender and set(listed(record, "recipients")) == mine]


def reasons_of(sent: Sent, world: World) -> list[str]:
    return [reason for record in records_of(sent, world) for reason in listed(record, "reasons")]


def verdict_of(sent: Sent, recipient: str, world: World) -> tuple[str, str]:
    """(path, verdict) as recorded, ('', '') when nothing is."""
    for record in records_of(sent, world):
        verdicts = record["verdicts"]
        assert isinstance(verdicts, list)
        for one in verdicts:
            if one["recipient"] == recipient:
                return str(one["path"]), str(one["verdict"])
    return "", ""


def listed(facts: dict[str, object], key: str) -> list[str]:
    value = facts[key]
    assert isinstance(value, list)
    return value
