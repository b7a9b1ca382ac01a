"""Large mail through a whole gateway with memory for one message at a time: it leaves from its file, as often as it must."""

import asyncio
import errno
import os
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.checks.names import given_degree
from gateway.smtp.pile import FILE_PIECE_BYTES
from tests.crowd import large
from tests.harness import letter, wire
from tests.service.town import JO, Town, town
from tests.smtp.fakes import FakeHop, RawClient, until

CLERK, COLLEAGUE, WAITS = "clerk@familylaw-llp.co.uk", "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"
MANY = 4


@pytest.fixture
async def hop() -> AsyncIterator[FakeHop]:
    async with FakeHop() as fake:
        yield fake


def mail(number: int) -> bytes:
    return b"Message-ID: <%d@borough.gov.uk>\r\n%b" % (number, large(4))


async def send(at: Town, raw: bytes, *recipients: str) -> str:
    """The whole final reply."""
    async with RawClient(at.port) as client:
        await at.offer(client, JO, recipients)
        client.send(raw + b".\r\n")
        async with asyncio.timeout(20):
            return await client.reply()


async def test_a_next_hop_that_stalls_keeps_nobody_from_being_examined(tmp_path: Path, hop: FakeHop) -> None:
    mails = [mail(number) for number in range(MANY)]
    async with town(tmp_path, hop, content_memory_bytes=0) as at, asyncio.TaskGroup() as tasks:
        # What is loaded once: the parsers by the first message, the lists of names by the first text that seems to have one.
        given_degree("jo")
        assert (await send(at, mail(MANY), COLLEAGUE))[:3] == "250"
        hop.forget()
        hop.commands.clear()
        gate = hop.hold("CONTENT")
        tracemalloc.start()
        sending = [tasks.create_task(send(at, raw, COLLEAGUE)) for raw in mails]
        try:
            await until(lambda: hop.commands.count("DATA") == MANY)
            assert hop.mails == []
            # Nobody keeps a message that was judged; the thread that read the last one may be a moment behind.
            await until(lambda: tracemalloc.get_traced_memory()[0] < len(mails[0]) // 2)
        finally:
            tracemalloc.stop()
            gate.set()
        await asyncio.wait(sending)
    assert {task.result()[:3] for task in sending} == {"250"}
    assert sorted(without_trace(one.content) for one in hop.mails) == sorted(mails)


def without_trace(raw: bytes) -> bytes:
    """The message behind our Received field."""
    return raw[raw.index(b"Message-ID:") :]


async def test_a_next_hop_that_breaks_off_gets_all_of_it_again(tmp_path: Path, hop: FakeHop) -> None:
    raw = mail(1)
    gate = hop.hold("CONTENT")
    async with town(tmp_path, hop, content_memory_bytes=0) as at, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send(at, raw, COLLEAGUE))
        await until(lambda: "DATA" in hop.commands)
        hop.cut()
        gate.set()
        assert (await sending)[:3] == "250"
    assert hop.commands.count("DATA") == 2
    assert [without_trace(one.content) for one in hop.mails] == [raw]


async def test_a_file_that_cannot_be_read_again_leaves_the_mail_with_its_server(
    tmp_path: Path, hop: FakeHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.pread

    def pread(file: int, size: int, at: int) -> bytes:
        if at >= 10 * FILE_PIECE_BYTES:
            raise OSError(errno.EIO, "Input/output error")
        return read(file, size, at)

    raw = mail(1)
    async with town(tmp_path, hop, content_memory_bytes=0) as at:
        with monkeypatch.context() as patched:
            patched.setattr(os, "pread", pread)
            assert (await send(at, raw, COLLEAGUE))[:3] == "451"
        assert hop.mails == []
        assert (await send(at, raw, COLLEAGUE))[:3] == "250"
    assert [without_trace(one.content) for one in hop.mails] == [raw]


async def test_what_we_own_is_all_of_it(tmp_path: Path, hop: FakeHop) -> None:
    """One recipient has it at once, the other waits for a reviewer: stored whole, and no room is kept."""
    message = letter(JO, [COLLEAGUE, WAITS], "Papers", "As agreed.")
    message.add_attachment(os.urandom(1_000_000), maintype="application", subtype="octet-stream", filename="notes.bin")
    raw = wire(message)
    async with town(tmp_path, hop, content_memory_bytes=0) as at:
        assert (await send(at, raw, COLLEAGUE, WAITS))[:3] == "250"
        await at.office.try_again()
        (held,) = await at.office.desk.store.holds()
        stored = await at.office.desk.store.content(held.content)
        assert stored is not None and stored.raw == raw
        assert (await send(at, mail(2), COLLEAGUE))[:3] == "250"
    assert [one.content.endswith(b"\r\n" + raw) for one in hop.mails] == [True, False]
