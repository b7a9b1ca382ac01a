"""The fields of an invitation (RFC 5545) that people read.

Promises: folded lines are joined, escapes undone; a file carried inside shows as ATTACH.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_READ = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "X-ALT-DESC", "RESOURCES", "CATEGORIES"})
_ESCAPES = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: str


def fields_of(text: str) -> Iterator[Field]:
    """SUMMARY, DESCRIPTION and their like, once each value; ATTACH for every file inside (a link is told as text)."""
    seen = set()
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, colon, value = line.partition(":")
        name, _, parameters = head.upper().partition(";")
        if not colon:
            continue
        if name == "ATTACH":
            inline = "VALUE=BINARY" in parameters or "ENCODING=BASE64" in parameters or value.lower().startswith(("data:", "base64"))
            yield Field("ATTACH", "") if inline else Field("DESCRIPTION", value)
        elif name in _READ and (name, value) not in seen:
            seen.add((name, value))
            yield Field(name, re.sub(r"\\([nN,;\\])", lambda found: _ESCAPES[found.group(1)], value))
