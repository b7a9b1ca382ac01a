"""Content while it arrives: bounded memory, nothing lost, nothing left."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model.settings import Limits
from gateway.model.smtp import Content, Reply
from gateway.smtp.pile import FREE_BYTES, Budget, Pile
from tests.smtp.conftest import Listen
from tests.smtp.fakes import Got, RawClient, ScriptedDoor


@settings(suppress_health_check=[HealthCheck.too_slow])  # A busy machine is no fault of the pile.
@given(st.lists(st.integers(0, 3 * FREE_BYTES), max_size=8), st.integers(0, 8 * FREE_BYTES))
def test_what_was_piled_comes_back_and_the_budget_too(sizes: list[int], limit: int) -> None:
    budget = Budget(limit)
    pile = Pile(budget)
    blocks = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    for block in blocks:
        pile.append(block)
        assert budget.used <= limit
    filed = pile.filed(Budget(0))
    assert (b"".join(filed.pieces()) if filed else pile.whole()) == b"".join(blocks)
    assert filed or sum(sizes) <= FREE_BYTES + limit
    pile.close()
    assert budget.used == 0


async def test_room_is_given_in_turn() -> None:
    budget = Budget(10)
    await budget.take(8)
    order: list[int] = []

    async def wait(size: int) -> None:
        await budget.take(size)
        order.append(size)

    tasks = [asyncio.get_running_loop().create_task(wait(size)) for size in (25, 3, 4)]
    await asyncio.sleep(0)
    assert order == []
    budget.give(8)
    await asyncio.wait_for(tasks[0], 1)
    assert (order, budget.used) == ([25], 25)
    budget.give(25)
    await asyncio.gather(*tasks)
    assert (order, budget.used) == ([25, 3, 4], 7)


class FullDisk:
    """A file that takes one block."""

    def __init__(self) -> None:
        self._room = 1
        self.closed = False

    def write(self, data: bytes) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        self._room -= 1
        return len(data)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(params=["no file", "full disk"])
def broken_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def open_file(**_: object) -> IO[bytes]:
        if request.param == "no file":
            raise OSError(24, "Too many open files")
        return FullDisk()  # type: ignore[return-value]

    monkeypatch.setattr(tempfile, "TemporaryFile", open_file)
    yield


@pytest.mark.parametrize("by", ["DATA", "BDAT"])
async def test_no_room_on_disk_is_452_and_the_next_message_goes_through(
    door: ScriptedDoor, listen: Listen, broken_disk: None, by: str
) -> None:
    port = (await listen(door, Limits(content_memory_bytes=0))).addresses[0][1]
    body = b"x" * 998 + b"\r\n"
    async with RawClient(port) as client:
        await client.envelope()
        large = body * 500
        client.send(b"DATA\r\n" if by == "DATA" else b"BDAT %d LAST\r\n" % len(large))
        if by == "DATA":
            await client.reply()
        client.send(large + (b".\r\n" if by == "DATA" else b""))
        assert (await client.reply()).startswith("452 4.3.1")
        await client.say("MAIL FROM:<a@b.example>", "RCPT TO:<b@nhs.net>", "DATA")
        client.send(body + b".\r\n")
        assert (await client.reply())[:3] == "250"
    assert [seen.content for seen in door.seen] == [None, Got(body)]
    assert door.seen[0].abandoned == 1


@pytest.mark.parametrize("by", ["DATA", "BDAT"])
async def test_a_message_from_disk_is_the_one_that_came(door: ScriptedDoor, listen: Listen, by: str) -> None:
    port = (await listen(door, Limits(content_memory_bytes=0))).addresses[0][1]
    body = b"".join(b".line %d\r\n" % number for number in range(100_000))
    async with RawClient(port) as client:
        await client.envelope()
        if by == "DATA":
            await client.say("DATA")
            client.send(body.replace(b"\r\n.", b"\r\n..").replace(b".", b"..", 1) + b".\r\n")
        else:
            half = len(body) // 2
            client.send(b"BDAT %d\r\n%bBDAT %d LAST\r\n%b" % (half, body[:half], len(body) - half, body[half:]))
            await client.reply()
        assert (await client.reply())[:3] == "250"
    assert door.last.content == Got(body, by_bdat=by == "BDAT")


@pytest.mark.slow
@pytest.mark.tools("smtp-source")
async def test_fifty_large_messages_at_once_fit_into_memory(door: ScriptedDoor, listen: Listen) -> None:
    """Half a gigabyte on its way in: resident memory grows by the budget, the free pieces and what sockets buffer."""
    peak = [0]

    def took(content: Content) -> Reply:
        peak[0] = max(peak[0], resident_bytes())
        sizes.append(len(content.raw))
        for seen in door.seen:
            seen.content = None
        return Reply(250, "2.0.0", "Taken")

    sizes: list[int] = []
    door.on_content = took
    budget = 16_000_000
    port = (await listen(door, Limits(content_memory_bytes=budget))).addresses[0][1]
    before = resident_bytes()
    source = shutil.which("smtp-source", path="/usr/sbin:" + os.environ["PATH"])
    assert source
    command = ("-s", "50", "-m", "50", "-l", "10000000", "-f", "a@b.example", "-t", "c@d.example", f"127.0.0.1:{port}")
    process = await asyncio.create_subprocess_exec(source, *command)
    async with asyncio.timeout(120):
        assert await process.wait() == 0
    assert len(sizes) == 50
    assert min(sizes) >= 10_000_000
    # Beside the budget: 50 free pieces, reads of up to 256 kB, and three copies of one message in hand.
    assert peak[0] - before < budget + 50 * (FREE_BYTES + 262_144) + 3 * 10_000_000, (peak[0] - before) // 1_000_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
