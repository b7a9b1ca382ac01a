"""Rows for registry.yaml from a list that somebody else keeps: the NHS's DCB1596 list (CSV), or domains one a line.

Promises: whoever imports answers for it by name, with evidence and a day to look again; what is registered already is left out; nothing
is written anywhere: a person reads the rows and puts them into the registry. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import yaml

from gateway.policy import Policy
from gateway.policy.domains import is_domain
from gateway.policy.lists import entries_of

# The evidence of a year ago is asked for again, as for rows written by hand.
REVIEW_AFTER_YEARS = 1


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who says that these domains are registered, since when, and how they know."""

    by: str
    on: date
    evidence: str

    @property
    def review_by(self) -> date:
        # 29 February has no day of its own next year.
        return self.on.replace(year=self.on.year + REVIEW_AFTER_YEARS, day=min(self.on.day, 28))


@dataclass(frozen=True, slots=True)
class Imported:
    """Domains for new rows, and what was left out: (line, words)."""

    domains: tuple[str, ...]
    left_out: tuple[tuple[int, str], ...]


def imported(policy: Policy, name: str, text: str) -> Imported:
    """The domains of a list that the registry does not have yet."""
    domains: dict[str, None] = {}
    left_out = []
    for entry in entries_of(name, text):
        domain = entry.text.strip().lower().removeprefix("@")
        if not is_domain(domain):
            left_out.append((entry.line, f"'{entry.text}' is not a domain"))
        elif policy.registry.find(domain) is not None:
            left_out.append((entry.line, f"{domain} is registered already"))
        else:
            domains[domain] = None
    return Imported(tuple(domains), tuple(left_out))


def rows(domains: Sequence[str], voucher: Voucher) -> Iterator[str]:
    """Lines to put under `partners:`."""
    for domain in domains:
        row = {
            "domain": domain,
            "subdomains": False,
            "verified_by": voucher.by,
            "verified_on": voucher.on,
            "review_by": voucher.review_by,
            "evidence": voucher.evidence,
        }
        yield from (f"  {line}" for line in yaml.safe_dump([row], sort_keys=False, allow_unicode=True, width=1_000).splitlines())
