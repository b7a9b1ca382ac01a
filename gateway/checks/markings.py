"""Protective markings, current and legacy, in a subject or on a line of their own in a text.

Promises: a marking is found where people put one (the subject; a line of its own at the top or foot of a text); prose, disclaimers and
topics ('confidentiality policy', 'Confidential shredding', 'SECRET Santa') are none.
Quantifiers are bounded: 'OFFICIAL' followed by 12,500 spaces took 2.4 s in an unbounded draft.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marking:
    """`kind` is the marking itself, without descriptor: 'OFFICIAL-SENSITIVE', 'SECRET' ..."""

    kind: str
    start: int
    end: int


_I = re.IGNORECASE
_D = r"[\s_]{0,3}(?:[-:/][\s_]{0,3})?"
_SENSITIVE = re.compile(
    rf"(?<![A-Za-z])OFF[I1]C[I1]AL{_D}SENS[I1]T[I1]VE(?![A-Za-z])"
    rf"(?:{_D}[\[(]?\s{{0,3}}(?:PERSONAL(?: DATA)?|COMMERCIAL|LOCSEN|OPERATIONAL|SENIOR MANAGEMENT|PERSONNEL|LEGAL|MEDICAL|HR)\b)?",
    _I,
)
_DESCRIPTOR = rf"(?:{_D}(?:PERSONAL(?: DATA)?|COMMERCIAL|MANAGEMENT|STAFF|INVESTIGATIONS|MEDICAL|POLICY|LOCSEN|CHILDREN|LEGAL)\b)?"
_LEGACY = re.compile(rf"(?<![A-Za-z])(TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED|PROTECT)(?![A-Za-z]){_DESCRIPTOR}")
_PHRASE = re.compile(
    r"(?<![A-Za-z])(?:private\s{0,3}(?:and|&|\+)\s{0,3}confidential|strictly\s{1,3}(?:private|confidential)|in\s{1,3}strict(?:est)?\s{1,3}confidence"
    r"|highly\s{1,3}confidential|staff\s{1,3}in\s{1,3}confidence)(?![A-Za-z])",
    _I,
)
_CONFIDENTIAL = re.compile(r"(?<![A-Za-z])c[o0]nf[i1l]dent[i1l]a[l1](?![A-Za-z])", _I)
_PREFIX = re.compile(
    r"\s{0,8}(?:(?:re|fw|fwd|aw|wg|tr)\s{0,3}(?:\[\d{1,3}\])?:\s{0,8}|\[(?:cjsm|secure|encrypt(?:ed)?|external)\]\s{0,8}){0,20}[\[(<*#\s]{0,8}",
    _I,
)
# Words after a marking that make it a topic: 'Restricted parking bays', 'Confidential shredding', 'PROTECT YOUR HOME'.
_TOPIC = re.compile(
    r"[\s\])>*]{0,3}(?:shredding|waste|bins?|parking|area|access|santa|garden|shopper|cinema|supper|your|our|the|us|them"
    r"|growth|zone|entry|height|width|ity|training|policy|policies|agreement|counselling|helpline|advice line|hotline)\b",
    _I,
)
_LINE_END = re.compile(r"[\s.!:*#_=\-\])>]{0,40}(?:\n|\Z)")
_EDGE_LINES = 6
"""A mark stands in the first or last lines of a text; a heading in the middle of minutes is a topic."""


def in_subject(text: str) -> list[Marking]:
    """Markings anywhere in a subject; the bare legacy words only in capitals, 'confidential' also at its start."""
    marks = [Marking("OFFICIAL-SENSITIVE", *found.span()) for found in _SENSITIVE.finditer(text)]
    marks += [Marking("CONFIDENTIAL", *found.span()) for found in _PHRASE.finditer(text)]
    shouted = text.isupper()
    start = _PREFIX.match(text)
    first = start.end() if start else 0
    for found in _LEGACY.finditer(text):
        if not _TOPIC.match(text, found.end(1)) and not (shouted and found.group(1) in ("PROTECT", "RESTRICTED") and found.start() > first):
            marks.append(Marking(found.group(1), *found.span()))
    lead = _CONFIDENTIAL.match(text, first)
    tail = [found for found in _CONFIDENTIAL.finditer(text) if re.fullmatch(r"[\s)\]>*!.]{0,8}", text[found.end() :][:9])]
    for found in ([lead] if lead else []) + tail:
        if not _TOPIC.match(text, found.end()) and _is_label(text, found.span(), first):
            marks.append(Marking("CONFIDENTIAL", *found.span()))
    return _distinct(marks)


def _is_label(text: str, span: tuple[int, int], first: int) -> bool:
    """'CONFIDENTIAL minutes', 'Confidential: visit' and '[confidential]' are labels; 'is this confidential' is not."""
    start, end = span
    word = text[start:end]
    alone = start == first and not text[end:].strip()
    closed = text[end : end + 1] in ("]", ")", ":", "-", "*", "/", "|", "!", ",") or text[end : end + 3] == " - "
    opened = start > 0 and text[:start].rstrip()[-1:] in ("[", "(", "-", "*", ":", "|", "/")
    return word.isupper() or closed or alone or opened or start == first


def on_lines(text: str) -> list[Marking]:
    """Markings that have a line of their own among the first or last lines of a text."""
    if not _MAYBE.search(text):
        return []
    lines = [(found.start(), found.end()) for found in re.finditer(r"[^\n]*[^\s][^\n]*", text)]
    edge = lines if len(lines) <= 2 * _EDGE_LINES else lines[:_EDGE_LINES] + lines[-_EDGE_LINES:]
    return _distinct([mark for start, end in edge if end - start <= 160 for mark in _of_line(text, start, end)])


_MAYBE = re.compile(r"OFF[I1]C[I1]AL|SECRET|RESTRICTED|PROTECT|c[o0]nf[i1l]den|strictly\s", _I)


def _of_line(text: str, start: int, end: int) -> Iterable[Marking]:
    """The marking that a line consists of, after quote marks and a label such as 'Classification:'."""
    lead = re.match(
        r"[\s>*#_=\-\[(<|]{0,40}(?:(?:protective )?(?:marking|classification|security|sensitivity|handling)\s{0,3}[:\-]\s{0,3})?",
        text[start:end],
        _I,
    )
    at = start + (lead.end() if lead else 0)
    for pattern, kind in ((_SENSITIVE, "OFFICIAL-SENSITIVE"), (_LEGACY, ""), (_PHRASE, "CONFIDENTIAL"), (_CONFIDENTIAL, "CONFIDENTIAL")):
        found = pattern.match(text, at, end)
        if found and _LINE_END.match(text, found.end()):
            yield Marking(kind or found.group(1), *found.span())
            return
    found = _SENSITIVE.match(text, at, end)
    if found and text[found.start() : found.end()].isupper():
        yield Marking("OFFICIAL-SENSITIVE", *found.span())


def _distinct(marks: list[Marking]) -> list[Marking]:
    """Each place once, the longest reading of it."""
    kept: list[Marking] = []
    for mark in sorted(marks, key=lambda one: (one.start, -one.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept
