"""Durable state: disclosure records, holds, queue, journal, content. `open_store` is the door; `gateway.store.keys` has the keys.

Promises: what `gateway.model.store.Store` promises. Several processes may open one store; each writes a chain of its own.
On failure: `StoreTrouble` at the start, in words for the operator; `StoreUnavailable` later, and nothing more is accepted.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.store.durable import DurableStore
from gateway.store.keys import Keys, KeyTrouble, load_keys
from gateway.store.migrate import StoreTrouble
from gateway.store.sqlite import Sqlite
from gateway.store.writers import OwnChain

if TYPE_CHECKING:
    from gateway.store.postgres import Postgres

__all__ = ["DurableStore", "KeyTrouble", "Keys", "StoreTrouble", "load_keys", "open_store"]


def _now() -> datetime:
    return datetime.now(UTC)


async def open_store(url: str, keys: Keys, writer: str, *, clock: Callable[[], datetime] = _now) -> DurableStore:
    """The store at `url` ('sqlite:///var/gateway.db', four slashes for an absolute path, or 'postgresql://user@host/database'),
    created or upgraded if need be.

    `writer` names the chain that this process writes; it is claimed at the first write, so reading leaves no trace.
    """
    chain = OwnChain(writer, secrets.token_hex(8), keys)
    engine = _engine(url, keys, chain)
    try:
        await engine.open()
    except StoreTrouble:
        await engine.close()
        raise
    return DurableStore(engine, keys, chain, clock)


def _engine(url: str, keys: Keys, chain: OwnChain) -> "Sqlite | Postgres":
    if url.startswith(("postgresql://", "postgres://")):
        from gateway.store.postgres import Postgres  # Its driver costs 50 ms of every command, which SQLite users need not pay.

        return Postgres(url, keys, chain)
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        # Not the address itself: it may have a password in it.
        raise StoreTrouble("store: use sqlite:///var/gateway.db (four slashes for an absolute path) or postgresql://user@host/database")
    return Sqlite(Path(path), keys, chain)
