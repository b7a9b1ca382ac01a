"""Names from all over the world, in our templates: the lists and the shapes together."""

import random

import pytest

from gateway.checks import inspect_text
from gateway.checks.names import Sure, family_degree, given_degree, people

SUBJECTS = (
    "LAC review - {given} {family}",
    "{given} {family} EHCP annual review",
    "Fwd: {given} {family}",
    "{FAMILY}, {given}",
    "{family}, {given}: attendance",
    "{family} family",
    "{given} {initial} dob 01/02/2012",
)
WORLD = (
    ("Oluwaseun", "Adebayo"),
    ("Zuzanna", "Kowalska"),
    ("Thi", "Nguyen"),
    ("Mohammed", "Al-Hassan"),
    ("Siobhan", "O'Rourke"),
    ("Priyanka", "Chaudhary"),
    ("Ioana", "Popescu"),
    ("Mehmet", "Yildiz"),
    ("Chidera", "Okonkwo"),
    ("Anastasia", "Petrova"),
    ("Jean-Luc", "Dubois"),
    ("Hafsa", "Warsame"),
    ("Bence", "Gelencser"),
    ("Xin", "Zhang"),
    ("Renee", "Smith-Jones"),
)


@pytest.mark.parametrize(("given", "family"), WORLD)
def test_names_of_the_world_are_found_in_subjects(given: str, family: str) -> None:
    filled = [line.format(given=given, family=family, FAMILY=family.upper(), initial=family[0]) for line in SUBJECTS]
    assert [text for text in filled if not inspect_text(text, "subject").confidential] == []


def test_nearly_every_listed_pair_is_found_with_and_without_capitals() -> None:
    chance = random.Random(4)
    givens = (
        "Amelia",
        "Bartosz",
        "Callum",
        "Dev",
        "Ewa",
        "Farid",
        "Grace",
        "Hugo",
        "Isla",
        "Jamal",
        "Keira",
        "Liam",
        "Mina",
        "Noor",
        "Owen",
    )
    families = (
        "Ahmed",
        "Brennan",
        "Costa",
        "Dhillon",
        "Evans",
        "Fernandez",
        "Georgiou",
        "Hoang",
        "Ismail",
        "Jankowski",
        "Khan",
        "Lim",
        "Murray",
    )
    texts = [chance.choice(SUBJECTS[:3]).format(given=chance.choice(givens), family=chance.choice(families)) for _ in range(100)]
    missed = [text for text in texts if not inspect_text(text, "subject").confidential]
    assert len(missed) <= 1
    lower = [text.lower() for text in texts if not text.startswith("Fwd")]
    assert len([text for text in lower if not inspect_text(text, "subject").confidential]) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "Nelson Mandela House",
        "Hugh Place",
        "Cllr David Hyde",
        "Taylor Wimpey",
        "St Kathryn's Primary School",
        "Leeds, Kent",
        "Monday Morning",
        "LAC Review",
    ],
)
def test_what_wears_a_name_is_no_person(text: str) -> None:
    assert [one for one in people(text) if one.sure >= Sure.LIKELY] == []


def test_words_that_are_also_names_count_for_less() -> None:
    assert given_degree("kayleigh") == 3 and given_degree("grace") == 2 and given_degree("june") == 1 and given_degree("monday") == 0
    assert (
        family_degree("thompson") == 3 and family_degree("field") == 2 and family_degree("qorvell") == 1 and family_degree("meeting") == 0
    )
