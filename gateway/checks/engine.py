"""One pass over a text that finds every place worth a second look, and nothing else.

Promises: a place that no expression here touches holds nothing for the body's rules; the time is linear in the text, whatever it says.
Hyperscan runs all expressions at once (4.6 us per KB for eight of them, where Python's `re` took 356); Python looks only around the hits.
Compiling takes a second: whoever starts processes keeps `compile_engine()` and gives it to `load_engine()`.
On failure: a saved engine of another version or machine is refused with `ValueError`; without one the engine is compiled at first use.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache

import hyperscan

from gateway.checks.vocabulary import phrases
from gateway.model.looking import Pattern


class Place(IntEnum):
    """What an expression points at."""

    TEN_DIGITS = 1
    NINO = 2
    UPN = 3
    POLICE = 4
    PAPERS = 5
    BIRTH = 6
    MARKING = 7
    PRIVATE = 8
    PUBLIC = 9
    WEAK = 10
    LABEL = 11
    LOCAL = 100
    """And above: the policy's own patterns, in their order."""


HITS_KEPT = 20_000
"""Hits of one text; a page of case notes has under 200. Beyond it the text is not looked at completely, and says so."""

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"


def _any(section: str) -> str:
    return rf"\b(?:{'|'.join(phrases(section))})\b"


def _expressions() -> dict[Place, str]:
    return {
        Place.TEN_DIGITS: r"\b[0-9](?:[ .\-\t\n]{0,2}[0-9]){9}\b",
        Place.NINO: r"\b[a-z]{2}[ .\-\n]?[0-9]{2}[ .\-\n]?[0-9]{2}[ .\-\n]?[0-9]{2}",
        Place.UPN: r"\b[a-z][ .\-]?(?:[0-9][ .\-]?){11}[0-9a-z]\b",
        Place.POLICE: (
            r"\b(?:[0-9]{2}|[0-9]{4}|sf[0-9]{2}|[0-9]{1,6})/[0-9]{1,7}[a-z]\b"
            r"|\b[0-9]{2}/?[0-9a-z]{2}/?[0-9a-z]{2}/?[0-9a-z]{2}/?[0-9]{11}[a-z]\b"
        ),
        Place.PAPERS: (
            r"\b[a-z9]{5}[0-9]{6}[a-z9]{2}[a-z0-9][a-z]{2}|[a-z0-9<]{9}[0-9][a-z<]{3}[0-9]{7}[mfx<]"
            r"|\b(?:passport|prison(?:er)?|noms|hmp)\b"
        ),
        Place.BIRTH: (
            r"\bd[^a-z0-9]{0,2}o[^a-z0-9]{0,2}b\b|\bdate\s{1,3}of\s{1,3}birth|"
            r"birth\s?da(?:te|y)|\bborn\b|dyddiad geni|\bganwyd\b"
        ),
        Place.MARKING: r"off[i1]c[i1]al[\s_:/\-]{0,5}sens[i1]t[i1]ve|"
        r"\bsecret\b|\brestricted\b|\bprotect\b|c[o0]nf[i1l]dent[i1l]a[l1]|strictly\s",
        Place.PRIVATE: _any("concern_private"),
        Place.PUBLIC: _any("concern_public"),
        Place.WEAK: _any("concern_weak"),
        Place.LABEL: rf"(?:{'|'.join(phrases('form_words'))})\s{{0,3}}[:=|\t]",
    }


def _flags(place: int) -> int:
    # A hit per place is enough: the end of the match says where to look.
    return int(hyperscan.HS_FLAG_CASELESS | (hyperscan.HS_FLAG_SOM_LEFTMOST if place in _STARTS_NEEDED else 0))


_STARTS_NEEDED = frozenset({Place.PRIVATE, Place.PUBLIC, Place.WEAK, Place.BIRTH, Place.LABEL})


def _compiled(patterns: tuple[Pattern, ...]) -> hyperscan.Database:
    table = {int(place): expression for place, expression in _expressions().items()}
    table |= {Place.LOCAL + position: pattern.expression for position, pattern in enumerate(patterns)}
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[expression.encode("ascii", "replace") for expression in table.values()],
            ids=list(table),
            elements=len(table),
            flags=[_flags(place) for place in table],
        )
    except hyperscan.error as error:
        raise ValueError(f"a pattern cannot be compiled: {error}") from error
    return database


_ENGINES: dict[tuple[Pattern, ...], hyperscan.Database] = {}


@lru_cache(maxsize=4)
def _fingerprint(patterns: tuple[Pattern, ...]) -> bytes:
    """Tells engines of other expressions apart, so that a stale one is never used."""
    import hashlib

    text = repr((sorted(_expressions().items()), [(one.name, one.expression) for one in patterns]))
    return hashlib.sha256(text.encode()).digest()


def engine(patterns: tuple[Pattern, ...] = ()) -> hyperscan.Database:
    """The engine for the policy's own patterns; compiled once in a process."""
    if patterns not in _ENGINES:
        _ENGINES[patterns] = _compiled(patterns)
    return _ENGINES[patterns]


def compile_engine(patterns: tuple[Pattern, ...] = ()) -> bytes:
    """The compiled engine, to be kept and given to `load_engine` in every process."""
    return _fingerprint(patterns) + bytes(hyperscan.dumpb(engine(patterns)))


def load_engine(saved: bytes, patterns: tuple[Pattern, ...] = ()) -> None:
    """Use a kept engine. ValueError: it was made for other expressions, another version or another machine."""
    if saved[:32] != _fingerprint(patterns):
        raise ValueError("the saved engine is for other patterns")
    try:
        database = hyperscan.loadb(saved[32:], hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.error as error:
        raise ValueError(f"the saved engine cannot be used here: {error}") from error
    _ENGINES[patterns] = database


type_hits = dict[int, list[tuple[int, int]]]


def places(text: str, patterns: tuple[Pattern, ...] = ()) -> tuple[type_hits, bool]:
    """(hits by place as (start, end), whether all were kept). `text` is ASCII, so offsets are characters."""
    hits: type_hits = {}
    count = 0

    def hit(place: int, start: int, end: int, flags: int, context: object) -> bool | None:
        nonlocal count
        count += 1
        found = hits.get(place)
        if found is None:
            hits[place] = [(start, end)]
        elif found[-1][1] != end:
            found.append((start, end))
        return True if count >= HITS_KEPT else None

    _scan(engine(patterns), text.encode("ascii", "replace"), hit)
    return hits, count < HITS_KEPT


def _scan(database: hyperscan.Database, content: bytes, hit: Callable[[int, int, int, int, object], bool | None]) -> None:
    try:
        database.scan(content, match_event_handler=hit)
    except hyperscan.ScanTerminated:
        return  # The budget of hits is used up; the caller sees it by the count.
