"""What we have said to a client and whether it knows."""

import asyncio
from typing import cast

from gateway.model.smtp import Reply, Transaction
from gateway.smtp.inlet import Inlet
from gateway.smtp.outlet import Outlet

TAKEN = Reply(250, "2.0.0", "Taken")
OK = Reply(250, "2.1.0", "Ok")
MESSAGE = cast(Transaction, object())


class Wire:
    """A transport that keeps what is written, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)


def outlet() -> tuple[Inlet, Outlet, Wire]:
    loop = asyncio.get_running_loop()
    inlet, wire = Inlet(loop), Wire()
    out = Outlet(loop, inlet)
    out.transport = cast(asyncio.Transport, wire)
    return inlet, out, wire


async def test_a_reply_that_the_peer_waits_for_leaves_at_once() -> None:
    _, out, wire = outlet()
    out.say(OK)
    assert wire.pieces == [b"250 2.1.0 Ok\r\n"]


async def test_replies_to_commands_that_came_together_leave_together() -> None:
    inlet, out, wire = outlet()
    inlet.feed(b"RCPT TO:<a@b.example>\r\nDATA\r\n")
    inlet.line_here(100)
    out.say(OK)
    assert wire.pieces == []
    inlet.line_here(100)
    out.say(OK)
    await asyncio.sleep(0)
    assert wire.pieces == [b"250 2.1.0 Ok\r\n" * 2]


async def test_what_came_before_the_final_reply_left_is_no_answer_to_it() -> None:
    """A client may send its next command without waiting, and then die without having seen that we took the message."""
    inlet, out, wire = outlet()
    out.say_final(TAKEN, MESSAGE)
    inlet.feed(b"MAIL FROM:<a@b.example>\r\n")
    inlet.line_here(100)
    out.say(OK)
    await asyncio.sleep(0)
    assert wire.pieces == [b"250 2.0.0 Taken\r\n250 2.1.0 Ok\r\n"]
    assert out.seen() == []
    assert out.doubtful() == [(MESSAGE, False)]


async def test_a_peer_that_speaks_after_the_final_reply_has_seen_it() -> None:
    inlet, out, _ = outlet()
    out.say_final(TAKEN, MESSAGE)
    await asyncio.sleep(0)
    inlet.feed(b"QUIT\r\n")
    assert out.seen() == [MESSAGE]
    assert (out.seen(), out.unseen) == ([], False)
