"""The hosts of a route, in order of preference: which of them is asked, over which connection, up to the reply to MAIL.

Promises: the minimum TLS of the call binds new and pooled connections alike; a host that keeps failing does not hold up the others.
On failure: `Unreachable`, and nothing was delivered.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from gateway.model.address import Address
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Limits
from gateway.model.smtp import Capabilities, Reply, Unreachable
from gateway.smtp.connection import HopConnection, Lost
from gateway.smtp.dial import Target, dial
from gateway.smtp.hop import NOT_SMTP, RelayTransaction, mirrored
from gateway.smtp.offers import mail_command, rcpt_command, tls_asked
from gateway.smtp.pool import Breaker, Pool
from gateway.smtp.tls import client_context
from gateway.smtp.xforward import Attributes, commands

log = structlog.get_logger(__name__)

# Hosts with a pool of their own before those without a connection are forgotten.
HOSTS = 1_000


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

    async def open(self, targets: Sequence[Target], opening: Opening, minimum_tls: Tls) -> RelayTransaction | Reply:
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

    async def probe(self, target: Target) -> bool:
        """Connect, and keep the connection for the first message; whether the host answered."""
        try:
            self._pool(target).give(await self._dial(target, target.level))
        except Unreachable as error:
            log.info("probe_failed", route=self._name, host=str(target.host), error=str(error))
            return False
        return True

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

    async def _open_at(self, target: Target, opening: Opening, level: Tls) -> RelayTransaction | Reply:
        pool = self._pool(target)
        while connection := pool.take(level):
            try:
                return await self._mail(connection, pool, opening)
            except Unreachable:
                continue  # It was closed while idle; nothing was sent that counts.
        return await self._mail(await self._dial(target, level), pool, opening)

    async def _mail(self, connection: HopConnection, pool: Pool, opening: Opening) -> RelayTransaction | Reply:
        command = mail_command(opening.sender, opening.options, connection.capabilities)
        if isinstance(command, Reply):
            pool.give(connection)
            return command
        before = tuple(commands(opening.whose, connection.keywords.get("XFORWARD", "")))
        first = _offers(opening.first, connection)
        try:
            replies = await connection.ask_all((*before, command, *first.values()), self._limits.mail_timeout_s)
        except Lost as lost:
            refused = lost.heard[len(before)] if len(lost.heard) > len(before) else None
            if refused is not None and refused.permanent:
                return mirrored(refused)  # It meant no, and did not wait for the rest.
            raise Unreachable("next hop broke off the connection", str(lost)) from lost
        reply, answers = replies[len(before)], replies[len(before) + 1 :]
        if reply.code == 250:
            return RelayTransaction(connection, pool, self._limits, dict(zip(first, answers, strict=True)))
        if reply.ok or reply.code == 421 or any(answer.ok for answer in answers):
            connection.retire()
        else:
            pool.give(connection)
        return NOT_SMTP if reply.ok else mirrored(reply)

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


def _offers(recipients: Sequence[Forward], connection: HopConnection) -> dict[Forward, str]:
    """The RCPTs that may follow MAIL at once (RFC 2920)."""
    if not connection.capabilities.pipelining:
        return {}
    written = ((recipient, rcpt_command(recipient, connection.capabilities)) for recipient in recipients)
    return {recipient: command for recipient, command in written if isinstance(command, str)}


def _milder(one: Reply | None, other: Reply) -> Reply:
    """Of two hosts' refusals the one that lets the mail be tried again."""
    return other if one is None or other.transient else one
