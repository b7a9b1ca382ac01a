"""Documentation that cannot go stale: every reason, setting, command, metric, reply and requirement stands where a person looks for it."""

import argparse
import ast
import dataclasses
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from gateway.cli.main import COMMANDS, parser
from gateway.model.findings import Reason
from gateway.model.judgement import Path as Way
from gateway.model.judgement import Remedy
from gateway.model.plan import NoticeKind
from gateway.model.settings import Limits
from gateway.model.smtp import Reply
from gateway.notices import replies
from gateway.notices.guidance import advice, meaning
from gateway.service import metrics
from gateway.service.settings import TOP, load_settings
from gateway.smtp import offers
from gateway.smtp import replies as listener_replies
from tests.conftest import ROOT

WRONG_COMMANDS = ("5.5.1", "5.5.2", "5.5.4")
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """Cells of every table row; `|` inside code does not occur in our pages."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def first_cells(text: str) -> set[str]:
    return {row[0].strip("`") for row in rows(text)}


# Reasons


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
def test_every_reason_is_explained_in_the_words_that_people_read(reason: Reason) -> None:
    match = re.search(rf"^### `{re.escape(reason.value)}`\n(.*?)(?=^##|\Z)", page("reasons.md"), re.M | re.S)
    assert match, f"docs/reasons.md lacks {reason.value}"
    assert re.search(r"^Found when: .{20,}\.$", match[1], re.M)
    assert f"The sender reads: {meaning(reason)}\n" in match[1]
    assert f"What to do: {advice(reason)}\n" in match[1]


def test_no_reason_is_explained_that_does_not_exist() -> None:
    assert set(re.findall(r"^### `(.+)`$", page("reasons.md"), re.M)) == {reason.value for reason in Reason}


# Settings


def section(text: str, heading: str) -> str:
    match = re.search(rf"^## {re.escape(heading)}.*?\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert match, f"no section {heading}"
    return match[1]


def test_every_setting_has_its_row() -> None:
    text = page("settings.md")
    assert first_cells(section(text, "Top level")) - {"key", "---"} == set(TOP)
    documented = first_cells(text)
    source = inspect.getsource(inspect.getmodule(load_settings))  # type: ignore[arg-type]  # it has a module
    for names in re.findall(r"\.mapping\(((?:\"\w+\"(?:, )?)+)\)", source):
        for name in re.findall(r'"(\w+)"', names):
            assert name in documented, f"docs/settings.md lacks {name}"


def test_every_limit_stands_with_its_default_and_a_reason() -> None:
    documented = {row[0].strip("`"): (row[1].strip("`"), row[2]) for row in rows(section(page("settings.md"), "`limits`"))[2:]}
    assert {name: default for name, (default, _) in documented.items()} == {
        field.name: str(field.default) for field in dataclasses.fields(Limits)
    }
    assert all(reason for _, reason in documented.values())


def test_every_limit_says_why_beside_its_value() -> None:
    (limits,) = ast.parse(inspect.getsource(Limits)).body
    assert isinstance(limits, ast.ClassDef)
    for field, after in itertools.pairwise([*limits.body, ast.Pass()]):
        if isinstance(field, ast.AnnAssign):
            assert isinstance(after, ast.Expr), f"{ast.unparse(field)}: why?"


def test_the_defaults_at_the_top_are_the_real_ones() -> None:
    settings = load_settings(None, {})
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(section(page("settings.md"), "Top level"))}
    for name in ("hostname", "control", "store", "keys", "policy", "postmaster"):
        assert documented[name] == getattr(settings, name)
    assert documented["workers"] == str(settings.workers)
    assert documented["bounce_in_session"] == str(settings.bounce_in_session).lower()


def test_the_example_settings_are_valid() -> None:
    settings = load_settings(str(ROOT / "deploy" / "gateway.yaml"), {})
    assert settings.hostname == "gateway.borough.gov.uk"
    assert settings.route("cjsm") is not None
    assert set(yaml.safe_load((ROOT / "deploy" / "gateway.yaml").read_text("utf-8"))) <= set(TOP)


def test_the_unit_stops_no_sooner_than_the_gateway_has_drained() -> None:
    unit = (ROOT / "deploy" / "gateway.service").read_text("utf-8")
    match = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    assert match and int(match[1]) >= Limits().drain_s + 5


# Commands


def options_of(command: argparse.ArgumentParser) -> Iterator[str]:
    for action in command._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield name
                yield from options_of(sub)


def subcommands() -> dict[str, argparse.ArgumentParser]:
    return next(action.choices for action in parser(tuple(COMMANDS))._actions if isinstance(action, argparse._SubParsersAction))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_with_its_actions_and_options_is_explained(name: str) -> None:
    match = re.search(rf"^## `gateway {name}\b.*?\n.*?(?=^## |\Z)", page("commands.md"), re.M | re.S)
    assert match, f"docs/commands.md lacks {name}"
    everywhere = {"--help", "--json", "--settings"}
    for option in set(options_of(subcommands()[name])) - everywhere:
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", match[0]), f"docs/commands.md: {name} lacks {option}"


def test_no_command_or_action_is_explained_that_does_not_exist() -> None:
    text = page("commands.md")
    assert set(re.findall(r"^## `gateway (\w+)", text, re.M)) == set(COMMANDS)
    for name in ("hold", "records"):
        known = set(options_of(subcommands()[name]))
        part = re.search(rf"^## `gateway {name} ([\w|]+)`(.*?)(?=^## )", text, re.M | re.S)
        assert part
        assert set(part[1].split("|")) <= known
        assert {row[0].strip("`").split()[0] for row in rows(part[2])[2:]} <= known


# Notices and operations


@pytest.mark.parametrize("remedy", list(Remedy), ids=lambda remedy: remedy.value)
def test_every_remedy_is_named(remedy: Remedy) -> None:
    assert f"`{remedy.value}`" in page("notices.md")


def test_every_kind_of_notice_is_named() -> None:
    assert {kind.value for kind in NoticeKind} <= first_cells(section(page("notices.md"), "Kinds"))


def test_every_metric_is_explained() -> None:
    documented = first_cells(section(page("operations.md"), "Metrics"))
    names = {name for metric in metrics.REGISTRY.collect() for name in [metric.name + ("_total" if metric.type == "counter" else "")]}
    assert documented - {"name", "---"} == names


def test_every_reply_stands_as_it_is_sent() -> None:
    text = page("operations.md")
    for name, function in inspect.getmembers(replies, inspect.isfunction):
        if function.__module__ == replies.__name__ and not name.startswith("_"):
            words = ["REF", "..."][: len(inspect.signature(function).parameters)]
            assert f"| `{function(*words)}` |" in text, f"docs/operations.md lacks {name}"


@pytest.mark.parametrize("module", [listener_replies, offers], ids=["listener", "offers"])
def test_every_reply_of_the_protocol_that_stops_mail_stands_there_too(module: ModuleType) -> None:
    text = page("operations.md")
    given = [value for value in vars(module).values() if isinstance(value, Reply)]
    assert given
    for reply in given:
        if reply.code >= 400 and reply.status not in WRONG_COMMANDS:
            assert f"| `{reply}` |" in text, f"docs/operations.md lacks {reply}"


def test_every_path_of_the_contract_is_named_somewhere() -> None:
    everything = "".join(file.read_text("utf-8") for file in DOCS.glob("*.md"))
    for way in Way:
        assert f"`{way.value}`" in everything, way.value


# Requirements

LINES = [f"C{n}" for n in range(1, 17)] + [f"P{n}" for n in range(1, 16)] + [f"H{n}" for n in range(1, 17)]
KINDS = {"enforced", "assisted", "recorded", "said", "not yet"}


def requirement_rows() -> dict[str, list[str]]:
    return {row[0]: row for row in rows(page("requirements.md")) if re.fullmatch(r"[CPH]\d+", row[0])}


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_the_guidance_has_its_row_and_a_test_that_exists(line: str) -> None:
    _, words, how, shown = requirement_rows()[line]
    assert words
    assert set(re.split(r", ", how)) <= KINDS
    links = re.findall(r"\[`(\w+)`\]\((\.\./tests/[\w/]+\.py)\)", shown)
    assert links or how == "not yet", f"{line} is shown by no test"
    for name, path in links:
        file = (DOCS / path).resolve()
        assert file.is_file(), path
        assert f"def {name}(" in file.read_text("utf-8"), f"{path} has no {name}"


# Links


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("**/*.md"))]


@pytest.mark.parametrize("file", pages(), ids=lambda file: file.name)
def test_every_link_within_the_project_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", file.read_text("utf-8")):
        if "://" not in target:
            assert (file.parent / target).exists(), f"{file.name} links to {target}"


def test_the_readme_opens_with_what_it_is_and_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text("utf-8").split("\n## ")[0]
    assert "outgoing mail gateway" in opening.splitlines()[2]
    assert opening.index("make run") < opening.index("make test")
