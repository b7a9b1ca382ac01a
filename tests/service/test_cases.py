"""Policy tests: what they name must exist, a pass means that every expectation was met, and the shipped ones pass."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from gateway.policy import PolicyErrors
from gateway.service.case_runs import Result, Runner, cases_of, matched, rule_sets
from gateway.service.cases import Case
from gateway.service.policies import read_folder
from tests.conftest import ROOT

FOLDER = ROOT / "policies"
TODAY = date(2026, 11, 23)
CASE = """
cases:
  - name: a plan to a carer
    from: jo.bell@borough.gov.uk
    to: [rita@gmail.com]
    subject: Papers
    attach: [plan.docx]
    expect:
      rita@gmail.com: {verdict: hold, rules: [attachment-not-locked]}
"""


@pytest.fixture
def files() -> dict[str, str]:
    """The shipped policy without its tests."""
    return {name: text for name, text in read_folder(FOLDER).items() if not name.endswith(".test.yaml")}


def clock() -> float:
    return 0.0


def results(files: dict[str, str], text: str, folder: Path = FOLDER) -> list[Result]:
    files = {**files, "one.test.yaml": text}
    runner = Runner(files, folder, TODAY)
    return [runner.run(case, clock) for case in cases_of(files)]


def problems(files: dict[str, str], text: str) -> list[str]:
    with pytest.raises(PolicyErrors) as raised:
        cases_of({**files, "one.test.yaml": text})
    return [str(problem) for problem in raised.value.problems]


SHIPPED = cases_of(read_folder(FOLDER))
RUNNER = Runner(read_folder(FOLDER), FOLDER, TODAY)


@cache
def shipped_result(case: Case) -> Result:
    return RUNNER.run(case, clock)


@pytest.mark.parametrize("case", SHIPPED, ids=[f"{case.name} ({case.rule_set})" for case in SHIPPED])
def test_the_shipped_policy_passes_its_own_tests(case: Case) -> None:
    assert shipped_result(case).faults == ()


def test_every_shipped_rule_is_met_by_a_shipped_case() -> None:
    met = matched(tuple(shipped_result(case) for case in SHIPPED))
    for name, found in rule_sets(read_folder(FOLDER)).items():
        assert {rule.id for rule in found.rules} - met[name] == set()


def test_every_walk_has_a_case_under_both_rule_sets() -> None:
    walks = {(case.name.split(":")[0], case.rule_set) for case in SHIPPED if case.name.startswith("walk ")}
    for number in range(1, 31):
        for rule_set in ("strict", "proportionate"):
            assert (f"walk {number}", rule_set) in walks, number


def test_a_met_expectation_passes_and_an_unmet_one_says_what_came_instead(files: dict[str, str]) -> None:
    (passed,) = results(files, CASE)
    assert passed.faults == ()
    (failed,) = results(files, CASE.replace("verdict: hold", "verdict: bounce").replace("attachment-not-locked", "body-personal"))
    assert failed.faults == (
        "rita@gmail.com: expected verdict bounce, got hold",
        "rita@gmail.com: expected rule body-personal, got attachment-not-locked",
    )


# an edit of the case above -> what is wrong with it
WRONG = [
    ("rules: [attachment-not-locked]", "rules: [attachment-not-lockt]", "should be one of"),
    ("      rita@gmail.com:", "      reta@gmail.com:", "reta@gmail.com is no recipient of the message"),
    ("      rita@gmail.com:", "      reta@gmail.com:", "nothing is expected of rita@gmail.com"),
    ("to: [rita@gmail.com]", "to: [rita]", "is not a mail address"),
    ("verdict: hold", "verdict: helt", "should be one of"),
    ("attach: [plan.docx]", "atach: [plan.docx]", "Did you mean 'attach'?"),
    ("from: jo.bell@borough.gov.uk", "from: jo.bell", "is not a mail address"),
    ("cases:", "rules: [stict]\ncases:", "Did you mean 'strict'?"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_test_that_names_what_does_not_exist_is_an_error(files: dict[str, str], old: str, new: str, words: str) -> None:
    assert old in CASE
    assert any(words in problem for problem in problems(files, CASE.replace(old, new)))


def test_a_file_without_cases_is_an_error(files: dict[str, str]) -> None:
    assert "there are no cases in this file" in problems(files, "says: nothing\n")[0]


def test_two_cases_of_one_name_are_an_error(files: dict[str, str]) -> None:
    assert any("two cases are called" in problem for problem in problems(files, CASE + CASE.replace("\ncases:\n", "")))


def test_a_case_runs_under_each_rule_set_it_names(files: dict[str, str]) -> None:
    text = CASE.replace("cases:", "rules: [strict, proportionate]\ncases:").replace(
        "{verdict: hold, rules: [attachment-not-locked]}", "{strict: hold, proportionate: deliver}"
    )
    assert [(result.case.rule_set, result.faults) for result in results(files, text)] == [("strict", ()), ("proportionate", ())]


def test_a_case_may_be_a_message_file_and_a_missing_one_fails(files: dict[str, str], tmp_path: Path) -> None:
    text = CASE.replace("    attach: [plan.docx]\n", "    eml: one.eml\n").replace(
        "{verdict: hold, rules: [attachment-not-locked]}", "deliver"
    )
    (missing,) = results(files, text, tmp_path)
    assert "the message could not be made" in missing.faults[0]
    (tmp_path / "one.eml").write_bytes(b"From: jo.bell@borough.gov.uk\r\nTo: rita@gmail.com\r\nSubject: Hello\r\n\r\nSee you.\r\n")
    (passed,) = results(files, text, tmp_path)
    assert passed.faults == ()


def test_a_message_file_outside_of_the_folder_is_not_read(files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secret.eml").write_bytes(b"Subject: x\r\n\r\n")
    inside = tmp_path / "policies"
    inside.mkdir()
    text = CASE.replace("    attach: [plan.docx]\n", "    eml: ../secret.eml\n")
    (result,) = results(files, text, inside)
    assert "outside of the policy folder" in result.faults[0]


def test_waivers_count_on_the_day_that_a_case_names(files: dict[str, str]) -> None:
    files["waivers.yaml"] = (
        "waivers:\n  - {id: w, rules: [attachment-not-locked], from: ['*'], to: [gmail.com], owner: me, reason: x, until: 2026-12-18}\n"
    )
    day = CASE.replace("subject: Papers", "subject: Papers\n    today: 2026-12-%s")
    waived = day.replace("{verdict: hold, rules: [attachment-not-locked]}", "deliver")
    assert [result.faults for result in results(files, waived % 18)] == [()]
    assert [result.faults for result in results(files, day % 19)] == [()]
