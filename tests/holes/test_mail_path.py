"""Mail that could be smuggled in, kept waiting or forgotten where something failed half-way."""

from collections.abc import Callable

import pytest

from gateway.model.judgement import Tls
from gateway.smtp.pile import Pile
from tests.smtp.conftest import Listen, door, hop, listen  # noqa: F401 - fixtures
from tests.smtp.fakes import HANG_UP, FakeHop, RawClient, ScriptedDoor
from tests.smtp.test_client import JO, forward, relay

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
