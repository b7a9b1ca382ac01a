"""Lists of addresses, domains and words: written in place, or one a line in `lists/NAME.txt` or `lists/NAME.csv`.

Promises: what an entry matches can be read off it (`*` stands only where shown below); order and case do not matter.

    jo@borough.gov.uk        this mailbox              borough.gov.uk       every mailbox of this domain
    noreply-*@borough.gov.uk whatever begins so        *.borough.gov.uk     of the domains below it
    scanner@*                at any domain             webmail.txt          the entries of lists/webmail.txt
    *                        everybody
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.model.address import Address
from gateway.policy.domains import is_domain
from gateway.policy.yaml_nodes import Node, did_you_mean

# A domain list of every webmail provider has 5,000 lines; a staff list of the largest council 30,000.
LIST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list with where it stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of mailboxes."""

    mailboxes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    """Suffixes with their dot: '.borough.gov.uk'."""
    beginnings: tuple[tuple[str, str], ...] = ()
    """(beginning of the local part, domain or '*')."""
    locals: frozenset[str] = frozenset()
    """Local parts at any domain."""
    everybody: bool = False

    def has(self, address: Address | None) -> bool:
        """Whether the mailbox is in the set; the null sender is only in everybody's."""
        return self.everybody or (address is not None and self.has_parts(address.local.lower(), address.domain_key))

    def has_parts(self, local: str, domain: str) -> bool:
        """As `has`, for the two halves in lower case (asked by hundreds of rules about one recipient)."""
        if domain in self.domains or self.everybody or (self.mailboxes and f"{local}@{domain}" in self.mailboxes):
            return True
        if self.below and domain.endswith(self.below):
            return True
        if local in self.locals:
            return True
        return any(local.startswith(start) and at in ("*", domain) for start, at in self.beginnings) if self.beginnings else False


def entries_of(name: str, text: str) -> tuple[Entry, ...]:
    """The entries of a list file: lines without comments, or the first column of a CSV without its heading."""
    if name.endswith(".csv"):
        return tuple(_csv_entries(text))
    lines = (Entry(line.split("#", 1)[0].strip(), number) for number, line in enumerate(text.splitlines()[:LIST_LINES], 1))
    return tuple(entry for entry in lines if entry.text)


def _csv_entries(text: str) -> Iterator[Entry]:
    rows = csv.reader(text.lstrip("\ufeff").splitlines()[:LIST_LINES])
    for number, row in enumerate(rows, 1):
        first = row[0].strip() if row else ""
        heading = number == 1 and "." not in first and "@" not in first
        if first and not heading and not first.startswith("#"):
            yield Entry(first, number)


def expand(node: Node, lists: Mapping[str, str], used: set[str]) -> Iterator[tuple[str, Node]]:
    """Words written in a node, list files replaced by their entries; `used` collects the names of those files."""
    for item in node.one_or_more():
        written = item.text()
        if not written.endswith((".txt", ".csv")):
            yield written, item
            continue
        name = written if written.startswith("lists/") else f"lists/{written}"
        if name not in lists:
            item.fail(f"there is no file {name}", did_you_mean(name, tuple(lists)), "policy.list_missing")
            continue
        used.add(name)
        for entry in entries_of(name, lists[name]):
            yield entry.text, item.at(name, entry.line)


def address_set(node: Node, lists: Mapping[str, str], used: set[str]) -> AddressSet:
    """Read a list of mailboxes and domains."""
    mailboxes, domains, below, beginnings, locals_ = set(), set(), set(), set(), set()
    everybody = False
    for written, item in expand(node, lists, used):
        entry = written.lower()
        local, at, domain = entry.rpartition("@")
        if entry == "*":
            everybody = True
        elif entry.startswith("*.") and is_domain(entry[2:]):
            below.add(entry[1:])
        elif not local and is_domain(domain):
            domains.add(domain)
        elif not at or not local or not (domain == "*" or is_domain(domain)) or "*" in local[:-1]:
            if written:
                item.fail(
                    f"'{written}' is no address or domain",
                    "Write jo@borough.gov.uk, borough.gov.uk, *.gov.uk or noreply-*@*.",
                    "policy.address",
                )
        elif local.endswith("*"):
            beginnings.add((local[:-1], domain))
        elif domain == "*":
            locals_.add(local)
        else:
            mailboxes.add(entry)
    return AddressSet(
        frozenset(mailboxes), frozenset(domains), tuple(sorted(below)), tuple(sorted(beginnings)), frozenset(locals_), everybody
    )


def words(node: Node, lists: Mapping[str, str], used: set[str]) -> tuple[str, ...]:
    """Read a list of words, each once, in the order written."""
    return tuple(dict.fromkeys(text for text, _ in expand(node, lists, used)))
