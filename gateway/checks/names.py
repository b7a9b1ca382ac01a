"""Which words are a person's name, how sure that is, and what only looks like one.

Promises: a `Person` is a stretch of text with a degree of sureness; streets, schools, companies, councillors and public figures are none.
Lists are data (data/LICENCES.md); words that are both a name and English ('Rose', 'Park', 'Mark') count for less and need company.
On failure: a list that cannot be read stops the start-up; an empty list would find nobody.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from gateway.checks.vocabulary import (
    COMPANIES,
    HONORIFICS,
    MOSTLY_NAMES,
    NEVER_NAMES,
    PLACE_PREFIXES,
    PLACE_SUFFIXES,
    PLACES,
    PUBLIC_FIGURES,
    SOMETIMES_NAMES,
)
from gateway.checks.vocabulary import words as words_of


class Sure(IntEnum):
    """How sure a stretch is a person's name: ordered, so that rules can say 'at least'."""

    NO = 0
    MAYBE = 1
    LIKELY = 2
    CERTAIN = 3


class Word(NamedTuple):
    """A word of the text. `low` is folded, without a possessive."""

    start: int
    end: int
    text: str
    low: str
    gap: str
    """What stands between this word and the next."""


@dataclass(frozen=True, slots=True)
class Person:
    start: int
    end: int
    sure: Sure
    given: str = ""
    family: str = ""


def _list(name: str) -> frozenset[str]:
    return frozenset(gzip.decompress(files(__package__).joinpath("data", f"{name}.txt.gz").read_bytes()).decode().split("\n"))


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    return _list("given"), _list("family"), _list("rare"), _list("words")


_WORD = re.compile(r"[A-Za-z][A-Za-z']*(?:-[A-Za-z][A-Za-z']*)*\.?")
_FAMILY_SHAPE = re.compile(r"(?:o'|mc|mac|fitz|d'|de|van|von|al-|el-|abu|ibn)[a-z]{3,}")
_PARTICLES = words_of("particles")


def words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """The words of text[start:end] with what separates them."""
    stop = len(text) if end is None else end
    found = list(_WORD.finditer(text, start, stop))
    out = []
    for position, match in enumerate(found):
        raw = match.group()
        after = found[position + 1].start() if position + 1 < len(found) else stop
        ends = match.end()
        if raw.endswith(".") and len(raw) > 2:
            raw, ends = raw[:-1], ends - 1
        low = raw.lower().strip("'.")
        possessive = low[:-2] if low.endswith("'s") else low
        out.append(Word(match.start(), ends, raw, possessive, text[ends : min(after, ends + 6)]))
    return out


@lru_cache(maxsize=65536)
def given_degree(low: str) -> int:
    """3 a first name and nothing else, 2 mostly a first name, 1 sometimes or rarely, 0 no."""
    if low in NEVER_NAMES:
        return 0
    given, _, rare, english = _lists()
    if low in SOMETIMES_NAMES:
        return 1
    if low in given:
        return 3 if low not in english else (2 if low in MOSTLY_NAMES else 1)
    if "-" in low:
        return min((given_degree(part) for part in low.split("-")), default=0)
    return 1 if low in rare else 0


@lru_cache(maxsize=65536)
def family_degree(low: str) -> int:
    """3 a surname and nothing else, 2 a surname that is also a word, or a rare one, 1 a capitalised word no dictionary has, 0 no."""
    if low in NEVER_NAMES:
        return 0
    given, family, rare, english = _lists()
    if low in family:
        return 3 if low not in english else 2
    if "-" in low:
        parts = [part for part in low.split("-") if part]
        return max((family_degree(part) for part in parts), default=0) if all(len(part) > 1 for part in parts) else 0
    if low in rare or (low not in english and (low in given or _FAMILY_SHAPE.fullmatch(low))):
        return 2
    return 1 if len(low) > 2 and low not in english else 0


def is_english(low: str) -> bool:
    return low in _lists()[3]


def capitalised(word: Word) -> bool:
    """'Kayleigh', 'THOMPSON', "O'Neil"; not 'kayleigh'."""
    return word.text[0].isupper()


def acronym(word: Word) -> bool:
    """Short, all capitals: 'LAC', 'EHCP', 'NHS' (a surname in capitals is longer, or stands beside a first name)."""
    return word.text.isupper() and 2 <= len(word.text) <= 5


def joined(word: Word) -> bool:
    """Only a space (or a dot of an initial) stands before the next word."""
    return word.gap in (" ", "  ", ". ") or (word.gap == "." and len(word.low) == 1)


def people(text: str, start: int = 0, end: int | None = None, *, lower: bool = False) -> list[Person]:
    """Persons named in text[start:end]. `lower`: the text does not care about capitals, so neither do we."""
    return people_among(words(text, start, end), lower=lower)


def people_among(row: list[Word], *, lower: bool = False) -> list[Person]:
    """Persons named by a row of words."""
    found: list[Person] = []
    position = 0
    while position < len(row):
        person, used = _at(row, position, lower)
        if person is not None:
            found.append(person)
        position += max(1, used)
    return found


def _at(row: list[Word], position: int, lower: bool) -> tuple[Person | None, int]:
    """The person whose name starts at this word, and how many words were used up."""
    word = row[position]
    if not (lower or capitalised(word)) or position + 1 >= len(row):
        return None, 1
    following = row[position + 1]
    if not (lower or capitalised(following)) and following.low not in _PARTICLES:
        return None, 1
    if word.gap.startswith(",") and word.gap.strip() == ",":
        return _surname_first(row, position, lower)
    if joined(word):
        return _given_first(row, position, lower)
    return None, 1


def _surname_first(row: list[Word], position: int, lower: bool) -> tuple[Person | None, int]:
    """'Thompson, Kayleigh' and 'THOMPSON, Kayleigh Ann'; 'Leeds, Kent' and 'Smith, Jones and Partners' are none."""
    surname, given = row[position], row[position + 1]
    first, last = given_degree(given.low), family_degree(surname.low)
    before = row[position - 1] if position else None
    if before is not None and joined(before) and (capitalised(before) or lower) and given_degree(before.low):
        return None, 1
    if surname.text.isupper() and len(surname.low) > 3 and not is_english(surname.low) and last and _looks_named(given):
        first = max(first, 2)  # 'QORVELL, Xyanthe': written as in an index, whatever the lists say
    if not last or first < 1 or surname.low in PLACES or given.low in PLACES or (lower and (first < 2 or last < 2)):
        return None, 1
    if (first == 1 and last < 3) or (last == 1 and first < 3):
        sure = Sure.MAYBE
    else:
        sure = Sure.CERTAIN if first + last >= 5 and is_caps_or_edge(row, position) else Sure.LIKELY
    return Person(surname.start, given.end, sure, given.low, surname.low), 2


def is_caps_or_edge(row: list[Word], position: int) -> bool:
    """The surname is in capitals, or nothing else leads into it: a list or an index, not a sentence with a comma."""
    return row[position].text.isupper() or position == 0 or not joined(row[position - 1])


def _given_first(row: list[Word], position: int, lower: bool) -> tuple[Person | None, int]:
    """'Kayleigh Thompson', 'Kayleigh Ann Thompson', 'K. Thompson', 'Ana de Souza', 'Kayleigh T.'"""
    first = row[position]
    last_at = _last_of(row, position, lower)
    last = row[last_at]
    used = last_at - position + 1
    if _vetoed(row, position, last_at):
        return None, used
    given, family = given_degree(first.low), family_degree(last.low)
    if given == 0 and _SHAPED_GIVEN.match(first.low):
        given = 1
    if len(first.low) == 1:
        article = first.low in ("a", "i") and "." not in first.text + first.gap
        sure = Sure.MAYBE if family >= 2 and not lower and not article else Sure.NO
    elif len(last.low) == 1:
        sure = Sure.MAYBE if given >= 2 and not lower and last.low != "i" else Sure.NO
    else:
        sure = _sureness(given, family, first, last, lower, used)
    return (Person(first.start, last.end, sure, first.low, last.low), used) if sure else (None, 1)


def _sureness(given: int, family: int, first: Word, last: Word, lower: bool, used: int) -> Sure:
    if lower and (given < 2 or family < 2):
        unlisted = given and family >= 2 and not is_english(first.low) and not is_english(last.low)
        return Sure.MAYBE if (given + family >= 4 and given and family) or unlisted else Sure.NO
    if acronym(last) and not first.text.isupper() and family < 2:
        return Sure.NO
    if last.low in PLACE_SUFFIXES and not acronym(last):
        # 'Sandy Lane', 'Grace Field': a person only where the text speaks of a case.
        return Sure.MAYBE if given and family else Sure.NO
    if given == 3 and family:
        return Sure.LIKELY if family == 1 and used == 2 else Sure.CERTAIN
    if given == 2 and family:
        return Sure.CERTAIN if family == 3 else Sure.LIKELY
    if given == 1 and family >= 2:
        return Sure.LIKELY if family == 3 or not (is_english(first.low) or is_english(last.low)) else Sure.MAYBE
    if family == 3 and family_degree(first.low) >= 2 and not is_english(first.low):
        return Sure.LIKELY
    if not given and family >= 2 and not is_english(first.low) and not acronym(first) and len(first.low) > 2:
        return Sure.MAYBE
    if family_degree(first.low) >= 2 and not is_english(first.low) and given_degree(last.low) >= 2:
        return Sure.LIKELY  # surname first without a comma: 'Nguyen Thi', 'Okafor Chidi'
    surname_alone = family_degree(first.low) == 3 and not is_english(first.low) and capitalised(first) and not acronym(last)
    if surname_alone and (used == 3 or not is_english(last.low)):
        return Sure.MAYBE  # 'Nguyen Van An'
    if given >= 2 and capitalised(first) and capitalised(last) and not acronym(last) and last.low not in NEVER_NAMES:
        return Sure.MAYBE  # 'Cigdem Seven': a surname that no list has and every dictionary
    if given and family:
        return Sure.MAYBE
    return Sure.MAYBE if family == 1 and _looks_named(first) and _looks_named(last) else Sure.NO


def _looks_named(word: Word) -> bool:
    """Written like a name, and in no list and no dictionary: 'Xyanthe', 'Qorvell'."""
    return word.text.istitle() and len(word.low) > 3 and word.low not in NEVER_NAMES and not is_english(word.low)


_SHAPED_GIVEN = re.compile(r"(?:d'|o'|de|la|le|al-|abd-?ul-?)[a-z]{3,}")


def _last_of(row: list[Word], position: int, lower: bool) -> int:
    """Where the name that starts here ends: over middle names, initials and particles, at most four words on."""
    at = position + 1
    while at < min(position + 4, len(row) - 1) and joined(row[at]):
        following = row[at + 1]
        if (
            (row[at].low in _PARTICLES and (capitalised(following) or lower))
            or (len(row[at].low) == 1 and capitalised(following) and family_degree(following.low) >= 2)
            or ((capitalised(following) or lower) and family_degree(following.low) >= 2 and _middle(row[at], following, lower))
        ):
            at += 1
        else:
            break
    return at


def _middle(word: Word, following: Word, lower: bool) -> bool:
    """A middle name: a name itself, followed by a surname that is no place word."""
    if following.low in PLACE_SUFFIXES or acronym(following) or (lower and family_degree(following.low) < 3):
        return False
    return given_degree(word.low) >= 2 or family_degree(word.low) == 3


_THINGS = PUBLIC_FIGURES | COMPANIES


def _vetoed(row: list[Word], first: int, last: int) -> bool:
    """A street, school, company, office holder or public figure wears the name."""
    if any(word.low in PLACES for word in row[first : last + 1]) or _named(row, first, last) in _THINGS:
        return True
    before = row[first - 1] if first and joined(row[first - 1]) else None
    if before is not None and (before.low in HONORIFICS or before.low in PLACE_PREFIXES):
        return True
    if row[first].low in HONORIFICS or row[first].low in PLACE_PREFIXES:
        return True
    return _wears(row, last)


def _named(row: list[Word], first: int, last: int) -> str:
    return " ".join(word.low for word in row[first : last + 1])


def _wears(row: list[Word], last: int) -> bool:
    """The next capitalised word says that a thing is named so: 'Nelson Mandela House', 'Hugh Place', 'Acme Supplies Ltd'."""
    for before, word in zip(row[last : last + 3], row[last + 1 : last + 4], strict=False):
        if not joined(before):
            break
        if word.low in PLACE_SUFFIXES and (capitalised(word) or not capitalised(row[last])):
            return True
        if not capitalised(word) and capitalised(row[last]):
            return False
    return row[last].low in PLACE_SUFFIXES and family_degree(row[last].low) == 0


def single_names(row: list[Word], *, lower: bool = False) -> Iterator[Person]:
    """First names standing alone ('Ellie told her teacher'): only those that are nothing else."""
    for position, word in enumerate(row):
        quiet = lower and given_degree(word.low) == 3 and len(word.low) > 3 and not is_english(word.low)
        if position and row[position - 1].low in ("in", "at", "near", "from", "to", "around", "of") and joined(row[position - 1]):
            continue  # 'looked after in Harlow': a town
        if quiet or (_stands_alone(word) and not _vetoed(row, position, position)):
            yield Person(word.start, word.start + len(word.low), Sure.MAYBE, word.low)


def _stands_alone(word: Word) -> bool:
    return capitalised(word) and not word.text.isupper() and given_degree(word.low) >= 2
