"""`gateway test`: run the policy's own tests; reads like a checklist."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gateway.cli.common import DONE, NO, command, complain, emit, fail, say, settings_of
from gateway.cli.explain import author, messages, recipient, ruling_lines, visible_recipients
from gateway.mail import read
from gateway.model.envelope import Recipient
from gateway.model.message import Role
from gateway.policy import load
from gateway.service import shapes
from gateway.service.case_runs import Result, Runner, cases_of, matched, rule_sets
from gateway.service.cases import load_cases
from gateway.service.desk import utc_now
from gateway.service.judge import Setting, judge
from gateway.service.new_case import new_case
from gateway.service.policies import read_folder


def add(subparsers: Any) -> None:
    parser = command(subparsers, "test", "Run the policy's tests (*.test.yaml).", "gateway test policies/ --junit report.xml")
    parser.add_argument("folder", nargs="?", metavar="POLICY_DIR", help="default: the policy of the settings")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="also write the results as JUnit XML")
    parser.add_argument("--new-from", metavar="EML", help="print a new case made from a message, its personal data replaced")
    parser.add_argument("--only", metavar="WORDS", help="only cases whose name holds these words")


def run(args: argparse.Namespace) -> int:
    folder = Path(args.folder or settings_of(args).policy)
    files = read_folder(folder)
    if args.new_from:
        return write_case(args.new_from, files, folder)
    cases = tuple(case for case in cases_of(files) if not args.only or args.only.lower() in case.name.lower())
    if not cases:
        complain(f"gateway test: {folder} holds no test case" + (" with these words" if args.only else ""))
        return NO
    runner = Runner(files, folder, utc_now().date())
    results = tuple(runner.run(case, time.perf_counter) for case in cases)
    if args.json:
        for result in results:
            emit(as_json(result))
    else:
        for line in as_checklist(results):
            say(line)
        for line in coverage(results, files) if not args.only else ():
            say(line)
    if args.junit:
        write_junit(args.junit, results)
    return DONE if all(result.passed for result in results) else NO


def write_case(file: str, files: dict[str, str], folder: Path) -> int:
    """Print a case; it must be ruled as the message was, else the replacements changed something that matters."""
    ((name, raw),) = messages([file])
    policy, today = load(files), utc_now().date()
    message = read(raw)
    sender = author(message)
    recipients = tuple(Recipient(recipient(text)) for text in visible_recipients(message))
    if not recipients:
        fail(f"{name} has no To or Cc")
    judgement = judge(policy, raw, sender, recipients, Setting(today, policy.routes))
    body = next((part.texts[0] for part in message.leaves if part.role is Role.BODY and part.texts), "")
    text = new_case(policy, judgement, sender, recipients, body, f"from {Path(name).stem}")
    say(text.rstrip())
    rules = frozenset(rule.id for rule in policy.rules.rules)
    cases, root = load_cases("new.test.yaml", text, {policy.rules.name: rules}, policy.rules.name)
    faults = [str(problem) for problem in root.problems]
    if not faults:
        faults = [fault for case in cases for fault in Runner(files, folder, today).run(case, time.perf_counter).faults]
    for fault in faults:
        complain(f"gateway test: the case is not ruled as the message was: {fault}")
    return NO if faults else DONE


def as_json(result: Result) -> dict[str, object]:
    case = result.case
    return {
        "case": case.name,
        "rules": case.rule_set,
        "file": case.file,
        "line": case.line,
        "passed": result.passed,
        "faults": list(result.faults),
        "seconds": round(result.seconds, 6),
        "rulings": [shapes.ruling(ruling) for ruling in result.judgement.rulings] if result.judgement else [],
    }


def as_checklist(results: tuple[Result, ...]) -> Iterator[str]:
    file = ""
    for result in results:
        case = result.case
        if case.file != file:
            file = case.file
            yield file
        yield f"  {'ok  ' if result.passed else 'FAIL'} {case.name} ({case.rule_set})"
        if not result.passed:
            yield from trace(result)
    failed = sum(not result.passed for result in results)
    waived = sum(bool(ruling.waived) for result in results if result.judgement for ruling in result.judgement.rulings)
    by_waiver = f", {waived} rulings by waiver" if waived else ""
    yield f"{len(results)} cases, {failed} failed{by_waiver}, {sum(result.seconds for result in results):.2f} s"


def trace(result: Result) -> Iterator[str]:
    """Everything that was found and ruled, so that nobody has to guess why."""
    yield f"         at {result.case.file}:{result.case.line}"
    for fault in result.faults:
        yield f"         {fault}"
    if result.judgement is None:
        return
    for finding in result.judgement.findings.items:
        yield f"         found    {finding.shown} [{finding.reason.value}] at {finding.where or 'the message'}"
    for ruling in result.judgement.rulings:
        for line in ruling_lines(ruling):
            yield f"       {line}"


def coverage(results: tuple[Result, ...], files: dict[str, str]) -> Iterator[str]:
    """Which rules no case met."""
    met = matched(results)
    for name, found in rule_sets(files).items():
        if name not in met:
            continue
        rules = [rule.id for rule in found.rules]
        missing = [rule for rule in rules if rule not in met[name]]
        yield f"{name}: {len(rules) - len(missing)} of {len(rules)} rules met by a case"
        for rule in missing:
            yield f"  never met: {rule}"


def write_junit(file: Path, results: tuple[Result, ...]) -> None:
    """The form that build servers read."""
    failed = sum(not result.passed for result in results)
    suite = ElementTree.Element("testsuite", name="gateway test", tests=str(len(results)), failures=str(failed))
    for result in results:
        name = f"{result.case.name} ({result.case.rule_set})"
        one = ElementTree.SubElement(suite, "testcase", classname=result.case.file, name=name, time=f"{result.seconds:.6f}")
        if not result.passed:
            ElementTree.SubElement(one, "failure", message=result.faults[0]).text = "\n".join(trace(result))
    try:
        ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
    except OSError as trouble:
        fail(f"cannot write {file}: {trouble.strerror}")
