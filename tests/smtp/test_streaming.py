"""Large content on its way out: from its file, byte for byte, while the memory it took is for the next message."""

import asyncio
import errno
import os
import random
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO

import pytest

from gateway.model.settings import Host, Limits, RouteSettings
from gateway.model.smtp import Content, Reply
from gateway.smtp.client import RelayRoute
from gateway.smtp.listener import House
from gateway.smtp.pile import FILE_PIECE_BYTES, FREE_BYTES
from gateway.smtp.wire import stuffed
from tests.smtp.conftest import Authority, Listen
from tests.smtp.fakes import FakeHop, RawClient, RelayDoor, ScriptedDoor, until

LINE = b"x" * 98 + b"\r\n"
# Twice what the kernel takes for a next hop that reads nothing.
LARGE = LINE * 60_000
MANY = 6

Relaying = Callable[..., Awaitable[tuple[int, House]]]


@pytest.fixture
async def relaying(listen: Listen) -> AsyncIterator[Relaying]:
    """Start a listener, with so much memory for content, that relays to a hop: its port, and what it has taken."""
    routes: list[RelayRoute] = []

    async def start(hop: FakeHop, content_memory_bytes: int = 0, **route: object) -> tuple[int, House]:
        relay = RouteSettings("default", relay=(Host("127.0.0.1", hop.port),), **route)  # type: ignore[arg-type]
        routes.append(RelayRoute(relay, "gateway.example", Limits()))
        await routes[-1].probe()
        listener = await listen(RelayDoor(routes[-1]), Limits(content_memory_bytes=content_memory_bytes))
        return listener.addresses[0][1], listener._house

    yield start
    for route in routes:
        await route.close()


async def send(port: int, raw: bytes, *, by_bdat: bool = False) -> str:
    async with RawClient(port) as client:
        await client.envelope()
        if by_bdat:
            client.send(b"BDAT %d LAST\r\n%b" % (len(raw), raw))
        else:
            await client.say("DATA")
            client.send(stuffed(raw) + b".\r\n")
        async with asyncio.timeout(20):
            return await client.reply()


@pytest.mark.parametrize("memory", [0, 3 * len(LARGE)])
async def test_uploads_that_stall_leave_room_and_memory_to_others(hop: FakeHop, relaying: Relaying, memory: int) -> None:
    """With room for one message at a time: all of them are examined and on their way while the next hop takes none."""
    port, house = await relaying(hop, memory)
    gate = hop.hold("CONTENT")
    async with asyncio.TaskGroup() as tasks:
        sending = [tasks.create_task(send(port, LARGE)) for _ in range(MANY)]
        try:
            await until(lambda: hop.commands.count("DATA") == MANY)
            assert house.room.used == 0
            # What arrived while there was memory stays in it and counts there; everything else is in its file.
            assert house.arriving.used <= memory // 2
            tracemalloc.start()
            sending.append(tasks.create_task(send(port, LARGE)))
            await until(lambda: hop.commands.count("DATA") == MANY + 1)
            assert house.room.used == 0
            # The last one is in no buffer of ours; the thread that read it may be a moment behind.
            await until(lambda: tracemalloc.get_traced_memory()[0] < len(LARGE) // 2)
        finally:
            tracemalloc.stop()
            gate.set()
    assert {task.result()[:3] for task in sending} == {"250"}
    assert [mail.content == LARGE for mail in hop.mails] == [True] * (MANY + 1)
    assert (house.room.used, house.arriving.used) == (0, 0)


@pytest.mark.parametrize("seed", range(8))
async def test_dots_and_line_ends_at_the_borders_of_pieces_arrive_as_they_came(hop: FakeHop, relaying: Relaying, seed: int) -> None:
    chance = random.Random(seed)
    port, _ = await relaying(hop)
    for _ in range(6):
        raw = bytearray(chance.randbytes(chance.randint(2, 9) * FILE_PIECE_BYTES + chance.randint(-3, 3)).translate(None, b"\r\n."))
        for border in range(FILE_PIECE_BYTES, len(raw), FILE_PIECE_BYTES):
            parts = (b"\r\n.\r\n", b"\r\n..\r\n", b"\r\n.", b"..\r\n.\r\n.", b"\r\n\r\n.", b".")
            dots = b"".join(chance.choices(parts, k=chance.randint(1, 2)))
            at = border - chance.randint(0, len(dots))
            raw[at : at + len(dots)] = dots
        whole = bytes(raw).replace(b"\0", b"0") + b"\r\n"
        assert (await send(port, whole))[:3] == "250"
        assert hop.last.content == whole
        assert (await send(port, bytes(raw) + chance.choice([b"", b"\r", b"\n.", b"\r\n"]) + b"end", by_bdat=True))[:3] == "250"
        assert hop.last.by_bdat
        assert hop.last.content.startswith(bytes(raw)) and hop.last.content.endswith(b"end")


async def test_a_file_goes_over_tls(authority: Authority, relaying: Relaying) -> None:
    async with FakeHop(tls=authority.server()) as hop:
        port, _ = await relaying(hop, ca_file=authority.ca_file)
        assert (await send(port, LARGE))[:3] == "250"
        assert hop.last.over_tls and hop.last.content == LARGE


# -- a file that cannot be read ---------------------------------------------------------------------------------------------


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The nameless files, as they are made."""
    made: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def kept(**how: int) -> IO[bytes]:
        made.append(make(**how))  # type: ignore[call-overload]
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", kept)
    return made


@pytest.mark.parametrize("by_bdat", [False, True])
@pytest.mark.parametrize("left", [0, 1, FILE_PIECE_BYTES, len(LARGE) - 1])
async def test_half_a_message_is_never_accepted(hop: FakeHop, relaying: Relaying, files: list[IO[bytes]], by_bdat: bool, left: int) -> None:
    """The file shrinks under the upload: the connection ends without a final dot, and without the octets that were announced."""
    port, house = await relaying(hop)
    gate = hop.hold("CONTENT")
    raw = LARGE + b"end" if by_bdat else LARGE
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send(port, raw, by_bdat=by_bdat))
        await until(lambda: hop.commands[-1].startswith(("DATA", "BDAT")))
        (file,) = files
        os.truncate(file.fileno(), left)
        gate.set()
    assert sending.result().startswith("451 4.4.1")
    assert hop.mails == []
    assert hop.commands[-1].startswith(("DATA", "BDAT")), "what follows half a message is no command"
    assert (house.room.used, house.arriving.used) == (0, 0)
    assert (await send(port, raw, by_bdat=by_bdat))[:3] == "250"
    assert [mail.content for mail in hop.mails] == [raw]


@pytest.mark.parametrize("how", ["error", "short"])
async def test_what_cannot_be_read_is_not_examined(door: ScriptedDoor, listen: Listen, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    def pread(file: int, size: int, at: int) -> bytes:
        if how == "error":
            raise OSError(errno.EIO, "Input/output error")
        return b""

    listener = await listen(door, Limits(content_memory_bytes=0))
    port = listener.addresses[0][1]
    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", pread)
        assert (await send(port, LARGE)).startswith("451")
    assert (door.last.content, door.last.abandoned) == (None, 1)
    assert (listener._house.room.used, listener._house.arriving.used) == (0, 0)
    assert (await send(port, LARGE))[:3] == "250"


@pytest.mark.parametrize("memory", [0, 16 * FREE_BYTES + 8 * len(LARGE)])
@pytest.mark.parametrize("early", [False, True])
async def test_the_room_is_given_back_once_whatever_service_does(door: ScriptedDoor, listen: Listen, memory: int, early: bool) -> None:
    def took(content: Content) -> Reply:
        used.append(listener._house.room.used)
        if early:
            content.let_go()
            content.let_go()
            used.append(listener._house.room.used)
        raise RuntimeError("nobody expected this")

    used: list[int] = []
    door.on_content = took
    listener = await listen(door, Limits(content_memory_bytes=memory))
    for _ in range(3):
        assert (await send(listener.addresses[0][1], LARGE))[:3] == "451"
    taken = 0 if memory else len(LARGE)
    assert used == ([taken, 0] if early else [taken]) * 3
    assert (listener._house.room.used, listener._house.arriving.used) == (0, 0)
