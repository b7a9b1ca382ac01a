"""SQLite sessions: how a connection is set up, a transaction begun and ended, an operation driven.

Promises: every connection is durable (WAL, synchronous=FULL), overwrites what it deletes and keeps temporary data in memory.
On failure: the error of SQLite, with the transaction rolled back; what only one caller did wrong undoes only that caller's part.
"""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.model.records import Entry
from gateway.model.store import StoreUnavailable
from gateway.store.commits import Failed
from gateway.store.keys import give_to_owner, sync_folder
from gateway.store.sql import Operation, Row, Sql, T, Work

BUSY_MS = 5_000
"""Another process commits in milliseconds, 50 MB of a held message in about one second; after five something is wrong: 451."""
LOCK_STEP_S = 0.0005
"""About as long as a commit takes: a shorter step wins nothing."""

_ONLY_SQLITE = re.compile(r"/\* sqlite: (.*?) \*/", re.DOTALL)


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1_000, isolation_level=None, check_same_thread=False)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; "
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
    )
    return connection


def run(connection: sqlite3.Connection, operation: Operation[T]) -> T:
    """Drive an operation to its end."""
    try:
        sql = next(operation)
        while True:
            rows = _execute(connection, sql)
            sql = operation.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        operation.close()  # An error of the database ends it where it stands; what it had open is closed now, not some day.


def _execute(connection: sqlite3.Connection, sql: Sql) -> list[Row]:
    text = _ONLY_SQLITE.sub(r"\1", sql.text) if "/*" in sql.text else sql.text
    if sql.many:
        connection.executemany(text, sql.params)
        return []
    return connection.execute(text, sql.params).fetchall()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def begin(connection: sqlite3.Connection) -> None:
    """Wait for the write lock in short steps. SQLite's own waiting grows to steps of 100 ms: of eight processes with two sessions
    each the unlucky one waited 1,080 ms for its turn, of two 140 ms; with these steps 120 and 95 (on a busy machine)."""
    deadline = time.monotonic() + BUSY_MS / 1_000
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(LOCK_STEP_S)


def attempt(connection: sqlite3.Connection, work: Work, entries: list[Entry]) -> Any:
    """One caller's work; if it fails by its own fault, it alone is undone."""
    own: list[Entry] = []
    connection.execute("SAVEPOINT job")
    try:
        outcome = run(connection, work(own))
    except Exception as error:
        if isinstance(error, sqlite3.Error | OSError) and not isinstance(error, sqlite3.IntegrityError):
            raise  # The disk's fault: the whole batch's.
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return Failed(StoreUnavailable(str(error)) if isinstance(error, sqlite3.Error) else error)
    connection.execute("RELEASE job")
    entries.extend(own)
    return outcome


def create_private(path: Path) -> None:
    """The file is ours alone from its first byte; its log and index inherit that."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent.parent)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        give_to_owner(path)  # SQLite does the same for its log and index.
        sync_folder(path.parent)
