"""A listener on a free port, a fake next hop, a local certificate authority."""

import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from gateway.model.settings import ClientRule, Host, Limits, ListenPoint, RouteSettings
from gateway.smtp.client import RelayRoute
from gateway.smtp.listener import Listener
from gateway.smtp.sts import HTTPS_PORT
from tests.smtp.fakes import FakeHop, RelayDoor, ScriptedDoor
from tests.smtp.world import World, opened

LOOPBACK = ClientRule(ipaddress.ip_network("127.0.0.0/8"), "borough")
Listen = Callable[..., Awaitable[Listener]]


@dataclass
class Authority:
    """A certificate authority with one server certificate, as files and contexts."""

    ca: trustme.CA
    ca_file: str
    certificate: str
    key: str

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("hop.example", "127.0.0.1"))).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("ca")
    ca = trustme.CA()
    issued = ca.issue_cert("gateway.example", "127.0.0.1")
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(folder / "cert.pem"), append=number > 0)
    return Authority(ca, str(folder / "ca.pem"), str(folder / "cert.pem"), str(folder / "key.pem"))


@pytest.fixture
def door() -> ScriptedDoor:
    return ScriptedDoor()


@pytest.fixture
async def hop() -> AsyncIterator[FakeHop]:
    async with FakeHop() as fake:
        yield fake


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Start listeners that end with the test; returns the listener, `listener.addresses[0][1]` is its port."""
    started: list[Listener] = []

    async def start(door: ScriptedDoor, limits: Limits | None = None, **point: object) -> Listener:
        settings = ListenPoint("127.0.0.1", 0, **({"clients": (LOOPBACK,)} | point))  # type: ignore[arg-type]
        listener = Listener([settings], door, "gateway.example", limits or Limits())
        await listener.start()
        started.append(listener)
        return listener

    yield start
    for listener in started:
        await listener.stop(0)


@pytest.fixture
async def port(door: ScriptedDoor, listen: Listen) -> int:
    """The port of a listener with default limits in front of `door`."""
    return (await listen(door)).addresses[0][1]


@pytest.fixture
async def gateway(hop: FakeHop, listen: Listen, authority: Authority) -> AsyncIterator[int]:
    """The port of a listener that relays to `hop`."""
    route = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", hop.port),)), "gateway.example", Limits())
    await route.probe()
    listener = await listen(RelayDoor(route), tls_certificate=authority.certificate, tls_key=authority.key)
    yield listener.addresses[0][1]
    await route.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("world")) as outside:
        yield outside


@pytest.fixture
def web_is_trusted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web's authorities are the system's; here the local one, and a port that needs no root."""
    assert HTTPS_PORT == 443
    monkeypatch.setattr("gateway.smtp.sts.HTTPS_PORT", world.web_port)
    monkeypatch.setenv("SSL_CERT_FILE", world.ca_file)


@pytest.fixture
async def whole(hop: FakeHop, authority: Authority, tmp_path: Path) -> AsyncIterator[int]:
    """The port of a whole gateway, with policy and store, that relays to `hop`."""
    from tests.service.town import town  # this room's other tests need no other room

    trusted = (ipaddress.ip_network("127.0.0.1"),)
    async with town(tmp_path, hop, tls_certificate=authority.certificate, tls_key=authority.key, xclient_from=trusted) as running:
        yield running.port
