"""Personal data in running text: identifiers, birthdays, markings.

Promises: offsets are those of the given text; text beyond the limit makes the verdict incomplete, never clean.
"""

from gateway.checks import markings
from gateway.checks.dates import days
from gateway.checks.identifiers import identifiers
from gateway.checks.normal import normalise
from gateway.checks.spans import NOTHING, Span, TextVerdict, span
from gateway.checks.subject import NOBODY, Known
from gateway.model.looking import Pattern


def look(
    text: str,
    known: Known = NOBODY,
    *,
    threshold: float = 1.0,
    limit: int = 4_194_304,
    markup: bool = True,
    patterns: tuple[Pattern, ...] = (),
) -> TextVerdict:
    """What a text gives away."""
    if not text.strip():
        return NOTHING
    normal = normalise(text[:limit], markup=markup)
    plain = normal.text
    spans = [span(one.kind, one.start, one.end, plain, 1.0) for one in identifiers(plain)]
    spans += [span("DOB", day.start, day.end, plain, 1.0) for day in days(plain) if day.birth]
    marks = markings.on_lines(plain)
    spans += [span("MARKING", mark.start, mark.end, plain, threshold) for mark in marks]
    score = sum(one.weight for one in spans)
    found = tuple(Span(one.kind, *normal.span(one.start, one.end), one.shown, one.weight) for one in spans)
    return TextVerdict(score >= threshold, score, 0, found, tuple(dict.fromkeys(mark.kind for mark in marks)), len(text) <= limit)
