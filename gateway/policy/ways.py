"""Ways of travelling: which recipients share a transaction, and how much TLS each needs.

Promises: two destinations have equal ways exactly if the same hosts, the same least TLS and the same proof of identity carry both.
Made once from the routes: it is asked several times for every recipient of every message.
"""

from collections.abc import Iterable, Mapping

from gateway.model.judgement import Destination, Tls
from gateway.model.settings import RouteSettings


class Ways:
    """The routes of the settings, as travellers see them."""

    def __init__(self, routes: Iterable[RouteSettings]) -> None:
        self._routes = {route.name: (route, route.is_local, _by_level(route)) for route in routes}

    def of(self, destination: Destination) -> object:
        """What makes two destinations travel together: to be compared, nothing else."""
        known = self._routes.get(destination.route)
        if known is None:
            return (destination.route, destination.minimum_tls)
        route, is_local, by_level = known
        way = by_level[Tls.NONE if is_local else destination.minimum_tls]
        # A transaction by MX goes to the servers of one domain.
        return (way, destination.deliver_to.domain_key) if route.mx else way

    def least_tls(self, destination: Destination) -> Tls:
        """The TLS that the ruling demands of the route; a relay on this machine is as good as its own settings say (contract, routes)."""
        known = self._routes.get(destination.route)
        return Tls.NONE if known is not None and known[1] else destination.minimum_tls


def _by_level(route: RouteSettings) -> Mapping[Tls, object]:
    """The way of a route for each TLS level that a ruling may demand."""
    # A file of the outbox names its route, so each route has files of its own; so has each route by MX.
    hosts: object = route.relay or route.name
    return {level: (hosts, route.mx, max(route.tls, level), route.ca_file, route.tls_name) for level in Tls}
