"""Who speaks: the words that ship, or an organisation's own where it has written some.

Promises: a sentence is text with `{facts}` and nothing else: no expression, no condition, no file. A notice always goes out: own words that
lack a fact, or ask for one that there is not, give way to the shipped ones. `faults` says so to whoever checks a policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.model.organisation import Organisation
from gateway.notices.shipped import SHIPPED
from gateway.notices.words import clean

SENTENCE_CHARS = 600
"""The longest that ships has 200; a screen of a telephone holds about as many."""
LINES = 30
EVERYWHERE = ("organisation", "contact", "contact_phone", "contact_email", "out_of_hours_phone")
"""Facts that any sentence may use."""
MUST_SAY = {"urgent": ("phone", "ring", "call", "999")}
"""One of these words must stand in the sentence: without it nobody is told to pick up a telephone."""

_FACT = re.compile(r"\{([^{}]*)\}")
_LINE_KEYS = re.compile(r".*\.steps|recipient\.open")


class Speaker(Protocol):
    """Whoever a notice speaks for; a NoticeContext is one."""

    @property
    def organisation(self) -> Organisation | None: ...

    @property
    def words(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Voice:
    """An organisation that speaks outside of a notice."""

    organisation: Organisation | None = None
    words: Mapping[str, str] = field(default_factory=dict)


PLAIN = Voice()
"""The words that ship."""


def say(speaker: Speaker, key: str, **facts: str) -> str:
    """The sentence of that key with its facts, on one line. `facts` are clean already."""
    return clean(_filled(speaker, key, facts), SENTENCE_CHARS)


def steps(speaker: Speaker, key: str, **facts: str) -> tuple[str, ...]:
    """The lines of a sentence that has several, each clean."""
    return tuple(line for text in _filled(speaker, key, facts).splitlines()[:LINES] if (line := clean(text, SENTENCE_CHARS)))


def facts_of(key: str) -> tuple[str, ...]:
    """The facts that a sentence of one's own must use."""
    return tuple(dict.fromkeys(name for name in _FACT.findall(SHIPPED[key]) if name not in EVERYWHERE))


def has_own(speaker: Speaker, key: str) -> bool:
    """The organisation has words of its own for this, and they can be used."""
    return key in speaker.words and not faults(key, speaker.words[key])


def _filled(speaker: Speaker, key: str, facts: Mapping[str, str]) -> str:
    text = speaker.words[key] if has_own(speaker, key) else SHIPPED[key]
    known = {**_everywhere(speaker.organisation), **facts}
    return _FACT.sub(lambda found: known.get(found[1], ""), text)


def _everywhere(organisation: Organisation | None) -> dict[str, str]:
    if organisation is None:
        return {}
    contact = organisation.lead_contact
    return {
        "organisation": clean(organisation.name),
        "contact": clean(contact.name) or "your lead contact",
        "contact_phone": clean(contact.phone),
        "contact_email": clean(contact.email),
        "out_of_hours_phone": clean(organisation.out_of_hours_phone),
    }


def faults(key: str, text: str) -> tuple[str, ...]:
    """What is wrong with an organisation's own words for a key, in words for whoever wrote them."""
    if key not in SHIPPED:
        return (f"there is no sentence '{key}'",)
    # Whom to ask, and at which number, may be written out instead: those facts may be left out.
    needed, written = facts_of(key), _FACT.findall(text)
    lines = text.strip().splitlines()
    found = [f"{{{name}}} is not known here" for name in dict.fromkeys(written) if name not in needed and name not in EVERYWHERE]
    found += [f"{{{name}}} is missing" for name in needed if name not in written]
    if "{" in _FACT.sub("", text) or "}" in _FACT.sub("", text):
        found.append("a curly bracket stands alone")
    if not lines and SHIPPED[key]:
        found.append("there are no words")
    if len(lines) > (LINES if _LINE_KEYS.fullmatch(key) else 1):
        found.append("there are too many lines")
    if any(len(line) > SENTENCE_CHARS for line in lines):
        found.append(f"a line is longer than {SENTENCE_CHARS} characters")
    if key in MUST_SAY and not any(word in text.lower() for word in MUST_SAY[key]):
        found.append(f"it must tell people to {MUST_SAY[key][0]}")
    return tuple(found)
