"""The route by MX: where mail goes, and what DANE, MTA-STS and broken DNS make of it."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import DnsSettings, Limits, RouteSettings
from gateway.model.smtp import Content, Reply, Unreachable
from gateway.smtp import make_route
from gateway.smtp.mx import MxRoute
from gateway.smtp.resolve import NoAnswer, Resolver
from gateway.smtp.sts import StsPolicies, fetch_policy, read_policy
from tests.smtp.conftest import Authority
from tests.smtp.fake_dns import NXDOMAIN, SERVFAIL, SILENT, FakeDns
from tests.smtp.fakes import FakeHop

JO = parse_mailbox("jo@borough.gov.uk")
BODY = b"Subject: x\r\n\r\nbody\r\n"
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx.nhs.net\r\nmx: *.backup.nhs.net\r\nmax_age: 86400\r\n"


@pytest.fixture
async def zone() -> AsyncIterator[FakeDns]:
    async with FakeDns() as fake:
        yield fake


def resolver(zone: FakeDns, validating: bool = True) -> Resolver:
    return Resolver(DnsSettings((f"127.0.0.1:{zone.port}",), validating), lifetime_s=0.5)


def by_mx(
    zone: FakeDns, port: int, tls: Tls = Tls.MAY, ca_file: str = "", validating: bool = True, policy: bytes | Exception | None = None
) -> MxRoute:
    async def fetch(host: str) -> bytes:
        assert host == "mta-sts.nhs.net"
        if isinstance(policy, bytes):
            return policy
        raise policy or OSError("nobody")

    found = resolver(zone, validating)
    settings = RouteSettings("internet", mx=True, port=port, tls=tls, ca_file=ca_file)
    return MxRoute(settings, "gateway.example", Limits(), found, policies=StsPolicies(found, fetch))


async def send(route: MxRoute, *recipients: str, minimum_tls: Tls = Tls.NONE) -> tuple[Reply, ...]:
    """The replies to the recipients and, where one was taken, to the content."""
    transaction = await route.open(JO, (), minimum_tls)
    assert not isinstance(transaction, Reply)
    try:
        forwards = [Forward(parse_mailbox(one), parse_mailbox(one)) for one in recipients or ("b@nhs.net",)]
        replies = await transaction.recipients(forwards)
        if any(reply.ok for reply in replies):
            replies += (await transaction.content(b"", Content(BODY)),)
    finally:
        await transaction.reset()
        await route.close()
    return replies


def nhs(zone: FakeDns, *, signed: bool = False) -> None:
    zone.add("nhs.net", "MX", "10 mx.nhs.net.", signed=signed)
    zone.add("mx.nhs.net", "A", "127.0.0.1", signed=signed)


# -- where ----------------------------------------------------------------------------------------------------------


async def test_mail_goes_to_the_best_host_that_answers(zone: FakeDns, hop: FakeHop) -> None:
    zone.add("nhs.net", "MX", "20 spare.nhs.net.", "10 dead.nhs.net.", "5 gone.nhs.net.")
    zone.add("dead.nhs.net", "A", "127.0.0.2")
    zone.add("spare.nhs.net", "A", "127.0.0.1")
    assert [reply.code for reply in await send(by_mx(zone, hop.port))] == [250, 250]
    assert hop.last.content == BODY


async def test_a_domain_with_too_many_hosts_does_not_keep_us_busy(zone: FakeDns) -> None:
    zone.add("nhs.net", "MX", *(f"{number} mx{number}.nhs.net." for number in range(40)))
    (reply,) = await send(by_mx(zone, 1))
    assert str(reply).startswith("550 5.4.4")
    assert len(zone.asked) < 50
    zone.asked.clear()
    for number in range(40):
        zone.add(f"mx{number}.nhs.net", "A", f"127.0.3.{number + 1}")
    targets = await by_mx(zone, 1).targets("nhs.net", Tls.MAY)
    assert not isinstance(targets, Reply)
    assert [target.tls_name for target in targets] == [f"mx{number}.nhs.net" for number in range(5)]
    assert len(zone.asked) < 20


async def test_without_mx_the_domain_itself_is_the_host(zone: FakeDns, hop: FakeHop) -> None:
    zone.add("nhs.net", "A", "127.0.0.1")
    assert [reply.code for reply in await send(by_mx(zone, hop.port))] == [250, 250]


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        ({("nhs.net", "MX"): "0 ."}, "556 5.1.10"),
        ({}, "550 5.1.2"),
        ({("nhs.net", "MX"): "10 gone.nhs.net."}, "550 5.4.4"),
        ({("nhs.net", "MX"): "10 gateway.example.", ("gateway.example", "A"): "127.0.0.1"}, "554 5.4.6"),
    ],
)
async def test_what_can_never_be_delivered_is_refused(zone: FakeDns, records: dict[tuple[str, str], str], answer: str) -> None:
    for (name, kind), record in records.items():
        zone.add(name, kind, record)
    (reply,) = await send(by_mx(zone, 1))
    assert str(reply).startswith(answer)


@pytest.mark.parametrize("fault", [SERVFAIL, SILENT])
@pytest.mark.parametrize(("name", "kind"), [("nhs.net", "MX"), ("mx.nhs.net", "A"), ("_25._tcp.mx.nhs.net", "TLSA")])
async def test_what_cannot_be_found_out_defers(zone: FakeDns, hop: FakeHop, fault: str, name: str, kind: str) -> None:
    """A bogus answer is SERVFAIL: it is not absence, of a host or of its TLSA records."""
    nhs(zone, signed=True)
    zone.add(name.replace("_25", f"_{hop.port}"), kind, fault)
    with pytest.raises(Unreachable):
        await send(by_mx(zone, hop.port))
    assert hop.connections == 0


async def test_a_transaction_carries_one_domain(zone: FakeDns, hop: FakeHop) -> None:
    nhs(zone)
    replies = await send(by_mx(zone, hop.port), "a@nhs.net", "b@other.example", "c@NHS.net")
    assert [reply.code for reply in replies] == [250, 452, 250, 250]
    assert hop.last.recipients == ["a@nhs.net", "c@NHS.net"]


async def test_the_settings_choose_the_route_by_mx(zone: FakeDns, hop: FakeHop) -> None:
    nhs(zone)
    dns = DnsSettings((f"127.0.0.1:{zone.port}",))
    route = make_route(RouteSettings("internet", mx=True, port=hop.port), "gateway.example", Limits(), dns=dns)
    assert isinstance(route, MxRoute)
    assert (await send(route))[-1].ok


# -- DANE -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def secure(authority: Authority) -> AsyncIterator[tuple[FakeHop, x509.Certificate]]:
    """A next hop with a certificate that no authority we trust has signed, and that certificate."""
    issued = authority.ca.issue_cert("mx.nhs.net")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    async with FakeHop(tls=context) as fake:
        yield fake, x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())


def digest(certificate: x509.Certificate, selector: int, matching: int) -> str:
    der = certificate.public_bytes(Encoding.DER)
    if selector:
        der = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {0: der, 1: hashlib.sha256(der).digest(), 2: hashlib.sha512(der).digest()}[matching].hex()


@pytest.mark.parametrize("level", [Tls.MAY, Tls.VERIFY, Tls.DANE])
@pytest.mark.parametrize(("selector", "matching"), [(1, 1), (0, 1), (0, 2), (1, 0)])
async def test_dane_is_enough(zone: FakeDns, secure: tuple[FakeHop, x509.Certificate], level: Tls, selector: int, matching: int) -> None:
    hop, certificate = secure
    nhs(zone, signed=True)
    zone.add(f"_{hop.port}._tcp.mx.nhs.net", "TLSA", f"3 {selector} {matching} {digest(certificate, selector, matching)}", signed=True)
    assert (await send(by_mx(zone, hop.port, level)))[-1].ok
    assert hop.last.over_tls


@pytest.mark.parametrize(
    ("name", "anchor", "delivered"), [("mx.nhs.net", "sent", True), ("other.nhs.net", "sent", False), ("mx.nhs.net", "another", False)]
)
async def test_an_authority_in_dns_vouches_for_the_certificates_it_signed(zone: FakeDns, name: str, anchor: str, delivered: bool) -> None:
    root = trustme.CA()
    authority = root.create_child_ca()
    issued = authority.issue_cert(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    other = trustme.CA() if anchor == "another" else authority
    certificate = x509.load_pem_x509_certificate(other.cert_pem.bytes())
    async with FakeHop(tls=context) as hop:
        nhs(zone, signed=True)
        zone.add(f"_{hop.port}._tcp.mx.nhs.net", "TLSA", f"2 1 1 {digest(certificate, 1, 1)}", signed=True)
        route = by_mx(zone, hop.port, Tls.DANE)
        if delivered:
            assert (await send(route))[-1].ok
        else:
            with pytest.raises(Unreachable):
                await send(route)
        assert len(hop.mails) == delivered


@pytest.mark.parametrize("level", [Tls.NONE, Tls.MAY, Tls.DANE])
async def test_another_certificate_than_the_one_in_dns_defers_at_every_level(
    zone: FakeDns, secure: tuple[FakeHop, x509.Certificate], level: Tls
) -> None:
    hop, _ = secure
    nhs(zone, signed=True)
    zone.add(f"_{hop.port}._tcp.mx.nhs.net", "TLSA", f"3 1 1 {'00' * 32}", signed=True)
    with pytest.raises(Unreachable):
        await send(by_mx(zone, hop.port, level))
    assert hop.mails == []


async def test_a_host_with_dane_that_offers_no_tls_defers(zone: FakeDns, hop: FakeHop) -> None:
    nhs(zone, signed=True)
    zone.add(f"_{hop.port}._tcp.mx.nhs.net", "TLSA", f"3 1 1 {'00' * 32}", signed=True)
    with pytest.raises(Unreachable):
        await send(by_mx(zone, hop.port))
    assert hop.mails == []


@pytest.mark.parametrize("why", ["unsigned zone", "resolver does not validate", "no record", "not usable"])
async def test_without_dane_what_demands_it_defers(zone: FakeDns, secure: tuple[FakeHop, x509.Certificate], why: str) -> None:
    hop, certificate = secure
    nhs(zone, signed=why != "unsigned zone")
    if why != "no record":
        usage = 1 if why == "not usable" else 3
        zone.add(f"_{hop.port}._tcp.mx.nhs.net", "TLSA", f"{usage} 1 1 {digest(certificate, 1, 1)}", signed=True)
    validating = why != "resolver does not validate"
    for level in (Tls.VERIFY, Tls.DANE):
        with pytest.raises(Unreachable):
            await send(by_mx(zone, hop.port, level, validating=validating))
    with pytest.raises(Unreachable):
        await send(by_mx(zone, hop.port, validating=validating), minimum_tls=Tls.VERIFY)
    assert hop.mails == []


# -- MTA-STS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [Tls.MAY, Tls.VERIFY])
async def test_an_enforced_policy_makes_the_host_verified(
    zone: FakeDns, secure: tuple[FakeHop, x509.Certificate], authority: Authority, level: Tls
) -> None:
    hop, _ = secure
    nhs(zone)
    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=1;"')
    assert (await send(by_mx(zone, hop.port, level, authority.ca_file, policy=POLICY)))[-1].ok
    assert hop.last.over_tls


@pytest.mark.parametrize("fault", ["unknown authority", "host not listed", "no TLS"])
async def test_where_a_policy_is_enforced_nothing_weaker_will_do(
    zone: FakeDns, hop: FakeHop, secure: tuple[FakeHop, x509.Certificate], authority: Authority, fault: str
) -> None:
    nhs(zone)
    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=1;"')
    target = hop if fault == "no TLS" else secure[0]
    policy = POLICY.replace(b"mx: mx.nhs.net", b"mx: other.nhs.net") if fault == "host not listed" else POLICY
    with pytest.raises(Unreachable):
        await send(by_mx(zone, target.port, Tls.MAY, "" if fault == "unknown authority" else authority.ca_file, policy=policy))
    assert target.mails == []


@pytest.mark.parametrize(
    "policy", [OSError("down"), b"rubbish", POLICY.replace(b"enforce", b"testing"), POLICY.replace(b"enforce", b"none")]
)
async def test_without_an_enforced_policy_only_what_demands_it_defers(zone: FakeDns, hop: FakeHop, policy: bytes | Exception) -> None:
    nhs(zone)
    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=1;"')
    assert (await send(by_mx(zone, hop.port, policy=policy)))[-1].ok
    with pytest.raises(Unreachable):
        await send(by_mx(zone, hop.port, Tls.VERIFY, policy=policy))


async def test_a_policy_binds_until_it_expires_whatever_dns_says(zone: FakeDns) -> None:
    fetched: list[str] = []
    clock = [0.0]

    async def fetch(host: str) -> bytes:
        fetched.append(host)
        return POLICY

    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=1;"')
    found = resolver(zone)
    policies = StsPolicies(found, fetch, now=lambda: clock[0])
    assert await policies.of("nhs.net") == read_policy(POLICY)
    assert await policies.of("nhs.net") == read_policy(POLICY)
    assert len(fetched) == 1
    zone.records.clear()
    found._resolver.cache = None
    assert await policies.of("nhs.net") == read_policy(POLICY)
    clock[0] = 90_000.0
    assert await policies.of("nhs.net") is None
    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=2;"')
    assert await policies.of("nhs.net") == read_policy(POLICY)
    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=3;"')
    await policies.of("nhs.net")
    assert len(fetched) == 3


async def test_a_policy_is_fetched_anew_in_good_time_and_a_failure_changes_nothing(zone: FakeDns) -> None:
    """RFC 8461 10.2: who blocks the fetch at the end of a policy's life must have done so for all of it."""
    fetched: list[float] = []
    clock = [0.0]

    async def fetch(host: str) -> bytes:
        fetched.append(clock[0])
        if len(fetched) > 1:
            raise OSError("blocked")
        return POLICY

    zone.add("_mta-sts.nhs.net", "TXT", '"v=STSv1; id=1;"')
    policies = StsPolicies(resolver(zone), fetch, now=lambda: clock[0])
    for hour in range(24):
        clock[0] = hour * 3_600.0
        for second in range(2):
            clock[0] += second
            assert await policies.of("nhs.net") == read_policy(POLICY)
    assert fetched == [0.0, *(hour * 3_600.0 for hour in range(12, 24))]


def test_a_wildcard_stands_for_one_label() -> None:
    policy = read_policy(POLICY)
    hosts = ("mx.nhs.net", "MX.nhs.net", "a.backup.nhs.net", "a.b.backup.nhs.net", "backup.nhs.net", "evilmx.nhs.net")
    assert [policy.allows(host) for host in hosts] == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"version: STSv1\n",
        b"version: STSv2\nmode: enforce\nmx: a\nmax_age: 1",
        b"\xff",
        POLICY.replace(b"86400", b"soon"),
        POLICY.replace(b"86400", b"-1"),
        POLICY[:32],
    ],
)
def test_what_is_no_policy_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_policy(text)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + POLICY, True),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\nContent-Type: text/plain\r\n\r\n" + POLICY, False),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + POLICY, False),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"x" * 100_000, False),
        (b"", False),
    ],
)
async def test_policies_are_fetched_over_verified_https_without_redirects(authority: Authority, answer: bytes, good: bool) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: mta-sts.nhs.net\r\n")
        writer.write(answer)
        with suppress(OSError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=authority.server("mta-sts.nhs.net"))
    port = server.sockets[0].getsockname()[1]
    try:
        if good:
            assert await fetch_policy("mta-sts.nhs.net", port=port, context=authority.client(), address="127.0.0.1") == POLICY
        else:
            with pytest.raises(ValueError):
                await fetch_policy("mta-sts.nhs.net", port=port, context=authority.client(), address="127.0.0.1")
        with pytest.raises(ssl.SSLCertVerificationError):
            await fetch_policy("mta-sts.other.net", port=port, context=authority.client(), address="127.0.0.1")
    finally:
        server.close()


# -- the resolver -------------------------------------------------------------------------------------------------------


async def test_addresses_of_both_kinds(zone: FakeDns) -> None:
    zone.add("mx.nhs.net", "A", "127.0.0.1", "127.0.0.3", signed=True)
    zone.add("mx.nhs.net", "AAAA", "::1", signed=True)
    answer = await resolver(zone).addresses("mx.nhs.net")
    assert set(answer.records) == {"127.0.0.1", "127.0.0.3", "::1"}
    assert answer.records[-1] == "::1"
    assert answer.secure
    assert not (await resolver(zone, validating=False).addresses("mx.nhs.net")).secure


@pytest.mark.parametrize("fault", [SERVFAIL, NXDOMAIN])
async def test_an_address_of_one_kind_is_enough_where_the_other_cannot_be_found_out(zone: FakeDns, hop: FakeHop, fault: str) -> None:
    """There are name servers that fail, or deny the name, when asked for AAAA."""
    nhs(zone)
    zone.add("mx.nhs.net", "AAAA", fault)
    assert (await send(by_mx(zone, hop.port)))[-1].ok


async def test_a_host_of_which_only_half_is_denied_is_not_known_to_be_gone(zone: FakeDns) -> None:
    zone.add("mx.nhs.net", "A", SERVFAIL)
    zone.add("mx.nhs.net", "AAAA", NXDOMAIN)
    with pytest.raises(NoAnswer):
        await resolver(zone).addresses("mx.nhs.net")


async def test_a_server_that_is_silent_is_no_answer(zone: FakeDns) -> None:
    zone.add("nhs.net", "MX", SILENT)
    with pytest.raises(NoAnswer):
        await resolver(zone).exchangers("nhs.net")
