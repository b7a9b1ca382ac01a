"""The header block of a message or part: fields with their ranges, and where the body begins.

Promises: never raises; linear time; the fields are those that the usual reader sees, none is repaired.
On failure: where readers that end lines differently (CRLF only, LF, CR) would see other Content fields or another body, the
block carries a defect that is ambiguous. Harmless oddities (space before a colon of X-Foo, a From_ line) are noted or ignored.
The clean block, nearly every block, is read in one pass of one expression; anything else goes the slow way.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.model.message import Defect, Header, ReadLimits, Span

CRLF = b"\r\n"
LF = b"\n"

# One clean field with its folded lines: no NUL, no bare CR or LF, no line of white space only (some readers end the header there).
# It is looked for at line starts only: a search for a name on a long line without a colon takes quadratic time.
_CLEAN = {
    CRLF: re.compile(rb"(?<![^\n])([!-9;-~]++):([^\r\n\0]*+(?:\r\n[ \t]++[^\r\n\0][^\r\n\0]*+)*+)\r\n"),
    LF: re.compile(rb"(?<![^\n])([!-9;-~]++):([^\r\n\0]*+(?:\n[ \t]++[^\r\n\0][^\r\n\0]*+)*+)\n"),
}
_NAME = re.compile(rb"([!-9;-~]+)([ \t]*):")
# The fields of nearly every message, as most programs write them.
_KNOWN = {
    name: name.lower().decode("ascii")
    for name in (
        b"Received Return-Path From To Cc Subject Date Message-ID MIME-Version Content-Type Content-Transfer-Encoding Content-Disposition"
        b" Content-ID Content-Language References In-Reply-To Thread-Topic Thread-Index User-Agent X-Mailer DKIM-Signature Reply-To"
    ).split()
}
# The three ways in which readers end a line. A header that reads the same by all of them is not ambiguous.
_USUAL = re.compile(rb"\r?\n")
_ANY = re.compile(rb"\r\n|\r|\n")
_STRICT = re.compile(rb"\r\n")
# Fields that decide what a part is: a second one, or a damaged one, makes another part of it.
_DECISIVE = ("content-type", "content-transfer-encoding", "content-disposition")
_ORDINARY = frozenset(_KNOWN.values())
# Any trace of such a field in a damaged line or an altered name, once blanks and controls are taken out.
_TRACE = re.compile(rb"content-?(?:type|transfer|disposition)|transfer-?encoding|boundary=", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x20\x7f]+")
_FIELD_AT_BODY = re.compile(rb"[\s\0]*+content-(?:type|transfer-encoding|disposition)[\s\0]*:", re.IGNORECASE)
_BEFORE_FIELD = b"cC \t\r\n\v\f\0"
_BLANKS = re.compile(rb"[\r\n \t]*+")
_WRONG_NAME = re.compile(r"content-?type|content-?trans|content-?disp|transfer-?enc")


# The values of each field, by its name in lower case, in order.
Values = Mapping[str, list[bytes]]
NO_VALUES: Values = {}


class Block(NamedTuple):
    """A header block: its fields, the offset of the first body byte, and what is odd about it."""

    headers: tuple[Header, ...]
    body: int
    values: Values = NO_VALUES
    defects: tuple[Defect, ...] = ()
    other_bodies: tuple[int, ...] = ()
    """Offsets where some readers let the body begin instead."""

    def value(self, name: str) -> bytes | None:
        found = self.values.get(name)
        return found[0] if found else None


def newline_of(data: bytes) -> bytes:
    """The line end that a message uses: what ends its first line."""
    at = data.find(b"\n", 0, 65_536)
    return LF if at >= 0 and data[at - 1 : at] != b"\r" else CRLF


def read_block(data: bytes, start: int, end: int, newline: bytes, limits: ReadLimits, where: str) -> Block:
    """Read the header block that begins at `start`; `end` bounds the part."""
    if data.startswith(newline, start, end):
        return _empty(data, start + len(newline), end, where)
    stop = data.find(newline + newline, start, min(end, start + limits.header_bytes))
    if stop >= 0:
        clean = _read_clean(data, start, stop + len(newline), newline, limits)
        if clean is not None:
            headers, values = clean
            body = stop + 2 * len(newline)
            return Block(headers, body, values, _judge(data, headers, values, body, end, where))
    return _read_slowly(data, start, end, newline, limits, where)


def _read_clean(data: bytes, start: int, stop: int, newline: bytes, limits: ReadLimits) -> tuple[tuple[Header, ...], Values] | None:
    """The fields of a clean block, None if it is not clean: then they do not follow one another without a gap."""
    found = _CLEAN[newline].findall(data, start, stop)
    if len(found) > limits.header_fields:
        return None
    headers: list[Header] = []
    values: dict[str, list[bytes]] = {}
    signs = len(b":") + len(newline)
    make = tuple.__new__  # Both are tuples, and these are sound: calling their classes takes three times as long.
    at = start
    for written, value in found:
        after = at + len(written) + len(value) + signs
        name = _KNOWN.get(written) or written.lower().decode("ascii")
        headers.append(make(Header, (name, value, make(Span, (at, after)))))
        if name in values:
            values[name].append(value)
        else:
            values[name] = [value]
        at = after
    return (tuple(headers), values) if at == stop else None


def _by_name(headers: Iterable[Header]) -> Values:
    values: dict[str, list[bytes]] = {}
    for header in headers:
        values.setdefault(header.name, []).append(header.value)
    return values


def _empty(data: bytes, body: int, end: int, where: str) -> Block:
    """No header at all. Where header lines follow, some readers skip the blank lines and find a header after all."""
    at = after_blanks(data, body, end)
    follows = _NAME.match(data, at, end)
    if follows and (not where or _TRACE.search(data, at, min(end, at + 2_000))):
        words = "the header begins after a blank line: some readers take it for text"
        return Block((), body, defects=(Defect("header.blank_line_first", where, words, ambiguous=True),))
    return Block((), body)


def after_blanks(data: bytes, at: int, end: int) -> int:
    """The first offset that is no blank and no line end."""
    match = _BLANKS.match(data, at, end)
    return match.end() if match else at


def _judge(data: bytes, headers: tuple[Header, ...], values: Values, body: int, end: int, where: str) -> tuple[Defect, ...]:
    """Defects of fields that were read without trouble: doubled or altered names, and a header that goes on in the body."""
    defects: list[Defect] = []
    for name, found in values.items():
        if name in _DECISIVE:
            if len(found) > 1 and len(set(map(_plain, found))) > 1:
                words = f"the field {name} stands twice with different values"
                defects.append(Defect("header.duplicate", where, words, ambiguous=True))
        elif name not in _ORDINARY and _WRONG_NAME.search(name) and not name.startswith("x-"):
            defects.append(Defect("header.damaged_name", where, "a field is named almost like a Content field", ambiguous=True))
    if headers and headers[-1].name in _DECISIVE and not headers[-1].value.strip() and data[body : body + 1] in (b" ", b"\t"):
        words = "a Content field without a value is followed by an indented line after the header"
        defects.append(Defect("header.continues_in_body", where, words, ambiguous=True))
    # The body of a message/* part begins with a header by right.
    follows = body < end and data[body] in _BEFORE_FIELD and _FIELD_AT_BODY.match(data, body, min(end, body + 200))
    if follows and b"message" not in values.get("content-type", [b""])[0].lower():
        words = "Content fields follow the blank line that ends the header"
        defects.append(Defect("header.continues_in_body", where, words, ambiguous=True))
    return tuple(defects)


def _plain(value: bytes) -> bytes:
    return b"".join(value.split()).lower()


@dataclass(slots=True)
class _Reading:
    """One way to read a block that is not clean."""

    headers: list[Header]
    body: int
    damaged: list[tuple[int, int]]
    spaced: list[str]
    blank_folds: list[int]
    full: bool = False

    def signature(self, data: bytes, end: int) -> tuple[object, ...]:
        """What other parts of the house would notice: the Content fields, and where the body's first visible byte lies."""
        fields = tuple((header.name, _plain(header.value)) for header in self.headers if header.name in _DECISIVE)
        return fields, after_blanks(data, self.body, end)


def _read_slowly(data: bytes, start: int, end: int, newline: bytes, limits: ReadLimits, where: str) -> Block:
    stop = min(end, start + limits.header_bytes)
    usual = _read_lines(data, start, stop, _USUAL, limits)
    body = usual.body
    defects: list[Defect] = []
    cut = usual.full or (body >= stop and stop < end)
    if cut:
        words = "the header is longer than we read"
        body = end  # What follows is header too; the message is held whatever it says.
        defects.append(Defect("limit.header", where, words, unchecked=True))
    elif _mixed_line_ends(data, start, body, newline):
        models = [_read_lines(data, start, stop, _ANY, limits)]
        if newline == CRLF:
            models.append(_read_lines(data, start, stop, _STRICT, limits))
        if any(model.signature(data, end) != usual.signature(data, end) for model in models):
            words = "line ends are mixed so that readers see different headers"
            defects.append(Defect("header.line_ends", where, words, ambiguous=True))
    defects += _oddities(data, usual, start, body, where)
    headers = tuple(usual.headers)
    damaged = next((at for at, _ in usual.damaged if not _is_envelope_line(data, at, start)), None)
    others = () if cut else tuple(at for at in (damaged, *usual.blank_folds[:1]) if at is not None)
    values = _by_name(headers)
    return Block(headers, body, values, (*defects, *_judge(data, headers, values, body, end, where)), others)


def _mixed_line_ends(data: bytes, start: int, body: int, newline: bytes) -> bool:
    returns, feeds = data.count(b"\r", start, body), data.count(b"\n", start, body)
    pairs = data.count(CRLF, start, body)
    return returns != pairs or (feeds != pairs and (newline == CRLF or pairs > 0)) or (newline == LF and pairs > 0)


def _lines(data: bytes, start: int, stop: int, ends: re.Pattern[bytes]) -> Iterator[tuple[int, int, int]]:
    """(start, end without line end, start of the next line)."""
    at = start
    for match in ends.finditer(data, start, stop):
        yield at, match.start(), match.end()
        at = match.end()
    if at < stop:
        yield at, stop, stop


def _read_lines(data: bytes, start: int, stop: int, ends: re.Pattern[bytes], limits: ReadLimits) -> _Reading:
    """Read a block line by line, forgiving everything."""
    reading = _Reading([], stop, [], [], [])
    name, value_at, field_at, last = "", 0, -1, start

    def close() -> None:
        if field_at >= 0:
            reading.headers.append(Header(name, bytes(data[value_at:last]), Span(field_at, last_end)))

    last_end = start
    for count, (at, till, after) in enumerate(_lines(data, start, stop, ends)):
        if count >= limits.header_lines or len(reading.headers) >= limits.header_fields:
            reading.full = True
            reading.body = at
            break
        if at == till:
            reading.body = after
            break
        first = data[at]
        if first in b" \t" and field_at >= 0:
            if not data[at:till].strip():
                reading.blank_folds.append(at)
            last, last_end = till, after
            continue
        match = _NAME.match(data, at, till)
        if match is None:
            reading.damaged.append((at, till))
            last_end = after if field_at < 0 else last_end
            continue
        close()
        name, value_at, field_at, last, last_end = match[1].lower().decode("ascii"), match.end(), at, till, after
        if match[2]:
            reading.spaced.append(name)
    close()
    return reading


def _oddities(data: bytes, reading: _Reading, start: int, body: int, where: str) -> list[Defect]:
    """What else some reader would take differently in a block that was read line by line."""
    defects: list[Defect] = []
    decisive = [header for header in reading.headers if header.name in _DECISIVE]
    last = max((header.span.start for header in decisive), default=-1)
    if any(name in _DECISIVE for name in reading.spaced):
        defects.append(Defect("header.space_before_colon", where, "a Content field has a blank before its colon", ambiguous=True))
    if any(_TRACE.search(_CONTROLS.sub(b"", data[at:till])) for at, till in reading.damaged):
        defects.append(Defect("header.damaged_line", where, "a Content field is damaged", ambiguous=True))
    elif any(at < last and not _is_envelope_line(data, at, start) for at, _ in reading.damaged):
        words = "a line that is no header stands before Content fields: some readers end the header there"
        defects.append(Defect("header.damaged_line", where, words, ambiguous=True))
    if reading.blank_folds and (reading.blank_folds[0] < last or _TRACE.search(data, reading.blank_folds[0], body)):
        words = "a line of blanks stands within the header: some readers end the header there"
        defects.append(Defect("header.blank_fold", where, words, ambiguous=True))
    if b"\0" in data[start:body]:
        words = "the header holds a NUL character"
        defects.append(Defect("header.nul", where, words, ambiguous=any(b"\0" in header.value for header in decisive)))
    return defects


def _is_envelope_line(data: bytes, at: int, start: int) -> bool:
    """A line left by a mailbox file before the first field."""
    return at == start and (data.startswith(b"From ", at) or data.startswith(b">From ", at))
