"""Two hundred positives, each hidden in every way we know: at least 98 in a hundred are still found."""

import random

import pytest

from gateway.checks import inspect_text
from tests.checks.evasions import EVERYWHERE, IN_HTML

GIVEN = ("Kayleigh", "Mohammed", "Zuzanna", "Priya", "Callum", "Freya", "Leila", "Bartosz", "Connor", "Idris", "Kieran", "Poppy", "Shanice")
FAMILY = ("Thompson", "Hussain", "Kowalska", "Adebayo", "Chaudhary", "Gallagher", "Whitfield", "Haddad", "Zielinski", "Dupont")
SUBJECTS = (
    "{name} LAC review",
    "CAF for {name}",
    "{name} DOB 03/04/2015",
    "NHS number 943 476 5919",
    "Re: {name} - child protection conference",
)
BODIES = (
    "{name}, date of birth 3 April 2015, is subject to a child protection plan.",
    "I would like to refer {name}. There are concerns about neglect and domestic violence at home, and mum is drinking.",
    "Her NHS number is 943 476 5919 and she attended A&E with a bruise.",
    "{name} disclosed that her stepdad hits her and she is scared to go home.",
    "NI number AB 12 34 56 C belongs to {name}, who is in hospital after an overdose, her mother says.",
)


def positives(templates: tuple[str, ...]) -> list[str]:
    chance = random.Random(8)
    return [chance.choice(templates).format(name=f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}") for _ in range(100)]


def missed(texts: list[str], channel: str, hide: object) -> list[str]:
    chance = random.Random(5)
    return [text for text in texts if not inspect_text(hide(text, chance), channel).confidential]  # type: ignore[operator]


def test_every_positive_is_found_as_it_stands() -> None:
    assert missed(positives(SUBJECTS), "subject", lambda text, chance: text) == []
    assert missed(positives(BODIES), "body", lambda text, chance: text) == []


@pytest.mark.parametrize("way", EVERYWHERE)
def test_hidden_subjects_are_found(way: str) -> None:
    assert len(missed(positives(SUBJECTS), "subject", EVERYWHERE[way])) <= 2


@pytest.mark.parametrize("way", [*EVERYWHERE, *IN_HTML])
def test_hidden_texts_are_found(way: str) -> None:
    assert len(missed(positives(BODIES), "body", (EVERYWHERE | IN_HTML)[way])) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "NHS number 943&#46;476&#46;5919",
        "NHS <td>9</td><td>4</td><td>3</td><td>4</td><td>7</td><td>6</td><td>5</td><td>9</td><td>1</td><td>9</td>",
        "NHS number 943.476.5919",
        "NHS number 943\n476\n5919",
        "NHS number: 943 476\u202f5919",
        "<p>Child: <b>Ka</b>yleigh Tho<b>mps</b>on, DOB <span>03/04/2015</span></p>",
    ],
)
def test_split_numbers_are_joined(text: str) -> None:
    assert inspect_text(text, "body").confidential


@pytest.mark.parametrize(
    "text", ["c0nfidential", "C O N F I D E N T I A L", "CONF\u200bIDENTIAL: x", "RE: FW: [CJSM] K a y l e i g h Thompson LAC review"]
)
def test_spelled_subjects_are_read(text: str) -> None:
    assert inspect_text(text, "subject").confidential


def test_offsets_point_into_the_hidden_text() -> None:
    text = "Dear all, <b>Ka</b>yleigh Tho<i>mps</i>on&nbsp;disclosed that her stepdad hits her."
    found = next(one for one in inspect_text(text, "body").findings if one.kind == "PERSON")
    assert text[found.start : found.end] == "Ka</b>yleigh Tho<i>mps</i>on"
