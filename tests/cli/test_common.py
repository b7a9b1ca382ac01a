"""What every command and every action of one has in common: an example, --json and --settings, on either side of the action's name."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.main import COMMANDS, main, parser


def below(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every command, and every action of one."""
    for option in command._actions:
        if isinstance(option, argparse._SubParsersAction):
            for one in option.choices.values():
                yield one
                yield from below(one)


EVERY = tuple(below(parser(tuple(COMMANDS))))


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.prog)
def test_every_command_and_action_shows_an_example_and_takes_json_and_settings(one: argparse.ArgumentParser) -> None:
    assert f"Example:  {one.prog}" in one.format_help()
    assert {"--json", "--settings"} <= {word for option in one._actions for word in option.option_strings}


@pytest.mark.parametrize("before", [True, False], ids=["before the action", "after the action"])
def test_options_count_on_either_side_of_an_action(before: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"store: sqlite:///{tmp_path}/gateway.db\nkeys: {tmp_path}/keys\npolicy: policies/\n")
    options = ("--json", "--settings", str(settings))
    assert main(["records", *options, "verify"] if before else ["records", "verify", *options]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "faults": []}
    assert (tmp_path / "gateway.db").exists()
