"""Holds: put in, joined by later slices, moved once, and their content erased when its time is over.

Promises: of two who move a hold at the same time one is first and the other is told so; everything that follows from a move is
in the same transaction. A slice that comes too late for its hold is not lost: the whole take-over fails and the client tries again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.model.records import Entry, Event
from gateway.model.store import AlreadyAnnounced, StoreUnavailable
from gateway.model.stored import HeldMessage, HeldRecipient, HoldMove, HoldState
from gateway.store.codec import HOLD_COLUMNS, CorruptRow, hold_body, hold_of, hold_row
from gateway.store.content import release_content
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Sql
from gateway.store.times import stamp

log = structlog.get_logger()

_INSERT = f"INSERT INTO hold ({HOLD_COLUMNS}, unannounced) VALUES ({', '.join('?' * 12)})"
_SELECT = f"SELECT {HOLD_COLUMNS} FROM hold"
ERASER = "retention"
"""Who erases content when its time is over, as the record names it."""


class HoldEnded(StoreUnavailable):
    """The hold that these recipients should have joined has just ended: nothing was stored."""


def insert(holds: Sequence[HeldMessage], keys: Keys) -> Operation[None]:
    if holds:
        yield Sql(_INSERT, [(*hold_row(hold, keys), int(hold.waits_for == "reviewer")) for hold in holds], many=True)


def join(id_: str, recipients: tuple[HeldRecipient, ...], keys: Keys) -> Operation[None]:
    hold = yield from _locked(id_, keys)
    if hold is None or hold.state is not HoldState.HELD:
        raise HoldEnded(f"hold {id_} has ended")
    # A server that sends a slice again adds nobody who is there already.
    there = {to.address for to in hold.recipients}
    recipients = tuple(to for to in recipients if to.address not in there)
    reasons = dict.fromkeys([*hold.reasons, *(reason for to in recipients for _, reason, _, _ in to.because)])
    yield from _write(replace(hold, recipients=hold.recipients + recipients, reasons=tuple(reasons)), keys)


def move(order: HoldMove, keys: Keys) -> Operation[HeldMessage | None]:
    """The hold after the move; None if it was no longer HELD, others have joined that the move knows nothing of, or another reviewer
    claims it."""
    hold = yield from _locked(order.hold, keys)
    if hold is None or hold.state is not HoldState.HELD:
        return None
    if order.recipients and sorted(order.recipients) != sorted(to.address for to in hold.recipients):
        return None
    if (order.heeds_claims or order.claim_until is not None) and is_claimed(hold, order.by, order.at):
        return None
    moved = replace(hold, waits_for=order.waits_for or hold.waits_for, deadline=order.deadline or hold.deadline)
    if order.claim_until is not None:
        moved = replace(moved, claimed_by=order.by, claimed_until=order.claim_until)
    if order.to is not None and order.to is not HoldState.HELD:
        moved = replace(moved, state=order.to, ended_at=order.at, ended_by=order.by, ended_why=order.why)
    yield from _write(moved, keys)
    return moved


def is_claimed(hold: HeldMessage, by: str, at: datetime) -> bool:
    """Somebody else looks at it."""
    return hold.claimed_until is not None and hold.claimed_until > at and hold.claimed_by != by


def _write(hold: HeldMessage, keys: Keys) -> Operation[None]:
    ended_at = stamp(hold.ended_at) if hold.ended_at else None
    yield Sql(
        # Nobody needs to be told any more of what has ended.
        "UPDATE hold SET state = ?, deadline = ?, ended_at = ?, body = ?, unannounced = CASE WHEN ? = 'held' THEN unannounced ELSE 0 END "
        "WHERE id = ?",
        (str(hold.state), stamp(hold.deadline), ended_at, hold_body(hold, keys), str(hold.state), hold.id),
    )


def read(id_: str, keys: Keys) -> Operation[HeldMessage | None]:
    rows = yield Sql(f"{_SELECT} WHERE id = ?", (id_,))
    return next(_readable(rows, keys), None)


def _locked(id_: str, keys: Keys) -> Operation[HeldMessage | None]:
    """As `read`, and nobody else changes it before we have."""
    rows = yield Sql(f"{_SELECT} WHERE id = ? /* postgres: FOR UPDATE */", (id_,))
    return next(_readable(rows, keys), None)


def search(
    organisation: str, message: str, state: HoldState | None, limit: int, after: tuple[int, str], keys: Keys
) -> Operation[tuple[HeldMessage, ...]]:
    wanted = {"organisation": organisation, "message": message, "state": str(state or "")}
    given = {column: value for column, value in wanted.items() if value}
    terms = "".join(f" AND {column} = ?" for column in given)
    rows = yield Sql(f"{_SELECT} WHERE (held_at, id) > (?, ?){terms} ORDER BY held_at, id LIMIT ?", (*after, *given.values(), limit))
    return tuple(_readable(rows, keys))


def unannounced(limit: int, keys: Keys) -> Operation[tuple[HeldMessage, ...]]:
    rows = yield Sql(f"{_SELECT} WHERE unannounced = 1 AND state = 'held' ORDER BY held_at, id LIMIT ?", (limit,))
    return tuple(_readable(rows, keys))


def announce(ids: Sequence[str]) -> Operation[None]:
    """Their reviewers are told in this transaction, and never again."""
    for id_ in ids:
        rows = yield Sql("SELECT unannounced FROM hold WHERE id = ? /* postgres: FOR UPDATE */", (id_,))
        if not rows or not rows[0][0]:
            raise AlreadyAnnounced(id_)
        yield Sql("UPDATE hold SET unannounced = 0 WHERE id = ?", (id_,))


def of_group(group: str, since: datetime, keys: Keys) -> Operation[HeldMessage | None]:
    rows = yield Sql(
        f"{_SELECT} WHERE slice_group = ? AND state = 'held' AND held_at >= ? ORDER BY held_at DESC LIMIT 1", (group, stamp(since))
    )
    return next(_readable(rows, keys), None)


def past(now: datetime, limit: int, keys: Keys) -> Operation[tuple[HeldMessage, ...]]:
    rows = yield Sql(f"{_SELECT} WHERE state = 'held' AND deadline <= ? ORDER BY deadline LIMIT ?", (stamp(now), limit))
    return tuple(_readable(rows, keys))


def _readable(rows: Iterable[Row], keys: Keys) -> Iterator[HeldMessage]:
    for row in rows:
        try:
            yield hold_of(row, keys)
        except CorruptRow:
            # Left where it is: `verify` names it, and a restored backup of the keys can still make it readable.
            log.error("row_unreadable", table="hold", id=row[0])


def erase(ended_before: datetime, now: datetime, entries: list[Entry]) -> Operation[int]:
    """Delete the content of holds that ended before; each deletion leaves its proof in the chain."""
    rows = yield Sql(
        "SELECT id, message, organisation, content FROM hold WHERE state <> 'held' AND content_erased = 0 AND ended_at < ?",
        (stamp(ended_before),),
    )
    erased = 0
    for id_, message, organisation, content in rows:
        yield Sql("UPDATE hold SET content_erased = 1 WHERE id = ?", (id_,))
        gone = yield from release_content(content)
        if gone:
            erased += 1
            details: dict[str, object] = {"hold": id_, "content": content}
            entries.append(Entry(message, Event.ERASED, now, organisation, "", (), actor=ERASER, details=details))
    return erased
