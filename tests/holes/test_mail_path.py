"""Mail that could be smuggled in, taken twice, kept waiting or forgotten where something failed half-way."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from gateway.model.judgement import Tls
from gateway.model.smtp import Unreachable
from gateway.smtp.pile import Pile
from tests.smtp.conftest import Authority, Listen, authority, door, hop, listen  # noqa: F401 - fixtures
from tests.smtp.fakes import HANG_UP, FakeHop, RawClient, ScriptedDoor, until
from tests.smtp.test_client import JO, forward, opened, relay, send

SMUGGLED = b"MAIL FROM:<chief@borough.gov.uk>\r\nRCPT TO:<everybody@nhs.net>\r\nDATA\r\nSubject: forged\r\n\r\nforged\r\n.\r\n"


@pytest.mark.parametrize("begin", [b"DATA\r\n", b"BDAT 100000\r\n"], ids=["data", "bdat"])
async def test_the_rest_of_a_message_is_never_taken_for_commands(
    begin: bytes,
    door: ScriptedDoor,  # noqa: F811
    listen: Listen,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append: Callable[[Pile, bytes], None] = Pile.append

    def short_of_memory(self: Pile, data: bytes) -> None:
        if b"straw" in bytes(data):
            raise MemoryError
        append(self, data)

    monkeypatch.setattr(Pile, "append", short_of_memory)
    listener = await listen(door)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.envelope()
        client.send(begin)
        if begin == b"DATA\r\n":
            await client.reply()
        client.send(b"Subject: x\r\n\r\nthe last straw breaks it\r\n")
        assert (await client.reply()).startswith("451")
        client.send(b"\r\n" + SMUGGLED)
        await client.rest()
    assert [(seen.content, seen.abandoned) for seen in door.seen] == [(None, 1)]


async def test_a_refused_sender_is_refused_also_by_a_host_that_hangs_up_over_it(hop: FakeHop) -> None:  # noqa: F811
    """RFC 5321 3.8 lets it close after 421 or 554; the recipients behind MAIL then have no answer."""
    hop.say("MAIL", b"550 5.7.1 not you\r\n")
    hop.say("RCPT", HANG_UP)
    route = relay(hop)
    refused = await route.open(JO, (), Tls.NONE, first=[forward("a@nhs.net")])
    assert str(refused) == "550 5.7.1 not you"
    await route.close()


PLANTED = [b"250-planted\r\n250-REQUIRETLS\r\n", b"250-planted\r\n250", b"2"]


@pytest.mark.parametrize("planted", PLANTED)
async def test_no_part_of_a_reply_that_came_in_the_clear_is_read_as_if_it_came_over_tls(
    authority: Authority,  # noqa: F811
    planted: bytes,
) -> None:
    """Who sits in between would offer in the host's name what the host does not have: REQUIRETLS mail would be refused for good."""
    async with FakeHop(tls=authority.server()) as host:
        host.say("STARTTLS", b"220 go\r\n" + planted)
        route = relay(host, tls=Tls.VERIFY, ca_file=authority.ca_file)
        with pytest.raises(Unreachable):
            await route.open(JO, (), Tls.NONE)
        assert not any(command.startswith("MAIL") for command in host.commands)
        await route.close()


@pytest.mark.parametrize("planted", PLANTED)
async def test_no_part_of_a_reply_that_came_unasked_begins_the_next_one(hop: FakeHop, planted: bytes) -> None:  # noqa: F811
    hop.say("END", b"250 2.0.0 taken\r\n" + planted, times=1)
    route = relay(hop)
    assert (await send(route)).ok
    await opened(route)
    assert hop.connections == 2
    await route.close()


@pytest.mark.parametrize("rest", [b"", b"QUIT\r\n"])
@pytest.mark.parametrize("given_up_first", [True, False])
@pytest.mark.parametrize("by_bdat", [True, False])
async def test_a_message_whose_end_comes_in_the_moment_its_sender_is_given_up_is_not_taken(
    by_bdat: bool,
    given_up_first: bool,
    rest: bytes,
    door: ScriptedDoor,  # noqa: F811
    listen: Listen,  # noqa: F811
) -> None:
    """It is told 421 and will send again: taken as well, the message would be there twice."""
    listener = await listen(door)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.envelope()
        (session,) = listener._house.sessions
        client.send(b"BDAT 14 LAST\r\nSubj" if by_bdat else b"DATA\r\n")
        await until(lambda: session._intake.is_open)
        if not by_bdat:
            await client.reply()
        if given_up_first:
            session.drain(now=True)
        session.data_received((b"ect: x\r\n\r\n" if by_bdat else b"Subject: x\r\n\r\n.\r\n") + rest)
        session.drain(now=True)
        assert (await client.rest()).startswith(b"421")
    assert [(seen.content, seen.abandoned) for seen in door.seen] == [(None, 1)]


async def test_who_asks_on_and_takes_no_reply_is_not_heard_and_takes_no_memory(
    door: ScriptedDoor,  # noqa: F811
    listen: Listen,  # noqa: F811
) -> None:
    """A recipient too many is no fault, so nothing else ends this before the session's hour is over."""
    listener = await listen(door)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.envelope()
        (session,) = listener._house.sessions
        transport = session.transport
        assert transport is not None
        for end in (transport, client.writer.transport):
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, buffer, 65_536)
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        asked, taken = 0, -1
        # Until the gateway takes no more, or has taken what would be two megabytes of replies.
        while asked < 50_000 and taken != session._inlet.events:
            taken = session._inlet.events
            client.send(b"RCPT TO:<a@nhs.net>\r\n" * 5_000)
            asked += 5_000
            await asyncio.sleep(0.2)
        assert transport.get_write_buffer_size() < 700_000
        client.reader._transport.resume_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(20):
            for _ in range(asked):
                assert (await client.reader.readline())[:3] in (b"250", b"452")
            assert (await client.say("NOOP")).startswith("250")
