"""Persons beside words about their private life, stretch by stretch of a text.

Promises: a person alone weighs nothing, and neither does a topic alone; within a stretch everything is added up, and work talk takes away.
Colleagues, office holders, greetings and signatures are no persons here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.checks.engine import Place, spoken_of, type_hits
from gateway.checks.families import families, titled
from gateway.checks.identifiers import EMAIL, HOUSE, PHONE, POSTCODE
from gateway.checks.known import Known, excused
from gateway.checks.names import Person, Sure, Word, is_english, people_among, single_names, words
from gateway.checks.offices import is_officer
from gateway.checks.regions import Regions, inside
from gateway.checks.spans import Span, span
from gateway.checks.vocabulary import NEVER_NAMES, phrases

# Weights: what a stretch must add up to is 1.0. A full name beside a private matter is enough; a first name needs a relation as well.
FULL_NAME, LIKELY_NAME, FIRST_NAME, INITIALS = 0.5, 0.45, 0.3, 0.25
PRIVATE, PUBLIC, WEAK, EACH_MORE = 0.5, 0.35, 0.3, 0.1
RELATION, POSSESSED, HOME, CALLED, AGED = 0.2, 0.1, 0.3, 0.1, 0.3
WORK_TALK, APART = -0.4, -0.1
_BY_SURENESS = {Sure.CERTAIN: FULL_NAME, Sure.LIKELY: LIKELY_NAME, Sure.MAYBE: FIRST_NAME}

WINDOW = 250
"""Characters around a telling word in which its person is looked for: two or three sentences."""
_SENTENCE = 120
"""Characters of an ordinary sentence: a name further off, without any family word, weighs less."""
_ENOUGH = 40
"""Telling stretches after which a text needs no further proof: a book of case notes costs no more than a page."""
_LONGEST = 3 * WINDOW
"""A stretch is cut here, so that a page without full stops is not one sentence."""

_CONTACT = re.compile(
    r"\b(?:contact|email|e-mail|queries to|ring|call|telephone|phone|ask for|bookings?"
    r"|rsvp to|questions to|speak to)\s{1,3}\Z",
    re.IGNORECASE,
)
# 'the fostering team', 'works in child protection': a trade, not somebody's life.
_WORKING = re.compile(rf"[ -]{{1,2}}(?:\w+ )?(?:{'|'.join(phrases('working_things'))})\b", re.IGNORECASE)
_WORKS_IN = re.compile(
    r"\b(?:work(?:s|ed|ing)? (?:in|on|for|with)|head of|lead for|expert (?:in|on)|specialis\w+ in)\s(?:the )?\Z",
    re.IGNORECASE,
)
_AGED = re.compile(r",? ?\(?(?:aged? )?(?:[1-9][0-9]?[,)]|[0-3]?[0-9][./\-][01]?[0-9][./\-](?:19|20)?[0-9]{2}\))", re.IGNORECASE)
_KIN = re.compile(
    r"'s\s{1,3}(?:[a-z]{3,12} )?(?:step-?|foster |grand)?"
    r"(?:mum|mother|dad|father|nan|gran|son|daughter|brother|sister|carer|partner|uncle|aunt)",
    re.IGNORECASE,
)
# 'my son Haroon': whoever follows is a person, listed or not.
_OUR = re.compile(
    r"\b(?:my|her|his|their|our|your) (?:step-?|foster |grand)?"
    r"(?:son|daughter|child|sister|brother|baby|husband|wife|partner|mum|mother|dad|father|pupil),? "
    r"([A-Z][a-z]{2,20})(?![a-z])"
)
# "Xyanthe's stepdad": so is whoever has such a relation.
_THEIRS = re.compile(rf"(?<![A-Za-z'])([A-Z][a-z]{{2,20}})(?={_KIN.pattern})")
# 'LB was seen', 'K.T. told': two or three capitals that do something.
_INITIALS = re.compile(
    r"(?<![A-Za-z.])([A-Z]\.?[A-Z]\.?[A-Z]?\.?)(?:'s|,)? "
    r"(?:was|is|has|had|and|told|said|lives|will|did|does|went|disclosed|stated|came|presented)\b"
)
_BREAK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Told:
    """A telling word and how much it weighs."""

    start: int
    end: int
    weight: float


def lives(text: str, hits: type_hits, regions: Regions, known: Known, threshold: float) -> Iterator[Span]:
    """The evidence of every stretch that adds up to the threshold."""
    told = _telling(text, hits)
    if not told:
        return
    enough = 0
    for start, end, inner in _stretches(text, told):
        found = _weigh(text, start, end, inner, regions, known)
        if sum(one.weight for one in found) >= threshold - 1e-9:
            yield from found
            enough += 1
        if enough >= _ENOUGH:
            return


def _telling(text: str, hits: type_hits) -> list[Told]:
    told: dict[int, Told] = {}
    for place, weight in ((Place.WEAK, WEAK), (Place.PUBLIC, PUBLIC), (Place.PRIVATE, PRIVATE)):
        for start, end in hits.get(place, ()):
            if not (_WORKING.match(text, end) or _WORKS_IN.search(text, max(0, start - 24), start)):
                told[start] = Told(start, end, weight)
    return [told[start] for start in sorted(told)]


def _stretches(text: str, told: list[Told]) -> Iterator[tuple[int, int, list[Told]]]:
    """(start, end, telling words) of the stretches around telling words, cut at paragraph ends."""
    group: list[Told] = []
    for one in told:
        if group and (one.start - group[-1].end > WINDOW // 2 or one.start - group[0].start > _LONGEST):
            yield _stretch(text, group)
            group = []
        group.append(one)
    yield _stretch(text, group)


def _stretch(text: str, group: list[Told]) -> tuple[int, int, list[Told]]:
    first, last = group[0].start, group[-1].end
    start, end = max(0, first - WINDOW), min(len(text), last + WINDOW)
    while end < len(text) and text[end].isalnum() and end - last < 2 * WINDOW:
        end += 1  # A word cut in two could read as another: 'Hel' + 'en' as 'he'.
    breaks = [found.end() for found in _BREAK.finditer(text, start, first)]
    after = _BREAK.search(text, last, end)
    return (breaks[-1] if breaks else start), (after.start() if after else end), group


def _weigh(text: str, start: int, end: int, told: list[Told], regions: Regions, known: Known) -> list[Span]:
    """Everything in one stretch that weighs. No person, no weight."""
    spoken = spoken_of(text[start:end])
    persons = [(person, weight) for person, weight in _persons(text, start, end, spoken, regions, known) if _near(person, told)]
    told = [one for one in told if not inside(one.start, regions.spans)] if persons else []
    if not told:
        return []
    apart, weight, person = min(((_apart(one, told), weight, one) for one, weight in persons), key=lambda found: (-found[1], found[0]))
    strongest = max(told, key=lambda one: one.weight)
    if apart > _SENTENCE and Place.RELATION not in spoken:
        weight += APART
    others = len({text[one.start : one.end].lower() for one in told}) - 1
    spans = [
        span("PERSON", person.start, person.end, text, round(weight, 3)),
        span("CONCERN", strongest.start, strongest.end, text, round(strongest.weight + EACH_MORE * min(2, others), 3)),
    ]
    spans += _context(text, start, end, person, spoken, regions)
    spans += [span("PERSON", other.start, other.end, text) for other, _ in persons if other is not person]
    return spans


def _apart(person: Person, told: list[Told]) -> int:
    """Characters between the person and the nearest telling word."""
    return min(max(one.start - person.end, person.start - one.end) for one in told)


def _near(person: Person, told: list[Told]) -> bool:
    """Some telling word stands in the person's sentence or the ones beside it."""
    return any(one.start - person.end <= WINDOW and person.start - one.end <= WINDOW for one in told)


def _persons(text: str, start: int, end: int, spoken: frozenset[int], regions: Regions, known: Known) -> list[tuple[Person, float]]:
    """Who is spoken of, and how much each weighs; first names and initials only where nobody is named in full."""
    row = words(text, start, end)
    public = Place.OFFICE in spoken
    found = [(Person(first, last, Sure.CERTAIN), FULL_NAME) for first, last in families(row, True)]
    found += [(one, FULL_NAME) for one in _titled(row) if _private(one, text, public, regions, known)]
    lower = text[start:end].islower()
    found += [(one, _BY_SURENESS[one.sure]) for one in people_among(row, lower=lower) if _private(one, text, public, regions, known)]
    if not found:
        for one in single_names(row, lower=lower):
            if _private(one, text, public, regions, known):
                found.append((one, FIRST_NAME + (POSSESSED if _KIN.match(text, one.end) else 0)))
    if not found:
        related = [*_OUR.finditer(text, start, end), *_THEIRS.finditer(text, start, end)]
        found = [(Person(*one.span(1), Sure.MAYBE), FIRST_NAME + POSSESSED) for one in related if not is_english(one.group(1).lower())]
    if not found:
        shapes = (one for one in _INITIALS.finditer(text, start, end) if one.group(1).replace(".", "").lower() not in NEVER_NAMES)
        found = [(Person(*one.span(1), Sure.MAYBE), INITIALS) for one in shapes]
    return found


def _titled(row: list[Word]) -> Iterator[Person]:
    for start, end, surname in titled(row):
        yield Person(start, end, Sure.CERTAIN, "", surname)


def _private(person: Person, text: str, public: bool, regions: Regions, known: Known) -> bool:
    """Not a colleague, not in office, not somebody to be rung, and not in a greeting or signature."""
    if (
        excused(person, text, known)
        or (public and is_officer(person, text))
        or _CONTACT.search(text, max(0, person.start - 24), person.start)
    ):
        return False
    return not inside(person.start, regions.spans)


def _context(text: str, start: int, end: int, person: Person, spoken: frozenset[int], regions: Regions) -> Iterator[Span]:
    """Family words, an age, a home, a phone, and talk of work, which takes weight away."""
    if Place.RELATION in spoken or text[person.end : person.end + 2].lower() == "'s":
        yield span("CONCERN", person.start, person.end, text, RELATION)
    aged = _AGED.match(text, person.end)
    if aged:
        yield span("DOB", person.end, aged.end(), text, AGED)
    if Place.WORK in spoken:
        yield span("WORK", person.start, person.end, text, WORK_TALK)
    if any(sign.isdigit() for sign in text[start:end]):
        for shape, kind, weight in ((HOUSE, "ADDRESS", HOME), (POSTCODE, "POSTCODE", 0.0), (PHONE, "PHONE", CALLED)):
            found = shape.search(text, start, end)
            if found and not inside(found.start(), regions.spans):
                yield span(kind, *found.span(), text, weight)


def company(text: str, spans: list[Span], regions: Regions) -> Iterator[Span]:
    """What else stands around the evidence: homes, phones, addresses and names. It weighs nothing, and tells people where to look."""
    taken = [(one.start, one.end) for one in spans]
    for start, end in _windows(spans, len(text)):
        shapes = _COMPANY if "@" in text[start:end] else _COMPANY[:-1]
        found = [(kind, one.span()) for shape, kind in shapes for one in shape.finditer(text, start, end)]
        found += [("PERSON", (one.start, one.end)) for one in people_among(words(text, start, end)) if one.sure >= Sure.LIKELY]
        for kind, (first, last) in found:
            if not inside(first, regions.spans) and not any(first < other_end and other < last for other, other_end in taken):
                taken.append((first, last))
                yield span(kind, first, last, text)


_SHOWN = 20
"""Pieces of evidence whose surroundings are told: enough for a person to find the place."""
_COMPANY = ((HOUSE, "ADDRESS"), (POSTCODE, "POSTCODE"), (PHONE, "PHONE"), (EMAIL, "EMAIL"))


def _windows(spans: list[Span], length: int) -> list[tuple[int, int]]:
    """Windows around the first pieces of evidence, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for one in sorted((one for one in spans if one.weight > 0), key=lambda one: one.start)[:_SHOWN]:
        start, end = max(0, one.start - WINDOW), min(length, one.end + WINDOW)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
