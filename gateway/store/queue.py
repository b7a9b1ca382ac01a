"""Consignments on their way: leased by one process at a time, settled per recipient, gone when nothing remains.

Promises: a due consignment has one holder; a lease ends by itself, so that a crashed process's work comes back; an attempt whose
content may have left without an outcome comes back as a possible duplicate.
On failure: a row that cannot be read is set aside and counted; the others go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from gateway.model.store import StoreUnavailable
from gateway.model.stored import QueueItem
from gateway.store.codec import CONSIGNMENT_COLUMNS, CorruptRow, consignment_body, consignment_row, item_of
from gateway.store.content import release_content
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Sql

log = structlog.get_logger()

STARTING_LEASE_S = 900.0
"""A delivery that was not leased before: the longest wait for a reply after the final dot (600 s, RFC 5321 4.5.3.2.6) and half as much."""

_MICROSECONDS = 1_000_000
_INSERT = f"INSERT INTO consignment ({CONSIGNMENT_COLUMNS}) VALUES ({', '.join('?' * 13)})"
_DUE = (
    f"SELECT {CONSIGNMENT_COLUMNS} FROM consignment WHERE set_aside = 0 AND next_at <= ? AND leased_until <= ? "
    "ORDER BY next_at, id LIMIT ? /* postgres: FOR UPDATE SKIP LOCKED */"
)


class LeaseLost(StoreUnavailable):
    """Another process delivers this consignment now, or it is settled: its content must not leave from here."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of one attempt (`Store.settle`)."""

    consignment: str
    done: Sequence[str]
    next_at: int | None
    last_reply: str
    warned: bool
    possible_duplicate: bool


def owner_of(writer: str, run: str) -> str:
    """Who holds a lease: a writer, in this one life of its process."""
    return f"{writer}#{run}"


def enqueue(items: Sequence[QueueItem], keys: Keys) -> Operation[None]:
    if items:
        yield Sql(_INSERT, [consignment_row(item, keys) for item in items], many=True)


def lease(now: int, lease_s: float, limit: int, owner: str, keys: Keys) -> Operation[tuple[QueueItem, ...]]:
    rows = yield Sql(_DUE, (now, now, limit))
    items = []
    for row in rows:
        try:
            item = item_of(row, keys)
        except CorruptRow:
            yield from _set_aside(row[0])
            continue
        interrupted = bool(row[8])
        item = replace(item, attempts=item.attempts + interrupted, possible_duplicate=item.possible_duplicate or interrupted)
        yield Sql(
            "UPDATE consignment SET lease_owner = ?, leased_until = ?, attempts = ?, started = 0, possible_duplicate = ? WHERE id = ?",
            (owner, now + int(lease_s * _MICROSECONDS), item.attempts, int(item.possible_duplicate), row[0]),
        )
        items.append(item)
    return tuple(items)


def _set_aside(id_: str) -> Operation[None]:
    log.error("row_set_aside", table="consignment", id=id_)
    yield Sql("UPDATE consignment SET set_aside = 1 WHERE id = ?", (id_,))


def starting(id_: str, owner: str, now: int) -> Operation[None]:
    """Mark that content is about to leave; LeaseLost if it must not leave from here."""
    rows = yield Sql("SELECT lease_owner, leased_until FROM consignment WHERE id = ? /* postgres: FOR UPDATE */", (id_,))
    if not rows or (rows[0][0] not in ("", owner) and rows[0][1] > now):
        raise LeaseLost(f"consignment {id_} is no longer ours")
    until = max(rows[0][1], now + int(STARTING_LEASE_S * _MICROSECONDS))
    yield Sql("UPDATE consignment SET started = 1, lease_owner = ?, leased_until = ? WHERE id = ?", (owner, until, id_))


def settle(settled: Settlement, keys: Keys) -> Operation[str]:
    """Take the attempt's outcome into the row; returns the content that may have become unused ('' if none)."""
    rows = yield Sql(f"SELECT {CONSIGNMENT_COLUMNS} FROM consignment WHERE id = ? /* postgres: FOR UPDATE */", (settled.consignment,))
    if not rows:
        return ""
    try:
        item = item_of(rows[0], keys)
    except CorruptRow:
        yield from _set_aside(settled.consignment)
        return ""
    done = set(settled.done)
    remaining = tuple(to for to in item.consignment.recipients if str(to.address) not in done)
    if settled.next_at is None or not remaining:
        yield Sql("DELETE FROM consignment WHERE id = ?", (settled.consignment,))
        return item.content
    item = replace(item, consignment=replace(item.consignment, recipients=remaining), last_reply=settled.last_reply)
    warned = int(item.warned or settled.warned)
    possible_duplicate = int(item.possible_duplicate or settled.possible_duplicate)
    yield Sql(
        "UPDATE consignment SET attempts = attempts + 1, next_at = ?, lease_owner = '', leased_until = 0, started = 0, "
        "warned = ?, possible_duplicate = ?, body = ? WHERE id = ?",
        (settled.next_at, warned, possible_duplicate, consignment_body(item, keys), settled.consignment),
    )
    return ""


def release_if(content: str) -> Operation[None]:
    if content:
        yield from release_content(content)


def due_now(now: int, is_alive: Callable[[str], bool], own: str) -> Operation[None]:
    """Everything deferred is due, and what dead processes had leased is free."""
    owners = yield Sql("SELECT DISTINCT lease_owner FROM consignment WHERE lease_owner <> ''")
    writers = yield Sql("SELECT name, run FROM writer")
    alive = {own, *(owner_of(name, run) for name, run in writers if is_alive(name))}
    dead: list[Row] = [(owner,) for (owner,) in owners if owner not in alive]
    if dead:
        yield Sql("UPDATE consignment SET lease_owner = '', leased_until = 0 WHERE lease_owner = ?", dead, many=True)
    yield Sql("UPDATE consignment SET next_at = ? WHERE set_aside = 0 AND next_at > ?", (now, now))


def next_due() -> Operation[int | None]:
    rows = yield Sql("SELECT MIN(CASE WHEN leased_until > next_at THEN leased_until ELSE next_at END) FROM consignment WHERE set_aside = 0")
    return rows[0][0] if rows else None
