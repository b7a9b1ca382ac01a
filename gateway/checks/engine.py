"""One pass over a text that finds every place worth a second look, and nothing else.

Promises: a place that no expression here touches holds nothing for the body's rules; the time is linear in the text, whatever it says.
Hyperscan runs all expressions at once (4.6 us per KB for eight of them, where Python's `re` took 356); Python looks only around the hits.
Compiling takes a second: whoever starts processes keeps `compile_engine()` and gives it to `load_engine()`.
On failure: a saved engine of another version or machine is refused with `ValueError`; without one the engine is compiled at first use.
"""

import hashlib
import struct
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
    CASE = 21
    """In subjects: about one person's case. Beside it, a likely name is a name."""
    STRONG_CASE = 22
    TOPIC = 23
    """In subjects: about work. A name beside it is a colleague's, a supplier's or a speaker's."""
    RELATION = 24
    """In a stretch of text: mum, son, he, aged 7."""
    WORK = 25
    """In a stretch of text: training, policy, statistics."""
    OFFICE = 26
    """In either: officers, trades, chairs: somebody at work or in public."""
    LOCAL = 100
    """And above: the policy's own patterns, in their order."""


HITS_KEPT = 20_000
"""Hits of one text; a page of case notes has under 200. Beyond it the text is not looked at completely, and says so."""


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


_SHORT_SECTIONS = {
    Place.CASE: "case",
    Place.STRONG_CASE: "strong_case",
    Place.TOPIC: "topic",
    Place.RELATION: "relations",
    Place.WORK: "work_talk",
    Place.OFFICE: "offices trades introducing",
}


def _short_expressions() -> dict[Place, str]:
    return {place: _words(section) for place, section in _SHORT_SECTIONS.items()}


def _words(sections: str) -> str:
    # Not \\b: a phrase may start with a sign ("'s plan"). Subjects are scanned with room at both ends.
    return rf"[^a-z](?:{'|'.join(phrase for section in sections.split() for phrase in phrases(section))})[^a-z]"


def _compiled(table: dict[int, str], once: int) -> hyperscan.Database:
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[expression.encode("ascii", "replace") for expression in table.values()],
            ids=list(table),
            elements=len(table),
            flags=[_flags(place) | once for place in table],
        )
    except hyperscan.error as error:
        raise ValueError(f"a pattern cannot be compiled: {error}") from error
    return database


def _text_table(patterns: tuple[Pattern, ...]) -> dict[int, str]:
    table = {int(place): expression for place, expression in _expressions().items()}
    return table | {Place.LOCAL + position: pattern.expression for position, pattern in enumerate(patterns)}


# Compiled engines by the policy's own patterns; that of short texts is the same for every policy and stands under None.
_ENGINES: dict[tuple[Pattern, ...] | None, hyperscan.Database] = {}


@lru_cache(maxsize=4)
def _fingerprint(patterns: tuple[Pattern, ...]) -> bytes:
    """Tells engines of other expressions apart, so that a stale one is never used."""
    return hashlib.sha256(repr((_text_table(patterns), _short_expressions())).encode()).digest()


def engine(patterns: tuple[Pattern, ...] = ()) -> hyperscan.Database:
    """The engine of texts for the policy's own patterns; compiled once in a process."""
    if patterns not in _ENGINES:
        _ENGINES[patterns] = _compiled(_text_table(patterns), 0)
    return _ENGINES[patterns]


def short_engine() -> hyperscan.Database:
    """The engine of short texts, which only says what is there and not where."""
    if None not in _ENGINES:
        table = {int(place): expression for place, expression in _short_expressions().items()}
        _ENGINES[None] = _compiled(table, hyperscan.HS_FLAG_SINGLEMATCH)
    return _ENGINES[None]


_SIZE = struct.Struct(">I")


def compile_engine(patterns: tuple[Pattern, ...] = ()) -> bytes:
    """The compiled engines, to be kept and given to `load_engine` in every process."""
    texts, short = bytes(hyperscan.dumpb(engine(patterns))), bytes(hyperscan.dumpb(short_engine()))
    return _fingerprint(patterns) + _SIZE.pack(len(texts)) + texts + short


def load_engine(saved: bytes, patterns: tuple[Pattern, ...] = ()) -> None:
    """Use kept engines. ValueError: they were made for other expressions, another version or another machine."""
    if saved[:32] != _fingerprint(patterns) or len(saved) < 36:
        raise ValueError("the saved engine is for other patterns")
    (size,) = _SIZE.unpack(saved[32:36])
    _ENGINES[patterns] = _loaded(saved[36 : 36 + size])
    _ENGINES[None] = _loaded(saved[36 + size :])


def _loaded(saved: bytes) -> hyperscan.Database:
    try:
        return hyperscan.loadb(saved, hyperscan.HS_MODE_BLOCK)
    except hyperscan.error as error:
        raise ValueError(f"the saved engine cannot be used here: {error}") from error


# Scratch spaces that no scan is using, by engine: two scans, of two threads, must never share one.
_IDLE: dict[int, list[hyperscan.Scratch]] = {}


def _scan(database: hyperscan.Database, text: str, hit: Callable[..., bool | None]) -> None:
    idle = _IDLE.setdefault(id(database), [])
    scratch = idle.pop() if idle else hyperscan.Scratch(database)
    try:
        database.scan(text.encode("ascii", "replace"), match_event_handler=hit, scratch=scratch)
    except hyperscan.ScanTerminated:
        return  # The budget of hits is used up; the caller sees it by the count.
    finally:
        idle.append(scratch)


def spoken_of(text: str) -> frozenset[int]:
    """Which of CASE, STRONG_CASE, TOPIC, RELATION and WORK a subject or a stretch of text speaks of. `text` is ASCII."""
    seen: set[int] = set()
    _scan(short_engine(), f" {text} ", lambda place, *_: seen.add(place))
    return frozenset(seen)


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

    _scan(engine(patterns), text, hit)
    return hits, count < HITS_KEPT
