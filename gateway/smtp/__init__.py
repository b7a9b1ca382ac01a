"""SMTP in and out: the listener on aiosmtpd, the next-hop client and its pool, DNS, TLS, the embedded outbox.

Knows SMTP and nothing of mail policy; service joins the two sides.
"""

from collections.abc import Mapping

from gateway.model.judgement import Tls
from gateway.model.settings import DnsSettings, Limits, RouteSettings
from gateway.model.smtp import Capabilities
from gateway.smtp.client import RelayRoute, Remember
from gateway.smtp.mx import MxRoute
from gateway.smtp.outbox import OutboxRoute
from gateway.smtp.resolve import Resolver
from gateway.smtp.sts import Shelf, StsPolicies

__all__ = ["make_route"]


def make_route(
    route: RouteSettings,
    hostname: str,
    limits: Limits,
    *,
    dns: DnsSettings | None = None,
    shelf: Shelf | None = None,
    initial: Mapping[str, Capabilities] | None = None,
    remember: Remember | None = None,
) -> RelayRoute | MxRoute | OutboxRoute:
    """The next hop of a route. `initial` is what its hosts offered before the last restart, `remember` is told of changes;
    MTA-STS policies outlive a restart on the `shelf`."""
    if route.outbox:
        return OutboxRoute(route)
    resolver = Resolver(dns or DnsSettings()) if route.mx or route.tls >= Tls.DANE else None
    if route.mx and resolver is not None:
        return MxRoute(route, hostname, limits, resolver, policies=StsPolicies(resolver, shelf=shelf))
    return RelayRoute(route, hostname, limits, resolver=resolver, initial=initial, remember=remember)
