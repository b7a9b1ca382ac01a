"""Who can reach whom securely: communities, the bridge between them, and what verified TLS counts for.

Promises: an unlisted domain is in no community; membership says nothing about other communities unless
`secure_together` does (guidance C3, C4); the suffix stands in this one place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from gateway.model.judgement import Tls
from gateway.policy.domains import DomainTable, domain_of, is_domain, suffix_of
from gateway.policy.lists import expand
from gateway.policy.yaml_nodes import Node

TLS = {level.word: level for level in Tls}
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Way:
    """How a kind of destination is reached: route and least TLS."""

    route: str
    tls: Tls


@dataclass(frozen=True, slots=True)
class Bridge:
    """CJSM and its like: addresses with the suffix travel through it. `twins` are suffixes that look like it and are not it."""

    name: str
    suffix: str
    way: Way
    twins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A table row: this domain is in this community."""

    community: str
    name: str
    row: str


@dataclass(frozen=True, slots=True)
class Instead:
    """A table row: this domain is retired, or is a look-alike; `instead` is the domain to use."""

    domain: str
    instead: str
    row: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as values. `for_live_use` False: only for trying out (the 2009 suffix belongs to nobody in government)."""

    name: str
    says: str
    for_live_use: bool
    bridge: Bridge
    direct: str
    secure: Way
    assured: Way
    members: DomainTable[Member]
    together: frozenset[tuple[str, str]]
    assured_domains: DomainTable[str]
    retired: DomainTable[Instead]
    lookalikes: DomainTable[Instead]

    def are_together(self, one: str, other: str) -> bool:
        """Whether mail between two communities (or within one) is secure."""
        return one == other or (one, other) in self.together


def load_table(root: Node, lists: Mapping[str, str], used: set[str]) -> Table:
    """Read `tables/NAME.yaml`; `lists` are the list files by name, `used` collects those that it names."""
    top = root.mapping(
        "table", "says", "for_live_use", "bridge", "direct", "communities", "secure_together", "secure", "assured", "retired", "lookalikes"
    )
    members: DomainTable[Member] = DomainTable()
    names = _communities(top["communities"], members)
    assured = top["assured"].mapping("route", "tls", "domains", "lists")
    assured_domains = _assured(assured["domains"], assured["lists"], lists, used)
    assured_tls = assured["tls"].choice(TLS, Tls.VERIFY)
    if assured_tls < Tls.VERIFY:
        # Without a certificate that verifies, whoever answers at that address gets the mail.
        assured["tls"].fail("'assured' means TLS that is verified", "Write 'tls: verify' (or dane).", "table.assured_tls")
    return Table(
        name=top["table"].text(),
        says=top["says"].text(""),
        for_live_use=top["for_live_use"].boolean(),
        bridge=_bridge(top["bridge"]),
        direct=top["direct"].mapping("route")["route"].text("default") if "direct" in top else "default",
        secure=_way(top["secure"]),
        assured=Way(assured["route"].text("default"), assured_tls),
        members=members,
        together=_together(top["secure_together"], names),
        assured_domains=assured_domains,
        retired=_instead(top["retired"], "instead"),
        lookalikes=_instead(top["lookalikes"], "meant"),
    )


def _assured(rows: Node, files: Node, lists: Mapping[str, str], used: set[str]) -> DomainTable[str]:
    """Domains that verified TLS is enough for: rows, and files such as the NHS's list of accredited organisations (DCB1596)."""
    table: DomainTable[str] = DomainTable()
    for domain, subdomains, node in _rows(rows):
        _add(table, domain, f"verified TLS counts as secure for {_shown(domain, subdomains)} ({_at(node)})", subdomains, node)
    for written, node in expand(files, lists, used):
        domain = written.lower().removeprefix("@")
        if not is_domain(domain):
            node.fail(f"'{written}' is not a domain", "Keep the domains in the first column, one a line.", "policy.domain")
        elif domain not in table:
            table.add(domain, f"verified TLS counts as secure for {domain} ({_at(node)})", subdomains=False)
    return table


def _way(node: Node) -> Way:
    fields = node.mapping("route", "tls")
    return Way(fields["route"].text("default"), fields["tls"].choice(TLS, Tls.VERIFY))


def _bridge(node: Node) -> Bridge:
    if not node.exists:
        node.fail("'bridge' is missing", "Add 'bridge:' with name, suffix, route, tls and twins.", "yaml.missing")
    fields = node.mapping("name", "suffix", "route", "tls", "twins")
    suffix = suffix_of(fields["suffix"])
    twins = tuple(suffix_of(item) for item in fields["twins"].items())
    if suffix and suffix in twins:
        fields["twins"].fail(f"{suffix} is the suffix itself", "Name only suffixes that must never be used.", "policy.twin")
    return Bridge(
        name=fields["name"].text("CJSM"),
        suffix=suffix,
        way=Way(fields["route"].text("cjsm"), fields["tls"].choice(TLS, Tls.VERIFY)),
        twins=tuple(twin for twin in twins if twin),
    )


def _communities(node: Node, members: DomainTable[Member]) -> dict[str, str]:
    names: dict[str, str] = {}
    for key, below in node.entries():
        fields = below.mapping("name", "domains")
        names[key] = fields["name"].text(key)
        for domain, subdomains, row in _rows(fields["domains"]):
            _add(members, domain, Member(key, names[key], f"{_shown(domain, subdomains)} is {names[key]} ({_at(row)})"), subdomains, row)
    return names


def _together(node: Node, names: dict[str, str]) -> frozenset[tuple[str, str]]:
    choices = {name: name for name in names}
    pairs: set[tuple[str, str]] = set()
    for group in node.items():
        keys = [item.choice(choices) for item in group.items()] if choices else []
        pairs.update((one, other) for one in keys for other in keys)
    return frozenset(pairs)


def _instead(node: Node, key: str) -> DomainTable[Instead]:
    """Rows that name the domain to use instead."""
    table: DomainTable[Instead] = DomainTable()
    for item in node.items():
        fields = item.mapping("domain", "subdomains", key)
        domain, instead = domain_of(fields["domain"]), domain_of(fields[key])
        subdomains = fields["subdomains"].boolean()
        if domain and instead:
            _add(table, domain, Instead(domain, instead, f"{_shown(domain, subdomains)} -> {instead} ({_at(item)})"), subdomains, item)
    return table


def _rows(node: Node) -> list[tuple[str, bool, Node]]:
    """Rows of {domain, subdomains}: whether a row covers what is below it is always written (walk 29)."""
    rows = []
    for item in node.items():
        fields = item.mapping("domain", "subdomains")
        domain, subdomains = domain_of(fields["domain"]), fields["subdomains"].boolean()
        if domain:
            rows.append((domain, subdomains, item))
    return rows


def _add(table: DomainTable[Value], domain: str, row: Value, subdomains: bool, node: Node) -> None:
    if domain in table:
        node.fail(f"{domain} is listed twice", "Keep one row.", "policy.domain_twice")
    table.add(domain, row, subdomains)


def _shown(domain: str, subdomains: bool) -> str:
    return f"{domain} with its subdomains" if subdomains else domain


def _at(node: Node) -> str:
    return f"{node.file}:{node.line}"
