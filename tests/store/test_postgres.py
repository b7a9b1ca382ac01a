"""What only PostgreSQL can do to a store: connections that break, servers that go, nodes that share."""

import asyncio
import select
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.store import DurableStore, StoreTrouble, load_keys, open_store
from gateway.store.postgres import translated
from tests.store.conftest import Opener
from tests.store.databases import PostgresDatabase, PostgresServer
from tests.store.values import NOON, Clock, content, entry, hold, item, taken

pytestmark = [
    pytest.mark.tools("initdb", "pg_ctl"),
    pytest.mark.parametrize("raw", ["postgresql"], indirect=True),
]
Raw = PostgresDatabase


def test_marks_are_numbered_and_what_is_for_postgres_only_comes_to_light(raw: Raw) -> None:
    assert translated("SELECT ? /* postgres: FOR UPDATE */") == "SELECT $1 FOR UPDATE"
    assert translated("CREATE TABLE a (b TEXT) /* sqlite: WITHOUT ROWID */").strip() == "CREATE TABLE a (b TEXT)"
    assert translated("/* sqlite: DROP TABLE a\n */") == ""
    assert translated("VALUES (?, ?)") == "VALUES ($1, $2)"


async def kill_sessions(raw: Raw) -> None:
    await raw.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


async def test_a_store_recovers_when_its_connections_were_cut(store: DurableStore, raw: Raw) -> None:
    assert await store.intend(entry("m1")) == "gateway.1"
    await kill_sessions(raw)
    ids = []
    for number in range(3):  # The first may meet the broken connection.
        try:
            ids.append(await store.intend(entry(f"n{number}")))
        except StoreUnavailable:
            continue
    assert ids[-1] == f"gateway.{len(ids) + 1}"
    assert await store.verify() == ()
    assert len(await store.records()) == len(ids) + 1


async def test_a_store_recovers_when_the_server_crashed_and_came_back(store: DurableStore, postgres: PostgresServer) -> None:
    await store.take_over(taken(holds=(hold(),)))
    postgres.crash()
    try:
        with pytest.raises(StoreUnavailable):
            await store.intend(entry("refused"))
        with pytest.raises(StoreUnavailable):
            await store.holds()
        store.conclude(entry("m1", Event.RESULT))
    finally:
        postgres.start()
    await store.intend(entry("after"))
    await store.drain()
    assert await store.holds() == (hold(),)
    assert {record.entry.message for record in await store.records()} == {"m1", "after"}
    assert "result" in {str(record.entry.event) for record in await store.records(message="m1")}
    assert await store.verify() == ()


@contextmanager
def proxy(raw: Raw, cut: Callable[[bytes], str]) -> Iterator[str]:
    """Between store and server; `cut` looks at what the store sends and says 'pass', 'drop' it and hang up, or 'mute' the answer."""
    host, port = raw.url.rpartition("@")[2].split("/")[0].split(":")
    ended = threading.Event()

    def serve(client: socket.socket) -> None:
        with client, socket.create_connection((host, int(port))) as server:
            while not ended.is_set():
                ready, _, _ = select.select([client, server], [], [], 0.1)
                if server in ready:
                    data = server.recv(65536)
                    client.sendall(data)
                elif client in ready:
                    data = client.recv(65536)
                    what = cut(data)
                    if what != "drop":
                        server.sendall(data)
                    if what == "mute":
                        server.recv(1)  # The commit is done; its answer is lost.
                    if what != "pass":
                        return
                if ready and not data:
                    return

    def accept(listener: socket.socket) -> None:
        while not ended.is_set():
            if select.select([listener], [], [], 0.1)[0]:
                pool.submit(serve, listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(20) as pool:
        pool.submit(accept, listener)
        try:
            yield raw.url.replace(f":{port}/", f":{listener.getsockname()[1]}/")
        finally:
            ended.set()


@pytest.mark.parametrize(("fate", "known"), [("mute", True), ("drop", False)])
async def test_a_connection_lost_in_the_commit_leaves_no_doubt(raw: Raw, tmp_path: Path, fate: str, known: bool) -> None:
    """Else a message answered 451 would be taken over after all, and doubled by its resubmission."""
    armed = False

    def cut(data: bytes) -> str:
        nonlocal armed
        if armed and b"COMMIT" in data:
            armed = False
            return fate
        return "pass"

    with proxy(raw, cut) as url:
        store = await open_store(url, load_keys(tmp_path / "keys"), "gateway")
        await store.intend(entry("before"))
        armed = True
        outcome = await asyncio.gather(store.take_over(taken(holds=(hold(),))), return_exceptions=True)
        assert (outcome == [None]) is known
        assert (await store.hold("h1") is not None) is known
        await store.intend(entry("after"))
        assert await store.verify() == ()
        await store.close()


async def test_a_deadlock_between_nodes_is_not_handed_to_the_sender(store: DurableStore, opened: Opener, raw: Raw) -> None:
    """Two couriers settle the same two messages' consignments in opposite order, many times."""
    other = await opened("other")
    for round_ in range(10):
        names = [f"{round_}a", f"{round_}b"]
        queue = tuple(item(f"{who}{name}", f"c{name}") for who in "xy" for name in names)
        await store.take_over(taken(contents=tuple(content(f"c{name}") for name in names), queue=queue))
        first = [store.settle(f"x{name}", done=(), entries=(), next_at=None) for name in names]
        second = [other.settle(f"y{name}", done=(), entries=(), next_at=None) for name in reversed(names)]
        await asyncio.gather(*first, *second)
    assert await raw.ask("SELECT COUNT(*) FROM content") == [(0,)], "of two that let go of a content at once, one deletes it"


Node = Callable[[str, str], Awaitable[DurableStore]]


@pytest.fixture
async def node(raw: Raw, tmp_path: Path) -> AsyncIterator[Node]:
    """Opens the store as another machine would: the same keys, heads of its own."""
    load_keys(tmp_path / "keys")
    stores: list[DurableStore] = []

    async def open_as(name: str, writer: str) -> DurableStore:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(tmp_path / "keys", folder)
        store = await open_store(raw.url, load_keys(folder), writer, clock=Clock())
        stores.append(store)
        return store

    yield open_as
    for store in stores:
        await store.close()


async def test_nodes_of_one_name_get_chains_of_their_own_and_each_proves_its_end(node: Node, raw: Raw) -> None:
    one, two = await node("one", "gateway"), await node("two", "gateway")
    assert await one.intend(entry("m1")) == "gateway.1"
    assert await two.intend(entry("m2")) == "gateway-2.1"
    assert await one.verify() == await two.verify() == ()
    await raw.ask("DELETE FROM record WHERE writer = 'gateway-2'")
    await raw.ask("UPDATE record SET sender = 'x' WHERE writer = 'gateway'")
    assert {fault.writer for fault in await one.verify()} == {"gateway"}
    assert {fault.writer for fault in await two.verify()} == {"gateway", "gateway-2"}


async def test_another_nodes_living_messages_are_not_lost_and_its_dead_ones_are(node: Node) -> None:
    one, two = await node("one", "a"), await node("two", "b")
    await one.intend(entry("m1"))
    await one.take_over(taken(entries=(entry("m2", Event.ACCEPTED),), queue=(item(),)))
    await one.lease(NOON, 3600, 1)
    assert await two.unknown_outcomes() == ()
    await two.due_now()
    assert await two.lease(NOON, 60, 1) == ()
    await one.close()
    assert [record.entry.message for record in await two.unknown_outcomes()] == ["m1"]
    await two.due_now()
    assert len(await two.lease(NOON, 60, 1)) == 1


async def test_several_nodes_that_open_a_new_database_at_once_all_succeed(node: Node) -> None:
    stores = await asyncio.gather(*(node(f"n{number}", "gateway") for number in range(4)))
    ids = await asyncio.gather(*(store.intend(entry()) for store in stores))
    assert len(set(ids)) == 4
    assert await stores[0].verify() == ()


async def test_a_server_that_is_not_there_is_told_without_the_password(raw: Raw, tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble) as trouble:
        await open_store("postgresql://gateway:hush-hush@127.0.0.1:9/none", load_keys(tmp_path / "keys"), "gateway")
    assert "hush-hush" not in str(trouble.value)


async def test_a_newer_schema_and_other_keys_are_refused(store: DurableStore, raw: Raw, tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble, match="other keys"):
        await open_store(raw.url, load_keys(tmp_path / "others"), "gateway")
    await raw.ask("UPDATE meta SET value = '999' WHERE name = 'schema'")
    with pytest.raises(StoreTrouble, match="newer version"):
        await open_store(raw.url, load_keys(tmp_path / "keys"), "gateway")


async def test_nothing_planted_is_readable_in_the_tables(store: DurableStore, raw: Raw) -> None:
    canary = "canary-4f1d9b"
    await store.take_over(taken(contents=(content(raw=canary.encode() * 50),), queue=(item(last_reply=canary),)))
    await store.intend(entry("m2", details={"subject": canary}))
    await store.put("pause", canary)
    for table in ("record", "consignment", "content_piece", "content", "fact"):
        rows = await raw.ask(f"SELECT * FROM {table}")
        assert rows
        assert canary.encode() not in b"".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)
