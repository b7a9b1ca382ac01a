"""Passwords of ours: long enough for P6 and for a guesser, short enough for every reader and a telephone."""

import math
import re
from collections import Counter

from gateway.checks.own_password import WORDS, word_list
from gateway.service.passwords import MOST_CHARS, new_password

DRAWN = [new_password() for _ in range(300)]


def test_each_is_words_and_digits_that_can_be_said_on_the_telephone() -> None:
    for password in DRAWN:
        assert re.fullmatch(rf"(?:[a-z]{{3,8}}-){{{WORDS}}}[1-9][0-9]", password)
        assert 7 < len(password) <= MOST_CHARS
        assert re.search("[a-z]", password) and re.search("[0-9]", password)


def test_no_two_are_alike_and_no_word_is_preferred() -> None:
    assert len(set(DRAWN)) == len(DRAWN)
    words = Counter(word for password in DRAWN for word in password.split("-")[:-1])
    assert len(words) > 900
    assert max(words.values()) <= 10


def test_as_many_are_left_as_the_promise_says() -> None:
    """Every combination within the length is as likely as any other: their number is what a guesser has to try."""
    lengths: Counter[int] = Counter({0: 1})
    for _ in range(WORDS):
        lengths = with_one_word_more(lengths)
    fitting = sum(many for letters, many in lengths.items() if letters + len("-" * WORDS) + 2 <= MOST_CHARS)
    assert math.log2(fitting * 90) >= 59.7


def with_one_word_more(lengths: Counter[int]) -> Counter[int]:
    longer: Counter[int] = Counter()
    for word_length, words in Counter(map(len, word_list())).items():
        for so_far, many in lengths.items():
            longer[so_far + word_length] += many * words
    return longer
