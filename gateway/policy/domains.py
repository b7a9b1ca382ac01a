"""Tables of domains, compared label by label.

Promises: a row matches its own domain, and what lies below it only if it says so; `notgsi.gov.uk` and
`gsi.gov.uk.evil.example` never match `gsi.gov.uk`. Two rows: the longer one wins, an exact one before any other.
"""

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.policy.yaml_nodes import Node

Row = TypeVar("Row")

_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# RFC 5321 4.5.3.1.2.
DOMAIN_OCTETS = 255


@dataclass(frozen=True, slots=True)
class DomainTable(Generic[Row]):
    """Rows by domain: `exact` for the domain itself, `below` for the domain and everything under it."""

    exact: dict[str, Row] = field(default_factory=dict)
    below: dict[str, Row] = field(default_factory=dict)

    def add(self, domain: str, row: Row, subdomains: bool) -> None:
        """Used while a policy is loaded, never afterwards."""
        (self.below if subdomains else self.exact)[domain] = row

    def find(self, domain: str) -> Row | None:
        """The row for a lower-case domain."""
        row = self.exact.get(domain)
        if row is not None or not self.below:
            return row
        while domain:
            row = self.below.get(domain)
            if row is not None:
                return row
            domain = domain.partition(".")[2]
        return None

    def __contains__(self, domain: str) -> bool:
        return domain in self.exact or domain in self.below


def is_domain(text: str) -> bool:
    """Whether the text is a lower-case host name of at least two labels."""
    return len(text) <= DOMAIN_OCTETS and _DOMAIN.fullmatch(text) is not None


def domain_of(node: Node) -> str:
    """A domain written in a file, lower case; '' after a problem."""
    written = node.text()
    domain = written.lower().removeprefix("@")
    if not written:
        return ""
    if domain.startswith("*."):
        node.fail(f"'{written}' has a star", f"Write 'domain: {domain[2:]}' and 'subdomains: true'.", "policy.domain")
        return ""
    if not is_domain(domain):
        node.fail(
            f"'{written}' is not a domain", "Write it as in borough.gov.uk; a foreign-letter domain in its xn-- form.", "policy.domain"
        )
        return ""
    return domain


def suffix_of(node: Node) -> str:
    """A suffix such as '.cjsm.net', lower case with its dot; '' after a problem."""
    written = node.text().lower()
    if written and not (written.startswith(".") and is_domain(written[1:])):
        node.fail(f"'{written}' is not a suffix", "Write a dot and a domain: .cjsm.net", "policy.domain")
        return ""
    return written
