"""Rules: what is to be done when, and in which words; from `rules/NAME.yaml`.

Promises: every rule is judged on the original message for each recipient; their order means nothing, the strongest
verdict wins; what happens when no rule matches is written (`nothing_matched`), never implied.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.model.findings import Reason
from gateway.model.judgement import PLAIN, Extras, Mode, Path, Remedy, Tls, Verdict, WaitsFor
from gateway.policy.conditions import REASONS, Condition, FindingMatch, Names, ToSet, asks_recipient, load_conditions, load_finding
from gateway.policy.organisations import MODES
from gateway.policy.tables import TLS
from gateway.policy.yaml_nodes import Fields, Node

PATHS = {path.value: path for path in Path}
VERDICTS = {verdict.word: verdict for verdict in Verdict}
REMEDIES = {remedy.value: remedy for remedy in Remedy}
WAITS = {waits.value: waits for waits in WaitsFor}
VERBS = frozenset({Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE, Remedy.RELEASE, Remedy.CANCEL, Remedy.URGENT, Remedy.WRONG})
# What a rule's words may hold, filled in for each recipient.
PLACEHOLDERS = ("{domain}", "{suggestion}", "{suggested_domain}")
# A subject is read on a telephone: what stands before it leaves room for it.
PREFIX_CHARS = 40
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,11}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `finding` None: it is about `reason`, which it states itself (attachments, counting)."""

    id: str
    says: str
    verdict: Verdict
    paths: frozenset[Path]
    finding: FindingMatch | None
    reason: Reason | None
    conditions: tuple[Condition, ...] = ()
    otherwise: Verdict = Verdict.HOLD
    """For `then: protect`, where the message cannot be protected."""
    remedies: tuple[Remedy, ...] = ()
    waits_for: WaitsFor = WaitsFor.SENDER
    mode: Mode = Mode.ENFORCE
    in_every_mode: bool = False
    tell: bool = False
    require_tls: Tls = Tls.NONE
    """The least TLS that the mail travels by, where it is delivered all the same."""
    extras: Extras = PLAIN
    """What is added to the copies that are delivered."""
    serves: tuple[str, ...] = ()
    asks_recipient: bool = False
    """It can match one recipient of a path and not another, or speak to them in other words."""
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one file with those of the files it includes."""

    name: str
    says: str
    nothing_matched: Verdict | None
    """None only in a set that others include."""
    rules: tuple[Rule, ...]
    includes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rules that may match: those to ask for every recipient, and those that name their recipients, by domain or mailbox.

    A policy may have a rule for each of a hundred partners; a recipient is looked up, not compared with all of them.
    """

    rules: tuple[Rule, ...] = ()
    named: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)


def candidates(rules: Iterable[Rule]) -> Candidates:
    """Sort rules by what they ask."""
    everybody: list[Rule] = []
    named: dict[str, list[Rule]] = {}
    for rule in rules:
        names = next((names for condition in rule.conditions if (names := _names(condition))), None)
        if names is None:
            everybody.append(rule)
        else:
            for name in names:
                named.setdefault(name, []).append(rule)
    return Candidates(tuple(everybody), {name: tuple(found) for name, found in named.items()})


def _names(condition: Condition) -> frozenset[str] | None:
    """Every domain and mailbox that a condition can hold for; None when they cannot be listed."""
    if not isinstance(condition, ToSet):
        return None
    found = condition.recipients
    plain = not (found.everybody or found.below or found.beginnings or found.locals)
    return (found.domains | found.mailboxes) or None if plain else None


def load_rules(root: Node, names: Names) -> RuleSet:
    """Read `rules/NAME.yaml`."""
    top = root.mapping("rule_set", "says", "includes", "nothing_matched", "rules")
    nothing = top["nothing_matched"]
    return RuleSet(
        name=top["rule_set"].text(),
        says=top["says"].text(""),
        nothing_matched=nothing.choice({"deliver": Verdict.DELIVER, "hold": Verdict.HOLD}) if nothing.exists else None,
        rules=tuple(_rule(node, names) for node in top["rules"].items()),
        includes=top["includes"].texts(),
    )


def _rule(node: Node, names: Names) -> Rule:
    fields = node.mapping(
        "id",
        "says",
        "when",
        "then",
        "otherwise",
        "reason",
        "remedies",
        "waits_for",
        "mode",
        "in_every_mode",
        "notify",
        "require_tls",
        "mark",
        "prefix",
        "receipt",
        "serves",
    )
    when = fields["when"]
    if not when.exists:
        node.fail("'when' is missing", "Write when the rule applies, at least 'when: {path: insecure}'.", "yaml.missing")
    finding = load_finding(when.child("finding"))
    conditions, says = load_conditions(when, names, "path", "finding"), _words(fields["says"])
    verdict, extras = fields["then"].choice(VERDICTS), _extras(fields)
    told = fields["notify"].boolean(False)
    quoted = finding is not None and finding.from_others
    return Rule(
        id=_identifier(fields["id"]),
        says=says,
        verdict=verdict,
        paths=_paths(when),
        finding=finding,
        reason=_reason(fields["reason"], finding, needed=verdict is not Verdict.DELIVER or told or not extras.any),
        conditions=conditions,
        otherwise=fields["otherwise"].choice({"hold": Verdict.HOLD, "bounce": Verdict.BOUNCE}, Verdict.HOLD),
        remedies=tuple(item.choice(REMEDIES) for item in fields["remedies"].one_or_more()),
        waits_for=fields["waits_for"].choice(WAITS, WaitsFor.SENDER),
        mode=fields["mode"].choice(MODES, Mode.ENFORCE),
        in_every_mode=fields["in_every_mode"].boolean(False),
        tell=told,
        require_tls=fields["require_tls"].choice(TLS, Tls.NONE),
        extras=extras,
        serves=fields["serves"].texts(),
        asks_recipient=quoted or "{" in says or any(asks_recipient(condition) for condition in conditions),
        file=node.file,
        line=node.line,
        column=node.column,
    )


def _identifier(node: Node) -> str:
    written = node.text()
    if written and not _IDENTIFIER.fullmatch(written):
        node.fail(f"'{written}' cannot be a rule's id", "Use small letters, digits and hyphens, as in subject-names-nobody.", "policy.id")
    return written


def _paths(when: Node) -> frozenset[Path]:
    """Which paths a rule is for must be written, so that nothing is stopped on a secure way by oversight (guidance C15)."""
    node = when.child("path")
    if not node.exists and when.exists:
        when.fail("the rule does not say for which paths", "Add 'path: insecure' (or a list of paths) to 'when'.", "policy.path")
    return frozenset(item.choice(PATHS) for item in node.one_or_more())


def _extras(fields: Fields) -> Extras:
    """`mark`, `prefix`, `receipt`: a prefix without the mark would be a marking that no mail program understands."""
    node = fields["prefix"]
    prefix = " ".join(node.text("").split())
    extras = Extras(fields["mark"].boolean(False), f"{prefix} " if prefix else "", fields["receipt"].boolean(False))
    if prefix and not extras.mark:
        node.fail("'prefix' stands before the subject of marked mail", "Add 'mark: true'.", "policy.prefix")
    if len(prefix) > PREFIX_CHARS or not prefix.isprintable():
        node.fail(f"a prefix has at most {PREFIX_CHARS} printable characters", "As in 'CONFIDENTIAL:'.", "policy.prefix")
    return extras


def _reason(node: Node, finding: FindingMatch | None, needed: bool) -> Reason | None:
    if finding is not None:
        if node.exists:
            node.fail("the reason is that of the finding", "Remove 'reason', or 'finding' from 'when'.", "policy.reason")
        return None
    if not node.exists and not needed:
        # It stops nothing and tells nobody: it only marks what goes.
        return None
    if not node.exists:
        node.fail("a rule without 'finding' must give its reason", "Add 'reason: recipients.many_visible' or the like.", "policy.reason")
        return None
    return node.choice(REASONS)


def _words(node: Node) -> str:
    """A rule's own words, for people; braces only around what we fill in."""
    written = " ".join(node.text().split())
    rest = written
    for placeholder in PLACEHOLDERS:
        rest = rest.replace(placeholder, "")
    if "{" in rest or "}" in rest:
        node.fail("the words hold a brace that means nothing", f"Only {', '.join(PLACEHOLDERS)} are filled in.", "policy.placeholder")
    return written
