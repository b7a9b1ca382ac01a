"""The replay journal: a resubmission of a message whose positive reply was lost is answered without a second copy.

Promises: an entry is armed only while our reply is in doubt, needs Message-ID and Date, and is used once. Mail sent again after an
acknowledged reply is new mail. What a crash leaves in doubt is told by the mark in the record of each message (service.cut_off).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.model.judgement import Ruling
from gateway.model.message import Message
from gateway.model.plan import Answer, Plan
from gateway.model.store import Store
from gateway.model.stored import JournalKey
from gateway.store.keys import Keys

# Exchange resends within minutes, Postfix within its maximal_backoff_time of 4,000 s; three times that.
REMEMBERED = timedelta(hours=3)

# Hashed here and now up to this: 0.15 ms; handing it to a thread costs half of that.
INLINE_BYTES = 262_144

MARK = "journal"
"""In the sealed details of a record."""

# Fields that a resubmitting server writes anew at the top of the same message.
_TRACE = (b"received:", b"arc-", b"dkim-signature:", b"x-ms-exchange-", b"x-google-dkim", b"authentication-results:")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message whose reply may be lost: all that says whether another one is the same."""

    organisation: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    digest: str

    @classmethod
    async def about(cls, secret: Keys, plan: Plan, message: Message, raw: bytes) -> "Doubt | None":
        """None for mail without Message-ID and Date: two such mails may be equal and both wanted (a scanner's)."""
        if not message.message_id or not message.date:
            return None
        envelope = plan.envelope
        recipients = tuple(ruling.destination.deliver_to.key for ruling in plan.rulings)
        digest = await digest_of(secret, raw)
        return cls(envelope.client.organisation, str(envelope.sender or ""), recipients, message.message_id, digest)

    @property
    def likeness(self) -> tuple[str, str, str, tuple[str, ...]]:
        """Organisation, sender, Message-ID and recipients: all that two sendings of one message share without reading it."""
        return self.organisation, self.sender, self.message_id, self.recipients

    @property
    def keys(self) -> tuple[JournalKey, ...]:
        """The keys under which the reply is remembered, one for each recipient."""
        return tuple(JournalKey(self.organisation, self.sender, recipient, self.digest) for recipient in self.recipients)


def mark(doubt: Doubt | None) -> dict[str, object]:
    """For the record of a message that we answer with 250: should we die before the client knows, this tells what it was."""
    if doubt is None:
        return {}
    return {MARK: [doubt.organisation, doubt.sender, doubt.digest, doubt.recipients]}


def marked(details: Mapping[str, object]) -> tuple[JournalKey, ...]:
    """The keys of a message by the record of its end; none if it was not answered with 250, or may be sent twice."""
    match details.get(MARK):
        case [str(organisation), str(sender), str(digest), [*recipients]]:
            return tuple(JournalKey(organisation, sender, str(recipient), digest) for recipient in recipients)
    return ()


async def digest_of(secret: Keys, raw: bytes) -> str:
    """Tells a message from others; it is kept with the records, so nobody without the keys can try out what the message said."""
    if len(raw) <= INLINE_BYTES:
        return _digest(secret, raw)
    return await asyncio.to_thread(_digest, secret, raw)


def _digest(secret: Keys, raw: bytes) -> str:
    return secret.mac(b"message", without_trace(raw)).hex()


def without_trace(raw: bytes) -> memoryview:
    """The message from the first field that is not part of the leading trace block."""
    at = 0
    while True:
        end = raw.find(b"\n", at) + 1
        if not end or not raw[at : at + 24].lower().startswith(_TRACE):
            return memoryview(raw)[at:]
        while raw[end : end + 1] in (b" ", b"\t"):
            following = raw.find(b"\n", end) + 1
            if not following:
                return memoryview(raw)[at:]
            end = following
        at = end


async def served_before(store: Store, doubt: Doubt | None, now: datetime) -> tuple[JournalKey, ...]:
    """The entries of the recipients whose copy went out when our reply was lost."""
    if doubt is None or not await store.journal_in_use():
        return ()
    return tuple(await store.journal_armed(doubt.keys, now))


def unserved(plan: Plan, entries: Sequence[JournalKey]) -> Plan:
    """The plan for those of whom nothing was done yet: they are taken over, for the client must get one positive reply for all."""
    served = {entry.recipient for entry in entries}

    def left(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
        return tuple(ruling for ruling in rulings if ruling.destination.deliver_to.key not in served)

    consignments = (
        replace(one, recipients=tuple(to for to in one.recipients if to.address.key not in served)) for one in plan.consignments
    )
    holds = (replace(hold, rulings=left(hold.rulings)) for hold in plan.holds)
    notices = (replace(notice, rulings=left(notice.rulings)) for notice in plan.notices)
    return replace(
        plan,
        answer=Answer.TAKE_OVER,
        rulings=left(plan.rulings),
        consignments=tuple(one for one in consignments if one.recipients),
        holds=tuple(hold for hold in holds if hold.rulings),
        notices=tuple(notice for notice in notices if any(ruling.tell for ruling in notice.rulings)),
    )


async def arm(store: Store, keys: Sequence[JournalKey], now: datetime) -> None:
    await store.journal_arm(keys, "250", now + REMEMBERED)
