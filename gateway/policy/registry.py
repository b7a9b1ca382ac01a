"""Partners registered with the bridge (CJSM): domain by domain, with evidence and a date to look again.

Promises: only what is written here is ever given the suffix (guidance C10); an entry with an end date is no entry after
it, nor when nobody says what day it is.
"""

from dataclasses import dataclass
from datetime import date

from gateway.policy.domains import DomainTable, domain_of
from gateway.policy.yaml_nodes import Node


@dataclass(frozen=True, slots=True)
class Partner:
    """A registered domain. `review_by` is when the evidence should be looked at again; `until` when it ends by itself."""

    domain: str
    name: str
    subdomains: bool
    verified_by: str
    verified_on: date | None
    review_by: date | None
    evidence: str
    until: date | None
    file: str
    line: int
    column: int

    @property
    def row(self) -> str:
        below = " with its subdomains" if self.subdomains else ""
        return f"{self.domain}{below} is registered with the bridge, {self.name} ({self.file}:{self.line})"

    def in_force(self, today: date | None) -> bool:
        return self.until is None or (today is not None and today <= self.until)


def load_registry(root: Node) -> DomainTable[Partner]:
    """Read `registry.yaml`; no file is an empty registry."""
    partners: DomainTable[Partner] = DomainTable()
    for node in root.mapping("partners")["partners"].items():
        partner = _partner(node)
        if not partner.domain:
            continue
        if partner.domain in partners:
            node.fail(f"{partner.domain} is registered twice", "Keep one entry.", "policy.domain_twice")
        partners.add(partner.domain, partner, partner.subdomains)
    return partners


def all_partners(partners: DomainTable[Partner]) -> tuple[Partner, ...]:
    """Every entry, in the order of the domains."""
    return tuple(sorted((*partners.exact.values(), *partners.below.values()), key=lambda partner: partner.domain))


def _partner(node: Node) -> Partner:
    fields = node.mapping("domain", "name", "subdomains", "verified_by", "verified_on", "review_by", "evidence", "until")
    domain = domain_of(fields["domain"])
    verified_on, review_by = fields["verified_on"].day(), fields["review_by"].day()
    for key, day in (("verified_on", verified_on), ("review_by", review_by)):
        if day is None and not fields[key].exists:
            fields[key].fail(f"'{key}' is missing", f"Add '{key}: 2026-11-30' (a date).", "yaml.missing")
    if verified_on and review_by and review_by <= verified_on:
        fields["review_by"].fail("the review is due before the evidence was seen", "Give a later date.", "policy.dates")
    return Partner(
        domain=domain,
        name=fields["name"].text(domain),
        subdomains=fields["subdomains"].boolean(),
        verified_by=fields["verified_by"].text(),
        verified_on=verified_on,
        review_by=review_by,
        evidence=fields["evidence"].text(),
        until=fields["until"].day(),
        file=node.file,
        line=node.line,
        column=node.column,
    )
