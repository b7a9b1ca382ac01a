"""Dates as people write them, and which of them are somebody's birthday.

Promises: only dates that exist and lie in a plausible year count; a label beside it ('DOB', 'born') makes it a date of birth.
"""

import re
from dataclasses import dataclass

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DATE = re.compile(
    r"(?<![0-9A-Za-z./\-])(?:"
    r"(?P<d>[0-3]?[0-9])(?P<s>[./\-]| ?/ ?| )(?P<m>[01]?[0-9])(?P=s)(?P<y>(?:19|20)?[0-9]{2})"
    r"|(?P<iy>(?:19|20)[0-9]{2})[./\-](?P<im>[01]?[0-9])[./\-](?P<id>[0-3]?[0-9])"
    rf"|(?P<wd>[0-3]?[0-9])(?:st|nd|rd|th)?[ \-.]{{1,2}}(?:of )?(?P<wm>{_MONTH})[a-z]{{0,1}}[ \-.,']{{1,3}}(?P<wy>(?:19|20)?[0-9]{{2}})"
    rf"|(?P<um>{_MONTH})\.? (?P<ud>[0-3]?[0-9])(?:st|nd|rd|th)?,? (?P<uy>(?:19|20)[0-9]{{2}})"
    r")(?![0-9A-Za-z/])",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?<![A-Za-z])(?:d\W{0,2}o\W{0,2}b\b\.?|date\s{1,3}of\s{1,3}birth|birth\s{0,2}date|birthday|born(?:\s{1,2}on)?|dyddiad geni|ganwyd)"
    r"[\s:=\-(\[\"'|*>\w]{0,24}\Z",
    re.IGNORECASE,
)
_BORN_AFTER = re.compile(r"[\s)\],]{0,4}(?:\(?d\W?o\W?b\b|date of birth)", re.IGNORECASE)
_NOT_A_VALUE = re.compile(r"\b(?:before|after|since|until|by|between|from|to|and|due|week)\b\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A date in a text. `birth`: its label says that it is somebody's birthday."""

    start: int
    end: int
    year: int
    birth: bool


def days(text: str, start: int = 0, end: int | None = None) -> list[Day]:
    """Every plausible date in text[start:end]."""
    return [day for found in DATE.finditer(text, start, len(text) if end is None else end) if (day := _day(text, found))]


def _day(text: str, found: re.Match[str]) -> Day | None:
    parts = found.groupdict()
    year_text = parts["y"] or parts["iy"] or parts["wy"] or parts["uy"]
    day = int(parts["d"] or parts["id"] or parts["wd"] or parts["ud"])
    month = parts["m"] or parts["im"]
    if not 1 <= day <= 31 or (month is not None and not 1 <= int(month) <= 12):
        return None
    year = int(year_text)
    if year < 100:
        year += 1900 if year > 40 else 2000
    if not 1900 <= year <= 2099:
        return None
    before = text[max(0, found.start() - 48) : found.start()]
    label = _BORN.search(before)
    birth = bool(label and not _NOT_A_VALUE.search(before)) or bool(_BORN_AFTER.match(text, found.end()))
    return Day(found.start(), found.end(), year, birth)
