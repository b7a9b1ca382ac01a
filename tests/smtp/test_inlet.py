"""What lies between a socket and its reader."""

import asyncio

import pytest

from gateway.smtp.inlet import Gone, Inlet


def inlet() -> Inlet:
    return Inlet(asyncio.get_running_loop())


async def test_what_comes_goes_to_the_sink_at_once_and_what_is_too_much_comes_back() -> None:
    into, got = inlet(), list[bytes]()

    def until_the_third(block: bytes) -> bytes | None:
        got.append(block)
        return block[1:] if len(got) == 3 else None

    into.feed(b"before")
    task = asyncio.get_running_loop().create_task(into.pour(until_the_third))
    await asyncio.sleep(0)
    into.feed(b"a")
    assert (got, len(into)) == ([b"before", b"a"], 0)
    into.feed(b"b\r\nNOOP\r\n")
    await task
    assert into.line_here(100) == b"\r\n"
    assert into.line_here(100) == b"NOOP\r\n"


async def test_a_sink_that_fails_ends_the_message_also_when_the_peer_is_gone_in_the_same_moment() -> None:
    into = inlet()

    def full(block: bytes) -> bytes | None:
        raise MemoryError

    task = asyncio.get_running_loop().create_task(into.pour(full))
    await asyncio.sleep(0)
    into.feed(b"half a message")
    into.close()
    with pytest.raises(MemoryError):
        await task


async def test_a_peer_that_goes_before_the_end_is_gone() -> None:
    into = inlet()
    task = asyncio.get_running_loop().create_task(into.pour(lambda block: None))
    await asyncio.sleep(0)
    into.feed(b"half")
    into.close()
    with pytest.raises(Gone):
        await task
