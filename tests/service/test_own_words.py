"""An organisation's own words: used where they are right, an error with its place where they are not, and never in the way of a notice."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.policy import Severity
from gateway.service.own_words import wrong_words
from gateway.service.policies import load_folder
from tests.conftest import ROOT
from tests.files import docx
from tests.harness import letter
from tests.service.office import CLIENT, Office, office, words

JO, TEACHER = "jo.bell@borough.gov.uk", "a.teacher@oakfield.borough.sch.uk"
PARENT = "dee.dunn@gmail.com"


def with_words(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    (folder / "notices.yaml").write_text(text)
    return folder


def said(tmp_path: Path, text: str) -> list[tuple[Severity, str]]:
    return [(problem.severity, str(problem)) for problem in wrong_words(load_folder(with_words(tmp_path, text)))]


def test_the_shipped_example_has_nothing_wrong() -> None:
    policy = load_folder(ROOT / "policies")
    assert policy.wording.of("oakfield")["urgent"].startswith("If a child is at risk now, phone the office")
    assert policy.wording.of("borough") == {}
    assert list(wrong_words(policy)) == []


def test_an_organisations_words_go_before_those_for_everybody(tmp_path: Path) -> None:
    text = "words: {pick_one: Pick either.}\norganisations: {oakfield: {pick_one: Take one.}}\n"
    wording = load_folder(with_words(tmp_path, text)).wording
    assert (wording.of("oakfield")["pick_one"], wording.of("merton")["pick_one"]) == ("Take one.", "Pick either.")


WRONG = [
    ("an unknown sentence", "titel.stopped: Not sent to {whom}", "there is no sentence 'titel.stopped'. Did you mean 'title.stopped'?"),
    ("an unknown fact", "title.stopped: Not sent to {whom} by {secret}", "{secret} is not known here"),
    ("a fact that is lost", "next.deadline: It comes back some day.", "{until} is missing"),
    ("an urgent line without a telephone", "urgent: If a child is at risk now, write to us.", "it must tell people to phone"),
    ("a template language", 'pick_one: "{{ 7 * 7 }}"', "is not known here"),
    ("half a bracket", 'pick_one: "Pick { one."', "a curly bracket stands alone"),
    ("two lines in a sentence", 'pick_one: "Pick\\none."', "there are too many lines"),
    ("nothing at all", 'pick_one: ""', "there are no words"),
    ("no end", f"pick_one: {'x' * 601}", "a line is longer than 600 characters"),
]


@pytest.mark.parametrize(("entry", "fault"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_cannot_be_used_is_an_error_at_its_place(tmp_path: Path, entry: str, fault: str) -> None:
    found = said(tmp_path, f"words:\n  {entry}\n")
    assert any(severity is Severity.ERROR and text.startswith("notices.yaml:2:") and fault in text for severity, text in found), found


def test_hard_words_are_a_warning(tmp_path: Path) -> None:
    hard = "Notwithstanding organisational confidentiality considerations, documentation necessitates immediate administrative remediation."
    ((severity, text),) = said(tmp_path, f"words:\n  about.not_kept: {hard}\n")
    assert severity is Severity.WARNING
    assert "hard to read" in text


def test_words_for_nobody_are_a_warning(tmp_path: Path) -> None:
    ((severity, text),) = said(tmp_path, "organisations: {oakfeild: {pick_one: One.}}\n")
    assert severity is Severity.WARNING
    assert "there is no organisation 'oakfeild'. Did you mean 'oakfield'?" in text


# In a notice


async def notice_for(at: Office, sender: str, organisation: str) -> str:
    message = letter(sender, [PARENT], "Thursday", "See you at ten.")
    message.add_attachment(docx("Medication at seven"), maintype="application", subtype="octet-stream", filename="plan.docx")
    assert (await at.send(sender, [PARENT], message, replace(CLIENT, organisation=organisation))).ok
    await at.settle()
    return words(at.sent("notice")[-1]).replace("\r\n", "\n")


async def test_a_school_speaks_in_its_own_words_and_the_council_in_its(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        school, council = await notice_for(at, TEACHER, "oakfield"), await notice_for(at, JO, "borough")
        assert "phone the office and ask for the head" in school
        assert "phone the borough's duty team" in school
        assert "If a child is at risk now, phone. Do not wait for email." in council
        assert "ask for the head" not in council


async def test_words_that_cannot_be_used_never_stop_a_notice(tmp_path: Path) -> None:
    text = "words:\n  title.stopped: Not sent, {nobody} knows why\n  urgent: Write to us.\n  own.stopped: Ask the privacy team.\n"
    policy = load_folder(with_words(tmp_path / "own", text))
    async with office(tmp_path, policy=policy) as at:
        notice = await notice_for(at, JO, "borough")
        assert notice.startswith(f"Your email was not sent to {PARENT}\n")
        assert "If a child is at risk now, phone. Do not wait for email." in notice
        assert "\nAsk the privacy team.\n" in notice
