"""Small words that every notice needs: people, counts, days and times, and text from elsewhere made harmless.

Promises: whatever a string holds, `clean` gives one line without control, invisible or direction-changing characters.
Nothing here knows a verdict or a reason.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

SHOWN_CHARS = 200
"""A finding is one fragment of a sentence; a file name of 10 kB would bury the advice below it."""

NAMED_AT_ONCE = 3
"""Names in a sentence; more is a list, and nobody reads a list inside a sentence."""

_SLACK = 4
"""How much more than shown is looked at: a megabyte of zero-width characters must not cost a second."""

_SENTENCE = re.compile(r"(?:(?![.?!]\s).)*[.?!]?", re.DOTALL)
_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def clean(text: str, limit: int = SHOWN_CHARS) -> str:
    """One harmless line: CR, LF, ESC, bidi and zero-width characters would forge headers, rows or addresses (J01, J03)."""
    kept = "".join(" " if unicodedata.category(char) in _UNSAFE else char for char in text[: limit * _SLACK])
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def first_sentence(text: str) -> str:
    """Up to the first full stop or question mark that is followed by a space: the others stand further down."""
    return _SENTENCE.match(text)[0] if text else ""  # type: ignore[index]  # it matches any text


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def other_people(count: int) -> str:
    return "1 other person" if count == 1 else f"{count} other people"


def in_words(items: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def who(named: Sequence[str], count: int) -> str:
    """Whom a group of `count` recipients holds, naming only those in `named`."""
    shown = list(named[:NAMED_AT_ONCE])
    rest = count - len(shown)
    if not shown:
        return people(count)
    return in_words([*shown, other_people(rest)] if rest else shown)


def clock(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def day(moment: datetime, zone: str) -> str:
    """'Friday 20 November 2026'; no locale has a say in it."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def day_and_time(moment: datetime, zone: str) -> str:
    return f"{clock(moment, zone)} on {day(moment, zone)}"


def before_when(moment: datetime, now: datetime, zone: str) -> str:
    """A coming moment as people say it: '09:00 today', 'Monday 09:00', '09:00 on Monday 4 January 2027'."""
    local = moment.astimezone(ZoneInfo(zone))
    ahead = (local.date() - now.astimezone(ZoneInfo(zone)).date()).days
    if ahead == 0:
        return f"{local:%H:%M} today"
    if 0 < ahead < 7:
        return f"{DAYS[local.weekday()]} {local:%H:%M}"
    return day_and_time(moment, zone)
