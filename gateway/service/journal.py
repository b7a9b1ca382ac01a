"""The replay journal: a resubmission of a message whose positive reply was lost is answered without a second copy.

Promises: an entry is armed only while our reply is in doubt, needs Message-ID and Date, and is used once. Mail sent again after an
acknowledged reply is new mail.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.model.judgement import Ruling
from gateway.model.message import Message
from gateway.model.plan import Answer, Plan
from gateway.model.store import JournalKey, Store
from gateway.store.keys import Keys

# Exchange resends within minutes, Postfix within its maximal_backoff_time of 4,000 s; three times that.
REMEMBERED = timedelta(hours=3)

# Kept as it is up to this: 8 MB for a thousand connections, and 5 us less for most mail (measured).
KEPT_BYTES = 8_192

# Hashed here and now up to this: 0.2 ms; handing it to a thread costs half of that.
INLINE_BYTES = 262_144

# Fields that a resubmitting server writes anew at the top of the same message.
_TRACE = (b"received:", b"arc-", b"dkim-signature:", b"x-ms-exchange-", b"x-google-dkim", b"authentication-results:")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message whose reply may be lost. The keys are worked out only when they are needed: hardly ever."""

    secret: Keys
    plan: Plan
    message_id: str
    content: bytes
    """The message itself while it is small, else its digest: this lives until the client speaks again, and a thousand idle connections
    must not keep a thousand large messages in memory."""
    is_digest: bool

    @classmethod
    async def about(cls, secret: Keys, plan: Plan, message: Message, raw: bytes) -> "Doubt | None":
        """None for mail without Message-ID and Date: two such mails may be equal and both wanted (a scanner's)."""
        if not message.message_id or not message.date:
            return None
        if len(raw) <= KEPT_BYTES:
            return cls(secret, plan, message.message_id, raw, False)
        digest = digest_of(raw) if len(raw) <= INLINE_BYTES else await asyncio.to_thread(digest_of, raw)
        return cls(secret, plan, message.message_id, digest, True)

    @property
    def likeness(self) -> tuple[str, str, str, tuple[str, ...]]:
        """Organisation, sender, Message-ID and recipients: all that two sendings of one message share without reading it."""
        envelope = self.plan.envelope
        recipients = tuple(ruling.destination.deliver_to.key for ruling in self.plan.rulings)
        return envelope.client.organisation, str(envelope.sender or ""), self.message_id, recipients

    @property
    def keys(self) -> tuple[JournalKey, ...]:
        """The keys under which the reply is remembered, one for each recipient."""
        plan, secret = self.plan, self.secret
        digest = secret.mac(b"journal", self.content if self.is_digest else digest_of(self.content)).hex()
        sender = str(plan.envelope.sender or "")
        organisation = plan.envelope.client.organisation
        return tuple(JournalKey(organisation, sender, ruling.destination.deliver_to.key, digest) for ruling in plan.rulings)


def digest_of(raw: bytes) -> bytes:
    return hashlib.sha256(without_trace(raw)).digest()


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


async def arm(store: Store, doubt: Doubt, now: datetime) -> None:
    await store.journal_arm(doubt.keys, "250", now + REMEMBERED)
