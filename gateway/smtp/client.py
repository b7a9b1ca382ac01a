"""Routes over SMTP: a pool of connections to some hosts, in order of preference.

Promises: every recipient gets the reply that the host gave for it; addresses go out as they are; the minimum TLS of the call
binds new and pooled connections alike.
On failure: `Unreachable` while nothing of the end of the content has left, `OutcomeUnknown` after that.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import reduce

import structlog

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Limits, RouteSettings
from gateway.model.smtp import Capabilities, HopTransaction, OutcomeUnknown, Reply, Unreachable
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.dial import Target, dial, with_dane
from gateway.smtp.offers import NO_BARE, mail_command, rcpt_command, tls_asked
from gateway.smtp.resolve import NoAnswer, Resolver
from gateway.smtp.tls import client_context
from gateway.smtp.wire import has_bare_line_end
from gateway.smtp.xforward import Attributes, attributes_of, commands

log = structlog.get_logger(__name__)

# Postfix smtp_connection_reuse_time_limit: hosts drop long-lived connections at moments of their own.
REUSE_S = 300.0
# A host that failed this often in a row is left alone for a second, then two, up to half a minute.
BREAKS_AFTER = 3
PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
# RSET is answered at once or not at all; a client waits behind it.
RESET_TIMEOUT_S = 10.0

# Hosts with a pool of their own before those without a connection are forgotten.
HOSTS = 1_000

_NOT_SMTP = Reply(451, "4.5.0", "The next hop does not speak SMTP")

Remember = Callable[[str, Capabilities], None]


class Breaker:
    """Whether a host is worth trying now: a blackholed host must not cost every message its connect timeout."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def allows(self, now: float) -> bool:
        return now >= self._until

    def failed(self, now: float) -> None:
        self._failures += 1
        excess = self._failures - BREAKS_AFTER
        if excess >= 0:
            self._until = now + min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** min(excess, 10))

    def worked(self) -> None:
        self._failures, self._until = 0, 0.0


class Pool:
    """Connections to one host that wait for their next transaction, newest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: list[HopConnection] = []

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, level: Tls) -> HopConnection | None:
        """One that is in order and secure enough, if there is one."""
        for connection in reversed(self._idle):
            if connection.level >= level or level <= Tls.MAY:
                self._idle.remove(connection)
                if connection.idle is not None:
                    connection.idle.cancel()
                if connection.in_step:
                    return connection
                connection.abort()
        return None

    def give(self, connection: HopConnection) -> None:
        loop = asyncio.get_running_loop()
        if not connection.in_step or loop.time() - connection.born > REUSE_S or len(self._idle) >= self._limits.pool_per_host:
            return connection.retire()
        self._idle.append(connection)
        connection.idle = loop.call_later(self._limits.pool_idle_s, self._expire, connection)
        return None

    def _expire(self, connection: HopConnection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
            connection.retire()

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            if connection.idle is not None:
                connection.idle.cancel()
            connection.retire()


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said up to MAIL."""

    sender: Address | None
    options: tuple[str, ...]
    whose: Attributes = field(default_factory=dict)
    """Goes before MAIL by XFORWARD where that is offered."""
    first: tuple[Forward, ...] = ()
    """Recipients that go out behind MAIL without waiting for its answer, where the host takes that: a round trip less."""


class Fleet:
    """The hosts of a route: their pools, breakers and TLS contexts."""

    def __init__(self, name: str, hostname: str, limits: Limits, ca_file: str, learn: Callable[[Target, Capabilities], None]) -> None:
        self._name = name
        self._hostname = hostname
        self._limits = limits
        self._ca_file = ca_file
        self._learn = learn
        self._verifying: dict[bool, ssl.SSLContext] = {}
        self._pools: dict[Target, Pool] = {}
        self._breakers: dict[Target, Breaker] = {}

    async def open(self, targets: Sequence[Target], opening: Opening, minimum_tls: Tls) -> "RelayTransaction | Reply":
        """MAIL at the first of `targets` that takes it; the reply that refused it, or Unreachable."""
        least = max(minimum_tls, tls_asked(opening.options))
        refused: Reply | None = None
        failure = Unreachable("next hop not reachable", "every host is paused after failures")
        for target in self._willing(targets):
            try:
                opened = await self._open_at(target, opening, max(target.level, least))
            except Unreachable as error:
                log.info("next_hop_failed", route=self._name, host=str(target.host), error=str(error))
                failure = error
                continue
            if not isinstance(opened, Reply):
                return opened
            refused = _milder(refused, opened)
            if opened.from_peer and opened.permanent:
                break
        if refused is not None:
            return refused
        raise failure

    async def probe(self, target: Target) -> None:
        """Connect, and keep the connection for the first message."""
        try:
            self._pool(target).give(await self._dial(target, target.level))
        except Unreachable as error:
            log.info("probe_failed", route=self._name, host=str(target.host), error=str(error))

    def _willing(self, targets: Sequence[Target]) -> list[Target]:
        now = asyncio.get_running_loop().time()
        return [target for target in targets if target not in self._breakers or self._breakers[target].allows(now)]

    def _pool(self, target: Target) -> Pool:
        if target not in self._pools:
            if len(self._pools) >= HOSTS:
                self._forget()
            self._pools[target] = Pool(self._limits)
        return self._pools[target]

    def _forget(self) -> None:
        """An MX route meets new hosts all its life: those without a connection go."""
        for target in [target for target, pool in self._pools.items() if not pool]:
            del self._pools[target]
        self._breakers = {target: breaker for target, breaker in self._breakers.items() if target in self._pools}

    async def _open_at(self, target: Target, opening: Opening, level: Tls) -> "RelayTransaction | Reply":
        pool = self._pool(target)
        while connection := pool.take(level):
            try:
                return await self._mail(connection, pool, opening)
            except Unreachable:
                continue  # It was closed while idle; nothing was sent that counts.
        return await self._mail(await self._dial(target, level), pool, opening)

    async def _mail(self, connection: HopConnection, pool: Pool, opening: Opening) -> "RelayTransaction | Reply":
        command = mail_command(opening.sender, opening.options, connection.capabilities)
        if isinstance(command, Reply):
            pool.give(connection)
            return command
        before = tuple(commands(opening.whose, connection.keywords.get("XFORWARD", "")))
        first = _offers(opening.first, connection)
        try:
            replies = await connection.ask_all((*before, command, *first.values()), self._limits.mail_timeout_s)
        except Lost as lost:
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        reply, answers = replies[len(before)], replies[len(before) + 1 :]
        if reply.code == 250:
            return RelayTransaction(connection, pool, self._limits, dict(zip(first, answers, strict=True)))
        if reply.ok or reply.code == 421 or any(answer.ok for answer in answers):
            connection.retire()
        else:
            pool.give(connection)
        return _NOT_SMTP if reply.ok else _mirrored(reply)

    async def _dial(self, target: Target, level: Tls) -> HopConnection:
        breaker = self._breakers.setdefault(target, Breaker())
        try:
            connection = await dial(target, level, self._hostname, self._limits, self._context)
        except Unreachable:
            breaker.failed(asyncio.get_running_loop().time())
            raise
        breaker.worked()
        self._learn(target, connection.capabilities)
        return connection

    def _context(self, verify: bool) -> ssl.SSLContext:
        if verify not in self._verifying:
            self._verifying[verify] = client_context(verify=verify, ca_file=self._ca_file)
        return self._verifying[verify]

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class RelayRoute:
    """A route over listed hosts: the first that answers is used (implements NextHop)."""

    def __init__(
        self,
        route: RouteSettings,
        hostname: str,
        limits: Limits,
        *,
        resolver: Resolver | None = None,
        initial: Mapping[str, Capabilities] | None = None,
        remember: Remember | None = None,
    ) -> None:
        self._route = route
        self._resolver = resolver
        self._seen: dict[str, Capabilities] = dict(initial or {})
        self._remember = remember
        self._targets = tuple(Target(host, route.tls_name or host.name, route.tls) for host in route.relay)
        self._fleet = Fleet(route.name, hostname, limits, route.ca_file, self._learn)

    @property
    def name(self) -> str:
        return self._route.name

    def capabilities(self) -> Capabilities | None:
        known = [self._seen[str(host)] for host in self._route.relay if str(host) in self._seen]
        return reduce(lambda one, other: one & other, known) if known else None

    async def probe(self) -> Capabilities | None:
        """Learn what the hosts offer (EHLO); None if none of them answered."""
        with suppress(Unreachable):
            for target in await self._reachable():
                await self._fleet.probe(target)
        return self.capabilities()

    async def _reachable(self) -> tuple[Target, ...]:
        """The hosts; at level DANE those that have it now."""
        if self._route.tls < Tls.DANE or self._resolver is None:
            return self._targets
        found: list[Target] = []
        failure = Unreachable("no DANE")
        for target in self._targets:
            try:
                found.append(with_dane(target, await self._resolver.tlsa(target.host.name, target.host.port)))
            except (NoAnswer, Unreachable) as error:
                log.info("next_hop_failed", route=self.name, host=str(target.host), error=str(error))
                failure = Unreachable("next hop cannot be reached securely", str(error))
        if not found:
            raise failure
        return tuple(found)

    async def open(
        self,
        sender: Address | None,
        options: tuple[str, ...],
        minimum_tls: Tls,
        *,
        id: str = "",
        kind: str = "mail",
        client: Client | None = None,
        first: Sequence[Forward] = (),
    ) -> HopTransaction | Reply:
        opening = Opening(sender, options, attributes_of(client, id), tuple(first))
        return await self._fleet.open(await self._reachable(), opening, minimum_tls)

    def _learn(self, target: Target, offered: Capabilities) -> None:
        host = str(target.host)
        if self._seen.get(host) != offered:
            self._seen[host] = offered
            if self._remember is not None:
                self._remember(host, offered)

    async def close(self) -> None:
        self._fleet.close()


def _offers(recipients: Sequence[Forward], connection: HopConnection) -> dict[Forward, str]:
    """The RCPTs that may follow MAIL at once (RFC 2920)."""
    if not connection.capabilities.pipelining:
        return {}
    written = ((recipient, rcpt_command(recipient, connection.capabilities)) for recipient in recipients)
    return {recipient: command for recipient, command in written if isinstance(command, str)}


def _milder(one: Reply | None, other: Reply) -> Reply:
    """Of two hosts' refusals the one that lets the mail be tried again."""
    return other if one is None or other.transient else one


def _mirrored(reply: Reply) -> Reply:
    """A reply of the next hop as our client may see it: its 421 closes its connection, not ours; 3xx answers no question of ours."""
    if 300 <= reply.code < 400:
        return _NOT_SMTP
    return replace(reply, code=451) if reply.code == 421 else reply


class RelayTransaction:
    """One transaction at one host (implements HopTransaction)."""

    def __init__(self, connection: HopConnection, pool: Pool, limits: Limits, known: dict[Forward, Reply]) -> None:
        self._connection = connection
        self._pool = pool
        self._limits = limits
        self._known = known
        self._open = True
        self._given_back = False

    @property
    def capabilities(self) -> Capabilities:
        return self._connection.capabilities

    async def recipients(self, recipients: Sequence[Forward]) -> tuple[Reply, ...]:
        offered = self.capabilities
        answers = {recipient: self._known.pop(recipient) for recipient in recipients if recipient in self._known}
        commands = {recipient: rcpt_command(recipient, offered) for recipient in recipients if recipient not in answers}
        asked = {recipient: command for recipient, command in commands.items() if isinstance(command, str)}
        answers |= {recipient: command for recipient, command in commands.items() if isinstance(command, Reply)}
        try:
            replies = await self._connection.ask_all(tuple(asked.values()), self._limits.mail_timeout_s)
        except Lost as lost:
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        answers |= zip(asked, replies, strict=True)
        return tuple(_mirrored(answers[recipient]) for recipient in recipients)

    async def content(self, prefix: bytes, raw: bytes, *, by_bdat: bool) -> Reply:
        message = prefix + raw
        offered = self.capabilities
        if offered.size and len(message) > offered.size:
            return Reply(552, "5.3.4", "The message is larger than the next hop takes")
        as_it_is = by_bdat and offered.chunking and (not raw.endswith(b"\r\n") or has_bare_line_end(message))
        if not as_it_is and has_bare_line_end(message):
            return NO_BARE
        limits = self._limits
        try:
            if as_it_is:
                reply = await self._connection.bdat(message, limits.data_timeout_s, limits.data_done_timeout_s)
            else:
                reply = await self._connection.data(message, limits.data_init_timeout_s, limits.data_timeout_s, limits.data_done_timeout_s)
        except Lost as lost:
            if lost.content_left:
                raise OutcomeUnknown(str(lost)) from lost
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        self._open = not reply.ok
        return _mirrored(reply)

    async def reset(self) -> None:
        # Once only: a connection given back twice would serve two messages at the same time.
        if self._given_back:
            return
        self._given_back = True
        connection = self._connection
        if self._open and connection.in_step:
            try:
                reply = await connection.ask("RSET", RESET_TIMEOUT_S)
            except Lost:
                return
            if reply.code != 250:
                connection.retire()
        self._pool.give(connection)
