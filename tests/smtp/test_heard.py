"""What a host says is the same however the network cut it."""

import asyncio

import pytest

from gateway.model.smtp import Reply
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.heard import REMEMBERED_BYTES, short_replies

OK = b"250 2.1.0 Ok\r\n"


class Wire(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def write(self, data: object) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True


async def answers(asked: int, *segments: bytes) -> list[Reply] | None:
    """What a host's bytes answer to as many commands; None where the connection did not survive them."""
    connection = HopConnection(asyncio.get_running_loop())
    wire = Wire()
    connection.connection_made(wire)
    connection.data_received(b"220 hello\r\n")
    await connection.greeting(1)
    connection.learn({"PIPELINING": ""})
    asking = asyncio.get_running_loop().create_task(connection.ask_all(["NOOP"] * asked, 1))
    await asyncio.sleep(0)
    for segment in segments:
        connection.data_received(segment)
    try:
        return None if wire.ended else await asking
    except Lost:
        return None
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        connection.connection_lost(None)


NOBODY = b"550 5.1.1 nobody\r\n"


@pytest.mark.parametrize(
    ("asked", "said", "taken"),
    [
        (1, OK, True),
        (3, OK + b"250 2.1.5 Ok\r\n" + NOBODY, True),
        (2, b"250\r\n250 \r\n", True),
        (1, b"250 2.1.0 Ok\r\r\n", True),
        (1, b"250 bare\n", True),
        (2, OK + b"250-2.1.0 one\r\n250 2.1.0 two\r\n", True),
        (1, b"250 " + b"x" * REMEMBERED_BYTES + b"\r\n", True),
        (1, b"250 \xff\xfe\r\n", True),
        (1, OK + OK, False),
        (2, OK + b"no reply\r\n", False),
        (2, OK + b"\r\n", False),
        (2, OK + b"150 1.0.0 no\r\n", False),
        (2, b"250-2.1.0 one\r\n251 2.1.0 two\r\n" + OK, False),
    ],
)
async def test_replies_are_the_same_however_they_were_cut(asked: int, said: bytes, taken: bool) -> None:
    whole = await answers(asked, said)
    assert (whole is not None) == taken
    assert whole == await answers(asked, said[:5], said[5:])
    assert whole == await answers(asked, *(said[at : at + 1] for at in range(len(said))))


@pytest.mark.parametrize(
    "segment", [b"", b"250 2.1.0 Ok", b"\r\n", OK + b"250 2.", OK + b"250-more\r\n", b"250-more\r\n250 end\r\n", b"99 no\r\n"]
)
def test_only_whole_replies_of_one_line_are_remembered(segment: bytes) -> None:
    assert short_replies(segment) == ()


def test_replies_in_one_segment_are_told_apart() -> None:
    expected = (Reply(250, "2.1.0", "Ok", from_peer=True), Reply(421, "", "bye", from_peer=True))
    assert short_replies(OK + b"421 bye\r\n") == expected
