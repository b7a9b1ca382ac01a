"""Personal data in running text: numbers, birthdays, markings, forms, tables, and persons beside words about their private life.

Promises: offsets are those of the given text; text beyond the limit makes the verdict incomplete, never clean; the time is linear.
A person alone is nothing, and neither is a topic alone: the sum over one stretch of text must reach the threshold (weights: lives.py).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.checks import markings
from gateway.checks.about import in_rows, in_text
from gateway.checks.dates import days
from gateway.checks.engine import Place, places, type_hits
from gateway.checks.forms import describes_a_person, filled_fields
from gateway.checks.identifiers import Identifier, national_insurance, papers, police, pupils, ten_digits, without_codes
from gateway.checks.known import NOBODY, Known
from gateway.checks.lives import company, lives
from gateway.checks.normal import Normal, normalise
from gateway.checks.regions import Regions
from gateway.checks.spans import NOTHING, Span, TextVerdict, span
from gateway.checks.tables import people_in_rows, rows_in_text
from gateway.model.looking import Pattern

IDENTIFIED = 1.0
"""The weight of what identifies a person by itself."""
_LISTED = 5
"""People in a table from which on the table alone is personal."""

_QUOTE_MARKS = re.compile(r"^[ \t]{0,4}>[> |]{0,20}", re.MULTILINE)


def look(
    text: str,
    known: Known = NOBODY,
    *,
    threshold: float = 1.0,
    limit: int = 4_194_304,
    markup: bool = True,
    patterns: tuple[Pattern, ...] = (),
) -> TextVerdict:
    """What a text gives away."""
    if not text or text.isspace():
        return NOTHING
    normal = normalise(text[:limit] if len(text) > limit else text, markup=markup)
    plain = _without_quote_marks(normal.text)
    table = rows_in_text(plain)
    persons = people_in_rows(table) if table else 0
    hits, all_hits = places(plain, patterns)
    if "\t" in plain:
        # One word per table cell still reads as a sentence: the words are looked for once more with room for the tabs.
        forms, plain = plain, plain.replace("\t", " ")
        more, all_more = places(plain, patterns)
        hits, all_hits = {**hits, **more, Place.LABEL: hits.get(Place.LABEL, [])}, all_hits and all_more
    else:
        forms = plain
    complete = len(text) <= limit and all_hits
    if not any(hits.values()) and not persons and not known.always:
        return NOTHING if complete else TextVerdict(False, complete=False)
    marks = markings.on_lines(plain) if Place.MARKING in hits else []
    spans = [*_numbers(plain, hits), *_birthdays(plain, hits), *_local(plain, hits, patterns), *_listed(plain, known)]
    spans += [span("MARKING", mark.start, mark.end, plain, threshold) for mark in marks]
    spans += _form(forms, hits)
    regions = Regions(plain, tuple(start for place in (Place.PRIVATE, Place.PUBLIC) for start, _ in hits.get(place, ())))
    spans += lives(plain, hits, regions, known, threshold)
    if any(one.weight > 0 and one.kind != "MARKING" for one in spans):
        spans += list(company(plain, spans, regions))
    about = dict.fromkeys((*in_text(plain, spans), *(in_rows(table) if persons else ())))
    persons = max(persons, _distinct(plain, spans))
    if persons >= _LISTED:
        spans.append(span("PEOPLE", 0, min(len(plain), 200), plain, IDENTIFIED))
    verdict = _verdict(spans, normal, threshold, persons, tuple(dict.fromkeys(mark.kind for mark in marks)), complete)
    return replace(verdict, about=tuple(about)) if about else verdict


def _distinct(text: str, spans: list[Span]) -> int:
    """How many different identifiers of one kind there are, where there are enough for a list: forms one after another (P14)."""
    values = {(one.kind, text[one.start : one.end]) for one in spans if one.weight >= IDENTIFIED and one.kind in _COUNTED}
    most = max(Counter(kind for kind, _ in values).values(), default=0)
    return most if most >= _LISTED else 0


_COUNTED = frozenset({"NHS", "CHI", "NINO", "UPN", "ULN", "PNC", "CRO", "DOB", "PASSPORT", "DRIVING_LICENCE"})


def _without_quote_marks(text: str) -> str:
    """Quotation marks become room, so that sentences run on over quoted lines and offsets stay."""
    return _QUOTE_MARKS.sub(lambda found: " " * len(found.group()), text) if ">" in text else text


def _verdict(spans: list[Span], normal: Normal, threshold: float, persons: int, marks: tuple[str, ...], complete: bool) -> TextVerdict:
    score = sum(one.weight for one in spans)
    if normal.hidden and score:
        spans.append(span("HIDDEN", 0, len(normal.text), "", threshold))
        score += threshold
    found = tuple(Span(one.kind, *normal.span(one.start, one.end), one.shown, one.weight) for one in spans)
    return TextVerdict(score >= threshold, round(score, 3), persons, found, marks, complete)


_FINDERS = (
    (Place.TEN_DIGITS, ten_digits, 40),
    (Place.NINO, national_insurance, 20),
    (Place.UPN, pupils, 30),
    (Place.POLICE, police, 30),
    (Place.PAPERS, papers, 60),
)


def _numbers(text: str, hits: type_hits) -> Iterator[Span]:
    found = [
        one
        for place, finder, reach in _FINDERS
        for start, end in _around(hits.get(place, ()), reach, len(text))
        for one in finder(text, start, end)
    ]
    for one in without_codes(text, found):
        yield _identified(one, text)


def _identified(one: Identifier, text: str) -> Span:
    return span(one.kind, one.start, one.end, text, IDENTIFIED)


def _around(hits: Iterable[tuple[int, int]], reach: int, length: int) -> list[tuple[int, int]]:
    """Windows around the ends of hits, joined where they meet: no stretch is looked at twice."""
    windows: list[tuple[int, int]] = []
    for _, end in sorted(hits, key=lambda hit: hit[1]):
        start, stop = max(0, end - reach), min(length, end + reach)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], stop)
        else:
            windows.append((start, stop))
    return windows


def _birthdays(text: str, hits: type_hits) -> Iterator[Span]:
    for start, end in _around(hits.get(Place.BIRTH, ()), 64, len(text)):
        for day in days(text, start, end):
            if day.birth and day.year >= 1915 and not _EXAMPLE.search(text, max(0, day.start - 120), day.start):
                yield span("DOB", day.start, day.end, text, IDENTIFIED)


_EXAMPLE = re.compile(
    r"\b(?:for example|example:|e\.g\.|jane doe|john doe|joe bloggs|fictional|congratulations|congrats|delighted"
    r"|proud (?:parents|to announce))",
    re.IGNORECASE,
)
"""Before a birthday: nobody's, or a happy one."""


def _local(text: str, hits: type_hits, patterns: tuple[Pattern, ...]) -> Iterator[Span]:
    """The policy's own patterns. The engine gives no start, so the sample is the end of the match."""
    for position, own in enumerate(patterns):
        for _, end in hits.get(Place.LOCAL + position, ()):
            yield span(own.kind, max(0, end - 8), end, text, IDENTIFIED)


def _listed(text: str, known: Known) -> Iterator[Span]:
    low = text.lower() if known.always else ""
    for word in known.always:
        at = low.find(word.lower())
        if word and at >= 0:
            yield span("LISTED", at, at + len(word), text, IDENTIFIED)


def _form(text: str, hits: type_hits) -> Iterator[Span]:
    """A filled-in form around the labels that the engine saw."""
    for start, end in _around(hits.get(Place.LABEL, ()), 700, len(text)):
        begin = text.rfind("\n", 0, start) + 1
        fields = list(filled_fields(text[begin:end]))
        if describes_a_person(fields):
            for field in fields:
                if field.is_name:
                    yield span("PERSON", begin + field.start, begin + field.end, text, IDENTIFIED)
                    break
