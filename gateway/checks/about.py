"""Whom a text is about: the numbers, and the names with birthdays, that the checks have found, so that a person's data can be looked for.

Promises: nothing is searched for here; only what a check has recognised already becomes a data subject. At most MOST of a message.
"""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence

from gateway.checks.identifiers import nhs_checks, nhs_issued, nino_allowed, upn_checks
from gateway.checks.spans import Span
from gateway.checks.tables import Rows, birth_column, headed, name_columns
from gateway.model.data_subject import DataSubject, by_name, by_number, day_of

MOST = 5_000
"""People of one message: the rolls of a large school and its leavers. A row of the index costs some 5 us in the commit."""
_NUMBERS = frozenset(("NHS", "CHI", "NINO", "UPN", "ULN", "PNC", "CRO", "ASN", "DRIVING_LICENCE", "PASSPORT", "PRISON"))
_REACH = 160
"""Signs between a name and the birthday that is its own: a line of a form, or a sentence."""
_NHS_CELL = re.compile(r"[0-9]{3}[ .\-]?[0-9]{3}[ .\-]?[0-9]{4}")
_NINO_CELL = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]", re.IGNORECASE)
_UPN_CELL = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]", re.IGNORECASE)


def in_text(text: str, spans: Sequence[Span]) -> Iterator[DataSubject]:
    """The people that spans of `text` name."""
    names = sorted((one.start, one.end) for one in spans if one.kind == "PERSON")
    for one in spans:
        if one.kind in _NUMBERS:
            yield from by_number(text[one.start : one.end])
        elif one.kind == "DOB":
            yield from _born(text, one, names)


def _born(text: str, birthday: Span, names: Sequence[tuple[int, int]]) -> Iterator[DataSubject]:
    """The names nearest to a birthday, before and after it: which of two is meant no rule can tell."""
    born = day_of(text[birthday.start : birthday.end])
    at = bisect(names, (birthday.start, birthday.end))
    for start, end in names[max(0, at - 1) : at + 1] if born else ():
        is_near = birthday.start - end <= _REACH and start - birthday.end <= _REACH
        person = by_name(text[start:end], born) if born and is_near else None
        if person is not None:
            yield person


def in_rows(rows: Rows) -> Iterator[DataSubject]:
    """The people of a table: a number in a cell of its own, or the name and the birthday of a row."""
    head, data = headed(rows)
    columns = [[row[index].strip() if index < len(row) else "" for row in data] for index in range(max(map(len, data), default=0))]
    names = name_columns(columns, head)
    birth = birth_column(columns, head)
    for number, row in enumerate(data[:MOST]):
        for cell in row:
            if _is_number(cell.strip()):
                yield from by_number(cell)
        born = day_of(columns[birth][number]) if birth is not None else None
        person = by_name(" ".join(columns[index][number] for index in names), born) if born else None
        if person is not None:
            yield person


def _is_number(cell: str) -> bool:
    if not 9 <= len(cell) <= 14:
        return False
    if _NHS_CELL.fullmatch(cell):
        digits = "".join(sign for sign in cell if sign.isdigit())
        return nhs_checks(digits) and nhs_issued(digits)
    return (_NINO_CELL.fullmatch(cell) is not None and nino_allowed(cell)) or (_UPN_CELL.fullmatch(cell) is not None and upn_checks(cell))
