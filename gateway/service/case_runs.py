"""Run policy tests: each case judged exactly as explain and SMTP judge, and compared with what it expects.

Promises: a case passes only if every expectation was met; a failing one carries the trace that says why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway.model.address import parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.judgement import Ruling
from gateway.policy import Policy, PolicyErrors, Severity, load
from gateway.policy.rules import RuleSet
from gateway.service.case_messages import written
from gateway.service.cases import ENDING, Case, Expected, load_cases
from gateway.service.judge import Judgement, Setting, judge
from gateway.service.made_files import NotMade


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case. `faults` empty: it passed."""

    case: Case
    faults: tuple[str, ...]
    judgement: Judgement | None
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.faults


def cases_of(files: Mapping[str, str]) -> tuple[Case, ...]:
    """Every case of a policy folder; PolicyErrors for an invalid policy or test file, or where there are no tests at all."""
    chosen = load(files)
    sets = {name: frozenset(rule.id for rule in found.rules) for name, found in rule_sets(files).items()}
    cases: list[Case] = []
    problems = []
    for name in sorted(name for name in files if name.endswith(ENDING)):
        found, root = load_cases(name, files[name], sets, chosen.rules.name)
        cases += found
        problems += [problem for problem in root.problems if problem.severity is Severity.ERROR]
    if problems:
        raise PolicyErrors(tuple(problems))
    return tuple(cases)


def rule_sets(files: Mapping[str, str]) -> dict[str, RuleSet]:
    """The rule sets that can be chosen, by name."""
    names = [name.removeprefix("rules/").removesuffix(".yaml") for name in files if name.startswith("rules/")]
    sets = {}
    for name in sorted(names):
        try:
            found = load(files, rules=name).rules
        except PolicyErrors:
            continue
        if found.nothing_matched is not None:
            sets[name] = found
    return sets


class Runner:
    """Judges cases under the policies they name, each loaded once."""

    def __init__(self, files: Mapping[str, str], folder: Path, today: date) -> None:
        self._files, self._folder, self._today = files, folder, today
        self._policies: dict[tuple[str, str, str], Policy] = {}

    def policy(self, case: Case) -> Policy:
        key = (case.table, case.rule_set, case.mode)
        if key not in self._policies:
            self._policies[key] = load(self._files, table=case.table, rules=case.rule_set, mode=case.mode)
        return self._policies[key]

    def run(self, case: Case, clock: Callable[[], float]) -> Result:
        began = clock()
        try:
            judgement = self._judged(case)
        except (NotMade, OSError) as trouble:
            return Result(case, (f"the message could not be made: {trouble}",), None, clock() - began)
        faults = tuple(fault for ruling in judgement.rulings for fault in _faults(case, ruling))
        return Result(case, faults, judgement, clock() - began)

    def _file(self, name: str) -> bytes:
        """A message file beside the policy; one saved with bare LF gets the CRLF it had on the wire."""
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise NotMade(f"{name} lies outside of the policy folder")
        raw = path.read_bytes()
        return raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")

    def _judged(self, case: Case) -> Judgement:
        draft, policy = case.draft, self.policy(case)
        raw = self._file(draft.eml) if draft.eml else written(draft)
        recipients = tuple(Recipient(parse_recipient(address)) for address in (*draft.to, *draft.cc, *draft.bcc))
        # Tests ask what the table means, so its word is taken that the route verifies TLS.
        setting = Setting(case.today or self._today, policy.routes)
        return judge(policy, raw, draft.sender, recipients, setting)


def _faults(case: Case, ruling: Ruling) -> Iterator[str]:
    """Every expectation on one recipient that was not met."""
    address = str(ruling.destination.recipient.address)
    expected = next((want for name, want in case.expected if name.lower() == address.lower()), None)
    if expected is None:
        return
    for what, wanted, got in _compared(expected, ruling):
        yield f"{address}: expected {what} {wanted}, got {got}"


def _compared(expected: Expected, ruling: Ruling) -> Iterator[tuple[str, str, str]]:
    """(what, wanted, got) of each difference."""
    destination = ruling.destination
    rules = [because.rule for because in ruling.because]
    reasons = [because.reason for because in ruling.because]
    if ruling.verdict is not expected.verdict:
        yield "verdict", expected.verdict.word, ruling.verdict.word
    if expected.path is not None and destination.path is not expected.path:
        yield "path", expected.path.value, destination.path.value
    if expected.deliver_to and str(destination.deliver_to) != expected.deliver_to:
        yield "deliver_to", expected.deliver_to, str(destination.deliver_to)
    if expected.route and destination.route != expected.route:
        yield "route", expected.route, destination.route
    for rule in expected.rules:
        if rule not in rules:
            yield "rule", rule, ", ".join(rules) or "no rule"
    for reason in expected.reasons:
        if reason.value not in reasons:
            yield "reason", reason.value, ", ".join(reasons) or "no reason"
    for remedy in expected.remedies:
        if remedy not in ruling.remedies:
            yield "remedy", remedy.value, ", ".join(offered.value for offered in ruling.remedies) or "none"
    for remedy in expected.no_remedies:
        if remedy in ruling.remedies:
            yield "no remedy", remedy.value, "it is offered"
    if expected.waits_for is not None and ruling.waits_for is not expected.waits_for:
        yield "waits_for", expected.waits_for.value, ruling.waits_for.value
    if expected.tell is not None and ruling.tell is not expected.tell:
        yield "tell", str(expected.tell).lower(), str(ruling.tell).lower()
    if expected.mark is not None and ruling.extras.mark is not expected.mark:
        yield "mark", str(expected.mark).lower(), str(ruling.extras.mark).lower()
    if expected.receipt is not None and ruling.extras.receipt is not expected.receipt:
        yield "receipt", str(expected.receipt).lower(), str(ruling.extras.receipt).lower()


def matched(results: tuple[Result, ...]) -> dict[str, frozenset[str]]:
    """The rules that some case met, by rule set."""
    met: dict[str, set[str]] = {}
    for result in results:
        rulings = result.judgement.rulings if result.judgement else ()
        for ruling in rulings:
            met.setdefault(result.case.rule_set, set()).update(because.rule for because in (*ruling.because, *ruling.waived))
    return {name: frozenset(rules) for name, rules in met.items()}
