"""The replay journal: a resubmission of a message whose positive reply was lost is answered without a second copy.

Promises: an entry is armed only while our reply is in doubt, needs Message-ID and Date, and is used once. Mail sent again after an
acknowledged reply is new mail.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.model.message import Message
from gateway.model.plan import Plan
from gateway.model.smtp import Reply
from gateway.model.store import JournalKey, Store
from gateway.notices import replies
from gateway.store.keys import Keys

# Exchange resends within minutes, Postfix within its maximal_backoff_time of 4,000 s; three times that.
REMEMBERED = timedelta(hours=3)

# Fields that a resubmitting server writes anew at the top of the same message.
_TRACE = (b"received:", b"arc-", b"dkim-signature:", b"x-ms-exchange-", b"x-google-dkim", b"authentication-results:")


@dataclass(frozen=True, slots=True)
class Doubt:
    """The keys under which a lost reply would be remembered."""

    keys: tuple[JournalKey, ...]

    @classmethod
    def about(cls, secret: Keys, plan: Plan, message: Message, raw: bytes) -> "Doubt | None":
        """None for mail without Message-ID and Date: two such mails may be equal and both wanted (a scanner's)."""
        if not (message.message_id and message.date):
            return None
        digest = secret.mac(b"journal", hashlib.sha256(without_trace(raw)).digest()).hex()
        sender = str(plan.envelope.sender or "")
        organisation = plan.envelope.client.organisation
        return cls(tuple(JournalKey(organisation, sender, r.address.key, digest) for r in plan.consignments[0].recipients))


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


async def known_reply(store: Store, doubt: Doubt | None, now: datetime) -> Reply | None:
    """The reply given before, if every recipient of this message was already served."""
    if doubt is None:
        return None
    known = await store.journal_take(doubt.keys, now)
    if known and len(known) == len(set(doubt.keys)):
        return replies.already_accepted("")
    return None


async def arm(store: Store, doubt: Doubt, now: datetime) -> None:
    await store.journal_arm(doubt.keys, "250", now + REMEMBERED)
