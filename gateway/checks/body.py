"""Personal data in running text: numbers, birthdays, markings, forms, tables, and persons beside words about their private life.

Promises: offsets are those of the given text; text beyond the limit makes the verdict incomplete, never clean; the time is linear.
A person alone is nothing, and neither is a topic alone: the sum over one stretch of text must reach the threshold (weights below).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.checks import markings
from gateway.checks.dates import days
from gateway.checks.engine import Place, places, type_hits
from gateway.checks.families import families, titled
from gateway.checks.forms import describes_a_person, filled_fields
from gateway.checks.identifiers import HOUSE, PHONE, POSTCODE, Identifier, national_insurance, papers, police, pupils, ten_digits
from gateway.checks.names import Person, Sure, people, single_names, words
from gateway.checks.normal import Normal, normalise
from gateway.checks.regions import inside, work_regions
from gateway.checks.spans import NOTHING, Span, TextVerdict, span
from gateway.checks.subject import NOBODY, Known, excused, is_officer
from gateway.checks.tables import people_in_text
from gateway.checks.vocabulary import NEVER_NAMES, pattern, phrases
from gateway.model.looking import Pattern

# Weights: what a stretch must add up to is 1.0. A full name beside a private matter is enough; a first name needs a relation as well.
FULL_NAME, LIKELY_NAME, FIRST_NAME, INITIALS = 0.5, 0.45, 0.3, 0.25
PRIVATE, PUBLIC, WEAK, EACH_MORE = 0.5, 0.35, 0.3, 0.1
RELATION, POSSESSED, HOME, CALLED, AGED = 0.2, 0.1, 0.3, 0.1, 0.3
WORK_TALK = -0.4
IDENTIFIED = 1.0

WINDOW = 250
"""Characters around a telling word in which its person is looked for: two or three sentences."""
_LISTED = 5
"""People in a table from which on the table alone is personal."""

_RELATION = pattern("relations")
_WORK = pattern("work_talk")
_STOP = re.compile(r"[.!?][\"')]?\s|\n[ \t]*\n|\n(?=[ \t]*[-*\u2022\d])")
_QUOTE_MARKS = re.compile(r"^[ \t]{0,4}>[> |]{0,20}", re.MULTILINE)
_CONTACT = re.compile(
    r"\b(?:contact|email|e-mail|queries to|ring|call|telephone|phone|ask for|bookings?|rsvp to|questions to|speak to)\s{1,3}\Z",
    re.IGNORECASE,
)
# 'the fostering team', 'works in child protection': a trade, not somebody's life.
_WORKING = re.compile(rf"[ -]{{1,2}}(?:\\w+ )?(?:{'|'.join(phrases('working_things'))})\\b", re.IGNORECASE)
_WORKS_IN = re.compile(
    r"\b(?:work(?:s|ed|ing)? (?:in|on|for|with)|head of|lead for|expert (?:in|on)|specialis\w+ in)\s(?:the )?\Z", re.IGNORECASE
)
_AGED = re.compile(r",? ?\(?(?:aged? )?(?:[1-9][0-9]?[,)]|[0-3]?[0-9][./\-][01]?[0-9][./\-](?:19|20)?[0-9]{2}\))", re.IGNORECASE)
_KIN = re.compile(
    r"'s\s{1,3}(?:[a-z]{3,12} )?(?:step-?|foster |grand)?"
    r"(?:mum|mother|dad|father|nan|gran|son|daughter|brother|sister|carer|partner|uncle|aunt)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A telling word and how much it weighs."""

    start: int
    end: int
    weight: float


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
    persons = people_in_text(plain)
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
    spans += _told(plain, hits, known, threshold)
    if persons >= _LISTED:
        spans.append(span("PEOPLE", 0, min(len(plain), 200), plain, IDENTIFIED))
    return _verdict(spans, normal, threshold, persons, tuple(dict.fromkeys(mark.kind for mark in marks)), complete)


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
    for place, finder, reach in _FINDERS:
        for start, end in _around(hits.get(place, ()), reach, len(text)):
            for one in finder(text, start, end):
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


def _told(text: str, hits: type_hits, known: Known, threshold: float) -> Iterator[Span]:
    """Persons beside words about their private life, stretch by stretch."""
    told = _telling(text, hits)
    if not told:
        return
    regions = work_regions(text, [one.start for one in told if one.weight > WEAK])
    for start, end, inner in _stretches(text, told):
        found = _weigh(text, start, end, inner, regions, known)
        if sum(one.weight for one in found) >= threshold - 1e-9:
            yield from found


def _telling(text: str, hits: type_hits) -> list[_Told]:
    told: dict[int, _Told] = {}
    for place, weight in ((Place.WEAK, WEAK), (Place.PUBLIC, PUBLIC), (Place.PRIVATE, PRIVATE)):
        for start, end in hits.get(place, ()):
            if not (_WORKING.match(text, end) or _WORKS_IN.search(text, max(0, start - 24), start)):
                told[start] = _Told(start, end, weight)
    return sorted(told.values(), key=lambda one: one.start)


def _stretches(text: str, told: list[_Told]) -> Iterator[tuple[int, int, list[_Told]]]:
    """(start, end, telling words) of the stretches around telling words, cut at paragraph ends, none longer than a few windows."""
    group: list[_Told] = []
    for one in told:
        if group and (one.start - group[-1].end > WINDOW // 2 or one.start - group[0].start > 3 * WINDOW):
            yield _stretch(text, group)
            group = []
        group.append(one)
    if group:
        yield _stretch(text, group)


def _stretch(text: str, group: list[_Told]) -> tuple[int, int, list[_Told]]:
    first, last = group[0].start, group[-1].end
    start, end = max(0, first - WINDOW), min(len(text), last + WINDOW)
    while end < len(text) and text[end].isalnum() and end - last < 2 * WINDOW:
        end += 1  # A word cut in two could read as another: 'Hel' + 'en' as 'he'.
    breaks = [found.end() for found in _BREAK.finditer(text, start, first)]
    after = _BREAK.search(text, last, end)
    return (breaks[-1] if breaks else start), (after.start() if after else end), group


_BREAK = re.compile(r"\n[ \t]*\n")


def _weigh(text: str, start: int, end: int, told: list[_Told], regions: list[tuple[int, int]], known: Known) -> list[Span]:
    """Everything in one stretch that weighs. No person, no weight."""
    told = [one for one in told if not inside(one.start, regions)]
    persons = [one for one in _persons(text, start, end, regions, known) if _near(one, told, text)]
    if not persons or not told:
        return []
    best = max(persons, key=lambda pair: pair[1])
    spans = [span("PERSON", best[0].start, best[0].end, text, best[1])]
    strongest = max(told, key=lambda one: one.weight)
    weight = strongest.weight + EACH_MORE * min(2, len({text[one.start : one.end].lower() for one in told}) - 1)
    spans.append(span("CONCERN", strongest.start, strongest.end, text, round(weight, 3)))
    spans += _context(text, start, end, best[0], regions)
    return spans


def _persons(text: str, start: int, end: int, regions: list[tuple[int, int]], known: Known) -> list[tuple[Person, float]]:
    found: list[tuple[Person, float]] = []
    row = words(text, start, end)
    for from_, to in families(row, True):
        found.append((Person(from_, to, Sure.CERTAIN), FULL_NAME))
    for from_, to, surname in titled(row):
        if not inside(from_, regions) and surname not in known.colleagues and not _office(from_, to, text):
            found.append((Person(from_, to, Sure.CERTAIN, "", surname), FULL_NAME))
    lower = text[start:end].islower()
    for person in people(text, start, end, lower=lower):
        if not inside(person.start, regions) and not _at_work(person, text, known):
            weight = FULL_NAME if person.sure is Sure.CERTAIN else LIKELY_NAME if person.sure is Sure.LIKELY else FIRST_NAME
            found.append((person, weight))
    if not found:
        for person in single_names(text, start, end, lower=lower):
            if not inside(person.start, regions) and not _at_work(person, text, known):
                found.append((person, FIRST_NAME + (POSSESSED if _KIN.match(text, person.end) else 0)))
    if not found:
        found += [(Person(*one.span(1), Sure.MAYBE), INITIALS) for one in _INITIALS.finditer(text, start, end) if _initials(one.group(1))]
    return found


# 'LB was seen', 'K.T. told': two or three capitals that do something.
_INITIALS = re.compile(
    r"(?<![A-Za-z.])([A-Z]\.?[A-Z]\.?[A-Z]?\.?)(?:'s|,)? "
    r"(?:was|is|has|had|and|told|said|lives|will|did|does|went|disclosed|stated|came|presented)\b"
)


def _initials(found: str) -> bool:
    return found.replace(".", "").lower() not in NEVER_NAMES


def _office(start: int, end: int, text: str) -> bool:
    return is_officer(Person(start, end, Sure.CERTAIN), text)


def _at_work(person: Person, text: str, known: Known) -> bool:
    return excused(person, text, known) or is_officer(person, text) or bool(_CONTACT.search(text, max(0, person.start - 24), person.start))


def _near(pair: tuple[Person, float], told: list[_Told], text: str) -> bool:
    """Some telling word stands in the person's sentence or the ones beside it."""
    person = pair[0]
    return any(abs(one.start - person.end) <= WINDOW and abs(person.start - one.end) <= WINDOW for one in told)


def _context(text: str, start: int, end: int, person: Person, regions: list[tuple[int, int]]) -> Iterator[Span]:
    """Family words, a home, a phone, and talk of work, which takes weight away."""
    relation = _RELATION.search(text, start, end)
    if relation or text[person.end : person.end + 2].lower() == "'s":
        at = relation.span() if relation else (person.start, person.end)
        yield span("CONCERN", *at, text, RELATION)
    aged = _AGED.match(text, person.end)
    if aged:
        yield span("DOB", person.end, aged.end(), text, AGED)
    for shape, kind, weight in ((HOUSE, "ADDRESS", HOME), (POSTCODE, "POSTCODE", 0.0), (PHONE, "PHONE", CALLED)):
        found = shape.search(text, start, end)
        if found and not inside(found.start(), regions):
            yield span(kind, *found.span(), text, weight)
    work = _WORK.search(text, start, end)
    if work:
        yield span("WORK", *work.span(), text, WORK_TALK)
