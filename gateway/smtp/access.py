"""Who may relay, and whose server it is: listed networks, certificate names, PROXY and XCLIENT peers.

Promises: a peer that matches no rule is nobody's client; an unlisted peer's PROXY or XCLIENT words change nothing.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.model.envelope import UNPROVEN, Client
from gateway.model.settings import ClientRule, ListenPoint, Network


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side. `connected` is the address of the TCP connection where XCLIENT or PROXY named another client."""

    address: str
    port: int = 0
    relayed_by: str = ""
    name: str = ""
    tls: str = ""
    certificate_names: tuple[str, ...] = ()

    @property
    def connected(self) -> str:
        return self.relayed_by or self.address

    def replaced(self, attributes: dict[str, str]) -> "Peer":
        """The client that XCLIENT names; an address that is not one leaves us with nobody, who may not relay."""
        address = attributes.get("ADDR", "").upper().removeprefix("IPV6:").lower()
        port = attributes.get("PORT", "")
        return Peer(address, int(port) if port.isdecimal() else 0, self.connected, attributes.get("NAME", ""))

    def over_tls(self, tls: str, names: tuple[str, ...]) -> "Peer":
        return replace(self, tls=tls, certificate_names=names)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Is `address` one of these networks'? IPv4 in IPv6 clothing counts as IPv4."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in networks)


def may_become_client(point: ListenPoint, peer: Peer) -> bool:
    """Could this peer relay here, once it has shown a certificate or named the client it speaks for?"""
    listed = any(is_within(peer.address, (rule.network,)) for rule in point.clients)
    return listed or (not peer.relayed_by and is_within(peer.address, point.xclient_from))


def rules_for(point: ListenPoint, peer: Peer) -> tuple[ClientRule, ...]:
    """The rules that this peer meets in full, in their order."""
    return tuple(
        rule
        for rule in point.clients
        if is_within(peer.address, (rule.network,)) and (not rule.tls_name or rule.tls_name.lower() in peer.certificate_names)
    )


def client_of(point: ListenPoint, peer: Peer, helo: str, extended: bool) -> Client | None:
    """The peer as a client of an organisation, by the first rule it meets; None while it has not shown what a rule asks for."""
    rules = rules_for(point, peer)
    if not rules:
        return None
    first = rules[0]
    tenants = tuple((rule.m365_org, rule.organisation) for rule in rules if rule.m365_org) if first.m365_org else ()
    organisation = UNPROVEN if tenants else first.organisation
    return Client(peer.address, peer.port, organisation, helo, extended, peer.tls, first.tls_name or peer.name, tenants)
