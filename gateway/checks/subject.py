"""Personal data in a subject line: names, families, birthdays, numbers, markings.

Promises: a subject that names a private person, with or without capitals or commas, is personal; streets, schools, companies, councillors,
colleagues, training and newsletters are not. A case reference alone is not: it is the subject we recommend.
Costs some tens of microseconds: a subject is short, so plain regular expressions do.
"""

import re
from collections.abc import Iterable, Iterator

from gateway.checks import markings
from gateway.checks.about import in_text
from gateway.checks.dates import Day, days
from gateway.checks.engine import Place, spoken_of
from gateway.checks.families import families, titled
from gateway.checks.identifiers import identifiers
from gateway.checks.known import NOBODY, Known, excused
from gateway.checks.names import (
    Person,
    Sure,
    Word,
    acronym,
    capitalised,
    family_degree,
    given_degree,
    is_english,
    joined,
    people_among,
    words,
)
from gateway.checks.normal import Normal, normalise
from gateway.checks.offices import is_officer
from gateway.checks.spans import NOTHING, Span, TextVerdict, span
from gateway.checks.vocabulary import NAME_PLACES, NEVER_NAMES, PLACES

LONGEST = 1000
"""Characters looked at: RFC 5322 allows 998 in a line; what lies beyond makes the text incomplete."""

_PREFIX = re.compile(
    r"\s{0,8}(?:(?:re|fw|fwd|aw|wg|tr|sv|vs|accepted|declined|tentative|cancell?ed|updated|automatic reply|out of office)"
    r"\s{0,3}(?:\[\d{1,3}\])?:\s{0,8}"
    r"|\[(?:cjsm|secure|encrypt(?:ed)?|rw4encrypt|external|ext|confidential|official)[^\]]{0,20}\]\s{0,8}){0,20}",
    re.IGNORECASE,
)
# '[Razor-users] ...': the talk of a mailing list. Tags that mail systems add to every subject are none.
_LIST_TAG = re.compile(
    r"\[(?!ext|spam|warn|caution|urgent|secur|encr|priv|conf|off|nhs|police|cjsm|sus|sens|imp|#|\d)[A-Za-z][\w .\-]{1,24}\]", re.IGNORECASE
)
_INITIALS = re.compile(r"(?<![A-Za-z.])(?:[A-Z]\.\s?[A-Z]\.?(?:\s?[A-Z]\.?)?|[A-Z]{2,3})(?![A-Za-z])")


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
        tuple(in_text(plain, spans)),
    )


def about_a_case(text: str) -> bool:
    """The subject speaks of a child, a family, health or an offence, whoever is named."""
    return Place.CASE in spoken_of(normalise(text[:LONGEST], markup=False).text)


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
    about = spoken_of(body)
    case, strong = Place.CASE in about, Place.STRONG_CASE in about
    topic = Place.TOPIC in about or _LIST_TAG.match(body) is not None
    dates = days(text, first) if _DIGITS.search(text) else []
    spans += _birthdays(text, dates)
    row = words(text, first)
    named = [person for person in _persons(text[first:], row) if not excused(person, text, known)]
    if Place.OFFICE in about:
        named = [person for person in named if not is_officer(person, text)]
    spans += [span("PERSON", one.start, one.end, text, 1.0) for one in named if _counts(one, text, case, strong, topic, first)]
    spans += _families(row, text, case, topic)
    spans += _against(text, case)
    spans += _initials(text, dates, case)
    if not any(one.kind == "PERSON" for one in spans):
        spans += _titled(row, text, known, case, topic)
    if not any(one.kind == "PERSON" for one in spans) and strong and not topic:
        spans += _first_name_only(row, text, known)
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


def _persons(text: str, row: list[Word]) -> list[Person]:
    if text.isupper() and "," in text:
        return people_among(row)
    return people_among(row, lower=text.isupper() or _no_capitals(text))


def _no_capitals(text: str) -> bool:
    """Nobody reached for the shift key, except for acronyms ('sandra wilson LAC review')."""
    return all(word.islower() or (word.isupper() and len(word) > 1) or not word[:1].isalpha() for word in text.split())


def _rare(person: Person) -> bool:
    """Neither word is surely a first name, and no dictionary has either."""
    given, family = given_degree(person.given), family_degree(person.family)
    if max(given, given_degree(person.family)) >= 2:
        return False
    return given + family <= 3 and not is_english(person.given) and not is_english(person.family)


def _counts(person: Person, text: str, case: bool, strong: bool, topic: bool, first: int) -> bool:
    """Is this name about somebody's case? The surer the name, the less company it needs."""
    if topic and not (case and person.sure >= Sure.LIKELY and strong):
        return False
    if person.sure is Sure.MAYBE and _rare(person):
        return strong  # Two words that hardly a list has: a firm or a town as easily.
    if person.sure >= Sure.LIKELY or case:
        return True
    alone = not text[first : person.start].strip(" -:") and not text[person.end :].strip(" .!-")
    degrees = (given_degree(person.given), family_degree(person.family))
    return alone and (min(degrees) >= 2 or (given_degree(person.family) == 3 and not is_english(person.given)))


def _families(row: list[Word], text: str, case: bool, topic: bool) -> Iterator[Span]:
    """'Clark family', 'the Hussain children', 'Unborn Cooper', 'baby Smith'."""
    if case or not topic:
        for start, end in families(row, case):
            yield span("PERSON", start, end, text, 1.0)


def _titled(row: list[Word], text: str, known: Known, case: bool, topic: bool) -> Iterator[Span]:
    """'Mrs Khan - complaint': a title and a surname beside something that happens in a case; with an initial, anywhere."""
    for start, end, surname in titled(row):
        full = text[start:end].count(" ") >= 2
        if (case or full) and not topic and surname not in known.colleagues:
            yield span("PERSON", start, end, text, 1.0)


_AGAINST = re.compile(r"(?<![A-Za-z])v\.?s?\.? ([A-Z][A-Za-z'\-]{2,20})(?![a-z])")


def _against(text: str, case: bool) -> Iterator[Span]:
    """'London Borough v Ahmed': the name of court proceedings."""
    found = _AGAINST.search(text) if case else None
    if found and family_degree(found.group(1).lower()) >= 2:
        yield span("PERSON", *found.span(1), text, 1.0)


_INITIALS_DATED = re.compile(r"(?<![A-Za-z.])((?:[A-Z]\.? ?){2,3}),? \(?\Z")


def _initials(text: str, dates: list[Day], case: bool) -> Iterator[Span]:
    """'KM 12/03/2014 LAC medical': initials right before a date, in a case."""
    for day in dates if case else ():
        found = _INITIALS_DATED.search(text, max(0, day.start - 10), day.start)
        if found and re.sub(r"[^a-z]", "", found.group(1).lower()) not in NEVER_NAMES:
            yield span("INITIALS", found.start(1), day.end, text, 1.0)


def _first_name_only(row: list[Word], text: str, known: Known) -> Iterator[Span]:
    """'Ellie - LAC review', "Kayleigh's EHCP", 'cisem lac review': a first name that is nothing else, beside the strongest words."""
    lower = _no_capitals(text)
    for position, word in enumerate(row):
        if given_degree(word.low) < 3 or word.text.isupper() or word.low in PLACES | NAME_PLACES | known.colleagues:
            continue
        alone = _alone_in_lower_case(row, position) if lower else capitalised(word) and _alone(row, position, text)
        if alone:
            yield span("PERSON", word.start, word.start + len(word.low), text, 1.0)
            return


def _alone_in_lower_case(row: list[Word], position: int) -> bool:
    """The first word of a subject without capitals, and in no dictionary."""
    word = row[position]
    return position == 0 and len(word.low) > 3 and not is_english(word.low)


def _alone(row: list[Word], position: int, text: str) -> bool:
    """Nothing capitalised stands beside the name, and something ties it to the rest: a dash, a possessive, an acronym."""
    word = row[position]
    following = row[position + 1] if position + 1 < len(row) and joined(word) else None
    before = row[position - 1] if position and joined(row[position - 1]) else None
    if following is not None and capitalised(following) and not acronym(following):
        return False
    if before is not None and capitalised(before) and before.low not in ("for", "re", "of", "about") and not acronym(before):
        return False
    after = text[word.end : word.end + 4].lstrip()[:1]
    ties = word.text.lower().endswith("'s") or after in ("-", ":", "/", ",", "(") or position == len(row) - 1
    return ties or (following is not None and acronym(following))
