"""SQLite as the engine: one thread that writes, two that read, one file that several processes share.

Promises: a commit is on disk when it returns, and readers never wait for one.
On failure: any error of SQLite or the disk fails the whole batch; before the next one the log is cut back to the last good
commit, and as long as that fails nothing is accepted. So the store recovers when the disk does.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import structlog

from gateway.model.records import Entry
from gateway.model.store import StoreUnavailable
from gateway.store import migrate, register
from gateway.store.chain import insert_many
from gateway.store.commits import Job
from gateway.store.keys import Keys
from gateway.store.session import attempt, connect, create_private, run, transaction
from gateway.store.sql import Operation, Row, Sql, T
from gateway.store.writers import OwnChain

log = structlog.get_logger()

SCRUB_MS = 100
"""Longer than any commit but a large message's, shorter than a client notices."""
READERS = 2
"""A long export must not keep `why` waiting."""
MOST_ROWS = 32
"""In one statement: each lets the event loop go first, and row by row every record would wait for its turn."""
WAL_LIMIT_BYTES = 67_108_864
"""The log is cut back to this after a message of 50 MB went through it."""


class Sqlite:
    """The engine of `sqlite:///path`."""

    def __init__(self, path: Path, keys: Keys, chain: OwnChain) -> None:
        self._path = path
        self._keys = keys
        self._chain = chain
        self._connection: sqlite3.Connection | None = None
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._torn = False
        self._closed = False

    async def open(self) -> None:
        """Create or upgrade the database; StoreTrouble says why it cannot be used."""
        await self._in(self._writing, self._prepare)

    async def commit(self, jobs: list[Job]) -> list[Any]:
        return await self._in(self._writing, self._commit, jobs)

    async def read(self, operation: Callable[[], Operation[T]]) -> T:
        return await self._in(self._reading, self._read, operation)

    async def audit(self, question: Sql, take: Callable[[Row], None]) -> None:
        await self._in(self._reading, self._audit, question, take)

    async def damage(self, table: str) -> tuple[str, ...]:
        return await self._in(self._reading, self._damage, table)

    async def liveness(self) -> Callable[[str], bool]:
        return self._chain.is_live

    async def scrub(self, *tables: str) -> None:
        await self._in(self._reading, self._scrub)

    async def sync(self) -> None:
        await self._in(self._writing, self._chain.sync)

    async def close(self) -> None:
        await self._in(self._writing, self._close)
        self._closed = True
        self._writing.shutdown()
        self._reading.shutdown()
        for connection in self._opened:
            connection.close()

    async def _in(self, threads: ThreadPoolExecutor, function: Callable[..., T], *arguments: Any) -> T:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)

    # In the writer's thread

    def _prepare(self) -> None:
        try:
            create_private(self._path)
            connection = self._ready()
            with transaction(connection):
                run(connection, migrate.create_version())
            for number in migrate.pending(run(connection, migrate.version())):
                with transaction(connection):
                    # Asked again: another process may have been first while this one waited for the lock.
                    if run(connection, migrate.version()) == number:
                        run(connection, migrate.upgrade(number))
            with transaction(connection):
                run(connection, migrate.check_keys(self._keys.mac(b"store", b"").hex()))
        except (sqlite3.Error, OSError) as error:
            raise migrate.StoreTrouble(f"the store {self._path} cannot be opened: {error}") from error

    def _ready(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path)
            self._connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
            self._connection.execute("PRAGMA busy_timeout=0")  # `begin` waits.
        if self._torn:
            self._cut_off(self._connection)
        return self._connection

    def _cut_off(self, connection: sqlite3.Connection) -> None:
        """Empty the log of a commit that failed. Its frames may be whole in there: the next start would take them for committed,
        and a message that was answered 451 would be delivered after all, besides the one that the client sends again."""
        connection.execute(f"PRAGMA busy_timeout={SCRUB_MS}")
        try:
            # A reader can keep the log from being emptied; then the next commit overwrites the frames, which voids them as well.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._torn = False
        finally:
            connection.execute("PRAGMA busy_timeout=0")

    def _commit(self, jobs: list[Job]) -> list[Any]:
        try:
            connection = self._ready()
            if not self._chain.claimed:
                self._claim(connection)
            self._chain.repair()
            return self._write(connection, jobs)
        except Exception as error:  # Whatever it was, the batch is not on disk and its callers must hear that.
            self._abandon(error)
            log.error("store_unavailable", error=str(error), kind=type(error).__name__, jobs=len(jobs))
            raise StoreUnavailable(str(error)) from error

    def _write(self, connection: sqlite3.Connection, jobs: list[Job]) -> list[Any]:
        outcomes: list[Any] = []
        entries: list[Entry] = []
        with transaction(connection):
            for job in jobs:
                if job.work is None:
                    outcomes.append(self._chain.id_after(len(entries)))
                    entries.extend(job.entries)
                else:
                    outcomes.append(attempt(connection, job.work, entries))
            rows, end = self._chain.links(entries)
            insert(connection, rows)
            run(connection, register.insert(entries, rows, self._keys))
            run(connection, self._chain.note_signed())
        self._chain.committed(end)
        return outcomes

    def _claim(self, connection: sqlite3.Connection) -> None:
        for candidate in self._chain.candidates():
            with transaction(connection):
                if run(connection, self._chain.take_up(candidate, self._chain.is_live)):
                    return

    def _abandon(self, error: Exception) -> None:
        """Trust nothing in memory about where the chain ended, nor what a failed commit left in the log.

        The connection stays: it alone knows where the last good commit ends. To close it now would be to recover the log, bad end and all.
        """
        self._chain.give_up()
        if getattr(error, "sqlite_errorcode", None) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._torn = True
            with suppress(sqlite3.Error):  # The disk is still bad: tried again before the next batch.
                self._ready()

    def _close(self) -> None:
        if self._connection is not None and self._chain.claimed:
            with suppress(sqlite3.Error, OSError):  # Then the head is compared with what was noted before.
                self._chain.sync()
                with transaction(self._connection):
                    run(self._connection, self._chain.note_signed())
        self._chain.give_up()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # In a reader's thread

    def _read(self, operation: Callable[[], Operation[T]]) -> T:
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = connect(self._path)
                connection.execute("PRAGMA query_only=ON")
                self._opened.append(connection)
            connection.execute("BEGIN")
            try:
                return run(connection, operation())
            finally:
                connection.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            self._local.connection = None
            log.error("store_unreadable", error=str(error))
            raise StoreUnavailable(str(error)) from error

    def _audit(self, question: Sql, take: Callable[[Row], None]) -> None:
        """On a connection of its own: text that is not UTF-8 any more is a finding of the audit, not its end."""
        try:
            with closing(connect(self._path)) as connection:
                connection.execute("PRAGMA query_only=ON")
                connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
                for row in connection.execute(question.text, question.params):
                    take(row)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(str(error)) from error

    def _damage(self, table: str) -> tuple[str, ...]:
        try:
            with closing(connect(self._path)) as connection:
                rows = connection.execute(f"PRAGMA integrity_check({table})").fetchall()
                return tuple(str(words) for (words,) in rows if words != "ok")
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(str(error)) from error

    def _scrub(self) -> None:
        """Empty the write-ahead log, which still has deleted pages. Not while somebody reads from it: the next time then."""
        try:
            with closing(connect(self._path)) as connection:
                connection.execute(f"PRAGMA busy_timeout={SCRUB_MS}")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, OSError) as error:
            log.warning("store_unscrubbed", error=str(error))


def insert(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Add records, a whole group by one statement; those for each size of a group stay prepared."""
    for at in range(0, len(rows), MOST_ROWS):
        group = rows[at : at + MOST_ROWS]
        connection.execute(insert_many(len(group)), [value for row in group for value in row])
