"""People whom a message is about, as an auditor would look for them: a number that is theirs alone, or a name with a birthday.

Promises: one person's number has one form, however it is written ('943 476 5919', '943-476-5919'), and so has a name with a date of
birth ('Kayleigh Thompson 12/03/2014', 'THOMPSON, Kayleigh, 12 March 2014'). A value of these is never stored, logged or shown: the
store keeps a keyed hash of it. On failure: what cannot be read as either is nobody.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import field
from datetime import date

from gateway.model.frozen import frozen

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(
    r"(?P<y>(?:19|20)[0-9]{2})[./\-](?P<m>[0-9]{1,2})[./\-](?P<d>[0-9]{1,2})(?![0-9])"
    r"|(?<![0-9])(?P<d2>[0-9]{1,2})(?P<s>[./\-]| ?/ ?| )(?P<m2>[0-9]{1,2})(?P=s)(?P<y2>(?:19|20)?[0-9]{2})(?![0-9])"
    r"|(?<![0-9])(?P<d3>[0-9]{1,2})(?:st|nd|rd|th)?[ \-.]{1,2}(?:of )?(?P<m3>[a-z]{3,9})[ \-.,']{1,3}(?P<y3>(?:19|20)?[0-9]{2})(?![0-9])"
    r"|(?P<m4>[a-z]{3,9})\.? (?P<d4>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y4>(?:19|20)[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_CENTURY = 40
"""Two digits up to here are 20xx, as the checks read them."""
_NOT_NAMES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "master", "dob", "born", "date", "of", "birth", "name", "d", "o", "b"))
_PNC = re.compile(r"(?:19|20)?([0-9]{2})/([0-9]{1,7})([A-Z])")
_CRO = re.compile(r"([0-9]{1,6})/([0-9]{2}[A-Z])")
_NINO = re.compile(r"([A-Z]{2}[0-9]{6})[A-D]")
_LICENCE = re.compile(r"([A-Z9]{5}[0-9]{6}[A-Z9]{2}[A-Z0-9][A-Z]{2})[0-9]{2}")
_PASSPORT_LINE = re.compile(r"([A-Z0-9<]{9})[0-9][A-Z<]{3}[0-9]{7}[MF<X][0-9].*")
_SHORTEST = 6
"""Signs of an identifier: the shortest is a PNC id of an early year."""


@frozen
class DataSubject:
    """One way in which a person can be looked for. The value is personal data: `repr` does not show it."""

    value: str = field(repr=False)


def by_number(written: str) -> Iterator[DataSubject]:
    """A number in every form it may be looked for under: nearly always one."""
    text = written.strip().upper()
    police = (*_police(text),)
    if police:
        yield from police
        return
    compact = "".join(sign for sign in text if sign.isalnum() or sign == "<")
    line = _PASSPORT_LINE.fullmatch(compact)
    if line:
        compact = line[1]
    compact = compact.replace("<", "")
    short = _NINO.fullmatch(compact) or _LICENCE.fullmatch(compact)
    compact = short[1] if short else compact  # What follows changes with each issue, or is left out.
    if len(compact) >= _SHORTEST and any(sign.isdigit() for sign in compact):
        yield DataSubject(compact)


def _police(text: str) -> Iterator[DataSubject]:
    """PNC and CRO numbers are written with and without leading zeros and century; one text can be read as either."""
    found = _PNC.fullmatch(text)
    if found:
        yield DataSubject(f"{found[1]}/{found[2].zfill(7)}{found[3]}")
    found = _CRO.fullmatch(text)
    if found:
        yield DataSubject(f"{found[1].zfill(6)}/{found[2]}")


def by_name(name: str, born: date) -> DataSubject | None:
    """First and last word of a name in either order, with the birthday; None for a first name alone."""
    plain = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign) and sign not in "'\u2019-")
    words = [word for word in re.findall(r"[^\W\d_]+", plain) if word not in _NOT_NAMES]
    if len(words) < 2:
        return None
    return DataSubject(" ".join((*sorted((words[0], words[-1])), born.isoformat())))


def day_of(text: str) -> date | None:
    """The first date in a text, as people in this country write it: the day before the month."""
    found = _DAY.search(text)
    return _date(found) if found else None


def _date(found: re.Match[str]) -> date | None:
    parts = [found[name] for name in ("y", "m", "d", "y2", "m2", "d2", "y3", "m3", "d3", "y4", "m4", "d4")]
    year, month, day = next(tuple(parts[at : at + 3]) for at in (0, 3, 6, 9) if parts[at])
    number = int(month) if month.isdigit() else _month(month)
    full = int(year) + (0 if len(year) == 4 else 1900 if int(year) > _CENTURY else 2000)
    try:
        return date(full, number, int(day))
    except ValueError:
        return None


def _month(word: str) -> int:
    return _MONTHS.index(word[:3].lower()) + 1 if word[:3].lower() in _MONTHS else 0


def asked_for(text: str) -> tuple[DataSubject, ...]:
    """Whom an auditor means by '943 476 5919', 'AB123456C' or 'Kayleigh Thompson, 12 March 2014'; () if it is neither."""
    found = _DAY.search(text)
    born = _date(found) if found else None
    if found and born:
        person = by_name(f"{text[: found.start()]} {text[found.end() :]}", born)
        if person is not None:
            return (person,)
    return tuple(by_number(text))
