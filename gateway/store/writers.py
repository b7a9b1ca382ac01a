"""The chain that this process writes: claimed under a lock, continued where it ended, its head signed after every commit.

Promises: two processes never write the same chain; the second gets `name-2`, and so on. A chain whose signed head says more than
the database holds (records were deleted, or a backup was restored), or less than was once on disk (the head was put back), is never
continued: it stays as the proof, and a new one begins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.model.records import Entry
from gateway.model.store import StoreUnavailable
from gateway.store import records
from gateway.store.chain import GENESIS, Chain
from gateway.store.heads import Head, HeadFile, checked_name, is_live, node_name, read_head
from gateway.store.keys import Keys
from gateway.store.queue import owner_of
from gateway.store.sql import Operation, Row, Sql

log = structlog.get_logger()

MOST_WRITERS = 64
"""Processes of one name at the same time, broken chains included."""


@dataclass(frozen=True, slots=True)
class End:
    """Where the chain will end once the transaction is committed."""

    seq: int
    hash: bytes


class OwnChain:
    """Claimed at the first write, so that a command which only reads leaves no trace. Used by the writer's thread alone."""

    def __init__(self, name: str, run: str, keys: Keys) -> None:
        self._name = checked_name(name)
        self._run = run
        self._keys = keys
        self._file: HeadFile | None = None
        self._chain: Chain | None = None
        self._unsigned = False
        self._signed = 0
        self._synced = 0
        self._noted = 0

    @property
    def claimed(self) -> bool:
        return self._chain is not None

    @property
    def folder(self) -> Path:
        return self._keys.folder / "heads"

    @property
    def owner(self) -> str:
        """Who holds our leases."""
        return owner_of(self._current.writer, self._run)

    @property
    def writer(self) -> str:
        """The name that was claimed."""
        return self._current.writer

    @property
    def home(self) -> str:
        """Which node's keys folder this is."""
        return node_name(self.folder)

    def is_live(self, writer: str) -> bool:
        return is_live(self.folder, writer)

    def candidates(self) -> Iterator[str]:
        """Names to try; ends with an error when all are taken."""
        yield self._name
        yield from (f"{self._name}-{number}" for number in range(2, MOST_WRITERS + 1))
        raise StoreUnavailable(f"no free chain for {self._name}")

    def take_up(self, writer: str, is_alive: Callable[[str], bool]) -> Operation[bool]:
        """Lock the chain and continue it; False if another process has it or its end is not what was signed."""
        file = HeadFile.claim(self.folder, writer, self._keys)
        if file is None:
            return False
        try:
            rows = yield Sql("SELECT seq, hash FROM record WHERE writer = ? ORDER BY seq DESC LIMIT 1", (writer,))
            end = End(*rows[0]) if rows else End(0, GENESIS)
            if not (yield from self._fits(writer, end)):
                log.error("chain_broken", writer=writer)
                return False
            yield from self._register(writer, end.seq)
            yield from records.settle_past(writer, is_alive)
            self._chain = Chain(writer, end.seq, end.hash, self._keys)
            file.write(Head(writer, end.seq, end.hash))
            file.sync()
            self._file, file = file, None
            self._unsigned = False
            self._signed = self._synced = end.seq
            return True
        finally:
            if file is not None:
                file.close()

    def _fits(self, writer: str, end: End) -> Operation[bool]:
        """Whether the record that the signed head names is there, with that hash. Records after it may be: a crash before signing."""
        head = read_head(self.folder, writer, self._keys)
        noted = yield Sql("SELECT signed FROM writer WHERE name = ?", (writer,))
        self._noted = noted[0][0] if noted else 0
        if head is None:
            return end.seq == 0
        if head.seq < self._noted:
            return False
        if head.seq in (0, end.seq):
            return head.seq == 0 or head.hash == end.hash
        rows: list[Row] = yield Sql("SELECT hash FROM record WHERE writer = ? AND seq = ?", (writer, head.seq))
        return bool(rows) and rows[0][0] == head.hash

    def _register(self, writer: str, seq: int) -> Operation[None]:
        yield Sql(
            "INSERT INTO writer (name, run, started_seq, watermark, home) VALUES (?, ?, ?, 0, ?) "
            "ON CONFLICT (name) DO UPDATE SET run = excluded.run, started_seq = excluded.started_seq, home = excluded.home",
            (writer, self._run, seq, self.home),
        )

    def id_after(self, entries: int) -> str:
        """The id of the record that follows so many new ones."""
        return f"{self._current.writer}.{self._current.seq + entries + 1}"

    def links(self, entries: list[Entry]) -> tuple[list[Row], End]:
        rows, seq, hash_ = self._current.links(entries)
        return rows, End(seq, hash_)

    def committed(self, end: End) -> None:
        """The transaction is on disk. A head that cannot be signed does not undo it, but stops the next (`repair`)."""
        if end.seq == self._current.seq:
            return
        self._current.advance(end.seq, end.hash)
        self._unsigned = True
        try:
            self.repair()
        except OSError as error:
            log.error("head_unwritten", error=str(error))

    def repair(self) -> None:
        """Sign the head if the last commit could not; OSError as long as that is impossible."""
        if self._unsigned and self._file is not None:
            self._file.write(Head(self._current.writer, self._current.seq, self._current.hash))
            self._unsigned = False
            self._signed = self._current.seq

    def sync(self) -> None:
        """The signed head is on disk; the next transaction may say so (`note_signed`)."""
        if self._file is not None:
            signed = self._signed
            self._file.sync()
            self._synced = signed

    def note_signed(self) -> Operation[None]:
        """Let the database know up to where the head is on disk: whoever puts an old head in its place has to change both."""
        if self._synced > self._noted:
            yield Sql("UPDATE writer SET signed = ? WHERE name = ?", (self._synced, self._current.writer))
            self._noted = self._synced

    def give_up(self) -> None:
        """Let go of the chain; the next write claims it again and reads its end from the database."""
        file, self._file, self._chain = self._file, None, None
        if file is not None:
            try:
                file.sync()
            except OSError as error:
                log.error("head_unwritten", error=str(error))
            file.close()

    @property
    def _current(self) -> Chain:
        assert self._chain is not None, "claim first"
        return self._chain
