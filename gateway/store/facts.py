"""Small facts that outlive a restart (the last EHLO of a host, a pause), and the counts that tell whether all is well."""

from gateway.model.stored import Counts
from gateway.store.keys import Keys, SealBroken
from gateway.store.sql import Operation, Row, Sql
from gateway.store.text import clean
from gateway.store.times import moment

_PURPOSE = b"fact"


def get(name: str, keys: Keys) -> Operation[str | None]:
    rows = yield Sql("SELECT value FROM fact WHERE name = ?", (name,))
    try:
        return keys.unseal(_PURPOSE, rows[0][0], name.encode()).decode() if rows else None
    except (SealBroken, TypeError):
        return None


def put(name: str, value: str, keys: Keys) -> Operation[None]:
    yield Sql(
        "INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, keys.seal(_PURPOSE, clean(value).encode(), name.encode())),
    )


def counts(unknown_outcomes: int) -> Operation[Counts]:
    queued = yield Sql("SELECT COUNT(*), MIN(created_at), COALESCE(SUM(set_aside), 0) FROM consignment")
    held = yield Sql("SELECT COUNT(*), MIN(held_at) FROM hold WHERE state = 'held'")
    # Nothing is ever deleted from a chain: its last number is its length, without reading it.
    records = yield Sql("SELECT COALESCE(SUM((SELECT MAX(seq) FROM record WHERE record.writer = writer.name)), 0) FROM writer")
    return _counts(queued[0], held[0], records[0], unknown_outcomes)


def _counts(queued: Row, held: Row, records: Row, unknown_outcomes: int) -> Counts:
    return Counts(
        queued=queued[0],
        held=held[0],
        records=int(records[0]),
        oldest_queued_at=None if queued[1] is None else moment(queued[1]),
        oldest_held_at=None if held[1] is None else moment(held[1]),
        unknown_outcomes=unknown_outcomes,
        set_aside=int(queued[2]),
    )
