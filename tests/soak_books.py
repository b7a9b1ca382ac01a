"""The books of the crash soak: what was promised, what came, when somebody was gone, and whether the records still hold.

The rule for a second copy (RFC 1047): the content of the first had left, and between the two either we were killed or the next hop
was away, so that its reply could not be on disk. Any other second copy is a fault, and so is a delivery that stands twice on record.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from gateway.model.records import Event
from gateway.store import chain, heads, verify
from gateway.store.chain import record_of
from gateway.store.keys import Keys, load_keys
from gateway.store.sql import Row

Copy = tuple[str, str]
"""(Message-ID, recipient)."""


@dataclass
class Books:
    """Kept by the senders, the next hop and whoever kills; times are of one monotonic clock."""

    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Who may have it, for every message offered."""
    promised: set[Copy] = field(default_factory=set)
    """Answered 250: it must arrive."""
    held: int = 0
    """Answered 250 with somebody among its recipients for whom it must be held."""
    acknowledged: int = 0
    came: dict[Copy, list[float]] = field(default_factory=dict)
    away: list[tuple[float, float]] = field(default_factory=list)
    """From when until when the gateway or the next hop was gone."""
    lock: Lock = field(default_factory=Lock)

    def answered(self, id: str, recipients: tuple[str, ...], *, held: bool) -> None:
        with self.lock:
            self.acknowledged += 1
            self.held += held
            self.promised.update((id, recipient) for recipient in recipients)

    def arrived(self, id: str, recipients: list[str], at: float) -> None:
        for recipient in recipients:
            self.came.setdefault((id, recipient), []).append(at)

    def missing(self) -> list[Copy]:
        return [promise for promise in self.promised if promise not in self.came]

    def against_policy(self) -> int:
        return sum(len(times) for (id, recipient), times in self.came.items() if recipient not in self.allowed.get(id, ()))

    def second_copies(self) -> int:
        return sum(len(times) - 1 for times in self.came.values())

    def without_cause(self) -> list[Copy]:
        """Second copies that no crash explains."""
        return [copy for copy, times in self.came.items() if not all(map(self._explained, times, times[1:]))]

    def _explained(self, first: float, second: float) -> bool:
        return any(gone < second and back > first for gone, back in self.away)


class Audit:
    """Follows the chains as they grow: each look proves only what is new, so that it can be done after every crash."""

    def __init__(self, database: Path, keys: Path) -> None:
        self._database = database
        self._keys: Keys = load_keys(keys)
        self._folder = keys / "heads"
        self._auditor = verify.Auditor(self._keys, {}, heads.node_name(self._folder), self._head)
        self._reached: dict[str, int] = {}
        self.delivered: Counter[Copy] = Counter()
        """(our id, recipient) by how often a delivery stands on record."""

    def look(self) -> list[str]:
        """Everything that was ever wrong, in words."""
        signed = {writer: self._head(writer) for writer in heads.writers(self._folder)}
        with closing(sqlite3.connect(self._database, timeout=30)) as connection:
            connection.execute("PRAGMA query_only=ON")
            for (writer,) in connection.execute("SELECT name FROM writer").fetchall():
                after = (writer, self._reached.get(writer, 0))
                for row in connection.execute(f"{chain.SELECT} WHERE writer = ? AND seq > ? ORDER BY seq", after):
                    self._take(row)
            faults = [f"{fault.writer}.{fault.seq}: {fault.words}" for fault in self._auditor.faults()]
            for writer, head in signed.items():
                where = "SELECT hash FROM record WHERE writer = ? AND seq = ?"
                if head is not None and head.seq and connection.execute(where, (writer, head.seq)).fetchall() != [(head.hash,)]:
                    faults.append(f"{writer}.{head.seq}: the signed record is missing")
        return faults

    def twice(self) -> list[Copy]:
        return [copy for copy, count in self.delivered.items() if count > 1]

    def _take(self, row: Row) -> None:
        self._auditor.take_record(row)
        record = record_of(row, self._keys)
        self._reached[record.writer] = record.seq
        details = record.entry.details
        if record.entry.event is Event.RESULT and details.get("outcome") == "delivered" and details.get("kind") == "mail":
            self.delivered.update((record.entry.message, recipient) for recipient in record.entry.recipients)

    def _head(self, writer: str) -> heads.Head | None:
        return heads.read_head(self._folder, writer, self._keys)
