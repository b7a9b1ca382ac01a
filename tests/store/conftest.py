"""A store in a folder of the test, and the values that go into it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.store import DurableStore, Keys, load_keys, open_store
from tests.store.values import Clock

Opener = Callable[..., Awaitable[DurableStore]]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_keys(tmp_path / "keys")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "var" / "gateway.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def opened(keys: Keys, database: Path, clock: Clock) -> AsyncIterator[Opener]:
    """Opens the store as often as a test likes and closes what it left open."""
    stores: list[DurableStore] = []

    async def again(writer: str = "gateway") -> DurableStore:
        store = await open_store(f"sqlite:///{database}", keys, writer, clock=clock)
        stores.append(store)
        return store

    yield again
    for store in stores:
        await store.close()


@pytest.fixture
async def store(opened: Opener) -> DurableStore:
    return await opened()
