"""Personal data in a subject line: names, families, birthdays, numbers, markings.

Promises: a subject that names a private person, with or without capitals or commas, is personal; streets, schools, companies, councillors,
colleagues, training and newsletters are not. A case reference alone is not: it is the subject we recommend.
Costs some tens of microseconds: a subject is short, so plain regular expressions do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.checks import markings
from gateway.checks.dates import Day, days
from gateway.checks.identifiers import identifiers
from gateway.checks.names import Person, Sure, Word, acronym, capitalised, family_degree, given_degree, is_english, joined, people, words
from gateway.checks.normal import Normal, normalise
from gateway.checks.spans import NOTHING, Span, TextVerdict, span
from gateway.checks.vocabulary import HONORIFICS, NEVER_NAMES, PLACE_SUFFIXES, PLACES, pattern, phrases
from gateway.checks.vocabulary import words as words_of

LONGEST = 1000
"""Characters looked at: RFC 5322 allows 998 in a line; what lies beyond makes the text incomplete."""

_PREFIX = re.compile(
    r"\s{0,8}(?:(?:re|fw|fwd|aw|wg|tr|sv|vs|accepted|declined|tentative|cancell?ed|updated|automatic reply|out of office)"
    r"\s{0,3}(?:\[\d{1,3}\])?:\s{0,8}"
    r"|\[(?:cjsm|secure|encrypt(?:ed)?|rw4encrypt|external|ext|confidential|official)[^\]]{0,20}\]\s{0,8}){0,20}",
    re.IGNORECASE,
)
# About one person's case: beside it, a likely name is a name.
_CASE = pattern("case")
# About work, not about a case: a name here is a colleague, a supplier or a speaker.
_TOPIC = pattern("topic")
_FAMILY_AFTER = words_of("family_after")
_FAMILY_BEFORE = words_of("family_before")
# Before 'family' or 'children' these describe, they do not name.
_DESCRIBING = words_of("describing")
_INITIALS = re.compile(r"(?<![A-Za-z.])(?:[A-Z]\.\s?[A-Z]\.?(?:\s?[A-Z]\.?)?|[A-Z]{2,3})(?![A-Za-z])")
_TITLE = words_of("titles")


@dataclass(frozen=True, slots=True)
class Known:
    """Who may be named: colleagues (never personal), words from the policy, and the outside correspondent's own names."""

    colleagues: frozenset[str] = frozenset()
    never: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


NOBODY = Known()


def look(text: str, known: Known = NOBODY, *, threshold: float = 1.0) -> TextVerdict:
    """What a subject (or a file name) gives away. Offsets are those of `text`."""
    if not text.strip():
        return NOTHING
    normal = normalise(text[:LONGEST], markup=False)
    plain = _closed_up(normal.text)
    spans = _spans(plain, known, _PREFIX.match(plain).end())  # type: ignore[union-attr]  # the pattern matches the empty string
    if normal.hidden:
        spans.append(span("HIDDEN", 0, len(plain), plain, threshold if spans else 0.0))
    marks = markings.in_subject(plain)
    spans += [span("MARKING", mark.start, mark.end, plain, threshold) for mark in marks]
    score = sum(one.weight for one in spans)
    return TextVerdict(
        score >= threshold,
        round(score, 3),
        0,
        tuple(_original(spans, normal)),
        tuple(dict.fromkeys(mark.kind for mark in marks)),
        len(text) <= LONGEST,
    )


def about_a_case(text: str) -> bool:
    """The subject speaks of a child, a family, health or an offence, whoever is named."""
    return _CASE.search(normalise(text[:LONGEST], markup=False).text) is not None


def _original(spans: Iterable[Span], normal: Normal) -> Iterator[Span]:
    for one in spans:
        start, end = normal.span(one.start, one.end)
        yield Span(one.kind, start, end, one.shown, one.weight)


_SPELLED = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9][ .\-_*]){4,40}[A-Za-z0-9](?![A-Za-z0-9])")


def _closed_up(text: str) -> str:
    """'C O N F I D E N T I A L' read as a word, its room filled with spaces so that offsets stay."""
    if not _SPELLED.search(text):
        return text
    return _SPELLED.sub(_word_of, text)


def _word_of(found: re.Match[str]) -> str:
    letters = found.group()[::2]
    return letters.ljust(len(found.group())) if letters.isalpha() else found.group()


def _spans(text: str, known: Known, first: int) -> list[Span]:
    spans = [span(one.kind, one.start, one.end, text, 1.0) for one in identifiers(text)] if _DIGITS.search(text) else []
    spans += _listed(text, known)
    body = text[first:]
    case = _CASE.search(body) is not None
    topic = _TOPIC.search(body) is not None
    dates = days(text, first) if _DIGITS.search(text) else []
    spans += _birthdays(text, dates)
    named = [person for person in _persons(text, first) if not excused(person, text, known)]
    spans += [span("PERSON", one.start, one.end, text, 1.0) for one in named if _counts(one, text, case, topic, first)]
    spans += _families(text, first, known, case, topic)
    if not any(one.kind == "PERSON" for one in spans):
        spans += _titled(text, first, known, case, topic)
    if not any(one.kind == "PERSON" for one in spans) and not topic:
        spans += _first_name_only(text, first, known)
    return spans


_DIGITS = re.compile(r"[0-9]")


def _listed(text: str, known: Known) -> Iterator[Span]:
    """The policy's own words that are always personal."""
    low = text.lower()
    for word in known.always:
        at = low.find(word.lower())
        if word and at >= 0:
            yield span("LISTED", at, at + len(word), text, 1.0)


def _birthdays(text: str, dates: list[Day]) -> Iterator[Span]:
    """A date that its label calls a birthday; or initials or a first name right before a birth-like date."""
    for day in dates:
        if day.birth and day.year >= 1915:
            yield span("DOB", day.start, day.end, text, 1.0)
            found = _INITIALS.search(text, max(0, day.start - 24), day.start)
            if found:
                yield span("INITIALS", *found.span(), text, 0.0)


def _persons(text: str, first: int) -> list[Person]:
    tail = text[first:]
    lower = tail.islower() or (tail.isupper() and " " in tail.strip()) or _no_capitals(tail)
    if tail.isupper():
        return people(text, first) if "," in tail else people(text, first, lower=True)
    return people(text, first, lower=lower)


def _no_capitals(text: str) -> bool:
    """Nobody reached for the shift key, except for acronyms ('sandra wilson LAC review')."""
    return all(word.islower() or (word.isupper() and len(word) > 1) or not word[:1].isalpha() for word in text.split())


def excused(person: Person, text: str, known: Known) -> bool:
    name = " ".join(sorted(part for part in (person.given, person.family) if part))
    if name in known.colleagues:
        return True
    low = text[max(0, person.start - 40) : person.end + 40].lower()
    here = text[person.start : person.end].lower()
    return any((word and here in word.lower()) or word.lower() in low for word in known.never if word)


def _counts(person: Person, text: str, case: bool, topic: bool, first: int) -> bool:
    """Is this name about somebody's case? The surer the name, the less company it needs."""
    if topic and not (case and person.sure >= Sure.LIKELY and _STRONG_CASE.search(text)):
        return False
    if is_officer(person, text):
        return False
    if person.sure >= Sure.LIKELY or case:
        return True
    alone = not text[first : person.start].strip(" -:") and not text[person.end :].strip(" .!-")
    return alone and given_degree(person.given) >= 2 and family_degree(person.family) >= 2


_STRONG_CASE = pattern("strong_case")
_OFFICE = re.compile(
    rf"[\s,(\-]{{1,4}}(?:the |our |new |interim |acting )?(?:[a-z&]+ ){{0,3}}(?:{'|'.join(phrases('offices'))})\b", re.IGNORECASE
)
_OFFICE_BEFORE = re.compile(rf"\b(?:{'|'.join(phrases('offices') + phrases('introducing'))})[\s:,\-]{{1,3}}\Z", re.IGNORECASE)


def is_officer(person: Person, text: str) -> bool:
    """The words beside the name say that it is somebody at work or in public."""
    return bool(_OFFICE.match(text, person.end) or _OFFICE_BEFORE.search(text, max(0, person.start - 40), person.start))


def _families(text: str, first: int, known: Known, case: bool, topic: bool) -> Iterator[Span]:
    """'Clark family', 'the Hussain children', 'Unborn Cooper', 'baby Smith'."""
    row = words(text, first)
    for position in range(len(row) - 1):
        one, two = row[position], row[position + 1]
        if not joined(one):
            continue
        if (
            two.low in _FAMILY_AFTER and _surname_like(one, row, position, case) and not _worn(row, position + 1) and (case or not topic)
        ) or (one.low in _FAMILY_BEFORE and two.low not in _FAMILY_AFTER and _unborn(one, two, case) and (case or not topic)):
            yield span("PERSON", one.start, two.end, text, 1.0)


def _surname_like(word: Word, row: list[Word], position: int, case: bool) -> bool:
    if word.low in NEVER_NAMES or word.low in PLACES or word.low in HONORIFICS or acronym(word):
        return False
    if word.low in _DESCRIBING:
        return (
            word.low in ("foster", "young", "little")
            and case
            and capitalised(word)
            and position == 0
            and _FOSTERED.search(row[-1].low) is None
        )
    degree = family_degree(word.low)
    if not capitalised(word):
        return degree == 3 and row[position + 1].low in ("family", "children", "twins", "siblings")
    return degree >= 2 or (degree == 1 and not is_english(word.low))


_FOSTERED = re.compile(r"recruit|policy|strategy|week|network|fund|event|picnic|day|forum|group")


def _worn(row: list[Word], position: int) -> bool:
    """'Foster family recruitment', 'Brown Family Centre', 'Clark Family Trust': the family is part of a thing's name."""
    following = row[position + 1] if position + 1 < len(row) and joined(row[position]) else None
    return (
        following is not None
        and (
            following.low in PLACE_SUFFIXES
            or following.low
            in ("centre", "hub", "hubs", "trust", "services", "service", "practice", "support", "recruitment", "day", "fun")
        )
        and (capitalised(following) or following.low in ("recruitment", "centre", "hub", "day", "fun"))
    )


def _unborn(one: Word, two: Word, case: bool) -> bool:
    if two.low in _DESCRIBING or two.low in NEVER_NAMES or acronym(two):
        return False
    if one.low in ("unborn", "ubb"):
        return two.low == "baby" or family_degree(two.low) >= 1 or given_degree(two.low) > 0
    return capitalised(two) and capitalised(one) and (family_degree(two.low) >= (2 if case else 3))


def _titled(text: str, first: int, known: Known, case: bool, topic: bool) -> Iterator[Span]:
    """'Mrs Khan - complaint': a title and a surname, beside something that happens in a case."""
    if topic or not case:
        return
    row = words(text, first)
    for position in range(len(row) - 1):
        title, name = row[position], row[position + 1]
        named = family_degree(name.low) >= (1 if capitalised(name) else 2) and (capitalised(name) or not capitalised(title))
        if title.low in _TITLE and named and name.low not in known.colleagues:
            yield span("PERSON", title.start, name.end, text, 1.0)


def _first_name_only(text: str, first: int, known: Known) -> Iterator[Span]:
    """'Ellie - LAC review', "Kayleigh's EHCP": one first name that is nothing else, beside a word of the strongest kind."""
    row = words(text, first)
    for position, word in enumerate(row):
        if given_degree(word.low) < 3 or not capitalised(word) or word.text.isupper() or word.low in PLACES or word.low in known.colleagues:
            continue
        after = text[word.end : word.end + 4]
        ties = word.text.lower().endswith("'s") or after.lstrip()[:1] in ("-", ":", "/", ",", "(") or position == len(row) - 1
        neighbour = row[position + 1] if position + 1 < len(row) else None
        if neighbour is not None and joined(word) and capitalised(neighbour) and not acronym(neighbour):
            continue
        before = row[position - 1] if position else None
        if (
            before is not None
            and joined(before)
            and capitalised(before)
            and before.low not in ("for", "re", "of", "about")
            and not acronym(before)
        ):
            continue
        if (ties or (neighbour is not None and acronym(neighbour))) and _STRONG_CASE.search(text):
            yield span("PERSON", word.start, word.start + len(word.low), text, 1.0)
            return
