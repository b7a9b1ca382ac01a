"""docs/policy.md is enough: every key stands in it, and its four changes do what it says."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.policy import load, warnings
from gateway.policy.schema import SCHEMAS, schema_of
from gateway.service.case_runs import Runner, cases_of
from gateway.service.cases import _DRAFT_KEYS
from tests.policy.conftest import POLICIES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "policy.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


def keys(schema: object) -> set[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        return set(properties) | {key for item in schema.values() for key in keys(item)}
    if isinstance(schema, list):
        return {key for item in schema for key in keys(item)}
    return set()


@pytest.mark.parametrize("key", sorted({key for name in SCHEMAS for key in keys(schema_of(name))} | set(_DRAFT_KEYS)))
def test_every_key_is_explained(key: str) -> None:
    assert re.search(rf"`[^`\n]*(?<!\w){re.escape(key)}(?!\w)[^`\n]*`", PAGE), f"docs/policy.md lacks {key}"


def test_every_file_of_the_policy_is_named() -> None:
    for path in POLICIES.rglob("*.yaml"):
        name = path.relative_to(POLICIES).as_posix()
        assert f"`{name}`" in PAGE or name.endswith(".test.yaml"), name


def test_the_four_changes_are_valid_and_do_what_the_page_says(files: dict[str, str]) -> None:
    waiver, rule, mark, partner, tests = EXAMPLES
    files = {name: text for name, text in files.items() if not name.endswith(".test.yaml")}
    files["waivers.yaml"] = waiver
    files["rules/proportionate.yaml"] += "\n" + rule + mark
    files["registry.yaml"] += "\n" + partner
    files["own.test.yaml"] = tests
    found = warnings(load(files, rules="proportionate"), date(2026, 11, 23))
    assert [problem.code for problem in found] == ["waiver.other_set"]
    runner = Runner(files, POLICIES, date(2026, 12, 1))
    results = [runner.run(case, lambda: 0.0) for case in cases_of(files)]
    assert [(result.case.rule_set, result.faults) for result in results] == [("strict", ()), *[("proportionate", ())] * 3]
    late = [runner.run(replace(case, today=date(2026, 12, 19)), lambda: 0.0) for case in cases_of(files)]
    assert [bool(result.faults) for result in late] == [True, False, False, False]


def test_the_settings_of_the_roll_out_are_valid(files: dict[str, str]) -> None:
    page = (DOCS / "roll-out.md").read_text()
    start = re.findall(r"```yaml\n(.*?)```", page, re.S)[0]
    chosen = dict(line.split(": ") for line in start.splitlines())
    assert load(files, **chosen).mode.value == "observe"
