"""Lists and tables of people: how many distinct persons does a table hold?

Promises: counts a person only by a name (or a checked number) together with something private in the same row: a birthday, a home address,
an ethnicity, an allergy. Suppliers, roads, schools, meters and order numbers count nobody.
A table of n random ten-digit numbers nearly always holds a 'valid' NHS number, so a column counts as a whole or not at all.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence

from gateway.checks.dates import DATE, days
from gateway.checks.identifiers import EMAIL, HOUSE, PHONE, POSTCODE, nhs_checks, nhs_issued, nino_allowed, upn_checks
from gateway.checks.names import Sure, family_degree, given_degree, is_english, people
from gateway.checks.vocabulary import PLACE_SUFFIXES, pattern

Rows = Sequence[Sequence[str]]

_FEWEST = 3
"""Rows of a table worth counting; below it the text rules see each person by itself."""
_MOST = 100_000
"""Rows looked at: more than any sheet that a council mails."""
_SAMPLE = 80
"""Rows from which the meaning of the columns is read."""
_FIRST = 10
"""Cells of a column that are looked at first."""
_MOSTLY = 0.6
"""The share of a column's cells that must look alike. Real lists have typing errors, blanks and notes."""
_CHECKED = 0.8
"""The share of check digits that must be right: chance gives 9 % for NHS numbers and 4 % for UPNs."""

_PRIVATE_HEAD = pattern("private_heads")
_NAME_HEAD = re.compile(
    r"name|pupil|child|client|patient|student|resident|tenant|applicant|person|surname|learner|carer|parent|employee|member", re.I
)

_HOME_HEAD = re.compile(r"address|post ?code", re.I)
_CLIENT_HEAD = re.compile(r"pupil|child|patient|client|tenant|service user|young person", re.I)
"""Over a column of names: to be on the list says enough."""
_BIRTH_HEAD = re.compile(r"d\.?o\.?b|birth|born", re.I)
_STAFF_HEAD = pattern("staff_heads")
_HEAD = (pattern("plain_heads"), _PRIVATE_HEAD, _STAFF_HEAD, _NAME_HEAD)


def rows_in_text(text: str) -> Rows:
    """The rows of the table, or list, of people that a text holds; () if it holds none."""
    if text.count("\n") < _FEWEST:
        return ()
    lines = [line for line in text.split("\n")[:_MOST] if line and not line.isspace()]
    sample = lines[:_SAMPLE]
    shape = "\n".join(sample)
    for signs, split in _SPLITTERS:
        seen = sum(map(shape.count, signs)) if signs else _dates(shape, len(sample))
        if seen * 2 >= len(sample) and people_in_rows(_split(sample, split)):
            return _split(lines, split)
    return ()


def _dates(text: str, lines: int) -> int:
    """How many dates stand in the text; 0 where there are too few digits for one in every second line."""
    return len(_BEFORE_DATE.findall(text)) if sum(map(text.count, "0123456789")) >= 2 * lines else 0


def _split(lines: list[str], split: Callable[[str], list[str]]) -> Rows:
    """The lines read with one separator: only those with the usual number of cells are rows."""
    rows = [row for row in map(split, lines) if len(row) > 1]
    if len(rows) < _FEWEST:
        return ()
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    return [row for row in rows if abs(len(row) - usual) <= 1]


def _by(sign: str) -> Callable[[str], list[str]]:
    return lambda line: [cell.strip(" \"'") for cell in line.split(sign)]


_NUMBERING = re.compile(r"^\s*(?:\d{1,4}[.):]|[-*])\s+")
_BEFORE_DATE = re.compile(r"\s+(?=\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2})")
_BEFORE_NOTE = re.compile(r"\s[-:]\s|\s\(|: ")


def _cells(line: str) -> list[str]:
    """The cells of a line with commas; one in quotation marks may hold commas ('"Moss, Ellie",03/04/2015')."""
    row = next(csv.reader([line]), []) if '"' in line else line.split(",")
    return [cell.strip(" \"'") for cell in row]


# (signs that must stand in every second line; none means dates, how a line is split); what is surest first.
_SPLITTERS: tuple[tuple[tuple[str, ...], Callable[[str], list[str]]], ...] = (
    (("\t",), _by("\t")),
    (("|",), _by("|")),
    ((";",), _by(";")),
    ((",",), lambda line: _cells(_NUMBERING.sub("", line))),
    (("  ",), lambda line: re.split(r" {2,}", line.strip())),
    ((), lambda line: _BEFORE_DATE.split(_NUMBERING.sub("", line.strip()))),
    ((" - ", ": ", " ("), lambda line: [cell.strip(" \"'") for cell in _BEFORE_NOTE.split(_NUMBERING.sub("", line))]),
)


def people_in_rows(rows: Rows) -> int:
    """Distinct persons in a table of cells, 0 if it is not a table about people."""
    rows = _without_titles([row for row in rows[:_MOST] if any(cell.strip() for cell in row)])
    if len(rows) < _FEWEST:
        return 0
    head, data = headed(rows)
    width = max(len(row) for row in data)
    columns = [[row[index].strip() if index < len(row) else "" for row in data] for index in range(width)]
    names = name_columns(columns, head)
    numbers = [index for index, column in enumerate(columns) if _is_number_column(column)]
    others = [index for index in range(width) if index not in names]
    heading = " ".join(head)
    at_work = _STAFF_HEAD.search(heading) is not None
    private = [index for index in others if index in numbers or _is_private(columns[index], _at(head, index), at_work)]
    of_clients = any(_CLIENT_HEAD.search(_at(head, index)) for index in names)
    if names and (private or of_clients):
        return len({_key(columns, [*names, *private[:1]], row) for row in _named_rows(columns, names)})
    if numbers:
        return len({cell for cell in columns[numbers[0]] if cell})
    return 0


_TOTAL = re.compile(r"(?:grand |sub-?)?totals?|sum|count", re.IGNORECASE)


def _without_titles(rows: Rows) -> Rows:
    """Without a title above the heading ('Register, autumn term' and empty cells) and the total below: they are nobody."""
    first, last = 0, len(rows)
    while last - first > _FEWEST and _filled(rows[first]) == 1 and _filled(rows[first + 1]) > 1:
        first += 1
    while last - first > _FEWEST and _TOTAL.fullmatch(next(cell.strip() for cell in rows[last - 1] if cell.strip()).rstrip(":")):
        last -= 1
    return rows[first:last]


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _key(columns: list[list[str]], indexes: list[int], row: int) -> str:
    return "|".join(columns[index][row].lower() for index in indexes)


def _at(head: Sequence[str], index: int) -> str:
    return head[index] if index < len(head) else ""


def headed(rows: Rows) -> tuple[list[str], Rows]:
    """The heading row, if the first row is one: no digits, short words, and unlike a row of data."""
    first = [cell.strip() for cell in rows[0]]
    if any(re.search(r"\d{2}", cell) for cell in first) or not any(first):
        return [], rows
    wordy = any(shape.search(cell) for cell in first for shape in _HEAD)
    return (first, rows[1:]) if wordy else ([], rows)


def _named_rows(columns: list[list[str]], names: list[int]) -> list[int]:
    return [row for row in range(len(columns[0])) if all(columns[index][row] for index in names)]


def _share(column: list[str], test: Callable[[str], bool]) -> float:
    """The share of a column's cells that pass; a column whose first cells all fail is not looked at further."""
    cells = [cell for cell in column[:_SAMPLE] if cell]
    if not cells or len(cells) < min(_FEWEST, len(column)):
        return 0.0
    passed = sum(1 for cell in cells[:_FIRST] if test(cell))
    if not passed:
        return 0.0
    return (passed + sum(1 for cell in cells[_FIRST:] if test(cell))) / len(cells)


def name_columns(columns: list[list[str]], head: list[str]) -> list[int]:
    """The column of full names, or the two of given and family names."""
    for index, column in enumerate(columns):
        wanted = 0.4 if _NAME_HEAD.search(_at(head, index)) else _MOSTLY
        if _share(column, is_full_name) >= wanted and _varied(column):
            return [index]
    for index in range(len(columns) - 1):
        one, two = columns[index], columns[index + 1]
        for given, family in ((one, two), (two, one)):
            if _share(given, _is_given) >= _MOSTLY and _share(family, _is_family) >= _MOSTLY:
                pairs = [f"{first} {last}" for first, last in zip(one, two, strict=True)]
                return [index, index + 1] if _varied(pairs) else []
    return []


def _varied(column: list[str]) -> bool:
    """Persons differ from row to row; a supplier or an officer comes again and again."""
    cells = [cell for cell in column if cell]
    return len(set(cells)) >= max(2, len(cells) * 0.5)


def birth_column(columns: list[list[str]], head: Sequence[str]) -> int | None:
    """The column of birthdays: by its heading, or by dates that lie as birthdays do."""
    for index, column in enumerate(columns):
        said = _at(head, index)
        if _share(column, _is_date) >= _MOSTLY and (_BIRTH_HEAD.search(said) or (not said and _birthdays(column))):
            return index
    return None


_NO_NAME = re.compile(r"[0-9@:;!?/%\"+=]")


def is_full_name(cell: str) -> bool:
    """A cell that holds one person's name and nothing else."""
    if not 4 <= len(cell) <= 50 or not 1 <= cell.count(" ") <= 5 or _NO_NAME.search(cell):
        return False
    words = re.findall(r"[A-Za-z][A-Za-z'\-]*", cell)
    if not 2 <= len(words) <= 5 or words[-1].lower() in PLACE_SUFFIXES:
        return False
    if cell.isupper() or cell.islower():
        cell = cell.title()
    found = people(cell)
    return bool(found) and found[0].sure >= Sure.MAYBE and found[0].end - found[0].start >= len(cell.strip()) - 8


def _is_given(cell: str) -> bool:
    low = cell.lower().split(" ")[0]
    return len(cell) < 30 and given_degree(low) >= 1 and (given_degree(low) >= 2 or not is_english(low))


def _is_family(cell: str) -> bool:
    return len(cell) < 30 and bool(re.fullmatch(r"[A-Za-z][A-Za-z' \-]+", cell)) and family_degree(cell.lower().split(" ")[-1]) >= 1


def _is_number_column(column: list[str]) -> bool:
    """NHS numbers, UPNs or NI numbers, by their check digits taken together."""
    share = max(_share(column, _is_nhs), _share(column, _is_upn), _share(column, _is_nino))
    return share >= _CHECKED and len({cell for cell in column if cell}) >= _FEWEST


def _is_nhs(cell: str) -> bool:
    number = re.sub(r"[ .\-]", "", cell)
    return number.isdigit() and len(number) == 10 and nhs_checks(number) and nhs_issued(number)


def _is_upn(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-HJ-NP-RT-Za-z][0-9]{11}[0-9A-Za-z]", cell)) and upn_checks(cell)


def _is_nino(cell: str) -> bool:
    plain = cell.replace(" ", "")
    return bool(re.fullmatch(r"(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", plain)) and nino_allowed(plain)


def _is_private(column: list[str], head: str, at_work: bool) -> bool:
    """A column that says something about the person in its row. `at_work`: its neighbours are about suppliers, sites, officers."""
    where = _HOME_HEAD.search(head) is not None
    if head and _PRIVATE_HEAD.search(head) and any(column) and not (at_work and where):
        return True
    return (
        (_share(column, _is_date) >= _MOSTLY and (bool(_BIRTH_HEAD.search(head)) or (not head and _birthdays(column))))
        or (not at_work and _share(column, lambda cell: bool(POSTCODE.search(cell) or HOUSE.search(cell))) >= _MOSTLY)
        or _share(column, lambda cell: bool(_HEALTH.search(cell))) >= 0.2
        or (
            not head and _share(column, lambda cell: bool(EMAIL.fullmatch(cell) or (PHONE.fullmatch(cell) and "07" in cell[:5]))) >= _MOSTLY
        )
    )


_SURELY_PAST = 2023
"""Dates up to this year are no appointments, so that a narrower spread (one school class) is enough."""
_HEALTH = pattern("health_cells")


def _is_date(cell: str) -> bool:
    return DATE.search(cell) is not None


def _birthdays(column: list[str]) -> bool:
    """Dates without a heading: birthdays spread over years, meetings and payments do not."""
    years = [found[0].year for cell in column[:_SAMPLE] if (found := days(cell))]
    if len(years) < _FEWEST or max(Counter(years).values()) > len(years) * 0.6:
        return False
    spread = max(years) - min(years)
    return spread >= 3 or (spread >= 2 and max(years) <= _SURELY_PAST)
