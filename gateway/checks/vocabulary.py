"""The words that decide, read from data/vocabulary.txt: places, companies, offices, and what a private life is made of.

Promises: `words` are for comparing, `phrases` for searching. On failure: a section that is missing stops the start-up.
"""

import re
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _sections() -> dict[str, str]:
    text = files(__package__).joinpath("data", "vocabulary.txt").read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    pieces = re.split(r"^\[(\w+)\]$", lines, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def words(section: str) -> frozenset[str]:
    """The single words of a section."""
    return frozenset(_sections()[section].split())


def phrases(section: str) -> tuple[str, ...]:
    """The phrases of a section, each a regular expression."""
    return tuple(phrase.strip() for line in _sections()[section].splitlines() for phrase in line.split(" | ") if phrase.strip())


def pattern(*sections: str) -> re.Pattern[str]:
    """Any phrase of the sections, as whole words, whatever its case."""
    everything = "|".join(phrase for section in sections for phrase in phrases(section))
    return re.compile(rf"(?<![A-Za-z])(?:{everything})(?![A-Za-z])", re.IGNORECASE)


PLACE_SUFFIXES = words("place_suffixes")
"""After a name: it is worn by a street, building, school, ward or firm."""
PLACE_PREFIXES = words("place_prefixes")
HONORIFICS = words("honorifics")
"""Before a name: the person speaks in an office, not as a case."""
MOSTLY_NAMES = words("mostly_names")
"""First names that are dictionary words and yet, with a capital, nearly always a name."""
SOMETIMES_NAMES = words("sometimes_names")
"""Months, and sometimes first names."""
NEVER_NAMES = words("never_names")
"""Listed somewhere as names; in council mail always words, teams, brands, months or places."""
PLACES = words("places")
NAME_PLACES = words("name_places")
"""Places that are also first names: alone they are places."""
COMPANIES = frozenset(phrases("companies"))
PUBLIC_FIGURES = frozenset(phrases("public_figures"))
