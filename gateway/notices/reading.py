"""How old a reader must be to read a text: Flesch-Kincaid's grade plus five years.

Promises: needs no dictionary, so that `gateway check` can warn about an organisation's own words wherever it runs. The tests measure what
ships with hyphenation patterns too; on whole letters the two agree within two years, and this one is the stricter.
"""

import re

MOST_YEARS = 11
"""What GOV.UK asks of words for everybody is nine; the guidance's own matter needs some longer words."""
SENTENCE_YEARS = 14
"""A single sentence swings further than a letter: no shipped one of eight words or more is above this (`tests/notices/test_reading.py`)."""
LEAST_WORDS = 8
"""Below this the measure says more about one long word than about the sentence."""

# Addresses, facts to be filled in, numbers, the line for IT and lines of underlining are no prose.
_NO_PROSE = re.compile(r"\S+@\S+|\{\w*\}|^Code:.*|^-{3,}$|\d[\d:. ]*", re.M)
_ENDS = re.compile(r"[.!?:]\s|\n")
_WORD = re.compile(r"[A-Za-z']+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeioudt])ed$|(?<=[^aeioucgsxz])es$")


def reading_age(text: str) -> float:
    """Years; 0 for a text without words."""
    sentences = [part for part in _ENDS.split(_NO_PROSE.sub(" ", text)) if re.search(r"[A-Za-z]{2}", part)]
    tokens = [token for part in sentences for token in _WORD.findall(part)]
    if not tokens:
        return 0.0
    spoken = sum(syllables(token) for token in tokens)
    return 0.39 * len(tokens) / len(sentences) + 11.8 * spoken / len(tokens) - 15.59 + 5


def syllables(word: str) -> int:
    """Groups of vowels, without those at the end that are not spoken: 'locked' has one, 'waited' two, 'table' two."""
    return max(1, len(_VOWELS.findall(_SILENT_END.sub("", word.lower().strip("'")))))


def is_hard(text: str) -> bool:
    """Too hard for a sentence of its own."""
    return len(_WORD.findall(_NO_PROSE.sub(" ", text))) >= LEAST_WORDS and reading_age(text) > SENTENCE_YEARS
