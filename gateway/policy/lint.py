"""What is not wrong with a policy, and yet probably not meant.

Promises: never changes a ruling; the day is an argument; every warning has a place and a remedy.
"""

from collections.abc import Iterator
from datetime import date

from gateway.model.findings import Reason
from gateway.model.judgement import Mode, Path, Verdict
from gateway.policy.conditions import InGroup
from gateway.policy.policy import Policy
from gateway.policy.problems import Problem, Severity
from gateway.policy.registry import Partner, all_partners
from gateway.policy.rules import VERBS, Rule
from gateway.policy.senders import EVERYONE
from gateway.policy.waivers import PublicFile, Waiver

SAFE = frozenset(path for path in Path if path.is_safe)
# What classification finds, and on which paths: a rule that asks for it elsewhere never fires.
FOUND_ON = {
    Reason.RECIPIENT_RETIRED: {Path.RETIRED},
    Reason.RECIPIENT_LOOKALIKE: {Path.REFUSED},
    Reason.RECIPIENT_TWIN_SUFFIX: {Path.REFUSED},
    Reason.RECIPIENT_UNREGISTERED: {Path.INSECURE},
    Reason.RECIPIENT_TOO_LONG: {Path.INSECURE},
    Reason.CJSM_SENDER_NOT_MEMBER: {Path.BRIDGE, Path.INSECURE},
    Reason.CJSM_ENCRYPTED_ATTACHMENT: set(),
    Reason.RECIPIENTS_MANY_VISIBLE: set(),
}
# A review that is due within this time is announced; a working month leaves time to ask the partner.
REVIEW_SOON_DAYS = 30


def warnings(policy: Policy, today: date) -> tuple[Problem, ...]:
    """Everything doubtful, in the order of files and lines."""
    found = [
        *_stale_partners(policy, today),
        *_double_places(policy),
        *_ended_exceptions(policy, today),
        *_rules_that_never_fire(policy),
        *_overlaps(policy),
        *_stopping_on_secure_ways(policy),
        *_unused_groups(policy),
        *_protect_without_end(policy),
    ]
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.column)))


def _warning(at: Rule | Partner, words: str, remedy: str, code: str) -> Problem:
    return Problem(at.file, at.line, at.column, words, remedy, Severity.WARNING, code)


def _stale_partners(policy: Policy, today: date) -> Iterator[Problem]:
    for partner in all_partners(policy.registry):
        if partner.until is not None and today > partner.until:
            yield _warning(partner, f"the entry of {partner.domain} has ended", "Remove it, or ask again and renew it.", "registry.ended")
        elif partner.review_by is not None and today > partner.review_by:
            words = f"the evidence for {partner.domain} was to be looked at again by {partner.review_by.isoformat()}"
            yield _warning(partner, words, "Ask the partner, then renew 'verified_on' and 'review_by'.", "registry.stale")
        elif partner.review_by is not None and (partner.review_by - today).days <= REVIEW_SOON_DAYS:
            words = f"the evidence for {partner.domain} is to be looked at again by {partner.review_by.isoformat()}"
            yield _warning(partner, words, "Ask the partner soon.", "registry.review_soon")
        if partner.verified_on is not None and partner.verified_on > today:
            yield _warning(partner, f"the evidence for {partner.domain} lies in the future", "Correct 'verified_on'.", "registry.future")


def _double_places(policy: Policy) -> Iterator[Problem]:
    """A registered domain that something else decides first."""
    for partner in all_partners(policy.registry):
        owner = policy.organisation_of_domain(partner.domain)
        if owner is not None:
            words = f"{partner.domain} is registered, and belongs to '{owner.key}' as well"
            yield _warning(
                partner, words, "Internal mail never takes the bridge; keep the entry only for other senders.", "registry.own_domain"
            )
        if policy.table.retired.find(partner.domain) is not None:
            words = f"{partner.domain} is retired in the table {policy.table.name}: the entry is never used"
            yield _warning(partner, words, "Remove it once you no longer use a table where it is alive.", "registry.retired")
        if policy.table.lookalikes.find(partner.domain) is not None:
            words = f"{partner.domain} is listed as a look-alike: the entry is never used"
            yield _warning(partner, words, "Correct the one of the two that is wrong.", "registry.lookalike")


def _ended_exceptions(policy: Policy, today: date) -> Iterator[Problem]:
    exceptions: tuple[Waiver | PublicFile, ...] = (*policy.exceptions.waivers, *policy.exceptions.public_files)
    for exception in exceptions:
        if today > exception.until:
            words = f"this exception ended on {exception.until.isoformat()}"
            yield Problem(exception.file, exception.line, exception.column, words, "Remove it.", Severity.WARNING, "waiver.ended")
    known = {rule.id for rule in policy.rules.rules}
    for waiver in policy.exceptions.waivers:
        for rule in sorted(waiver.rules - known):
            words = f"the rule '{rule}' is not in the chosen set '{policy.rules.name}'"
            yield Problem(
                waiver.file, waiver.line, waiver.column, words, "Name the rule of this set.", Severity.WARNING, "waiver.other_set"
            )


def _rules_that_never_fire(policy: Policy) -> Iterator[Problem]:
    for rule in policy.rules.rules:
        if rule.finding is None:
            continue
        for reason in sorted(rule.finding.reasons):
            if reason in FOUND_ON and not FOUND_ON[reason] & rule.paths:
                where = ", ".join(path.value for path in sorted(FOUND_ON[reason])) or "no path: write it as 'reason' without 'finding'"
                yield _warning(rule, f"'{rule.id}' never fires: {reason.value} is found only on {where}", "Correct 'path'.", "rule.never")


def _overlaps(policy: Policy) -> Iterator[Problem]:
    """Two rules of one verdict on the same findings, where one asks less: the other adds nothing but its words."""
    rules = policy.rules.rules
    for place, rule in enumerate(rules):
        for other in rules[:place]:
            if _covers(other, rule) or _covers(rule, other):
                words = f"'{rule.id}' and '{other.id}' say the same about the same findings"
                yield _warning(rule, words, f"Keep one of them (the other is at {other.file}:{other.line}).", "rule.overlap")


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether everything that `narrow` matches is matched by `wide`, with the same verdict and mode."""
    one, other = wide.finding, narrow.finding
    if one is None or other is None or wide.verdict is not narrow.verdict or wide.mode is not narrow.mode:
        return False
    plain = not (one.kinds or one.from_others or one.at_least or one.file)
    return (
        (plain or one == other)
        and other.reasons <= one.reasons
        and narrow.paths <= wide.paths
        and set(wide.conditions) <= set(narrow.conditions)
        and wide.verdict > Verdict.DELIVER
    )


def _stopping_on_secure_ways(policy: Policy) -> Iterator[Problem]:
    for rule in policy.rules.rules:
        about_content = rule.finding is not None and any(reason not in FOUND_ON for reason in rule.finding.reasons)
        if about_content and rule.paths & SAFE and rule.verdict > Verdict.DELIVER:
            paths = ", ".join(sorted(path.value for path in rule.paths & SAFE))
            words = f"'{rule.id}' stops mail for its content on {paths}, where the guidance asks for no protection (C15)"
            yield _warning(rule, words, "Leave these paths out of 'path', unless you mean it.", "rule.secure_way")


def _unused_groups(policy: Policy) -> Iterator[Problem]:
    """A group without notices, or with reviewers of its own, is used by that alone; any other that no rule of any kind asks for is
    probably misspelt there."""
    asked = {name for rule in policy.rules.rules for condition in rule.conditions for name in _named(condition)}
    excepted = {name for group in policy.senders.groups for name in group.without}
    for group in policy.senders.groups:
        shipped = group.name in (EVERYONE, "practitioners")
        if group.notices and not group.reviewers and not shipped and group.name not in asked | excepted:
            words = f"no rule of '{policy.rules.name}' asks for the sender group '{group.name}'"
            yield Problem("policy.yaml", 1, 1, words, "Use it in a rule ('sender_group'), or remove it.", Severity.WARNING, "group.unused")


def _named(condition: object) -> frozenset[str]:
    if isinstance(condition, InGroup):
        return condition.groups
    parts = getattr(condition, "parts", None) or ((condition.part,) if hasattr(condition, "part") else ())
    return frozenset(name for part in parts for name in _named(part))


def _protect_without_end(policy: Policy) -> Iterator[Problem]:
    """A hold in enforce mode that offers its sender nothing at all."""
    for rule in policy.rules.rules:
        if rule.verdict is Verdict.BOUNCE and rule.mode is Mode.ENFORCE and not rule.remedies:
            yield _warning(rule, f"'{rule.id}' bounces and says nothing about what to do instead", "Add 'remedies'.", "rule.no_remedy")
        if rule.verdict is Verdict.BOUNCE and VERBS & set(rule.remedies):
            verbs = ", ".join(sorted(remedy.value for remedy in VERBS & set(rule.remedies)))
            words = f"'{rule.id}' bounces, so nobody can answer {verbs}"
            yield _warning(rule, words, "Hold instead, or leave the verb out.", "rule.verb_on_bounce")
