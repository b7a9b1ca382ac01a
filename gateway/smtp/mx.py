"""The route by MX: each recipient's domain says where its mail goes, and how surely it can be reached.

Promises: nothing goes to a host that DNS did not name; DANE records and an enforced MTA-STS policy bind at every level; what
demands verification (also by REQUIRETLS) and finds no DANE, no enforced policy and no signed MX defers, for a name from unsigned
DNS proves nothing.
A transaction carries one domain: others are answered 452, and come again in a transaction of their own.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Host, Limits, RouteSettings
from gateway.model.smtp import Capabilities, Content, HopTransaction, Reply, Unreachable
from gateway.smtp.dane import Tlsa
from gateway.smtp.dial import Target, with_dane
from gateway.smtp.fleet import Fleet, Opening
from gateway.smtp.hop import RelayTransaction
from gateway.smtp.offers import tls_asked
from gateway.smtp.resolve import NoAnswer, NoDomain, Resolver
from gateway.smtp.sts import StsPolicies, StsPolicy

log = structlog.get_logger(__name__)

NO_MAIL = Reply(556, "5.1.10", "The domain takes no mail")
NO_SUCH_DOMAIN = Reply(550, "5.1.2", "The domain does not exist")
NO_HOST = Reply(550, "5.4.4", "The domain has no mail server")
LOOP = Reply(554, "5.4.6", "The domain's mail comes back to us")
ONE_DOMAIN = Reply(452, "4.5.3", "One domain in each transaction")

# Postfix smtp_mx_address_limit: a domain with more addresses is reached by its first ones.
TARGETS = 5
# Whose addresses are asked for at all; a stranger's domain may name hundreds, and our client waits.
HOSTS = 20


class MxRoute:
    """A route to the hosts that DNS names (implements NextHop)."""

    def __init__(
        self, route: RouteSettings, hostname: str, limits: Limits, resolver: Resolver, *, policies: StsPolicies | None = None
    ) -> None:
        self._route = route
        self._hostname = hostname
        self._resolver = resolver
        self._policies = policies or StsPolicies(resolver)
        self._fleet = Fleet(route.name, hostname, limits, route.ca_file, lambda target, offered: None)

    @property
    def name(self) -> str:
        return self._route.name

    def capabilities(self) -> Capabilities | None:
        """What a host lacks is known only when its domain is."""
        return Capabilities(requiretls=True)

    async def probe(self) -> Capabilities | None:
        return self.capabilities()

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
        # Hosts of strangers are not told who our clients are.
        return MxTransaction(self, sender, options, minimum_tls)

    async def close(self) -> None:
        self._fleet.close()

    async def connect(self, domain: str, opening: Opening, minimum_tls: Tls) -> RelayTransaction | Reply:
        """MAIL at a host of `domain`."""
        try:
            targets = await self.targets(domain, max(self._route.tls, minimum_tls, tls_asked(opening.options)))
        except Unreachable as error:
            log.warning("no_usable_host", route=self.name, domain=domain, words=error.words, error=str(error))
            raise
        if isinstance(targets, Reply):
            return targets
        return await self._fleet.open(targets, opening, minimum_tls)

    async def targets(self, domain: str, level: Tls) -> tuple[Target, ...] | Reply:
        """The hosts of a domain that may be used at `level`, best first. Raises Unreachable when none may, or DNS fails."""
        try:
            found = await self._resolver.exchangers(domain)
        except NoDomain:
            return NO_SUCH_DOMAIN
        except NoAnswer as error:
            raise Unreachable("the domain's mail server could not be found", str(error)) from error
        if not found.hosts:
            return NO_MAIL if found.null else NO_HOST
        hosts = _before(found.hosts, self._hostname.lower())
        if not hosts:
            return LOOP
        return await self._usable(domain, hosts, found.secure, level)

    async def _usable(self, domain: str, hosts: Sequence[str], named: bool, level: Tls) -> tuple[Target, ...] | Reply:
        """Those of `hosts` that may be used; `named`: DNSSEC vouches for their names."""
        try:
            policy = await self._policies.of(domain, signed=named)
        except NoAnswer as error:
            raise Unreachable("the domain's policy could not be found", str(error)) from error
        targets: list[Target] = []
        failure = ""
        for host in hosts[:HOSTS]:
            if len(targets) >= TARGETS:
                break
            try:
                addresses = await self._resolver.addresses(host)
                # RFC 7672 2.2: TLSA records count only where MX and address were validated too.
                records = await self._resolver.tlsa(host, self._route.port) if named and addresses.secure else ()
                target = self._target(host, records, named, level, policy)
            except NoDomain:
                continue
            except (NoAnswer, Unreachable) as error:
                failure = str(error)
                continue
            targets += [replace(target, host=Host(address, self._route.port)) for address in addresses.records]
        if targets:
            return tuple(targets[:TARGETS])
        if failure:
            raise Unreachable("the domain's mail server cannot be reached securely", failure)
        return NO_HOST

    def _target(self, host: str, records: Sequence[Tlsa], named: bool, level: Tls, policy: StsPolicy | None) -> Target:
        """How this host must be spoken to; Unreachable where it may not be used."""
        target = with_dane(Target(Host(host, self._route.port), host, level), records)
        if target.tlsa:
            return target
        if policy is not None and policy.enforced:
            if not policy.allows(host):
                raise Unreachable("not in the domain's MTA-STS policy", host)
            return replace(target, level=Tls.VERIFY)
        # RFC 8689 4.2.1: whoever names the host must be believed before its certificate means anything.
        if level >= Tls.VERIFY and not named:
            raise Unreachable("cannot be verified", f"{host} has neither DANE nor an enforced MTA-STS policy, and its name is not signed")
        return target


def _before(hosts: Sequence[str], ourselves: str) -> Sequence[str]:
    """RFC 5321 5.1: a relay that is itself an MX uses only hosts better than itself."""
    return hosts[: hosts.index(ourselves)] if ourselves in hosts else hosts


class MxTransaction:
    """A transaction whose host is chosen at its first recipient (implements HopTransaction)."""

    def __init__(self, route: MxRoute, sender: Address | None, options: tuple[str, ...], minimum_tls: Tls) -> None:
        self._route = route
        self._sender = sender
        self._options = options
        self._minimum_tls = minimum_tls
        self._domain = ""
        self._hop: RelayTransaction | Reply | None = None

    @property
    def capabilities(self) -> Capabilities:
        return self._hop.capabilities if isinstance(self._hop, RelayTransaction) else Capabilities()

    async def recipients(self, recipients: Sequence[Forward]) -> tuple[Reply, ...]:
        self._domain = self._domain or recipients[0].address.domain_key
        ours = [forward for forward in recipients if forward.address.domain_key == self._domain]
        if self._hop is None and ours:
            opening = Opening(self._sender, self._options, first=tuple(ours))
            self._hop = await self._route.connect(self._domain, opening, self._minimum_tls)
        if isinstance(self._hop, RelayTransaction):
            answers = iter(await self._hop.recipients(ours))
        else:
            refusal = self._hop
            answers = iter([refusal for _ in ours if refusal is not None])
        return tuple(next(answers) if forward.address.domain_key == self._domain else ONE_DOMAIN for forward in recipients)

    async def content(self, prefix: bytes, content: Content) -> Reply:
        if not isinstance(self._hop, RelayTransaction):
            raise Unreachable("no recipient was accepted")
        return await self._hop.content(prefix, content)

    async def reset(self) -> None:
        if isinstance(self._hop, RelayTransaction):
            await self._hop.reset()
        self._hop, self._domain = None, ""
