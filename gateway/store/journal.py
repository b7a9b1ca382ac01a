"""Recipients whose positive reply was in doubt: a resubmission is answered once, without a second copy.

Promises: an entry answers once, even when two connections ask at the same time: it is used up in the transaction that makes the
answer durable, and who comes second stores nothing and is told to come again. No address is stored: the key is a keyed hash.
"""

from collections.abc import Sequence

from gateway.model.store import StoreUnavailable
from gateway.model.stored import JournalKey
from gateway.store.keys import Keys, SealBroken
from gateway.store.sql import Operation, Sql
from gateway.store.text import clean, to_json

_PURPOSE = b"journal"


class UsedUp(StoreUnavailable):
    """Somebody else was first to be answered: nothing was stored."""


def hashed(key: JournalKey, keys: Keys) -> bytes:
    return keys.mac(_PURPOSE, to_json([key.organisation, key.sender, key.recipient, key.digest]))


def arm(hashes: Sequence[bytes], reply: str, expires_at: int, now: int, keys: Keys) -> Operation[None]:
    yield Sql("DELETE FROM journal WHERE expires_at <= ?", (now,))
    yield Sql(
        "INSERT INTO journal (key, reply, expires_at) VALUES (?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, expires_at = excluded.expires_at",
        [(key, keys.seal(_PURPOSE, clean(reply).encode(), key), expires_at) for key in hashes],
        many=True,
    )


def armed(hashes: Sequence[bytes], now: int, keys: Keys) -> Operation[dict[bytes, str]]:
    """The replies of those that would answer."""
    replies = {}
    for key in hashes:
        rows = yield Sql("SELECT reply FROM journal WHERE key = ? AND expires_at > ?", (key, now))
        for (sealed,) in rows:
            try:
                replies[key] = keys.unseal(_PURPOSE, sealed, key).decode()
            except (SealBroken, TypeError):
                continue  # Not ours any more: the resubmission is delivered as new mail, which loses nothing.
    return replies


def is_empty(now: int) -> Operation[bool]:
    rows = yield Sql("SELECT 1 FROM journal WHERE expires_at > ? LIMIT 1", (now,))
    return not rows


def use_up(hashes: Sequence[bytes]) -> Operation[None]:
    """In the transaction that makes our answer durable: a failure leaves them armed for the next try."""
    for key in hashes:
        if not (yield Sql("DELETE FROM journal WHERE key = ? RETURNING key", (key,))):
            raise UsedUp("another connection was answered by this entry of the journal")
