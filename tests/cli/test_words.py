"""`gateway words`: every sentence, whose it is, and a notice made of them."""

import json
import re
from pathlib import Path

import pytest
import yaml

from gateway.cli.main import main
from gateway.notices.shipped import SHIPPED
from tests.conftest import ROOT

POLICIES = str(ROOT / "policies")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["words", "--policy", POLICIES, *words]) == 0
    return capsys.readouterr().out


def test_what_is_printed_can_be_pasted_into_the_policy(capsys: pytest.CaptureFixture[str]) -> None:
    pasted = yaml.safe_load(printed(capsys))
    assert {key: (text or "").rstrip("\n") for key, text in pasted.items()} == SHIPPED


def test_an_organisations_own_words_are_in_force_and_marked(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--organisation", "oakfield")
    marked = re.findall(r"^(\S+): .*# your own$", text, re.M)
    assert marked == ["urgent", "urgent.out_of_hours"]
    rows = [json.loads(line) for line in printed(capsys, "--organisation", "oakfield", "--json").splitlines()]
    (urgent,) = [row for row in rows if row["key"] == "urgent"]
    assert urgent["own"] and urgent["text"] != urgent["shipped"] == SHIPPED["urgent"]
    (deadline,) = [row for row in rows if row["key"] == "next.deadline"]
    assert deadline["facts"] == ["until"]


def test_an_example_is_shown_as_the_organisation_would_send_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--organisation", "oakfield", "--notice", "stopped")
    assert text.startswith("Subject: Not sent: your email to 1 person\n\nYour email was not sent to rita.k1964@example.com\n")
    assert "phone the office and ask for the head" in text
    assert "Pat Lindley (head teacher): 020 7946 0300" in text
    assert "Nobody can review this before Monday 08:30. PROTECT works now." in text


@pytest.mark.parametrize(
    ("option", "wrong", "right"), [("--organisation", "oakfeild", "borough, merton, oakfield"), ("--notice", "stoped", "stopped, ")]
)
def test_a_wrong_name_lists_the_right_ones(capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, wrong: str, right: str) -> None:
    assert main(["words", "--policy", POLICIES, option, wrong]) == 2
    assert right in capsys.readouterr().err
