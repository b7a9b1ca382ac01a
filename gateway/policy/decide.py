"""What is to be done for each recipient, given the facts: the strongest verdict of all rules that match.

Promises: one ruling per destination, in order. Adding a finding never softens a ruling; the order of the rules means
nothing; one recipient's ruling never depends on another's, except by rules that count recipients. The sender's request
(`[secure]`) is no finding: it only turns a hold that protecting would solve into PROTECT, where we can protect.
Observe and notify deliver as if we were absent; what would have happened is kept in `would_be`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gateway.model.findings import Finding, Findings, Reason, Request
from gateway.model.judgement import PLAIN, Because, Destination, Extras, Mode, Path, Remedy, Ruling, Tls, Verdict, WaitsFor
from gateway.model.organisation import Organisation
from gateway.policy.matching import RELEASED, Case, Met, of_recipient, sheet
from gateway.policy.policy import Policy
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
_UNMATCHED = Because(UNMATCHED.id, Reason.MESSAGE_UNCHECKED.value, "message", UNMATCHED.says)
MILDEST = {Mode.OBSERVE: 0, Mode.NOTIFY: 1, Mode.ENFORCE: 2}
_ORDER = {remedy: place for place, remedy in enumerate(Remedy)}


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that counts, with what it comes to here."""

    rule: Rule
    because: Because
    mode: Mode
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything of a ruling but its destination: alike for all recipients that the same rules match."""

    verdict: Verdict
    because: tuple[Because, ...]
    remedies: tuple[Remedy, ...]
    waits_for: WaitsFor
    would_be: Verdict
    tell: bool
    waived: tuple[Because, ...]
    minimum_tls: Tls
    extras: Extras


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
    return tuple(_rulings(case, destinations))


def _rulings(case: Case, destinations: Sequence[Destination]) -> Iterator[Ruling]:
    sheets = {destination.path: sheet(case, destination) for destination in _one_of_each_path(destinations)}
    outcomes: dict[Path, Outcome] = {}
    for destination in destinations:
        if _is_journal_copy(case, destination):
            yield Ruling(destination, Verdict.DELIVER)
            continue
        known = sheets[destination.path]
        met = of_recipient(case, destination, known)
        if met is not known.settled:
            yield _ruling(case, destination, _outcome(case, destination, met))
            continue
        if destination.path not in outcomes:
            outcomes[destination.path] = _outcome(case, destination, met)
        yield _ruling(case, destination, outcomes[destination.path])


def _one_of_each_path(destinations: Sequence[Destination]) -> Sequence[Destination]:
    return tuple({destination.path: destination for destination in destinations}.values())


def _case(
    policy: Policy, origin: Origin, findings: Findings, verbs: frozenset[Remedy], today: date | None, released: frozenset[str]
) -> Case:
    groups = policy.senders.groups_of(origin.sender)
    by_reason: dict[Reason, list[Finding]] = {}
    for finding in findings.items:
        by_reason.setdefault(finding.reason, []).append(finding)
    available = verbs
    if findings.signed:
        available -= EDITING
    if findings.calendar:
        available -= {Remedy.PROTECT}
    person = origin.own and origin.sender is not None
    organisation = policy.organisation(origin.organisation)
    return Case(
        policy=policy,
        mode=_mode_of(policy, origin),
        origin=origin,
        findings=findings,
        groups=groups,
        verbs=available,
        visible_outside=_visible_outside(organisation, findings),
        today=today,
        released=released,
        attended=person and not policy.senders.unattended.has(origin.sender),
        notices=person and policy.senders.wants_notices(groups),
        by_reason={reason: tuple(found) for reason, found in by_reason.items()},
    )


def _mode_of(policy: Policy, origin: Origin) -> Mode:
    """The organisation's own mode, else the policy's. What its server hands on without an author of it is judged by the stricter:
    a From of somebody else must not be the way out of enforcement.
    """
    organisation = policy.organisation(origin.organisation or origin.connection)
    if organisation is None or organisation.mode is None:
        return policy.mode
    return organisation.mode if origin.organisation else max(organisation.mode, policy.mode, key=MILDEST.__getitem__)


def _visible_outside(organisation: Organisation | None, findings: Findings) -> int:
    """How many addresses of To and Cc are outside the sender's organisation."""
    inside = organisation.domains if organisation is not None else ()
    return sum(address.rpartition("@")[2] not in inside for address in findings.visible)


def _ruling(case: Case, destination: Destination, outcome: Outcome) -> Ruling:
    if case.mode is not Mode.ENFORCE:
        # Mail travels as if we were absent: no suffix, no other route.
        destination = replace(destination, deliver_to=destination.recipient.address, route=case.policy.table.direct, minimum_tls=Tls.NONE)
    elif outcome.minimum_tls > destination.minimum_tls:
        destination = replace(destination, minimum_tls=outcome.minimum_tls)
    return Ruling(
        destination,
        outcome.verdict,
        outcome.because,
        outcome.remedies,
        outcome.waits_for,
        outcome.would_be,
        outcome.tell,
        outcome.waived,
        outcome.extras,
    )


def _outcome(case: Case, destination: Destination, met: Sequence[Met]) -> Outcome:
    matches = [Match(one.rule, one.because, _mode(case, one.rule), _verdict(case, one.rule)) for one in met if not one.aside]
    waived = [replace(one.because, says=one.aside) for one in met if one.aside]
    if _default(case, destination, met) is Verdict.HOLD:
        if UNMATCHED.id in case.released:
            waived.append(replace(_UNMATCHED, says=RELEASED))
        else:
            matches.append(Match(UNMATCHED, _UNMATCHED, case.mode, Verdict.HOLD))
    would_be = _strongest(case, matches)
    verdict = _strongest(case, [match for match in matches if match.mode is Mode.ENFORCE])
    stopping = [match for match in matches if match.verdict > Verdict.DELIVER]
    return Outcome(
        verdict=verdict,
        because=tuple(match.because for match in sorted(matches, key=_severity)),
        remedies=_remedies(case, stopping, would_be),
        waits_for=_waits_for(case, stopping),
        would_be=would_be,
        tell=_tell(case, matches, verdict),
        waived=tuple(waived),
        minimum_tls=max((match.rule.require_tls for match in matches if match.mode is Mode.ENFORCE), default=Tls.NONE),
        extras=_extras(case, matches),
    )


def _extras(case: Case, matches: Sequence[Match]) -> Extras:
    """Everything that the matching rules add, of our own people's mail only; of several prefixes that of the first rule by name."""
    asked = [match.rule for match in matches if match.rule.extras.any and match.mode is Mode.ENFORCE]
    if not asked or not case.origin.own:
        return PLAIN
    prefix = next((rule.extras.prefix for rule in sorted(asked, key=lambda rule: rule.id) if rule.extras.prefix), "")
    return Extras(any(rule.extras.mark for rule in asked), prefix, any(rule.extras.receipt for rule in asked))


def _is_journal_copy(case: Case, destination: Destination) -> bool:
    """Journal copies to a named archive are exempt (contract): they are the record, not a disclosure."""
    return case.origin.own and not destination.reasons and case.policy.archives.has(destination.recipient.address)


def _mode(case: Case, rule: Rule) -> Mode:
    """The milder of the mode in force and the rule's own."""
    if rule.in_every_mode:
        return Mode.ENFORCE
    return min(case.mode, rule.mode, key=MILDEST.__getitem__)


def _verdict(case: Case, rule: Rule) -> Verdict:
    if rule.verdict is Verdict.PROTECT and Remedy.PROTECT not in case.verbs:
        return rule.otherwise
    return rule.verdict


def _default(case: Case, destination: Destination, met: Sequence[Met]) -> Verdict:
    """What happens when nothing matched. Only a rule without a finding stands in its way, or a finding would soften a ruling;
    and it does so even where it was waived or released, for then somebody has decided about this very mail.
    """
    if destination.path.is_safe or any(one.rule.finding is None for one in met):
        return Verdict.DELIVER
    return case.policy.nothing_matched


def _strongest(case: Case, matches: list[Match]) -> Verdict:
    strongest = max((match.verdict for match in matches), default=Verdict.DELIVER)
    asked = Request.SECURE in case.findings.requests and Remedy.PROTECT in case.verbs
    if strongest is Verdict.HOLD and asked and all(_protectable(match) for match in matches):
        return Verdict.PROTECT
    return strongest


def _protectable(match: Match) -> bool:
    return match.verdict < Verdict.HOLD or Remedy.PROTECT in match.rule.remedies


def _severity(match: Match) -> tuple[int, str, str]:
    return (-match.verdict, match.rule.id, match.because.where)


def _remedies(case: Case, stopping: list[Match], would_be: Verdict) -> tuple[Remedy, ...]:
    """What the sender can do, verbs first. A verb is offered only where verbs together solve everything that was met."""
    rules = {match.rule.id: match.rule for match in stopping}.values()
    advice = {remedy for rule in rules for remedy in rule.remedies if remedy not in VERBS}
    if would_be is Verdict.BOUNCE or not stopping:
        return tuple(sorted(advice, key=_ORDER.__getitem__))
    solving = [set(rule.remedies) & EDITING & case.verbs for rule in rules]
    offered = set().union(*solving) if all(solving) else set()
    always = case.verbs - EDITING
    return tuple(sorted(advice | offered | always, key=_ORDER.__getitem__))


def _waits_for(case: Case, stopping: list[Match]) -> WaitsFor:
    """A reviewer, where a rule says so or no person sent it; else the sender, at any hour."""
    if not case.attended or any(match.rule.waits_for is WaitsFor.REVIEWER for match in stopping):
        return WaitsFor.REVIEWER
    return WaitsFor.SENDER


def _tell(case: Case, matches: list[Match], verdict: Verdict) -> bool:
    """Whether the sender hears of it: never outsiders, never an unread mailbox once for each message."""
    if not case.notices:
        return False
    if verdict > Verdict.PROTECT:
        return True
    return any(
        (match.rule.tell and match.mode is not Mode.OBSERVE) or (match.mode is Mode.NOTIFY and match.verdict > Verdict.PROTECT)
        for match in matches
    )
