"""Which stretches of a text are about work itself: greetings, signatures, disclaimers, the header lines of quotations.

Promises: a name in one of them is no evidence; nothing else is ever left out. A signature that talks about somebody is no signature.
"""

import re
from collections.abc import Iterator, Sequence

from gateway.checks.vocabulary import phrases

_GREETING = re.compile(
    r"^[ \t>]{0,8}(?:dear|hi|hello|hey|hiya|good (?:morning|afternoon|evening)|morning|afternoon|annwyl|to|cc)\b[^\n.!?]{0,60}$",
    re.I | re.M,
)
_CLOSING = re.compile(rf"^[ \t>]{{0,8}}(?:{'|'.join(phrases('closings'))})[ \t,.!]{{0,4}}$", re.I | re.M)
_FIELD = re.compile(
    r"^[ \t>|*]{0,12}(?:from|to|cc|bcc|sent|date|subject|reply-to)\s?:[^\n]*$|^[ \t>]{0,12}on [^\n]{4,160}wrote:\s*$", re.I | re.M
)
_DISCLAIMER = re.compile(rf"[^\n]{{0,80}}\b(?:{'|'.join(phrases('disclaimers'))})\b", re.I)
_BREAK = re.compile(r"\n[ \t>]*(?=\n)")
_NAME_LINE = re.compile(
    r"[ \t>]{0,8}(?:(?:Mr|Mrs|Ms|Miss|Dr|Cllr)\.? )?[A-Z][A-Za-z'\-]{1,20}(?: [A-Z][A-Za-z'\-.]{0,20}){0,3}[ \t,]{0,4}"
    r"(?:\([^)\n]{1,30}\))?[ \t]{0,4}(?:\n|\Z)"
)
_CLOSING_LINES = 10
"""Lines after 'Kind regards' that are taken for a signature."""


class Regions:
    """The regions of one text, found when somebody first asks: most texts name nobody near a telling word."""

    __slots__ = ("_spans", "_telling", "_text")

    def __init__(self, text: str, telling: tuple[int, ...]) -> None:
        self._text, self._telling = text, telling
        self._spans: list[tuple[int, int]] | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        if self._spans is None:
            self._spans = work_regions(self._text, self._telling)
        return self._spans


def work_regions(text: str, telling: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches in which a name is no evidence.

    `telling`: offsets of words about somebody's private life, which no signature holds.
    """
    found = [one.span() for shape in (_GREETING, _FIELD) for one in shape.finditer(text)]
    for closing in _CLOSING.finditer(text):
        found.append((closing.start(), _end_of_lines(text, closing.end(), telling)))
    for start, end in _paragraphs(text):
        if _DISCLAIMER.match(text, start, min(end, start + 200)) or (
            _NAME_LINE.match(text, start, end) and end - start < 500 and not any(start <= at < end for at in telling)
        ):
            found.append((start, end))
    return sorted(found)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between empty lines, without the line ends before them."""
    start = 0
    for end in [*(found.start() for found in _BREAK.finditer(text)), len(text)]:
        while start < end and text[start] in "\n\t >":
            start += 1
        if start < end:
            yield start, end
        start = end


def _end_of_lines(text: str, start: int, telling: Sequence[int]) -> int:
    """The end of the signature that follows a closing word: some lines on, or where the text goes on about somebody."""
    end = start
    for _ in range(_CLOSING_LINES):
        following = text.find("\n", end + 1)
        line_end = len(text) if following < 0 else following
        if any(end < at < line_end for at in telling):
            break
        end = line_end
        if end >= len(text):
            break
    return end


def inside(offset: int, regions: list[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in regions)
