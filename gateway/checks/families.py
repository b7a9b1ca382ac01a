"""Families, the unborn and people with a title: 'Clark family', 'the Harringtons', 'Unborn baby Cooper', 'Mrs Khan'.

Promises: 'foster family recruitment', 'Brown Family Centre' and 'Young Carers' are none.
"""

import re
from collections.abc import Iterator

from gateway.checks.names import Word, acronym, capitalised, family_degree, given_degree, is_english, joined
from gateway.checks.vocabulary import HONORIFICS, NEVER_NAMES, PLACE_SUFFIXES, PLACES, words

_AFTER = words("family_after")
_BEFORE = words("family_before")
_DESCRIBING = words("describing")
"""Before 'family' or 'children' these describe, they do not name."""
_TITLES = words("titles")
_FAMILY_THINGS = words("family_things")
_WORK_ON_FAMILIES = re.compile(r"recruit|policy|strategy|week|network|fund|event|picnic|day|forum|group")

Stretch = tuple[int, int]


def families(row: list[Word], case: bool) -> Iterator[Stretch]:
    """Stretches that name a family or a child by its family. `case`: the text speaks of somebody's case."""
    for position in range(len(row) - 1):
        one, two = row[position], row[position + 1]
        if not joined(one):
            continue
        if (two.low in _AFTER and _surname_like(one, row, position, case) and not _worn(row, position + 1)) or (
            one.low == "the" and case and _plural_surname(two)
        ):
            yield one.start, two.end
        elif one.low in _BEFORE and two.low not in _AFTER:
            yield from _unborn(row, position, case)


def _plural_surname(word: Word) -> bool:
    """'the Harringtons'"""
    return capitalised(word) and word.low.endswith("s") and not is_english(word.low) and family_degree(word.low[:-1]) == 3


def _surname_like(word: Word, row: list[Word], position: int, case: bool) -> bool:
    if word.low in NEVER_NAMES or word.low in PLACES or word.low in HONORIFICS or acronym(word):
        return False
    if word.low in _DESCRIBING:
        maybe = word.low in ("foster", "young", "little") and case and capitalised(word) and position == 0
        return maybe and _WORK_ON_FAMILIES.search(row[-1].low) is None
    degree = family_degree(word.low)
    if not capitalised(word):
        listed = degree == 3 or (degree == 2 and not is_english(word.low))
        return listed and row[position + 1].low in (
            "family",
            "children",
            "twins",
            "siblings",
        )
    return degree >= 2 or (degree == 1 and not is_english(word.low))


def _worn(row: list[Word], position: int) -> bool:
    """'Foster family recruitment', 'Brown Family Centre', 'Clark Family Trust': the family is part of a thing's name."""
    if position + 1 >= len(row) or not joined(row[position]):
        return False
    following = row[position + 1]
    return following.low in _FAMILY_THINGS or (following.low in PLACE_SUFFIXES and capitalised(following))


def _unborn(row: list[Word], position: int, case: bool) -> Iterator[Stretch]:
    """'Unborn Cooper', 'unborn baby Riggs', 'UBB Smith', 'baby riggs' beside a case."""
    first, name = row[position], row[position + 1]
    if name.low == "baby" and position + 2 < len(row) and joined(name):
        name = row[position + 2]
    if name.low in _DESCRIBING or name.low in NEVER_NAMES or acronym(name) or name.low in PLACE_SUFFIXES - {"close"}:
        return
    if first.low in ("unborn", "ubb"):
        likely = family_degree(name.low) >= 1 or given_degree(name.low) > 0
    elif capitalised(name):
        likely = family_degree(name.low) >= (2 if case else 3) and (capitalised(first) or case)
    else:
        likely = case and (family_degree(name.low) == 3 or (family_degree(name.low) == 2 and not is_english(name.low)))
    if likely:
        yield first.start, name.end


def titled(row: list[Word]) -> Iterator[tuple[int, int, str]]:
    """(start, end, surname) of 'Mrs Khan', 'Mr J Novak', 'Miss Ling Chen'."""
    for position in range(len(row) - 1):
        title, name = row[position], row[position + 1]
        if title.low not in _TITLES or not (joined(title) or title.gap == ". "):
            continue
        if position + 2 < len(row) and joined(name) and capitalised(row[position + 2]) and family_degree(row[position + 2].low) >= 1:
            name = row[position + 2]
        if family_degree(name.low) >= (1 if capitalised(name) else 2) and (capitalised(name) or not capitalised(title)):
            yield title.start, name.end, name.low
