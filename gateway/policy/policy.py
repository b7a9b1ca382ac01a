"""A policy, whole: everything from the YAML, with a digest.

Promises: frozen; two policies with equal files in force and equal choices have equal digests; every message is judged by one
policy from its first line to its record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.model.findings import Reason
from gateway.model.judgement import Mode, Path, Verdict
from gateway.model.looking import LooksFor
from gateway.model.organisation import Organisation
from gateway.policy.domains import DomainTable
from gateway.policy.lists import AddressSet
from gateway.policy.organisations import Organisations
from gateway.policy.registry import Partner
from gateway.policy.rules import Candidates, Rule, RuleSet
from gateway.policy.senders import Senders
from gateway.policy.tables import Table
from gateway.policy.waivers import Exceptions
from gateway.policy.wording import Wording


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything from the YAML. Two policies with equal files in force have equal digests."""

    digest: str
    mode: Mode
    table: Table
    rules: RuleSet
    organisation_list: Organisations = field(repr=False)
    registry: DomainTable[Partner] = field(repr=False)
    senders: Senders = field(repr=False)
    exceptions: Exceptions = field(repr=False)
    archives: AddressSet = field(repr=False)
    looks_for: LooksFor = field(repr=False)
    bounce_in_session: bool
    index: Mapping[tuple[Path, Reason], Candidates] = field(repr=False)
    """Rules about a finding, by path and reason."""
    unprompted: Mapping[Path, Candidates] = field(repr=False)
    """Rules that need no finding, by path."""
    delegates: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """Shared mailbox -> who stands in for it, both in lower case."""
    one_zip: bool = False
    """PROTECT puts everything into one zip instead of leaving PDF and Office files in their own format."""
    wording: Wording = field(default=Wording(), repr=False)
    """The organisations' own words for notices."""
    files: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What it was read from, whole: so that this version can be kept and brought back."""

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        return self.organisation_list.all

    @property
    def suffix(self) -> str:
        """'.cjasm.net'."""
        return self.table.bridge.suffix

    @property
    def nothing_matched(self) -> Verdict:
        return self.rules.nothing_matched or Verdict.DELIVER

    def organisation(self, key: str) -> Organisation | None:
        return self.organisation_list.by_key.get(key)

    def organisation_of_domain(self, domain: str) -> Organisation | None:
        return self.organisation_list.by_domain.get(domain.lower())

    def rule(self, identifier: str) -> Rule | None:
        return next((rule for rule in self.rules.rules if rule.id == identifier), None)

    @property
    def secure_routes(self) -> frozenset[str]:
        """Routes that carry confidential mail in the clear form: they must verify TLS (contract, Settings)."""
        routes = {self.table.bridge.way.route}
        if any(self.table.members.find(domain) for organisation in self.organisations for domain in organisation.domains):
            routes.add(self.table.secure.route)
        return frozenset(routes)

    @property
    def routes(self) -> frozenset[str]:
        """Every route the policy names."""
        table = self.table
        return frozenset({table.direct, table.bridge.way.route, table.secure.route, table.assured.route})
