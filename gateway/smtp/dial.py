"""Reaching a next hop: connect, greeting, EHLO, TLS as the level demands.

Promises: at ENCRYPT and above there is no plain text, at VERIFY and above no unverified name; failure is `Unreachable`, never
a weaker connection. Only MAY goes on in the clear when TLS fails (RFC 7435).
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.model.judgement import Tls
from gateway.model.settings import Host, Limits
from gateway.model.smtp import Unreachable
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.dane import Tlsa, matches

Contexts = Callable[[bool], ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class Target:
    """A host to connect to, the name its certificate must carry, the least TLS for it, and its TLSA records if it has DANE."""

    host: Host
    tls_name: str
    level: Tls = Tls.MAY
    tlsa: tuple[Tlsa, ...] = ()


def with_dane(target: Target, records: Sequence[Tlsa]) -> Target:
    """`target` bound by its validated TLSA records; Unreachable where it must have DANE and has none."""
    usable = tuple(record for record in records if record.is_usable)
    if usable:
        return replace(target, level=max(target.level, Tls.ENCRYPT), tlsa=usable)
    if target.level >= Tls.DANE:
        raise Unreachable("no DANE", f"{target.host} has no usable TLSA record")
    # RFC 7672 2.2: records, but none usable, still promise TLS.
    return replace(target, level=max(target.level, Tls.ENCRYPT)) if records else target


async def dial(target: Target, level: Tls, hostname: str, limits: Limits, contexts: Contexts) -> HopConnection:
    """A connection after EHLO, at `level` or better."""
    try:
        return await _dial(target, level, hostname, limits, contexts)
    except _HandshakeFailed as failed:
        if level > Tls.MAY:
            raise Unreachable("next hop failed the TLS handshake", f"{target.host}: {failed}") from failed
        return await _dial(target, Tls.NONE, hostname, limits, contexts)


class _HandshakeFailed(Exception):
    """TLS was offered and did not come about."""


async def _dial(target: Target, level: Tls, hostname: str, limits: Limits, contexts: Contexts) -> HopConnection:
    connection = await _connect(target, limits)
    try:
        await _greet(connection, hostname, limits)
        if level > Tls.NONE:
            await _secure(connection, target, level, hostname, limits, contexts)
    except Lost as lost:
        raise Unreachable("next hop broke off the connection", f"{target.host}: {lost}") from lost
    except _Declined as declined:
        connection.retire()
        raise Unreachable("next hop is not ready", f"{target.host}: {declined}") from declined
    except BaseException:
        connection.abort()
        raise
    return connection


async def _connect(target: Target, limits: Limits) -> HopConnection:
    """A connection to the first address of the host that takes one; each has its share of the time, so that none uses up all of it."""
    loop = asyncio.get_running_loop()
    failure: Exception = OSError("no address")
    try:
        async with asyncio.timeout(limits.connect_timeout_s):
            addresses = await _addresses(target.host, loop)
            for address in addresses:
                try:
                    async with asyncio.timeout(limits.connect_timeout_s / len(addresses)):
                        return (await loop.create_connection(lambda: HopConnection(loop), address, target.host.port))[1]
                except (OSError, TimeoutError) as error:
                    failure = error
    except (OSError, TimeoutError, UnicodeError) as error:  # the last: a name that no resolver can be asked for
        failure = error
    raise Unreachable("next hop not reachable", f"{target.host}: {type(failure).__name__} {failure}") from failure


async def _addresses(host: Host, loop: asyncio.AbstractEventLoop) -> tuple[str, ...]:
    """What the system knows of a relay's name; an address is its own."""
    try:
        return (str(ipaddress.ip_address(host.name)),)
    except ValueError:
        found = await loop.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class _Declined(Exception):
    """The host does not want to talk."""


async def _greet(connection: HopConnection, hostname: str, limits: Limits) -> None:
    greeting = await connection.greeting(limits.greeting_timeout_s)
    if greeting.code != 220:
        raise _Declined(f"greeting {greeting.code}")
    await _hello(connection, hostname, limits)


async def _hello(connection: HopConnection, hostname: str, limits: Limits) -> None:
    connection.learn({})
    reply = await connection.ask(f"EHLO {hostname}", limits.mail_timeout_s)
    if reply.permanent:
        reply = await connection.ask(f"HELO {hostname}", limits.mail_timeout_s)
        if reply.code == 250:
            return
    if reply.code != 250:
        raise _Declined(f"EHLO {reply.code}")
    words = [line.strip().partition(" ") for line in reply.text.split("\n")[1:]]
    connection.learn({word.upper(): rest.strip() for word, _, rest in words})


async def _secure(connection: HopConnection, target: Target, level: Tls, hostname: str, limits: Limits, contexts: Contexts) -> None:
    if "STARTTLS" not in connection.keywords:
        if level > Tls.MAY:
            raise _Declined("STARTTLS is not offered")
        return
    reply = await connection.ask("STARTTLS", limits.mail_timeout_s)
    if reply.code != 220:
        if level > Tls.MAY:
            raise _Declined(f"STARTTLS {reply.code}")
        return
    try:
        connection.level = await _handshake(connection, target, level, limits, contexts)
    except (ssl.SSLError, Lost) as error:
        connection.abort()
        raise _HandshakeFailed(type(error).__name__ + " " + str(error)) from error
    await _hello(connection, hostname, limits)


async def _handshake(connection: HopConnection, target: Target, level: Tls, limits: Limits, contexts: Contexts) -> Tls:
    """TLS as `level` and the target's TLSA records demand; the level that was reached."""
    if target.tlsa:
        # The records say which certificate it must be (RFC 7672 3.1); the public authorities do not count.
        await connection.start_tls(contexts(False), target.tls_name, limits.connect_timeout_s)
        if not matches(target.tlsa, connection.chain(), target.tls_name):
            raise Lost("the certificate is not the one in DNS (DANE)")
        return Tls.DANE
    if level >= Tls.DANE:
        raise Lost("there is no usable TLSA record (DANE)")
    await connection.start_tls(contexts(level >= Tls.VERIFY), target.tls_name, limits.connect_timeout_s)
    return Tls.VERIFY if level >= Tls.VERIFY else Tls.ENCRYPT
