"""Routes by MX and relays with DANE against a real validating resolver, a local authority and several next hops on loopback.

What is asked for and cannot be had defers, whatever is wrong: nothing falls back to less.
"""

import asyncio
import socket
from collections.abc import Sequence

import pytest
import structlog

from gateway.model.judgement import Tls
from gateway.model.smtp import Reply, Unreachable
from gateway.smtp.resolve import Resolver
from tests.smtp.unbound import HOSTS, SIGNED, STALE, UNSIGNED
from tests.smtp.world import World, outcome, policies_on_the_web, send

pytestmark = pytest.mark.tools("unbound")

# What somebody between us and the servers of a domain changed: its answers no longer fit their signatures.
CHANGED = ("changed-mx", "changed-address", "changed-tlsa", "stripped-tlsa", "changed-sts")
# STARTTLS not offered, a certificate of nobody, of long ago, of somebody else.
BAD = ("plain", "unknown", "expired", "wrong")
LEVELS = (Tls.NONE, Tls.MAY, Tls.ENCRYPT, Tls.VERIFY, Tls.DANE)


# -- where ----------------------------------------------------------------------------------------------------------


async def test_hosts_are_tried_in_the_order_of_their_preference(world: World) -> None:
    """The first does not exist, the second does not answer."""
    async with world.hop("right") as hop:
        assert await outcome(world.route(), hop, f"b@order.{SIGNED}") == "tls"


@pytest.mark.parametrize(
    ("domain", "hosts"),
    [
        (f"right.{SIGNED}", [HOSTS["right"]]),
        (f"alias.{UNSIGNED}", [HOSTS["right"]]),
        (f"only-a.{SIGNED}", [HOSTS["right"]]),
        (f"only-aaaa.{UNSIGNED}", ["::1"]),
    ],
)
async def test_where_mail_goes(world: World, domain: str, hosts: Sequence[str]) -> None:
    targets = await world.route().targets(domain, Tls.MAY)
    assert not isinstance(targets, Reply)
    assert [target.host.name for target in targets] == hosts


@pytest.mark.parametrize(
    ("domain", "answer"),
    [("null", "556 5.1.10"), ("nowhere", "550 5.1.2"), ("nothing", "550 5.4.4"), ("no-host", "550 5.4.4")],
)
@pytest.mark.parametrize("zone", [SIGNED, UNSIGNED])
async def test_what_can_never_be_delivered_is_refused(world: World, domain: str, answer: str, zone: str) -> None:
    (reply,) = await send(world.route(), f"b@{domain}.{zone}")
    assert str(reply).startswith(answer)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("domain", [*(f"{changed}.{SIGNED}" for changed in CHANGED), f"right.{STALE}"])
async def test_bogus_answers_defer_at_every_level(world: World, domain: str, level: Tls) -> None:
    """Changed after signing, without its signature, or signed too long ago."""
    async with world.hop("unknown") as hop:
        assert await outcome(world.route(level), hop, f"b@{domain}") == "deferred"
        assert hop.connections == 0


async def test_the_log_says_why_a_domain_waits(world: World) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(Unreachable):
        await send(world.route(Tls.DANE), f"b@right.{SIGNED}")
    (line,) = [line for line in lines if line["event"] == "no_usable_host"]
    assert (line["route"], line["domain"]) == ("internet", f"right.{SIGNED}")
    assert line["error"] == f"mx-right.{SIGNED}:{world.dns.mail_port} has no usable TLSA record"


async def test_a_name_server_that_is_silent_defers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resolver.__init__, "__kwdefaults__", {"lifetime_s": 0.3})
    with pytest.raises(Unreachable):
        await send(world.route(), "b@silent.example")


# -- TLS: every level against every kind of host ------------------------------------------------------------------------

EXPECTED = {
    # host: (none, may, encrypt, verify, dane)
    "plain": ("plain", "plain", "deferred", "deferred", "deferred"),
    "unknown": ("plain", "tls", "tls", "deferred", "deferred"),
    "expired": ("plain", "tls", "tls", "deferred", "deferred"),
    "wrong": ("plain", "tls", "tls", "deferred", "deferred"),
    "right": ("plain", "tls", "tls", "tls", "deferred"),
}


@pytest.fixture
async def relays_have_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of a relay is the system's business, here the test's: `mx-dane-right.signed.example` is the host 'right'."""

    async def getaddrinfo(name: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOSTS[name.partition(".")[0].rpartition("-")[2]], port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("host", EXPECTED)
async def test_each_level_against_each_kind_of_host_by_mx(world: World, host: str, level: Tls) -> None:
    """A25, A26: STARTTLS not offered, an unknown authority, an expired certificate, another name."""
    async with world.hop(host) as hop:
        assert await outcome(world.route(level), hop, f"b@{host}.{SIGNED}") == EXPECTED[host][LEVELS.index(level)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("host", EXPECTED)
async def test_each_level_against_each_kind_of_relay(world: World, relays_have_addresses: None, host: str, level: Tls) -> None:
    async with world.hop(host) as hop:
        assert await outcome(world.relay(f"mx-{host}.{SIGNED}", level), hop, "b@nhs.net") == EXPECTED[host][LEVELS.index(level)]


@pytest.mark.parametrize("level", [Tls.VERIFY, Tls.DANE])
async def test_names_from_unsigned_dns_prove_nothing(world: World, level: Tls) -> None:
    async with world.hop("right") as hop:
        assert await outcome(world.route(level), hop, f"b@right.{UNSIGNED}") == "deferred"


@pytest.mark.parametrize("host", BAD)
async def test_a_demand_of_the_ruling_binds_like_one_of_the_route(world: World, host: str) -> None:
    async with world.hop(host) as hop:
        with pytest.raises(Unreachable):
            await send(world.route(Tls.MAY), f"b@{host}.{SIGNED}", minimum_tls=Tls.VERIFY)
        assert hop.mails == []


@pytest.mark.parametrize("answer", ["454 4.7.0 TLS not available", "502 5.5.1 what?", b"220 go\r\nnot TLS at all\r\n", ""])
@pytest.mark.parametrize("level", [Tls.ENCRYPT, Tls.VERIFY])
async def test_a_downgraded_starttls_defers(world: World, answer: str | bytes, level: Tls) -> None:
    """A25: offered, then refused, garbled or hung up on."""
    async with world.hop("right") as hop:
        hop.say("STARTTLS", answer)
        assert await outcome(world.route(level), hop, f"b@right.{SIGNED}") == "deferred"


# -- DANE -----------------------------------------------------------------------------------------------------------------

DANE = {
    # domain: (its host, how it goes in the signed zone)
    "dane-right": ("right", "tls"),
    "dane-unknown": ("unknown", "tls"),  # RFC 7672 3.1.1: with usage 3 neither authority nor
    "dane-wrong": ("wrong", "tls"),  # name nor
    "dane-expired": ("expired", "tls"),  # date count
    "dane-plain": ("plain", "deferred"),
    "ta-right": ("right", "tls"),
    "ta-unknown": ("unknown", "deferred"),
    "ta-wrong": ("wrong", "deferred"),
    "ta-expired": ("expired", "deferred"),
    "mismatch": ("right", "deferred"),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("domain", DANE)
async def test_validated_tlsa_records_bind_at_every_level(world: World, domain: str, level: Tls) -> None:
    host, expected = DANE[domain]
    async with world.hop(host) as hop:
        assert await outcome(world.route(level), hop, f"b@{domain}.{SIGNED}") == expected


@pytest.mark.parametrize("domain", ["dane-right", "mismatch", "ta-right"])
async def test_tlsa_records_of_an_unsigned_zone_count_for_nothing(world: World, domain: str) -> None:
    async with world.hop("right") as hop:
        assert await outcome(world.route(Tls.MAY), hop, f"b@{domain}.{UNSIGNED}") == "tls"
    async with world.hop("right") as hop:
        assert await outcome(world.route(Tls.DANE), hop, f"b@{domain}.{UNSIGNED}") == "deferred"


async def test_records_of_which_none_is_usable_still_promise_tls(world: World) -> None:
    """RFC 7672 2.2."""
    (target,) = await world.route(Tls.NONE).targets(f"unusable.{SIGNED}", Tls.NONE)  # type: ignore[misc]
    assert (target.level, target.tlsa) == (Tls.ENCRYPT, ())
    with pytest.raises(Unreachable):
        await world.route().targets(f"unusable.{SIGNED}", Tls.DANE)


async def test_a_resolver_that_is_not_trusted_to_validate_gives_no_dane(world: World) -> None:
    async with world.hop("right") as hop:
        assert await outcome(world.route(Tls.DANE, validating=False), hop, f"b@dane-right.{SIGNED}") == "deferred"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"mx-dane-right.{SIGNED}", "tls"),
        (f"mx-dane-unknown.{SIGNED}", "tls"),
        (f"mx-dane-plain.{SIGNED}", "deferred"),
        (f"mx-ta-right.{SIGNED}", "tls"),
        (f"mx-ta-wrong.{SIGNED}", "deferred"),
        (f"mx-dane-right.{UNSIGNED}", "deferred"),
        (f"mx-dane-right.{STALE}", "deferred"),
    ],
)
async def test_a_relay_with_dane(world: World, relays_have_addresses: None, name: str, expected: str) -> None:
    async with world.hop(name.partition(".")[0].rpartition("-")[2]) as hop:
        assert await outcome(world.relay(name, Tls.DANE), hop, "b@nhs.net") == expected


# -- REQUIRETLS -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "host", "expected"),
    [
        (f"right.{SIGNED}", "right", "tls"),
        (f"dane-unknown.{SIGNED}", "unknown", "tls"),
        (f"sts-right.{UNSIGNED}", "right", "tls"),
        (f"right.{UNSIGNED}", "right", "deferred"),
        (f"sts-testing.{UNSIGNED}", "plain", "deferred"),
        *((f"{kind}{host}.{SIGNED}", host, "deferred") for kind in ("", "ta-", "sts-") for host in BAD),
        *((f"sts-{host}.{UNSIGNED}", host, "deferred") for host in BAD),
        (f"dane-plain.{SIGNED}", "plain", "deferred"),
        (f"mismatch.{SIGNED}", "right", "deferred"),
        *((f"{changed}.{SIGNED}", "unknown", "deferred") for changed in CHANGED),
        (f"right.{STALE}", "right", "deferred"),
    ],
)
async def test_requiretls_goes_on_over_verified_tls_only(world: World, web_is_trusted: None, domain: str, host: str, expected: str) -> None:
    async with policies_on_the_web(world), world.hop(host, "REQUIRETLS") as hop:
        assert await outcome(world.route(), hop, f"b@{domain}", options=("REQUIRETLS",)) == expected
        assert not hop.mails or hop.last.options == ["REQUIRETLS"]


async def test_a_host_without_requiretls_does_not_get_such_mail(world: World) -> None:
    async with world.hop("right") as hop:
        (reply,) = await send(world.route(), f"b@right.{SIGNED}", options=("REQUIRETLS",))
    assert str(reply).startswith("554 5.7.30")
    assert hop.mails == []


def test_requiretls_is_offered_where_a_route_by_mx_may_meet_it(world: World) -> None:
    offered = world.route().capabilities()
    assert offered is not None
    assert offered.requiretls
