"""Statements as values: what is asked of the database, apart from who asks.

An operation is a generator that yields `Sql` and is sent the rows. It never sees a connection, so the same operation runs in
SQLite's writer thread and on PostgreSQL's event loop; and it cannot commit, so that a transaction ends in one place only.
SQL is the common ground of both: `?` marks, BIGINT, TEXT, BYTEA, `ON CONFLICT`.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from gateway.model.frozen import frozen
from gateway.model.records import Entry

Row = tuple[Any, ...]
Rows = list[Row]
T = TypeVar("T")


@frozen
class Sql:
    """One statement; with `many`, once for each row of parameters."""

    text: str
    params: Sequence[Any] = ()
    many: bool = False


Operation = Generator[Sql, Rows, T]
Work = Callable[[list[Entry]], Operation[Any]]
"""Makes an operation; the entries that it puts into the list join the chain in the same transaction, if it succeeds.
An exception of an operation undoes its own part of the transaction; that of the others stays."""
