"""XFORWARD: the next hop that offers it hears whose mail it is, and nothing else."""

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.settings import Host, Limits, RouteSettings
from gateway.model.smtp import Reply
from gateway.smtp.client import RelayRoute
from gateway.smtp.xforward import LINE_OCTETS, NOBODYS, attributes_of, commands
from tests.smtp.fakes import KEYWORDS, FakeHop

SERVER = Client("10.1.2.3", 4711, "borough", "mail.borough.gov.uk")
BEHIND = Client("10.1.2.3", 4711, "borough", "mail.borough.gov.uk", forwarded=(("ADDR", "10.9.9.9"), ("HELO", "pc 7"), ("NAME", "")))
ALL = "NAME ADDR PORT PROTO HELO IDENT SOURCE"


@pytest.mark.parametrize(
    ("client", "offered", "expected"),
    [
        (
            SERVER,
            ALL,
            "NAME=[UNAVAILABLE] ADDR=10.1.2.3 PORT=4711 PROTO=ESMTP HELO=mail.borough.gov.uk IDENT=ref-1 SOURCE=REMOTE",
        ),
        (SERVER, "ADDR NEW", "ADDR=10.1.2.3 NEW=[UNAVAILABLE]"),
        (BEHIND, "NAME ADDR HELO IDENT", "NAME=[UNAVAILABLE] ADDR=10.9.9.9 HELO=pc+207 IDENT=ref-1"),
        (Client("2001:db8::1"), "ADDR PORT", "ADDR=IPV6:2001:db8::1 PORT=[UNAVAILABLE]"),
        (None, "NAME ADDR", "NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE]"),
    ],
)
def test_what_is_said_of_a_client(client: Client | None, offered: str, expected: str) -> None:
    assert list(commands(attributes_of(client, "ref-1"), offered)) == [f"XFORWARD {expected}"]


def test_lines_are_short_and_a_value_that_is_too_long_is_not_cut() -> None:
    lines = list(commands({"NAME": "n" * 255, "ADDR": "a" * 255, "HELO": "h" * 256}, "NAME ADDR HELO"))
    assert [line.split(" ")[1][:5] for line in lines] == ["NAME=", "ADDR="]
    assert lines[1].endswith(" HELO=[UNAVAILABLE]")
    assert max(map(len, lines)) <= LINE_OCTETS
    assert list(commands(NOBODYS, "")) == []


async def test_the_next_hop_is_told_before_each_message(hop: FakeHop) -> None:
    """Also that nothing is known any more, so that nothing sticks to a kept connection; and a refusal does no harm."""
    hop.keywords = (*KEYWORDS, "XFORWARD NAME ADDR")
    hop.say("XFORWARD", "550 5.7.0 not from you")
    route = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", hop.port),)), "gateway.example", Limits())
    for client in (SERVER, None):
        transaction = await route.open(parse_mailbox("jo@borough.gov.uk"), (), Tls.NONE, id="ref-1", client=client)
        assert not isinstance(transaction, Reply)
        await transaction.reset()
    await route.close()
    assert hop.connections == 1
    said = [command for command in hop.commands if command.startswith(("XFORWARD", "MAIL"))]
    assert said[::2] == ["XFORWARD NAME=[UNAVAILABLE] ADDR=10.1.2.3", "XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE]"]
    assert {command[:4] for command in said[1::2]} == {"MAIL"}


async def test_a_next_hop_that_does_not_offer_it_hears_nothing(hop: FakeHop) -> None:
    route = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", hop.port),)), "gateway.example", Limits())
    transaction = await route.open(parse_mailbox("jo@borough.gov.uk"), (), Tls.NONE, id="ref-1", client=BEHIND)
    assert not isinstance(transaction, Reply)
    await transaction.reset()
    await route.close()
    assert not any(command.startswith("XFORWARD") for command in hop.commands)
