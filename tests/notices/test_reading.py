"""The measure of reading age that needs no dictionary agrees with the one that has hyphenation patterns."""

import pytest

from gateway.notices.guidance import how_to_open
from gateway.notices.message import as_read
from gateway.notices.reading import MOST_YEARS, is_hard, reading_age, syllables
from gateway.notices.shipped import SHIPPED
from tests.notices.test_examples import ALL
from tests.notices.test_letters import reading_age as by_hyphenation

WORDS = [
    ("locked", 1),
    ("waited", 2),
    ("table", 2),
    ("address", 2),
    ("password", 2),
    ("files", 1),
    ("organisation", 5),
    ("people", 2),
    ("the", 1),
]
HARD = "Notwithstanding organisational confidentiality considerations, unencrypted documentation necessitates immediate remediation."


@pytest.mark.parametrize(("word", "spoken"), WORDS, ids=[word for word, _ in WORDS])
def test_syllables_are_counted_as_spoken(word: str, spoken: int) -> None:
    assert syllables(word) == spoken


@pytest.mark.parametrize("name", ALL)
def test_on_whole_letters_the_two_measures_agree_within_two_years(name: str) -> None:
    words = as_read(ALL[name])[1]
    assert 0 <= reading_age(words) - by_hyphenation(words) <= 2


@pytest.mark.parametrize("key", SHIPPED)
def test_no_shipped_sentence_is_hard(key: str) -> None:
    assert not any(is_hard(line) for line in SHIPPED[key].splitlines())


def test_a_child_of_eleven_can_read_how_to_open_a_locked_file() -> None:
    assert max(reading_age(how_to_open()), by_hyphenation(how_to_open())) <= MOST_YEARS


def test_hard_prose_is_hard_and_nothing_is_easy() -> None:
    assert is_hard(HARD)
    assert reading_age("") == reading_age("12:30") == 0.0
