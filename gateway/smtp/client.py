"""The route over listed hosts: the first that answers is used.

Promises: at level DANE a host is spoken to only with its validated TLSA records; what the hosts offer is remembered.
On failure: as its transactions (gateway.smtp.hop).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import reduce

import structlog

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Limits, RouteSettings
from gateway.model.smtp import Capabilities, HopTransaction, Reply, Unreachable
from gateway.smtp.dial import Target, with_dane
from gateway.smtp.fleet import Fleet, Opening
from gateway.smtp.resolve import NoAnswer, Resolver

log = structlog.get_logger(__name__)

Remember = Callable[[str, Capabilities], None]


class RelayRoute:
    """Listed hosts in order of preference (implements NextHop)."""

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
        self._common = self._in_common()
        self._remember = remember
        self._targets = tuple(Target(host, route.tls_name or host.name, route.tls) for host in route.relay)
        self._fleet = Fleet(route.name, hostname, limits, route.ca_file, self._learn)

    @property
    def name(self) -> str:
        return self._route.name

    def capabilities(self) -> Capabilities | None:
        return self._common

    def _in_common(self) -> Capabilities | None:
        known = [self._seen[str(host)] for host in self._route.relay if str(host) in self._seen]
        return reduce(Capabilities.__and__, known) if known else None

    async def probe(self) -> Capabilities | None:
        """Learn what the hosts offer (EHLO); None if none of them answered."""
        with suppress(Unreachable):
            for target in await self._reachable():
                await self._fleet.probe(target)
        return self.capabilities()

    async def answers(self) -> bool:
        """Whether one of the hosts greets us now; what it said in the past is no proof."""
        with suppress(Unreachable):
            for target in await self._reachable():
                if await self._fleet.probe(target):
                    return True
        return False

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
        targets = self._targets if self._route.tls < Tls.DANE else await self._reachable()
        return await self._fleet.open(targets, Opening(sender, options, client, id, tuple(first)), minimum_tls)

    def _learn(self, target: Target, offered: Capabilities) -> None:
        host = str(target.host)
        if self._seen.get(host) != offered:
            self._seen[host] = offered
            self._common = self._in_common()
            if self._remember is not None:
                self._remember(host, offered)

    async def close(self) -> None:
        self._fleet.close()
