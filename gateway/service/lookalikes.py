"""Domains one slip away from a registered partner's, that strangers could own: which to ask DNS about, and when.

Promises: only names that somebody outside could register; names that the policy knows already are left out. A large registry is asked
about in turns, so that no day costs more than `PER_DAY` questions. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from gateway.policy import Policy

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# 60 partners a day at some 300 names each; at 20 at once and 20 ms each that is 20 s.
PER_DAY = 20_000
# Below these anybody can register a name.
OPEN = ("co.uk", "org.uk", "me.uk", "ltd.uk", "plc.uk", "net.uk")
# Below these a registrar looks who asks (gov.uk, NHS, police, schools, universities, Parliament, the forces).
CLOSED = ("gov.uk", "nhs.uk", "police.uk", "sch.uk", "ac.uk", "parliament.uk", "mod.uk", "gov.scot", "nhs.scot", "gov.wales", "llyw.cymru")


def variants(domain: str) -> tuple[str, ...]:
    """Names one edit away, in order: a letter left out, swapped with the next, replaced, put in; a dot left out or made a hyphen."""
    found = {*_without_a_dot(domain), *_of_the_name(domain)}
    return tuple(sorted(found - {domain}))


def _of_the_name(domain: str) -> Iterator[str]:
    """Edits of the label that was registered; what is below it belongs to the same owner."""
    if domain.endswith(tuple(f".{suffix}" for suffix in CLOSED)):
        return
    suffix = next((one for one in OPEN if domain.endswith(f".{one}")), domain.rpartition(".")[2])
    below, _, label = domain.removesuffix(f".{suffix}").rpartition(".")
    head = f"{below}." if below else ""
    for edited in _edits(label):
        if edited and not edited.startswith("-") and not edited.endswith("-"):
            yield f"{head}{edited}.{suffix}"


def _edits(label: str) -> Iterator[str]:
    signs = LETTERS + "-"
    for at in range(len(label) + 1):
        left, right = label[:at], label[at:]
        yield from (left + sign + right for sign in signs)
        if right:
            yield left + right[1:]
            yield from (left + sign + right[1:] for sign in signs)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]


def _without_a_dot(domain: str) -> Iterator[str]:
    """'croydongov.uk', 'croydon-gov.uk': registered by anybody, even where the real suffix is closed."""
    labels = domain.split(".")
    # The last dot stays: no top-level domain is called "govuk".
    for at in range(1, len(labels) - 1):
        for between in ("", "-"):
            yield f"{'.'.join(labels[:at])}{between}{'.'.join(labels[at:])}"


def candidates(policy: Policy, domain: str) -> tuple[str, ...]:
    """The variants that the policy says nothing about: partners, colleagues and listed look-alikes need no asking."""
    table = policy.table
    known = (policy.registry, table.members, table.assured_domains, table.retired, table.lookalikes)
    return tuple(
        name for name in variants(domain) if policy.organisation_of_domain(name) is None and not any(rows.find(name) for rows in known)
    )


def due(policy: Policy, domains: Sequence[str], today: date) -> frozenset[str]:
    """The partners whose look-alikes are looked for today: all, or a part that comes round again in a fixed number of days."""
    questions = sum(len(candidates(policy, domain)) for domain in domains)
    days = max(1, -(-questions // PER_DAY))
    return frozenset(domain for number, domain in enumerate(sorted(domains)) if (number + today.toordinal()) % days == 0)
