"""Which rules match one recipient of a message, and what a waiver, a public file or a release set aside.

Promises: every rule of the path is asked, in whatever order; a rule that does not ask about the recipient is asked once
for all recipients of that path (a newsletter has hundreds). Matching changes nothing and stops at nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date

from gateway.model.findings import Finding, Findings, Reason
from gateway.model.frozen import frozen
from gateway.model.judgement import Because, Destination, Mode, Path, Remedy, Verdict
from gateway.policy.conditions import AnyAttachment, Facts
from gateway.policy.policy import Policy
from gateway.policy.rules import Candidates, Rule
from gateway.policy.senders import Origin

NO_RULES = Candidates()
RELEASED = "released by a reviewer"


@frozen
class Case:
    """What is the same for every recipient of one message."""

    policy: Policy
    mode: Mode
    """The sender's organisation's, else the policy's."""
    origin: Origin
    findings: Findings
    groups: frozenset[str]
    verbs: frozenset[Remedy]
    visible_outside: int
    today: date | None
    released: frozenset[str]
    attended: bool
    """A person sent it, and can answer."""
    notices: bool
    by_reason: dict[Reason, tuple[Finding, ...]] = field(repr=False)


@frozen
class Met:
    """A rule that matched, what it met where, and who set that aside ('' : it counts)."""

    rule: Rule
    because: Because
    aside: str = ""


@frozen
class Open:
    """A rule with what it may have met."""

    rule: Rule
    findings: tuple[Finding, ...]


@frozen
class Sheet:
    """What is known about one path before its recipients are looked at."""

    settled: tuple[Met, ...]
    open: tuple[Open, ...]
    """Rules that still ask about the recipient."""
    named: tuple[tuple[Mapping[str, tuple[Rule, ...]], tuple[Finding, ...]], ...]
    """Rules that name their recipients, by domain or mailbox, with what was found."""


def sheet(case: Case, destination: Destination) -> Sheet:
    """Ask the rules of a path; `destination` stands for all of them."""
    facts = _facts(case, destination)
    settled: list[Met] = []
    still_open: list[Open] = []
    named = []
    for candidates, found in _asked(case, destination.path):
        for rule in candidates.rules:
            if rule.asks_recipient:
                still_open.append(Open(rule, found))
            else:
                settled += _met(case, Open(rule, found), facts)
        if candidates.named:
            named.append((candidates.named, found))
    return Sheet(tuple(settled), tuple(still_open), tuple(named))


def of_recipient(case: Case, destination: Destination, known: Sheet) -> tuple[Met, ...]:
    """Everything that matches one recipient; `known.settled` itself where there is nothing more."""
    more: list[Met] = []
    named = _named(known, destination) if known.named else []
    if named or known.open or destination.reasons:
        facts = _facts(case, destination)
        more += _of_address(case, facts)
        for one in (*known.open, *named):
            more += _met(case, one, facts)
    if not more and not case.policy.exceptions.waivers:
        return known.settled
    return tuple(_waived(case, destination, met) for met in (*more, *known.settled))


def _waived(case: Case, destination: Destination, met: Met) -> Met:
    """The match, set aside where a waiver covers this very recipient."""
    if met.aside or met.rule.in_every_mode:
        return met
    for waiver in case.policy.exceptions.waivers:
        if waiver.covers(met.rule.id, case.origin, destination, case.today):
            return replace(met, aside=waiver.says)
    return met


def _named(known: Sheet, destination: Destination) -> list[Open]:
    """The rules that name this recipient, by domain or mailbox."""
    address = destination.recipient.address
    domain, mailbox = address.domain_key, address.key
    return [
        Open(rule, found) for rules, found in known.named if domain in rules or mailbox in rules for rule in _naming(rules, domain, mailbox)
    ]


def _naming(rules: Mapping[str, tuple[Rule, ...]], domain: str, mailbox: str) -> tuple[Rule, ...]:
    by_domain, by_mailbox = rules.get(domain, ()), rules.get(mailbox, ())
    if not by_mailbox:
        return by_domain
    # A rule may name both a domain and a mailbox of it.
    return (*by_domain, *(rule for rule in by_mailbox if all(rule is not other for other in by_domain)))


def _facts(case: Case, destination: Destination) -> Facts:
    address = destination.recipient.address
    return Facts(destination, case.origin, case.groups, case.findings, case.visible_outside, address.local.lower(), address.domain_key)


def _asked(case: Case, path: Path) -> Iterator[tuple[Candidates, tuple[Finding, ...]]]:
    """The rules of a path that something was found for, then those that need no finding."""
    index = case.policy.index
    for reason, found in case.by_reason.items():
        candidates = index.get((path, reason))
        if candidates is not None:
            yield candidates, found
    yield case.policy.unprompted[path], ()


def _met(case: Case, one: Open, facts: Facts) -> Iterator[Met]:
    """What one rule met; nothing where its conditions do not hold."""
    rule = one.rule
    for condition in rule.conditions:
        if not condition.met(facts):
            return
    if rule.finding is None:
        for where in _places(rule, facts):
            yield _made(case, facts.destination, rule, rule.reason, where)
        return
    for finding in one.findings:
        if rule.finding.fits(finding, facts):
            yield _made(case, facts.destination, rule, finding.reason, finding.where, finding)


def _of_address(case: Case, facts: Facts) -> Iterator[Met]:
    """What classification found about the address itself."""
    for reason in facts.destination.reasons:
        candidates = case.policy.index.get((facts.destination.path, reason), NO_RULES)
        for rule in (*candidates.rules, *_naming(candidates.named, facts.to_domain, f"{facts.to_local}@{facts.to_domain}")):
            if all(condition.met(facts) for condition in rule.conditions):
                yield _made(case, facts.destination, rule, reason, "recipient")


def _made(case: Case, destination: Destination, rule: Rule, reason: Reason | None, where: str, finding: Finding | None = None) -> Met:
    because = Because(rule.id, reason.value if reason else "", where, _words(rule, destination))
    return Met(rule, because, _set_aside(case, rule, finding))


def _places(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Where a rule without a finding met what it is about: the attachments it asks for, else the recipients."""
    for condition in rule.conditions:
        if isinstance(condition, AnyAttachment):
            return tuple(attachment.where for attachment in facts.findings.attachments if condition.found(attachment))
    return ("recipients",) if rule.reason is Reason.RECIPIENTS_MANY_VISIBLE else ("message",)


def _words(rule: Rule, destination: Destination) -> str:
    says = rule.says
    if "{" not in says:
        return says
    suggested = destination.suggestion.rpartition("@")[2]
    return (
        says.replace("{suggested_domain}", suggested or "another domain")
        .replace("{suggestion}", destination.suggestion or "the person's usual address")
        .replace("{domain}", destination.recipient.address.domain)
    )


def _set_aside(case: Case, rule: Rule, finding: Finding | None) -> str:
    """Who set this match aside for every recipient, in words; '': nobody."""
    if rule.in_every_mode:
        return ""
    if rule.id in case.released and rule.verdict is not Verdict.DELIVER:
        # A rule that only asks for better TLS or a mark did not stop it, and still holds.
        return RELEASED
    if finding is not None:
        for public in case.policy.exceptions.public_files:
            if public.covers(finding, case.findings.attachments, case.today):
                return public.says
    return ""
