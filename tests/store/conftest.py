"""A store in a folder of the test, on SQLite or, where a module asks for both, on a real PostgreSQL."""

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway.store import DurableStore, Keys, load_keys, open_store
from tests.store.databases import PostgresDatabase, PostgresServer, SqliteFile, postgres_server
from tests.store.values import Clock

Opener = Callable[..., Awaitable[DurableStore]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_keys(tmp_path / "keys")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "var" / "gateway.db"


@pytest.fixture
async def raw(request: pytest.FixtureRequest, database: Path) -> SqliteFile | PostgresDatabase:
    """The database behind the store."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return SqliteFile(database)
    return await emptied(request.getfixturevalue("postgres"))


async def emptied(server: PostgresServer) -> PostgresDatabase:
    """The server's database as new: ten times as fast as making another."""
    database = PostgresDatabase(server.url)
    await database.ask("DROP SCHEMA public CASCADE")
    await database.ask("CREATE SCHEMA public")
    return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def opened(keys: Keys, raw: SqliteFile | PostgresDatabase, clock: Clock) -> AsyncIterator[Opener]:
    """Opens the store as often as a test likes and closes what it left open."""
    stores: list[DurableStore] = []

    async def again(writer: str = "gateway") -> DurableStore:
        store = await open_store(raw.url, keys, writer, clock=clock)
        stores.append(store)
        return store

    yield again
    for store in stores:
        await store.close()


@pytest.fixture
async def store(opened: Opener) -> DurableStore:
    return await opened()


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk that fails on demand and keeps a diary (faults.c)."""
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl", "-lpthread"], check=True)
    return library
