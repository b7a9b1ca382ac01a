"""Warnings: what is not wrong and probably not meant."""

from datetime import date

import pytest

from gateway.policy import Severity, load, warnings
from tests.policy.conftest import shipped

TODAY = date(2026, 11, 23)


def codes(files: dict[str, str], today: date = TODAY) -> list[str]:
    return [problem.code for problem in warnings(load(files), today)]


@pytest.mark.parametrize("rules", ["strict", "proportionate"])
def test_the_shipped_policy_has_nothing_doubtful(rules: str) -> None:
    assert warnings(shipped(rules=rules), TODAY) == ()


def test_the_modern_table_is_warned_about_registered_domains_that_it_retires() -> None:
    found = warnings(shipped("uk-modern"), TODAY)
    assert {problem.code for problem in found} == {"registry.retired"}
    assert "gsi.gov.uk is retired" in found[1].words


def test_every_warning_has_a_place_and_a_remedy() -> None:
    for problem in warnings(shipped("uk-modern"), date(2030, 1, 1)):
        assert (problem.severity, problem.file) == (Severity.WARNING, "registry.yaml")
        assert problem.line > 1
        assert problem.remedy


@pytest.mark.parametrize(
    ("today", "code"),
    [(date(2027, 11, 2), "registry.review_soon"), (date(2027, 11, 3), "registry.stale"), (date(2026, 11, 1), "registry.future")],
)
def test_evidence_grows_old(files: dict[str, str], today: date, code: str) -> None:
    assert codes(files, today) == [code] * 4


def test_a_registration_that_ended_is_told(files: dict[str, str]) -> None:
    files["registry.yaml"] = files["registry.yaml"].replace("name: NHSmail", "name: NHSmail\n    until: 2026-11-22")
    assert codes(files) == ["registry.ended"]


# an edit of strict.yaml -> what is warned about
EDITS = [
    ("when: {path: insecure, finding: body.personal}", "when: {path: [insecure, bridge], finding: body.personal}", "rule.secure_way"),
    ("finding: body.personal}", "finding: recipient.retired}", "rule.never"),
    ("finding: body.personal}", "finding: bulk.personal}", "rule.overlap"),
    ("finding: body.personal}", "finding: attachment.weak, sender_group: practitioners}", "rule.overlap"),
    ("    remedies: [change_subject]\n", "", "rule.no_remedy"),
    ("remedies: [change_subject]", "remedies: [SUBJECT, change_subject]", "rule.verb_on_bounce"),
]


@pytest.mark.parametrize(("old", "new", "code"), EDITS)
def test_a_rule_that_is_probably_not_meant_so(files: dict[str, str], old: str, new: str, code: str) -> None:
    text = files["rules/strict.yaml"]
    assert old in text
    files["rules/strict.yaml"] = text.replace(old, new, 1)
    found = warnings(load(files), TODAY)
    assert code in [problem.code for problem in found]
    assert all(problem.file == "rules/strict.yaml" for problem in found)


def test_rules_that_ask_more_precisely_are_no_overlap(files: dict[str, str]) -> None:
    text = files["rules/strict.yaml"]
    files["rules/strict.yaml"] = text.replace("finding: body.personal}", "finding: body.personal, sender_group: practitioners}")
    assert codes(files) == []


def test_an_exception_that_ended_and_one_for_another_rule_set(files: dict[str, str]) -> None:
    waiver = "  - {id: w, rules: [%s], from: ['*'], to: ['*'], owner: me, reason: because, until: %s}\n"
    files["waivers.yaml"] = "waivers:\n" + waiver % ("body-personal", "2026-11-22") + waiver % ("subject-names-somebody", "2027-01-01")
    assert codes(files) == ["waiver.ended", "waiver.other_set"]


def test_a_group_that_no_rule_asks_for(files: dict[str, str]) -> None:
    files["policy.yaml"] = files["policy.yaml"].replace(
        "  everyone: {}", "  solicitors: {senders: [solicitors@borough.gov.uk]}\n  everyone: {}"
    )
    assert codes(files) == ["group.unused"]
