"""Forms: labels with values ('Child's name: ...', 'DOB:' and the date on the next line).

Promises: a blank form is nothing; a name with one more private field filled in is a person described.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.checks.vocabulary import phrases

_NAMES = "|".join(phrases("personal_labels"))
_PRIVATE = "|".join(phrases("private_labels"))
_LABELS = rf"(?:(?P<name>{_NAMES})|(?P<private>{_PRIVATE}))"
_FIELD = re.compile(
    rf"^[ \t>*|\-\d.)(]{{0,12}}{_LABELS}[ \t]{{0,6}}(?:\([^)\n]{{0,40}}\)[ \t]{{0,6}})?[:=|\t][ \t|]{{0,40}}(?P<value>[^\n]{{0,200}})"
    r"(?P<next>\n[ \t>]{0,8}[^\n:]{1,120}$)?",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = re.compile(
    rf"(?:^|[,;|(\t]|  |\. )[ ]{{0,3}}{_LABELS}[ ]{{0,3}}[:=][ ]{{0,4}}(?P<value>[^\n,;|]{{1,80}})", re.IGNORECASE | re.MULTILINE
)
# What stands in a field that nobody filled in.
_BLANK = re.compile(rf"[\s_.\-/\\|*:()\[\]<>?x]*$|[\[<{{]|(?:{'|'.join(phrases('blanks'))})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """A filled-in field: `is_name` for the person, otherwise something private about them."""

    is_name: bool
    label: str
    start: int
    end: int


def filled_fields(text: str) -> Iterator[Field]:
    """Fields of a form that hold a value, on their own lines or in one."""
    for shape in (_FIELD, _INLINE):
        for found in shape.finditer(text):
            start, end = found.span("value")
            value = found.group("value").strip()
            if not value and found.groupdict().get("next"):
                value, (start, end) = found.group("next").strip(), found.span("next")
            if len(value) >= 2 and not _BLANK.match(value):
                yield Field(found.group("name") is not None, (found.group("name") or found.group("private")).lower(), start, end)


# A label that ordinary contact details have too: alone beside a name it is a visiting card.
_ORDINARY = re.compile(r"tel|phone|mobile|email|address$|school|post ?code|case|age|sex|gender|social worker|lead|re$", re.IGNORECASE)


def describes_a_person(fields: list[Field]) -> bool:
    """A name, and one field that only a private life has (or two that could be a visiting card's)."""
    labels = {field.label for field in fields if not field.is_name}
    private = {label for label in labels if not _ORDINARY.search(label)}
    names = {field.label for field in fields if field.is_name}
    at_home = len(names) >= 2 and any("address" in label for label in labels)
    return bool(names) and (bool(private) or at_home or len(labels) >= 3)
