"""The hosts of a route, in order of preference: which of them is asked, over which connection, up to the reply to MAIL.

Promises: the minimum TLS of the call binds new and pooled connections alike; a host that keeps failing does not hold up the others.
On failure: `Unreachable`, and nothing was delivered.
"""

import ssl
from collections.abc import Callable, Sequence

import structlog

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.frozen import frozen
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Limits
from gateway.model.smtp import Capabilities, Reply, Unreachable
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.dial import Target, dial
from gateway.smtp.hop import NOT_SMTP, RelayTransaction, mirrored
from gateway.smtp.offers import mail_command, rcpt_command, tls_asked
from gateway.smtp.pool import Pool
from gateway.smtp.tls import client_context
from gateway.smtp.xforward import attributes_of, commands

log = structlog.get_logger(__name__)

# Hosts with a pool of their own before those without a connection are forgotten.
HOSTS = 1_000


@frozen
class Opening:
    """What is said up to MAIL."""

    sender: Address | None
    options: tuple[str, ...]
    client: Client | None = None
    """Whose mail it is, and our reference: goes before MAIL by XFORWARD where that is offered."""
    id: str = ""
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

    async def open(self, targets: Sequence[Target], opening: Opening, minimum_tls: Tls) -> RelayTransaction | Reply:
        """MAIL at the first of `targets` that takes it; the reply that refused it, or Unreachable."""
        least = max(minimum_tls, tls_asked(opening.options))
        refused: Reply | None = None
        failure: Unreachable | None = None
        for target in targets:
            pool = self._pool(target)
            if not pool.breaker.allows():
                continue
            try:
                opened = await self._open_at(target, pool, opening, max(target.level, least))
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
        raise failure or Unreachable("next hop not reachable", "every host is paused after failures")

    async def probe(self, target: Target) -> bool:
        """Connect, and keep the connection for the first message; whether the host answered."""
        try:
            pool = self._pool(target)
            pool.give(await self._dial(target, pool, target.level))
        except Unreachable as error:
            log.info("probe_failed", route=self._name, host=str(target.host), error=str(error))
            return False
        return True

    def _pool(self, target: Target) -> Pool:
        pool = self._pools.get(target)
        if pool is None:
            if len(self._pools) >= HOSTS:
                self._forget()
            pool = self._pools[target] = Pool(self._limits)
        return pool

    def _forget(self) -> None:
        """An MX route meets new hosts all its life: those without a connection go."""
        self._pools = {target: pool for target, pool in self._pools.items() if pool}

    async def _open_at(self, target: Target, pool: Pool, opening: Opening, level: Tls) -> RelayTransaction | Reply:
        while connection := pool.take(level):
            try:
                return await self._mail(connection, pool, opening)
            except Unreachable:
                continue  # It was closed while idle; nothing was sent that counts.
        return await self._mail(await self._dial(target, pool, level), pool, opening)

    async def _mail(self, connection: HopConnection, pool: Pool, opening: Opening) -> RelayTransaction | Reply:
        command = mail_command(opening.sender, opening.options, connection.capabilities)
        if isinstance(command, Reply):
            pool.give(connection)
            return command
        before = _forwarded(opening, connection)
        first = _offers(opening.first, connection.capabilities)
        try:
            replies = await connection.ask_all((*before, command, *first), self._limits.mail_timeout_s)
        except Lost as lost:
            refused = lost.heard[len(before)] if len(lost.heard) > len(before) else None
            if refused is not None and refused.permanent:
                return mirrored(refused)  # It meant no, and did not wait for the rest.
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        reply, answers = replies[len(before)], replies[len(before) + 1 :]
        if reply.code == 250:
            return RelayTransaction(connection, pool, self._limits, opening.first if first else (), tuple(answers))
        if reply.ok or reply.code == 421 or any(answer.ok for answer in answers):
            connection.retire()
        else:
            pool.give(connection)
        return NOT_SMTP if reply.ok else mirrored(reply)

    async def _dial(self, target: Target, pool: Pool, level: Tls) -> HopConnection:
        try:
            connection = await dial(target, level, self._hostname, self._limits, self._context)
        except Unreachable:
            pool.breaker.failed()
            raise
        pool.breaker.worked()
        self._learn(target, connection.capabilities)
        return connection

    def _context(self, verify: bool) -> ssl.SSLContext:
        if verify not in self._verifying:
            self._verifying[verify] = client_context(verify=verify, ca_file=self._ca_file)
        return self._verifying[verify]

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


def _forwarded(opening: Opening, connection: HopConnection) -> Sequence[str]:
    """What goes before MAIL."""
    offered = connection.keywords.get("XFORWARD")
    return commands(attributes_of(opening.client, opening.id), offered) if offered else ()


def _offers(recipients: Sequence[Forward], offered: Capabilities) -> Sequence[str]:
    """The RCPTs that may follow MAIL at once (RFC 2920): all or none."""
    written: list[str] = []
    for recipient in recipients if offered.pipelining else ():
        command = rcpt_command(recipient, offered)
        if isinstance(command, Reply):
            return ()
        written.append(command)
    return written


def _milder(one: Reply | None, other: Reply) -> Reply:
    """Of two hosts' refusals the one that lets the mail be tried again."""
    return other if one is None or other.transient else one
