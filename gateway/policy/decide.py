"""What is to be done for each recipient, given the facts: the strongest verdict of all rules that match.

Promises: one ruling per destination, in order. Adding a finding never softens a ruling; the order of the rules means
nothing; one recipient's ruling never depends on another's, except by rules that count recipients. The sender's request
(`[secure]`) is no finding: it only turns a hold that protecting would solve into PROTECT, where we can protect.
Observe and notify deliver as if we were absent; what would have happened is kept in `would_be`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from gateway.model.findings import Finding, Findings, Reason, Request
from gateway.model.judgement import Because, Destination, Mode, Remedy, Ruling, Tls, Verdict, WaitsFor
from gateway.policy.conditions import AnyAttachment, Facts
from gateway.policy.loading import Policy
from gateway.policy.rules import VERBS, Rule
from gateway.policy.senders import Origin

# What a reply to a notice can always ask for. The other verbs are offered where the service can carry them out.
DEFAULT_VERBS: frozenset[Remedy] = frozenset({Remedy.RELEASE, Remedy.CANCEL})
# Verbs that change the message: never offered for signed mail, whose signature would break (threats L01).
EDITING = frozenset({Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE})
# Stands for `nothing_matched: hold`.
UNMATCHED = Rule(
    id="nothing-matched",
    says="No rule says that this may go, and the policy holds what no rule names.",
    verdict=Verdict.HOLD,
    paths=frozenset(),
    finding=None,
    reason=Reason.MESSAGE_UNCHECKED,
)
MILDEST = {Mode.OBSERVE: 0, Mode.NOTIFY: 1, Mode.ENFORCE: 2}
_ORDER = {remedy: place for place, remedy in enumerate(Remedy)}


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched, and what it met where."""

    rule: Rule
    because: Because
    mode: Mode
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Case:
    """What is the same for every recipient of one message."""

    policy: Policy
    origin: Origin
    findings: Findings
    groups: frozenset[str]
    verbs: frozenset[Remedy]
    visible_outside: int
    today: date | None
    released: frozenset[str]
    attended: bool
    notices: bool
    by_reason: dict[Reason, tuple[Finding, ...]] = field(repr=False)


def decide(
    policy: Policy,
    origin: Origin,
    destinations: Sequence[Destination],
    findings: Findings,
    *,
    verbs: frozenset[Remedy] = DEFAULT_VERBS,
    today: date | None = None,
    released: frozenset[str] = frozenset(),
) -> tuple[Ruling, ...]:
    """Rule on each destination.

    `verbs` are the remedies that the service can carry out when a reply asks for them; `today` is for waivers, which
    count for nothing without it; `released` are ids of rules that a reviewer's release sets aside.
    """
    case = _case(policy, origin, findings, verbs, today, released)
    return tuple(_ruling(case, destination) for destination in destinations)


def _case(
    policy: Policy, origin: Origin, findings: Findings, verbs: frozenset[Remedy], today: date | None, released: frozenset[str]
) -> _Case:
    groups = policy.senders.groups_of(origin.sender)
    by_reason: dict[Reason, list[Finding]] = {}
    for finding in findings.items:
        by_reason.setdefault(finding.reason, []).append(finding)
    available = verbs
    if findings.signed:
        available -= EDITING
    if findings.calendar:
        available -= {Remedy.PROTECT}
    return _Case(
        policy=policy,
        origin=origin,
        findings=findings,
        groups=groups,
        verbs=available,
        visible_outside=_visible_outside(policy, origin, findings),
        today=today,
        released=released,
        attended=origin.own and origin.sender is not None and not policy.senders.unattended.has(origin.sender),
        notices=origin.own and origin.sender is not None and policy.senders.wants_notices(groups),
        by_reason={reason: tuple(found) for reason, found in by_reason.items()},
    )


def _visible_outside(policy: Policy, origin: Origin, findings: Findings) -> int:
    """How many addresses of To and Cc are outside the sender's organisation."""
    organisation = policy.organisation(origin.organisation)
    inside = organisation.domains if organisation is not None else ()
    return sum(address.rpartition("@")[2] not in inside for address in findings.visible)


def _ruling(case: _Case, destination: Destination) -> Ruling:
    if case.origin.own and case.policy.archives.has(destination.recipient.address):
        # Journal copies to a named archive are exempt (contract): they are the record, not a disclosure.
        return Ruling(destination, Verdict.DELIVER)
    matches, waived = _matches(case, destination)
    if _default(case, destination, matches) is Verdict.HOLD:
        matches.append(_unmatched(case.policy.mode))
    would_be = _strongest(case, matches)
    verdict = _strongest(case, [match for match in matches if match.mode is Mode.ENFORCE])
    stopping = [match for match in matches if match.verdict > Verdict.DELIVER]
    return Ruling(
        destination=_as_written(case, destination),
        verdict=verdict,
        because=tuple(match.because for match in sorted(matches, key=_severity)),
        remedies=_remedies(case, stopping, would_be),
        waits_for=_waits_for(case, stopping),
        would_be=would_be,
        tell=_tell(case, matches, verdict),
        waived=waived,
    )


def _as_written(case: _Case, destination: Destination) -> Destination:
    """In observe and notify mode mail travels as if we were absent: no suffix, no other route."""
    if case.policy.mode is Mode.ENFORCE:
        return destination
    return replace(destination, deliver_to=destination.recipient.address, route=case.policy.table.direct, minimum_tls=Tls.NONE)


def _matches(case: _Case, destination: Destination) -> tuple[list[Match], tuple[Because, ...]]:
    """All rules that match one destination, and what was set aside."""
    facts = Facts(destination, case.origin, case.groups, case.findings, case.visible_outside)
    matches: list[Match] = []
    waived: list[Because] = []
    for rule, because in _met(case, facts):
        aside = _set_aside(case, destination, rule, because)
        if aside is None:
            matches.append(Match(rule, because, _mode(case.policy, rule), _verdict(case, rule)))
        else:
            waived.append(replace(because, says=aside))
    return matches, tuple(waived)


def _met(case: _Case, facts: Facts) -> Iterator[tuple[Rule, Because]]:
    """Rules that the facts meet, with what they met: first about the address, then about content, then those without a finding."""
    destination = facts.destination
    index, path = case.policy.index, destination.path
    for reason in destination.reasons:
        for rule in index.get((path, reason), ()):
            if all(condition.met(facts) for condition in rule.conditions):
                yield rule, Because(rule.id, reason.value, "recipient", _words(rule, destination))
    for reason, found in case.by_reason.items():
        for rule in index.get((path, reason), ()):
            about = rule.finding
            if about is None or not all(condition.met(facts) for condition in rule.conditions):
                continue
            for finding in found:
                if about.fits(finding, facts):
                    yield rule, Because(rule.id, reason.value, finding.where, _words(rule, destination))
    for rule in case.policy.unprompted[path]:
        if rule.reason is not None and all(condition.met(facts) for condition in rule.conditions):
            for where in _places(rule, facts):
                yield rule, Because(rule.id, rule.reason.value, where, _words(rule, destination))


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
        says.replace("{suggested_domain}", suggested)
        .replace("{suggestion}", destination.suggestion)
        .replace("{domain}", destination.recipient.address.domain)
    )


def _set_aside(case: _Case, destination: Destination, rule: Rule, because: Because) -> str | None:
    """Who set this match aside, in words; None: it counts."""
    if rule.in_every_mode:
        return None
    if rule.id in case.released:
        return "released by a reviewer"
    exceptions = case.policy.exceptions
    for waiver in exceptions.waivers:
        if waiver.covers(rule.id, case.origin, destination, case.today):
            return waiver.says
    for public in exceptions.public_files:
        for finding in case.by_reason.get(Reason(because.reason), ()):
            if finding.where == because.where and public.covers(finding, case.findings.attachments, case.today):
                return public.says
    return None


def _mode(policy: Policy, rule: Rule) -> Mode:
    """The milder of the policy's mode and the rule's own."""
    if rule.in_every_mode:
        return Mode.ENFORCE
    return min(policy.mode, rule.mode, key=MILDEST.__getitem__)


def _verdict(case: _Case, rule: Rule) -> Verdict:
    if rule.verdict is Verdict.PROTECT and Remedy.PROTECT not in case.verbs:
        return rule.otherwise
    return rule.verdict


def _default(case: _Case, destination: Destination, matches: list[Match]) -> Verdict:
    """What happens when nothing matched. Only a rule without a finding can set it aside, or a finding would soften a ruling."""
    if destination.path.is_safe or any(match.rule.finding is None for match in matches):
        return Verdict.DELIVER
    return case.policy.nothing_matched


def _unmatched(mode: Mode) -> Match:
    because = Because(UNMATCHED.id, Reason.MESSAGE_UNCHECKED.value, "message", UNMATCHED.says)
    return Match(UNMATCHED, because, mode, Verdict.HOLD)


def _strongest(case: _Case, matches: list[Match]) -> Verdict:
    strongest = max((match.verdict for match in matches), default=Verdict.DELIVER)
    asked = Request.SECURE in case.findings.requests and Remedy.PROTECT in case.verbs
    if strongest is Verdict.HOLD and asked and all(_protectable(match) for match in matches):
        return Verdict.PROTECT
    return strongest


def _protectable(match: Match) -> bool:
    return match.verdict < Verdict.HOLD or Remedy.PROTECT in match.rule.remedies


def _severity(match: Match) -> tuple[int, str, str]:
    return (-match.verdict, match.rule.id, match.because.where)


def _remedies(case: _Case, stopping: list[Match], would_be: Verdict) -> tuple[Remedy, ...]:
    """What the sender can do, verbs first. A verb is offered only where verbs together solve everything that was met."""
    rules = {match.rule.id: match.rule for match in stopping}.values()
    advice = {remedy for rule in rules for remedy in rule.remedies if remedy not in VERBS}
    if would_be is Verdict.BOUNCE or not stopping:
        return tuple(sorted(advice, key=_ORDER.__getitem__))
    solving = [set(rule.remedies) & EDITING & case.verbs for rule in rules]
    offered = set().union(*solving) if all(solving) else set()
    always = case.verbs - EDITING
    return tuple(sorted(advice | offered | always, key=_ORDER.__getitem__))


def _waits_for(case: _Case, stopping: list[Match]) -> WaitsFor:
    """A reviewer, where a rule says so or no person sent it; else the sender, at any hour."""
    if not case.attended or any(match.rule.waits_for is WaitsFor.REVIEWER for match in stopping):
        return WaitsFor.REVIEWER
    return WaitsFor.SENDER


def _tell(case: _Case, matches: list[Match], verdict: Verdict) -> bool:
    """Whether the sender hears of it: never outsiders, never an unread mailbox once for each message."""
    if not case.notices:
        return False
    if verdict > Verdict.PROTECT:
        return True
    return any(
        (match.rule.tell and match.mode is not Mode.OBSERVE) or (match.mode is Mode.NOTIFY and match.verdict > Verdict.PROTECT)
        for match in matches
    )
