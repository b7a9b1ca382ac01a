"""Durable state: disclosure records, holds, queue, journal, content. `open_store` is the door; `gateway.store.keys` has the keys.

Promises: what `gateway.model.store.Store` promises. Several processes may open one store; each writes a chain of its own.
On failure: `StoreTrouble` at the start, in words for the operator; `StoreUnavailable` later, and nothing more is accepted.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.store.durable import DurableStore
from gateway.store.keys import Keys, KeyTrouble, load_keys
from gateway.store.migrate import StoreTrouble
from gateway.store.sqlite import Sqlite
from gateway.store.writers import OwnChain

__all__ = ["DurableStore", "KeyTrouble", "Keys", "StoreTrouble", "load_keys", "open_store"]


def _now() -> datetime:
    return datetime.now(UTC)


async def open_store(url: str, keys: Keys, writer: str, *, clock: Callable[[], datetime] = _now) -> DurableStore:
    """The store at `url` ('sqlite:///var/gateway.db', four slashes for an absolute path), created or upgraded if need be.

    `writer` names the chain that this process writes; it is claimed at the first write, so reading leaves no trace.
    """
    path = _sqlite_path(url)
    chain = OwnChain(writer, secrets.token_hex(8), keys)
    engine = Sqlite(path, keys, chain)
    try:
        await engine.open()
    except StoreTrouble:
        await engine.close()
        raise
    return DurableStore(engine, keys, chain, clock)


def _sqlite_path(url: str) -> Path:
    scheme, _, path = url.partition(":///")
    if scheme.startswith("postgres"):
        raise StoreTrouble("store: postgresql is not supported by this version; use sqlite:///var/gateway.db")
    if scheme != "sqlite" or not path:
        raise StoreTrouble(f"store: {url!r} is not a store; use sqlite:///var/gateway.db (four slashes for an absolute path)")
    return Path(path)
