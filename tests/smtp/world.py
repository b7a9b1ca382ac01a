"""The outside of the gateway as far as DNS and TLS go: a validating resolver, a local authority, next hops good and bad."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trustme
from cryptography import x509

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import DnsSettings, Host, Limits, RouteSettings
from gateway.model.smtp import Content, NextHop, Reply, Unreachable
from gateway.smtp import make_route
from gateway.smtp.mx import MxRoute
from gateway.smtp.sts import Shelf
from tests.harness import free_port
from tests.smtp.fakes import KEYWORDS, FakeHop
from tests.smtp.unbound import HOSTS, SIGNED, STALE_WEB, STS, UNSIGNED, WEB, Unbound

JO = parse_mailbox("jo@borough.gov.uk")
BODY = b"Subject: x\r\n\r\nbody\r\n"
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@dataclass
class World:
    """Everything outside the gateway."""

    dns: Unbound
    web_port: int
    ca_file: str
    contexts: Mapping[str, ssl.SSLContext]
    web: Mapping[str, ssl.SSLContext]

    @property
    def settings(self) -> DnsSettings:
        return DnsSettings((f"127.0.0.1:{self.dns.port}",), validating=True)

    def hop(self, name: str, *more: str) -> FakeHop:
        return FakeHop((*KEYWORDS, *more), self.contexts.get(name), self.dns.mail_port, HOSTS[name])

    def route(self, tls: Tls = Tls.MAY, *, shelf: Shelf | None = None, validating: bool = True) -> MxRoute:
        settings = RouteSettings("internet", mx=True, port=self.dns.mail_port, tls=tls, ca_file=self.ca_file)
        route = make_route(settings, "gateway.example", Limits(), dns=replace(self.settings, validating=validating), shelf=shelf)
        assert isinstance(route, MxRoute)
        return route

    def relay(self, host: str, tls: Tls) -> NextHop:
        settings = RouteSettings("onward", relay=(Host(host, self.dns.mail_port),), tls=tls, ca_file=self.ca_file)
        return make_route(settings, "gateway.example", Limits(), dns=self.settings)


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """The world, for a whole session of tests."""
    root = trustme.CA()
    issuing = root.create_child_ca()
    root.cert_pem.write_to_path(str(folder / "ca.pem"))
    names = [f"*.{zone}" for zone in (SIGNED, UNSIGNED)]
    issued = {
        "unknown": trustme.CA().issue_cert(*names),
        "expired": issuing.issue_cert(*names, not_after=LONG_AGO),
        "wrong": issuing.issue_cert("mx.elsewhere.example"),
        "right": issuing.issue_cert(*names),
    }
    policies = [f"mta-sts.{name}.{UNSIGNED}" for name in STS]
    certificates = {name: x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()) for name, leaf in issued.items()}
    dns = Unbound(folder, free_port(), free_port())
    dns.start(certificates, x509.load_pem_x509_certificate(issuing.cert_pem.bytes()))
    web = {WEB: serving(issuing.issue_cert(*policies)), STALE_WEB: serving(issuing.issue_cert(*policies, not_after=LONG_AGO))}
    try:
        yield World(dns, free_port(), str(folder / "ca.pem"), {name: serving(leaf) for name, leaf in issued.items()}, web)
    finally:
        dns.stop()


def serving(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


async def send(route: NextHop, *recipients: str, options: tuple[str, ...] = (), minimum_tls: Tls = Tls.NONE) -> tuple[Reply, ...]:
    """The replies to the recipients and, where one was taken, to the content."""
    try:
        transaction = await route.open(JO, options, minimum_tls)
        assert not isinstance(transaction, Reply)
        try:
            replies = await transaction.recipients([Forward(parse_mailbox(one), parse_mailbox(one)) for one in recipients])
            if any(reply.ok for reply in replies):
                replies += (await transaction.content(b"", Content(BODY)),)
        finally:
            await transaction.reset()
    finally:
        await route.close()
    return replies


async def outcome(route: NextHop, hop: FakeHop, recipient: str, options: tuple[str, ...] = ()) -> str:
    """'tls', 'plain' or 'deferred': how one message went, as the next hop saw it."""
    try:
        replies = await send(route, recipient, options=options)
    except Unreachable:
        assert hop.mails == []
        assert not any(command.startswith(("MAIL", "DATA")) for command in hop.commands), "nothing of the message leaves"
        return "deferred"
    assert [reply.code for reply in replies] == [250, 250]
    assert hop.last.content == BODY
    return "tls" if hop.last.over_tls else "plain"


@asynccontextmanager
async def policies_on_the_web(world: World) -> AsyncIterator[list[str]]:
    """Serves each domain's policy by HTTPS; the domains asked for."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = (await reader.readuntil(b"\r\n\r\n")).partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
        name = host.removeprefix("mta-sts.").partition(".")[0]
        asked.append(name)
        mode = name.removeprefix("sts-") if name in ("sts-testing", "sts-none") else "enforce"
        mx = f"mx.elsewhere.{UNSIGNED}" if name == "sts-elsewhere" else f"mx-{name}.{UNSIGNED}"
        policy = f"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{policy}".encode())
        writer.close()

    servers = [await asyncio.start_server(serve, address, world.web_port, ssl=context) for address, context in world.web.items()]
    try:
        yield asked
    finally:
        for server in servers:
            server.close()
