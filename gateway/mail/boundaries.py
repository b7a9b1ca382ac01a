"""Where a multipart's boundary lines lie, by the strict rule and by what lenient readers accept.

Promises: linear in the size of the body times the number of boundary candidates (at most eight).
On failure: more delimiters than the limit are not read on; the caller is told.
"""

import re
from typing import NamedTuple

from gateway.mail.fields import Field
from gateway.mail.words import decode_words

# What follows the boundary on its line: '--' at the end, blanks (RFC 2046 transport padding), the line end.
_TAIL = re.compile(rb"(--)?([ \t]*)(\r?\n|\r|\Z)")
_BLANKS = b" \t\0\v\f\r"
_LONGEST = 1_000
_MOST_CANDIDATES = 8


class Delimiter(NamedTuple):
    """A boundary line: `start` where the line break before it begins, `line` where the dashes stand, `after` where the next line begins."""

    start: int
    line: int
    after: int
    closing: bool


class Delimiters(NamedTuple):
    """All boundary lines of one boundary. `doubtful`: places that only some readers take for one."""

    boundary: bytes
    lines: tuple[Delimiter, ...]
    doubtful: tuple[int, ...] = ()
    cut: bool = False


def find_delimiters(data: bytes, boundary: bytes, start: int, end: int, most: int) -> Delimiters:
    """Look for `--boundary` at line starts within [start, end)."""
    token = b"--" + boundary
    length = len(token)
    found: list[Delimiter] = []
    doubtful: list[int] = []
    at = data.find(token, start, end)
    while at >= 0:
        if len(found) > most or len(doubtful) > most:
            return Delimiters(boundary, tuple(found), tuple(doubtful), cut=True)
        after = at + length
        if at == start or data[at - 1] == 0x0A:
            tail = _TAIL.match(data, after, end)
            # A lone CR after the boundary ends the line for some readers only.
            if tail and (tail[3] != b"\r" or tail.end() == end):
                found.append(Delimiter(_break_before(data, at, start), at, tail.end(), tail[1] is not None))
            else:
                doubtful.append(at)
        elif data[at - 1] in _BLANKS and _almost_line_start(data, at, start):
            doubtful.append(at)
        at = data.find(token, after, end)
    return Delimiters(boundary, tuple(found), tuple(doubtful))


def _almost_line_start(data: bytes, at: int, start: int) -> bool:
    """After a lone CR, or indented: some readers take it for a boundary line."""
    before = data[max(start, at - 8) : at]
    stripped = before.rstrip(_BLANKS[:-1])
    return not stripped or stripped[-1:] in (b"\r", b"\n")


def _break_before(data: bytes, at: int, start: int) -> int:
    """The line break before a boundary line belongs to the boundary (RFC 2046 5.1.1)."""
    if at - 2 >= start and data[at - 2] == 0x0D:
        return at - 2
    return at - 1 if at - 1 >= start else at


def candidates(field: Field) -> tuple[bytes, ...]:
    """Every byte string that some reader would take for the boundary, the usual one first."""
    raws = list(dict.fromkeys(field.raw("boundary")))
    if field.clean and len(raws) == 1 and raws[0].strip(b" '") == raws[0] and b"=?" not in raws[0]:
        return tuple(raws) if 0 < len(raws[0]) <= _LONGEST else ()
    found: dict[bytes, None] = dict.fromkeys(raws)
    for raw in raws:
        for reading in (raw.rstrip(b" \t"), raw.strip(), raw.strip(b"'"), raw.strip(b'"'), *_decoded(raw)):
            found[reading] = None
    for text in field.readings("boundary"):
        found[text.encode("utf-8", "replace")] = None
    return tuple(value for value in found if 0 < len(value) <= _LONGEST)[:_MOST_CANDIDATES]


def _decoded(raw: bytes) -> list[bytes]:
    return [text.encode("utf-8", "replace") for text in decode_words(raw)] if b"=?" in raw else []
