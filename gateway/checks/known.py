"""Who may be named: colleagues, correspondents, and the words that a policy adds or takes away."""

from dataclasses import dataclass

from gateway.checks.names import Person


@dataclass(frozen=True, slots=True)
class Known:
    """Who may be named: colleagues (never personal), words from the policy, and the outside correspondent's own names."""

    colleagues: frozenset[str] = frozenset()
    never: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


NOBODY = Known()


def excused(person: Person, text: str, known: Known) -> bool:
    name = " ".join(sorted(part for part in (person.given, person.family) if part))
    if name in known.colleagues:
        return True
    low = text[max(0, person.start - 40) : person.end + 40].lower()
    here = text[person.start : person.end].lower()
    return any((word and here in word.lower()) or word.lower() in low for word in known.never if word)
