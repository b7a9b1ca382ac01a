"""PostgreSQL as the engine: the same operations, several nodes on one database.

Promises: a commit is on the server's disk (synchronous_commit); leases skip what another node has locked; an advisory lock that
dies with the session says which chains are alive. A deadlock between nodes is tried again, not handed to the sender.
On failure: the connection is opened anew before the next batch. When it breaks during a commit, nobody knows whether it happened;
the chain tells: the batch's last record is there or not, once the old session is gone.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import asyncpg  # type: ignore[import-untyped] # It ships no types.
import structlog

from gateway.model.records import Entry
from gateway.model.store import StoreUnavailable
from gateway.store import migrate, register
from gateway.store.chain import INSERT
from gateway.store.commits import Failed, Job
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Rows, Sql, T, Work
from gateway.store.writers import End, OwnChain

log = structlog.get_logger()

CONNECT_S = 5.0
"""As long as SQLite waits for another writer: then 451."""
COMMAND_S = 30.0
"""A message of 50 MB over a slow network; a batch of records takes milliseconds."""
READERS = 4
TRIES = 3
"""Deadlocks and lost races between nodes dissolve at the second try; three in a row are a fault."""
PREFETCH = 500
"""Rows of an audit in memory at once, of about 1 kB each."""

_SCHEMA_LOCK = 0x67617465776179
"""'gateway': one node migrates, the others wait."""
_LOCK_CLASS = 0x6761
"""The space of our advisory locks, apart from those of other users of the database."""

Connection = Any
"""An asyncpg connection: the driver ships no types."""
_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class Postgres:
    """The engine of `postgresql://user@host/database`."""

    def __init__(self, dsn: str, keys: Keys, chain: OwnChain) -> None:
        self._dsn = dsn
        self._keys = keys
        self._chain = chain
        self._connection: Connection = None
        self._pool: Any = None

    async def open(self) -> None:
        """Create or upgrade the schema; StoreTrouble says why the database cannot be used."""
        try:
            await self._migrate(await self._ready())
            self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=READERS, timeout=CONNECT_S, command_timeout=COMMAND_S)
        except (*_TROUBLE, ValueError) as error:
            # Not the address: it may have the password in it.
            raise migrate.StoreTrouble(f"the store in PostgreSQL cannot be opened: {error}") from error

    async def _migrate(self, connection: Connection) -> None:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SCHEMA_LOCK)
            await run(connection, migrate.create_version())
            for number in migrate.pending(await run(connection, migrate.version())):
                await run(connection, migrate.upgrade(number))
            await run(connection, migrate.check_keys(self._keys.mac(b"store", b"").hex()))

    async def commit(self, jobs: list[Job]) -> list[Any]:
        for _ in range(TRIES - 1):
            with contextlib.suppress(*_AGAIN):
                return await self._commit(jobs)
        try:
            return await self._commit(jobs)
        except _AGAIN as error:
            raise StoreUnavailable(str(error)) from error

    async def _commit(self, jobs: list[Job]) -> list[Any]:
        ends: list[End] = []
        outcomes: list[Any] = []
        try:
            connection = await self._ready()
            if not self._chain.claimed:
                await self._claim(connection)
            self._chain.repair()
            await self._write(connection, jobs, outcomes, ends)
        except _AGAIN:
            raise
        except Exception as error:  # Whatever it was, the callers must hear whether it happened.
            if ends and await self._happened(ends[0]):
                return outcomes
            log.error("store_unavailable", error=str(error), kind=type(error).__name__, jobs=len(jobs))
            raise StoreUnavailable(str(error)) from error
        self._chain.committed(ends[0])
        return outcomes

    async def _write(self, connection: Connection, jobs: list[Job], outcomes: list[Any], ends: list[End]) -> None:
        entries: list[Entry] = []
        async with connection.transaction():
            for job in jobs:
                if job.work is None:
                    outcomes.append(self._chain.id_after(len(entries)))
                    entries.extend(job.entries)
                else:
                    outcomes.append(await _attempt(connection, job.work, entries))
            rows, end = self._chain.links(entries)
            if rows:
                await connection.executemany(translated(INSERT), rows)
                await run(connection, register.insert(entries, rows, self._keys))
            await run(connection, self._chain.note_signed())
            ends.append(end)

    async def _happened(self, end: End) -> bool:
        """After a failed commit: whether its last record is there all the same. Waits until the old session is gone, lock and all."""
        writer = self._chain.writer
        await self._abandon()
        try:
            connection = await self._ready()
            await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", _LOCK_CLASS, writer, timeout=CONNECT_S)
            found = await connection.fetchval("SELECT hash FROM record WHERE writer = $1 AND seq = $2", writer, end.seq)
            await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK_CLASS, writer)
        except _TROUBLE:
            return False
        return bool(found == end.hash)

    async def _claim(self, connection: Connection) -> None:
        is_alive = await self.liveness()
        for candidate in self._chain.candidates():
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _LOCK_CLASS, candidate):
                continue
            async with connection.transaction():
                if await run(connection, self._chain.take_up(candidate, is_alive)):
                    return
            await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK_CLASS, candidate)

    async def _ready(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._chain.give_up()
            self._connection = await asyncpg.connect(self._dsn, timeout=CONNECT_S, command_timeout=COMMAND_S)
            await self._connection.execute("SET synchronous_commit = on")
        return self._connection

    async def _abandon(self) -> None:
        self._chain.give_up()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def read(self, operation: Callable[[], Operation[T]]) -> T:
        try:
            async with self._readers.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
                return await run(connection, operation())
        except _TROUBLE as error:
            log.error("store_unreadable", error=str(error))
            raise StoreUnavailable(str(error)) from error

    async def audit(self, question: Sql, take: Callable[[Row], None]) -> None:
        try:
            async with self._readers.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
                async for row in connection.cursor(translated(question.text), *question.params, prefetch=PREFETCH):
                    take(tuple(row))
        except _TROUBLE as error:
            raise StoreUnavailable(str(error)) from error

    async def damage(self, table: str) -> tuple[str, ...]:
        return ()  # The server's own business (pg_amcheck); whoever could harm its files is past our door.

    async def liveness(self) -> Callable[[str], bool]:
        """Chains whose session holds its lock, on whichever node."""
        names = await self.read(_names)
        question = "SELECT n FROM unnest($1::text[]) AS n JOIN pg_locks ON locktype = 'advisory' AND classid::bigint = $2"
        held = " AND objid::bigint = (hashtext(n)::bigint & 4294967295) AND objsubid = 2 AND granted"
        here = " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        try:
            rows = await self._readers.fetch(question + held + here, names, _LOCK_CLASS)
        except _TROUBLE as error:
            raise StoreUnavailable(str(error)) from error
        alive = {row[0] for row in rows}
        return lambda writer: writer in alive

    async def scrub(self, *tables: str) -> None:
        """Dead rows are reused by the next writes and vanish with VACUUM; without the key of its row a content is noise."""
        try:
            await self._readers.execute(f"VACUUM {', '.join(tables)}")
        except _TROUBLE as error:
            log.warning("store_unscrubbed", error=str(error))

    async def sync(self) -> None:
        await asyncio.to_thread(self._chain.sync)

    async def close(self) -> None:
        with contextlib.suppress(*_TROUBLE):  # Then the head is compared with what was noted before.
            if self._connection is not None and self._chain.claimed:
                await asyncio.to_thread(self._chain.sync)
                await run(self._connection, self._chain.note_signed())
        self._chain.give_up()
        connection, self._connection = self._connection, None
        with contextlib.suppress(*_TROUBLE):
            if connection is not None:
                await connection.close(timeout=CONNECT_S)
            if self._pool is not None:
                await asyncio.wait_for(self._pool.close(), CONNECT_S)
        self._pool = None

    @property
    def _readers(self) -> Any:
        if self._pool is None:
            raise StoreUnavailable("the store is closed")
        return self._pool


def _names() -> Operation[list[str]]:
    rows = yield Sql("SELECT name FROM writer")
    return [name for (name,) in rows]


_ONLY_ONE = re.compile(r"/\* (?:sqlite: .*?|postgres: (.*?)) \*/", re.DOTALL)


@lru_cache(maxsize=256)
def translated(text: str) -> str:
    """The statement with numbered marks, and with what stands in it for PostgreSQL only; '' if it is not for PostgreSQL at all."""
    parts = _ONLY_ONE.sub(r"\1", text).split("?")
    return "".join(part + (f"${number}" if number < len(parts) else "") for number, part in enumerate(parts, 1))


async def run(connection: Any, operation: Operation[T]) -> T:
    """Drive an operation to its end."""
    try:
        sql = next(operation)
        while True:
            rows = await _execute(connection, sql)
            sql = operation.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        operation.close()


async def _execute(connection: Any, sql: Sql) -> Rows:
    text = translated(sql.text)
    if not text:
        return []
    if sql.many:
        if sql.params:
            await connection.executemany(text, sql.params)
        return []
    return [tuple(row) for row in await connection.fetch(text, *sql.params)]


async def _attempt(connection: Connection, work: Work, entries: list[Entry]) -> Any:
    """One caller's work; if it fails by its own fault, it alone is undone."""
    own: list[Entry] = []
    try:
        async with connection.transaction():
            outcome = await run(connection, work(own))
    except asyncpg.IntegrityConstraintViolationError as error:
        return Failed(StoreUnavailable(str(error)))
    except _TROUBLE:
        raise
    except Exception as error:
        return Failed(error)
    entries.extend(own)
    return outcome
