"""From the texts of a policy directory to a `Policy`: all of it, or every reason why not.

Promises: pure; every file is read and checked, also the tables and rule sets that are not chosen; all errors come at
once. The digest covers the files in force, so that a record can say which policy judged a message.
On failure: `PolicyErrors`. There is no half-loaded policy.
"""

from collections.abc import Mapping
from typing import TypeVar

from gateway.model.findings import Reason
from gateway.model.judgement import Mode, Path, Verdict
from gateway.policy.conditions import Names
from gateway.policy.lists import address_set
from gateway.policy.looking import load_looks_for
from gateway.policy.organisations import MODES, load_organisations
from gateway.policy.policy import Policy
from gateway.policy.problems import PolicyErrors, Problem, Severity
from gateway.policy.reading import MAIN, ORGANISATIONS, REGISTRY, WAIVERS, Reading
from gateway.policy.registry import load_registry
from gateway.policy.rules import Candidates, Rule, RuleSet, candidates, load_rules
from gateway.policy.senders import EVERYONE, load_delegates, load_groups
from gateway.policy.tables import Table, load_table
from gateway.policy.waivers import load_exceptions
from gateway.policy.wording import FILE as WORDS
from gateway.policy.wording import load_wording
from gateway.policy.yaml_nodes import Node, did_you_mean

Choice = TypeVar("Choice")

LOCK_AS = {"own_format": False, "one_zip": True}
# Whatever else a rule set says, these are always stopped, so that no edit opens them by oversight.
ALWAYS_STOPPED = {
    Path.REFUSED: (Reason.RECIPIENT_TWIN_SUFFIX, Reason.RECIPIENT_LOOKALIKE),
    Path.RETIRED: (Reason.RECIPIENT_RETIRED,),
    Path.BRIDGE: (Reason.CJSM_SENDER_NOT_MEMBER,),
    Path.INSECURE: (Reason.RECIPIENT_UNREGISTERED, Reason.RECIPIENT_TOO_LONG, Reason.MESSAGE_AMBIGUOUS, Reason.MESSAGE_UNCHECKED),
}


def load(files: Mapping[str, str], *, table: str = "", rules: str = "", mode: str = "") -> Policy:
    """Read a policy directory: relative path -> text. `table`, `rules`, `mode` replace what policy.yaml chooses."""
    policy, problems = read(files, table=table, rules=rules, mode=mode)
    errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    if errors or policy is None:
        raise PolicyErrors(errors)
    return policy


def read(files: Mapping[str, str], *, table: str = "", rules: str = "", mode: str = "") -> tuple[Policy | None, tuple[Problem, ...]]:
    """As `load`, giving the problems of both severities; the policy is None where there are errors."""
    reading = Reading(files)
    reading.unknown_files()
    main = reading.root(MAIN)
    top = main.mapping(
        "table", "rules", "mode", "bounce_in_session", "lock_as", "sender_groups", "unattended", "delegates", "archives", "looks_for"
    )
    organisations = load_organisations(reading.root(ORGANISATIONS))
    registry = load_registry(reading.root(REGISTRY, needed=False))
    senders = load_groups(top["sender_groups"], top["unattended"], organisations, reading.lists, reading.used)
    delegates = load_delegates(top["delegates"], organisations)
    archives = address_set(top["archives"], reading.lists, reading.used)
    looks_for = load_looks_for(top["looks_for"], organisations.all, reading.lists, reading.used)

    tables = _tables(reading)
    chosen_table = _chosen(top["table"], table, {name: found for name, (found, _) in tables.items()})
    names = Names(
        groups=tuple(dict.fromkeys((*(group.name for group in senders.groups), EVERYONE))),
        organisations=tuple(organisations.by_key),
        communities=tuple(sorted({key for found, keys in tables.values() for key in keys})),
        lists=reading.lists,
        used=reading.used,
    )
    sets = _rule_sets(reading, names)
    chosen_rules = _chosen(top["rules"], rules, sets)
    if chosen_rules is not None and chosen_rules.nothing_matched is None:
        top["rules"].fail(f"'{chosen_rules.name}' is a part of other sets", "Choose one that includes it.", "policy.chosen")
    exceptions = load_exceptions(reading.root(WAIVERS, needed=False), _waivable(sets), reading.lists, reading.used)
    wording = load_wording(reading.root(WORDS, needed=False))
    chosen_mode = MODES.get(mode) or top["mode"].choice(MODES)
    bounce_in_session = top["bounce_in_session"].boolean(False)
    one_zip = top["lock_as"].choice(LOCK_AS, False)

    problems = reading.all_problems()
    if chosen_table is None or chosen_rules is None or any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    policy = Policy(
        digest=reading.digest(_in_force(reading, chosen_table, chosen_rules), (chosen_table.name, chosen_rules.name, chosen_mode.value)),
        mode=chosen_mode,
        table=chosen_table,
        rules=chosen_rules,
        organisation_list=organisations,
        registry=registry,
        senders=senders,
        exceptions=exceptions,
        archives=archives,
        looks_for=looks_for,
        bounce_in_session=bounce_in_session,
        one_zip=one_zip,
        index=_by_reason(chosen_rules.rules),
        unprompted=_unprompted(chosen_rules.rules),
        delegates=delegates,
        wording=wording,
        files=dict(files),
    )
    return policy, problems


def _tables(reading: Reading) -> dict[str, tuple[Table, tuple[str, ...]]]:
    """Every table of the folder by name, with the keys of its communities."""
    tables = {}
    for name in reading.folder("tables/"):
        root = reading.root(name)
        found = load_table(root, reading.lists, reading.used)
        _named_as_its_file(root.child("table"), found.name, name)
        tables[found.name] = (found, tuple(key for key, _ in root.child("communities").entries()))
    return tables


def _rule_sets(reading: Reading, names: Names) -> dict[str, RuleSet]:
    """Every rule set of the folder by name, each with the rules of those it includes."""
    sets: dict[str, RuleSet] = {}
    roots: dict[str, Node] = {}
    for name in reading.folder("rules/"):
        root = reading.root(name)
        found = load_rules(root, names)
        _named_as_its_file(root.child("rule_set"), found.name, name)
        sets[found.name], roots[found.name] = found, root
    included = {name for found in sets.values() for name in found.includes}
    whole = {name: _with_included(found, sets, roots[name]) for name, found in sets.items()}
    for name in whole.keys() - included:
        _complete(whole[name], roots[name])
    return whole


def _with_included(found: RuleSet, sets: Mapping[str, RuleSet], root: Node) -> RuleSet:
    rules: list[Rule] = []
    for name in found.includes:
        other = sets.get(name)
        if other is None or other.includes:
            words = "includes others itself" if other else "does not exist"
            root.child("includes").fail(f"the rule set '{name}' {words}", did_you_mean(name, tuple(sets)), "policy.includes")
        else:
            rules += other.rules
    rules += found.rules
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            at = root.at(rule.file, rule.line)
            at.fail(
                f"the id '{rule.id}' is used twice", f"The other one is at {seen[rule.id].file}:{seen[rule.id].line}.", "policy.id_twice"
            )
        seen[rule.id] = rule
    return RuleSet(found.name, found.says, found.nothing_matched, tuple(rules), found.includes)


def _complete(rules: RuleSet, root: Node) -> None:
    """A rule set that can be chosen says what happens otherwise, and stops what must always be stopped."""
    if rules.nothing_matched is None:
        root.fail("'nothing_matched' is missing", "Write what happens when no rule matches: deliver or hold.", "policy.nothing_matched")
    for path, reasons in ALWAYS_STOPPED.items():
        for reason in reasons:
            if not any(_stops(rule, path, reason) for rule in rules.rules):
                root.fail(
                    f"no rule stops {reason.value} on path {path.value}",
                    "Include the set 'always', or write a rule for it without further conditions.",
                    "policy.always_stopped",
                )


def _stops(rule: Rule, path: Path, reason: Reason) -> bool:
    """Whether the rule stops this whatever else is so."""
    about = rule.finding
    plain = about is not None and reason in about.reasons and not (about.kinds or about.at_least or about.from_others or about.file)
    return plain and not rule.conditions and path in rule.paths and rule.verdict >= Verdict.HOLD and rule.mode is Mode.ENFORCE


def _waivable(sets: Mapping[str, RuleSet]) -> frozenset[str]:
    """Ids that a waiver may name: not what must be stopped in every mode."""
    return frozenset(rule.id for found in sets.values() for rule in found.rules if not rule.in_every_mode)


def _named_as_its_file(node: Node, name: str, file: str) -> None:
    stem = file.rpartition("/")[2].removesuffix(".yaml")
    if name and name != stem:
        node.fail(f"the name '{name}' differs from the file's, '{stem}'", "Give both the same name.", "policy.name")


def _chosen(node: Node, instead: str, choices: Mapping[str, Choice]) -> Choice | None:
    """The table or rule set that policy.yaml (or the caller) names."""
    name = instead or node.text()
    if name in choices:
        return choices[name]
    if name:
        node.fail(f"there is no '{name}'", did_you_mean(name, tuple(choices)), "policy.chosen")
    return None


def _in_force(reading: Reading, table: Table, rules: RuleSet) -> set[str]:
    other = {name for folder in ("tables/", "rules/") for name in reading.folder(folder)}
    chosen = {f"tables/{table.name}.yaml", *(f"rules/{name}.yaml" for name in (rules.name, *rules.includes))}
    return (reading.used - other) | chosen


def _by_reason(rules: tuple[Rule, ...]) -> dict[tuple[Path, Reason], Candidates]:
    index: dict[tuple[Path, Reason], list[Rule]] = {}
    for rule in rules:
        for path in rule.paths if rule.finding else ():
            for reason in rule.finding.reasons if rule.finding else ():
                index.setdefault((path, reason), []).append(rule)
    return {key: candidates(found) for key, found in index.items()}


def _unprompted(rules: tuple[Rule, ...]) -> dict[Path, Candidates]:
    return {path: candidates(rule for rule in rules if rule.finding is None and path in rule.paths) for path in Path}
