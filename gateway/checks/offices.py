"""Persons at work or in public, told by the words beside their name.

Promises: 'Thomas Holmes, planning officer' and 'our social workers Amy Reed and Ben Cole' speak of people at work.
"""

import re

from gateway.checks.names import Person
from gateway.checks.vocabulary import phrases

_OFFICES = "|".join(phrases("offices"))
_TRADES = "|".join(phrases("trades"))
_OFFICE = re.compile(
    rf"(?:\s?[,(\-]\s?|\s)(?:the |our |new |interim |acting )?(?:(?<=[,(\-] )(?:[A-Za-z&]+ ){{0,3}})?(?:{_OFFICES})\b"
    rf"|\s?[,(]\s?(?:the |our |a )?(?:[A-Za-z&]+ )?(?:{_TRADES})(?=[,.;)\n]| (?:at|from|for|in|with|will|has|is)\b|\Z)",
    re.IGNORECASE,
)
_OFFICE_BEFORE = re.compile(rf"\b(?:{_OFFICES}|{_TRADES}|{'|'.join(phrases('introducing'))})[\s:,\-]{{1,3}}\Z", re.IGNORECASE)


def is_officer(person: Person, text: str) -> bool:
    """The words beside the name say that it is somebody at work or in public."""
    return bool(_OFFICE.match(text, person.end) or _OFFICE_BEFORE.search(text, max(0, person.start - 40), person.start))
