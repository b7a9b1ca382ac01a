"""Our reply is lost and the council's server sends again: one copy each. What is wanted twice arrives twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.model.judgement import Tls
from gateway.model.settings import ClientRule, Host, ListenPoint, RouteSettings
from gateway.service.transaction import Door
from gateway.smtp import make_route
from gateway.smtp.listener import Listener
from tests.harness import letter, wire
from tests.service.office import Office, office
from tests.smtp.fakes import FakeHop, RawClient, until

JO = "jo.bell@borough.gov.uk"
ANN, CLERK = "ann@familylaw-llp.co.uk", "clerk@familylaw-llp.co.uk"
MAIL = wire(letter(JO, [ANN, CLERK], "Thursday", "Can we meet?"))
# As a multifunction printer sends: every page the same, no Message-ID, no Date.
SCAN = b"From: scanner@borough.gov.uk\r\nTo: clerk@familylaw-llp.co.uk\r\nSubject: Scan\r\n\r\nOne page.\r\n"


@dataclass
class Town:
    """A gateway with a real listener, whose route `default` goes to `hop`."""

    office: Office
    hop: FakeHop
    port: int
    sessions: Callable[[], int]

    async def send(self, raw: bytes, *recipients: str, sender: str = JO) -> list[str]:
        """The codes for each recipient and for the content, as a server sees them that waits for its replies."""
        async with RawClient(self.port) as client:
            codes = await self._offer(client, sender, recipients)
            client.send(raw + b".\r\n")
            codes.append((await client.reply())[:3])
            await client.say("QUIT")
        return codes

    async def send_and_die(self, raw: bytes, *recipients: str, sender: str = JO) -> None:
        """The connection is lost while the next hop takes the message: whatever we reply, nobody hears."""
        gate = self.hop.hold("END")
        async with RawClient(self.port) as client:
            await self._offer(client, sender, recipients)
            before = len(self.hop.mails)
            client.send(raw + b".\r\n")
            await until(lambda: self.hop.commands[-1] == "DATA")
            client.reset()
        gate.set()
        await until(lambda: len(self.hop.mails) == before + 1)
        await self.quiet()

    async def _offer(self, client: RawClient, sender: str, recipients: Sequence[str]) -> list[str]:
        await client.hello()
        await client.say(f"MAIL FROM:<{sender}>")
        codes = [(await client.say(f"RCPT TO:<{recipient}>"))[:3] for recipient in recipients]
        await client.say("DATA")
        return codes

    async def quiet(self) -> None:
        """Every session has ended, and what it learnt of its client is known."""
        await until(lambda: not self.sessions())

    @property
    def got(self) -> list[list[str]]:
        return [mail.recipients for mail in self.hop.mails]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with office(tmp_path) as here, FakeHop() as hop:
        relay = RouteSettings("default", relay=(Host("127.0.0.1", hop.port),), tls=Tls.NONE)
        settings = here.desk.settings
        here.desk.settings = replace(settings, routes=(relay, *(route for route in settings.routes if route.name != "default")))
        route = make_route(relay, settings.hostname, settings.limits)
        here.desk.routes = {**here.desk.routes, "default": route}
        await route.probe()
        point = ListenPoint("127.0.0.1", 0, (ClientRule(ip_network("127.0.0.0/8"), "borough"),))
        listener = Listener([point], Door(here.desk), settings.hostname, settings.limits)
        await listener.start()
        yield Town(here, hop, listener.addresses[0][1], lambda: listener.sessions)
        await listener.stop(0)
        await route.close()


async def test_a_message_whose_reply_was_lost_is_answered_without_a_second_copy(town: Town) -> None:
    await town.send_and_die(MAIL, ANN, CLERK)
    assert await town.send(MAIL, ANN, CLERK) == ["250", "250", "250"]
    assert town.got == [[ANN, CLERK]]


async def test_a_new_received_field_of_the_council_s_server_makes_it_no_other_message(town: Town) -> None:
    await town.send_and_die(b"Received: from a by b; Mon, 2 Mar 2026 09:30:00 +0000\r\n" + MAIL, CLERK)
    assert (await town.send(b"Received: from a\r\n by b; Mon, 2 Mar 2026 09:35:00 +0000\r\n" + MAIL, CLERK))[-1] == "250"
    assert len(town.hop.mails) == 1


@pytest.mark.parametrize("second", ["refused again", "taken now", "not asked for again"])
async def test_also_when_one_of_two_recipients_was_refused_the_first_time(town: Town, second: str) -> None:
    town.hop.say("RCPT", "450 4.2.1 later", match=CLERK, times=1 if second == "taken now" else -1)
    await town.send_and_die(MAIL, ANN, CLERK)
    again = [ANN] if second == "not asked for again" else [ANN, CLERK]
    codes = await town.send(MAIL, *again)
    assert codes == {"refused again": ["250", "450", "250"], "taken now": ["250"] * 3, "not asked for again": ["250"] * 2}[second]
    if second == "taken now":
        await town.office.settle()
        assert town.got == [[ANN], [CLERK]]
    else:
        assert town.got == [[ANN]]


async def test_only_the_lost_reply_is_made_good_not_the_next_sending(town: Town) -> None:
    """Once answered, the same mail again is meant."""
    await town.send_and_die(MAIL, CLERK)
    for copies in (1, 2):
        assert await town.send(MAIL, CLERK) == ["250", "250"]
        assert len(town.hop.mails) == copies


async def test_the_same_mail_sent_again_on_purpose_arrives_again(town: Town) -> None:
    for _ in range(2):
        assert await town.send(MAIL, CLERK) == ["250", "250"]
    assert town.got == [[CLERK], [CLERK]]


@pytest.mark.parametrize("first", ["send", "send_and_die"])
async def test_two_equal_scans_without_message_id_both_arrive(town: Town, first: str) -> None:
    send: Callable[..., Awaitable[object]] = getattr(town, first)
    await send(SCAN, CLERK, sender="scanner@borough.gov.uk")
    await town.send(SCAN, CLERK, sender="scanner@borough.gov.uk")
    assert town.got == [[CLERK], [CLERK]]


async def test_another_text_or_sender_is_another_message(town: Town) -> None:
    await town.send_and_die(MAIL, CLERK)
    assert (await town.send(MAIL.replace(b"Can we", b"May we"), CLERK))[-1] == "250"
    assert (await town.send(MAIL, CLERK, sender="al.day@borough.gov.uk"))[-1] == "250"
    assert len(town.hop.mails) == 3


async def test_a_reply_that_the_next_hop_never_gave_is_not_remembered(town: Town) -> None:
    """A39, RFC 1047: it dropped after the final dot, so the message may or may not have arrived; the client keeps it and tries again."""
    town.hop.say("END", "", times=1)
    assert await town.send(MAIL, CLERK) == ["250", "451"]
    assert await town.send(MAIL, CLERK) == ["250", "250"]
    assert town.got == [[CLERK]]
