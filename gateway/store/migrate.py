"""Brings a database to the schema of this version, one numbered step at a time, each in its own transaction with its number.

On failure: `StoreTrouble` in words for the operator; a database written by a newer version is refused, never guessed at.
"""

import re
from functools import cache
from importlib import resources

from gateway.store.sql import Operation, Sql


class StoreTrouble(Exception):
    """The store cannot be opened; the text says why and what to do."""


@cache
def steps() -> tuple[tuple[str, ...], ...]:
    """The statements of each step; step n brings the schema to version n+1."""
    folder = resources.files("gateway.store.migrations")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return tuple(_statements(entry.read_text(encoding="utf-8")) for entry in files)


def _statements(text: str) -> tuple[str, ...]:
    bare = re.sub(r"--[^\n]*", "", text)
    return tuple(part.strip() for part in bare.split(";") if part.strip())


def create_version() -> Operation[None]:
    """The table that holds the number of the schema, and the check of the keys."""
    yield Sql("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")


def version() -> Operation[int]:
    rows = yield Sql("SELECT value FROM meta WHERE name = 'schema'")
    return int(rows[0][0]) if rows else 0


def upgrade(number: int) -> Operation[None]:
    """Apply the step that follows version `number`."""
    for statement in steps()[number]:
        yield Sql(statement)
    yield Sql(
        "INSERT INTO meta (name, value) VALUES ('schema', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (str(number + 1),)
    )


def pending(number: int) -> range:
    """The versions still to be left behind; refuses a database from the future."""
    if number > len(steps()):
        raise StoreTrouble(
            f"this database was written by a newer version of the gateway (schema {number}; this one knows {len(steps())}): "
            "install that version, or restore the backup made before the upgrade"
        )
    return range(number, len(steps()))


def check_keys(check: str) -> Operation[None]:
    """Refuse keys other than those that the database was first opened with: nothing in it could be read or verified."""
    rows = yield Sql("SELECT value FROM meta WHERE name = 'keys'")
    if not rows:
        yield Sql("INSERT INTO meta (name, value) VALUES ('keys', ?)", (check,))
    elif rows[0][0] != check:
        raise StoreTrouble("this database belongs to other keys: restore the keys folder from its backup")
