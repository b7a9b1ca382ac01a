"""Lists as councils send them, in four formats: of people, and of things that only have numbers. The same for the same seed.

Layouts vary as in real offices: heading or none, a title above it, one or two name columns, surname first, capitals, dates in every
spelling, empty cells, notes, a total below.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tests.mail.text import documents

Table = list[tuple[str, ...]]
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"

_GIVEN = (
    "Aaliyah Abdul Agnieszka Alfie Amelia Anwen Ben Bronwen Charlotte Connor Daisy Danielle Ewan Faith Fatima Gethin Grace Harpreet "
    "Harrison Imogen Isaac Jakub Jasmine Kayleigh Kwame Lily Logan Maisie Mohammed Nia Oliver Owen Parveen Phoebe Rhys Rosie Ruby Saoirse "
    "Scarlett Tariq Theo Tyler Wei Yusuf Zainab Zofia"
)
_FAMILY = (
    "Abbott Ahmed Akhtar Anderson Bancroft Banks Barker Begum Bevan Carter Chowdhury Cole Davies Doyle Edwards Field Green Griffiths "
    "Hall Hughes Ibrahim Jenkins Kaur Khan Kowalski Lewandowski Lloyd MacDonald Marsh Mensah Murphy Nowak Okafor O'Brien Patel Perry "
    "Pritchard Rahman Reid Shah Singh Smith-Jones Taylor Thompson Wallace Webb Williams Wong Wright Yilmaz"
)
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()
STREETS = ("Mill Lane", "High Street", "Station Road", "Elm Grove", "Church Walk", "Victoria Avenue")
TOWNS = ("Northwick NW4 2AB", "Harlow Green HG1 5TQ", "Eastmere EM7 9LP")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True, slots=True)
class Listed:
    """A table and how many people it tells about."""

    kind: str
    rows: Table
    people: int


def digits(chance: random.Random, count: int) -> str:
    return str(chance.randint(10 ** (count - 1), 10**count - 1))


def nhs(chance: random.Random) -> str:
    while True:
        nine = str(chance.choice((chance.randint(400_000_000, 499_999_999), chance.randint(600_000_000, 708_800_000))))
        check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return nine + str(check % 11)


def upn(chance: random.Random) -> str:
    number = f"{chance.randint(201, 938)}{chance.randint(1000, 7999)}{chance.randint(10, 25)}{chance.randint(100, 999)}"[:12].ljust(12, "0")
    return LETTERS[sum(position * int(digit) for position, digit in enumerate(number, 2)) % 23] + number


def nino(chance: random.Random) -> str:
    return f"{chance.choice('AEHJLS')}{chance.choice('ABEHKM')} " + " ".join(f"{chance.randint(0, 99):02}" for _ in range(3)) + " C"


def birthday(chance: random.Random, style: int, oldest: int) -> str:
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(oldest, oldest + 8)
    return (
        f"{day:02}/{month:02}/{year}",
        f"{day}/{month}/{year % 100:02}",
        f"{year}-{month:02}-{day:02}",
        f"{day} {MONTHS[month - 1]} {year}",
        f"{day:02}-{MONTHS[month - 1][:3]}-{year}",
        f"{day:02}.{month:02}.{year}",
    )[style]


def address(chance: random.Random) -> str:
    return f"{chance.randint(1, 180)} {chance.choice(STREETS)}, {chance.choice(TOWNS)}"


_NAME_HEADS = ("Name", "Pupil name", "Child", "Full name", "Resident", "Service user")
_PAIR_HEADS = (("Forename", "Surname"), ("First name", "Last name"), ("Given name", "Family name"))
# (how the heading may read, a cell, whether it says enough without a heading)
_PRIVATE: tuple[tuple[tuple[str, ...], Callable[[random.Random], str], bool], ...] = (
    (("NHS number", "NHS No", "NHS"), nhs, True),
    (("NHS number",), lambda chance: (one := nhs(chance)) and f"{one[:3]} {one[3:6]} {one[6:]}", True),
    (("UPN", "UPN number"), upn, True),
    (("NI number", "NINO"), nino, True),
    (("Address", "Home address"), address, True),
    (("Ethnicity",), lambda chance: chance.choice(("White British", "Pakistani", "Black African", "Mixed", "White Other")), True),
    (("SEN status", "SEN"), lambda chance: chance.choice(("EHCP", "SEN support", "None")), False),
    (("Allergies",), lambda chance: chance.choice(("nuts", "none", "milk", "penicillin")), False),
    (("Parent/carer",), lambda chance: f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}", False),
)
_NOISE: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("Class", lambda chance: f"{chance.randint(1, 9)}{chance.choice('ABR')}"),
    ("School", lambda chance: chance.choice(("Oakfield Primary", "St Mary's", "Harlow Green Academy"))),
    ("Start date", lambda chance: f"{chance.randint(1, 28):02}/09/2026"),
    ("Notes", lambda chance: chance.choice(("", "moved in June", "see file", "awaiting form"))),
)


def _names(chance: random.Random, count: int, style: int) -> tuple[tuple[str, ...], Table]:
    """Headings and cells of the name columns."""
    pairs = chance.sample([(given, family) for given in GIVEN for family in FAMILY], count)
    if style >= 4:
        heads = chance.choice(_PAIR_HEADS)
        turned = style == 5
        return (heads[::-1] if turned else heads), [pair[::-1] if turned else pair for pair in pairs]
    written: Callable[[str, str], str] = (
        lambda given, family: f"{given} {family}",
        lambda given, family: f"{family}, {given}",
        lambda given, family: f"{family.upper()}, {given}",
        lambda given, family: f"{given} {family.upper()}",
    )[style]
    return (chance.choice(_NAME_HEADS),), [(written(*pair),) for pair in pairs]


def of_people(seed: int) -> Listed:
    """A list of 10 to 60 people with one to three private columns."""
    chance = random.Random(seed)
    count, style = chance.randint(10, 60), seed % 6
    heads, names = _names(chance, count, style)
    headed = chance.random() < 0.7
    dated = chance.random() < 0.6
    fits = [one for one in _PRIVATE if headed or dated or one[2]]
    chosen = chance.sample(fits, chance.randint(0 if dated else 1, 2))
    noise = chance.sample(_NOISE, chance.randint(0, 2))
    date_style, oldest = chance.randint(0, 5), chance.choice((1938, 1971, 2006, 2011))
    columns = [*heads, *(["DOB", "D.O.B.", "Date of birth"][seed % 3] for _ in range(dated))]
    columns += [*(chance.choice(names_of) for names_of, _, _ in chosen), *(name for name, _ in noise)]
    rows: Table = []
    for name in names:
        cells = [*name, *(birthday(chance, date_style, oldest) for _ in range(dated)), *(make(chance) for _, make, _ in chosen)]
        if len(cells) > len(name) + 1 and chance.random() < 0.06:
            cells[-1] = ""
        rows.append((*cells, *(make(chance) for _, make in noise)))
    if chance.random() < 0.3:
        rows = [(str(number), *row) for number, row in enumerate(rows, 1)]
        columns.insert(0, "No.")
    return Listed("people", _dressed(chance, columns, rows, headed), count)


def _dressed(chance: random.Random, columns: Sequence[str], rows: Table, headed: bool) -> Table:
    """The rows with what people put around them."""
    out: Table = [tuple(columns), *rows] if headed else list(rows)
    if headed and chance.random() < 0.25:
        out.insert(0, ("Register, autumn term", *[""] * (len(columns) - 1)))
    if chance.random() < 0.15:
        out.append(("Total", str(len(rows)), *[""] * (len(columns) - 2)))
    return out


def _date(chance: random.Random) -> str:
    return f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/2026"


def _amount(chance: random.Random) -> str:
    return f"{chance.randint(5, 4000)}.{chance.randint(0, 99):02}"


def _code(chance: random.Random) -> str:
    """Two letters, six digits, a letter: one in ten looks like a National Insurance number."""
    return f"{chance.choice(LETTERS)}{chance.choice(LETTERS)}{digits(chance, 6)}{chance.choice(LETTERS)}"


_FIRMS = ("Norse Ltd", "Acme Supplies", "NHS Supply Chain", "Carter & Webb LLP", "Harrison Taylor Ltd", "Midland Water", "Perry Glass")
_ITEMS = ("Chair, blue", "Desk 1600 mm", "Gloves, nitrile", "Toner black", "Road salt", "Paper A4", "First aid kit")
_SITES = ("Grove House", "Nelson Mandela House", "Oakfield Primary School", "Harlow Green Library", "Station Road Depot", "Taylor Hall")
_Row = Callable[[random.Random], tuple[str, ...]]
# Kind, heading, a row. Each has numbers that chance makes valid: one in eleven of ten digits, one in 23 of a letter and twelve.
_THINGS: tuple[tuple[str, tuple[str, ...], _Row], ...] = (
    ("invoice", ("Supplier", "Invoice number", "Date", "Amount"), lambda c: (c.choice(_FIRMS), digits(c, 10), _date(c), _amount(c))),
    ("invoice", ("Invoice", "PO", "Net", "VAT"), lambda c: (digits(c, 10), digits(c, 10), _amount(c), _amount(c))),
    ("order", ("Order number", "Item", "Qty"), lambda c: (digits(c, 10), c.choice(_ITEMS), str(c.randint(1, 90)))),
    ("order", ("Order", "Supplier", "Ordered"), lambda c: (f"4{digits(c, 9)}", c.choice(_FIRMS), _date(c))),
    ("stock", ("Item", "Stock code", "Bin"), lambda c: (c.choice(_ITEMS), c.choice(LETTERS) + digits(c, 12), f"{c.randint(1, 40)}B")),
    ("stock", ("SKU", "Barcode", "In stock"), lambda c: (_code(c), digits(c, 13), digits(c, 2))),
    (
        "phone",
        ("Team", "Name", "Phone"),
        lambda c: ("Parking", f"{c.choice(GIVEN)} {c.choice(FAMILY)}", f"020 7946 0{c.randint(100, 999)}"),
    ),
    ("phone", ("Name", "Department", "Extension"), lambda c: (f"{c.choice(GIVEN)} {c.choice(FAMILY)}", "Housing", digits(c, 4))),
    ("phone", ("Site", "Phone", "Fax"), lambda c: (c.choice(_SITES), f"01632 960{c.randint(100, 999)}", f"01632 961{c.randint(100, 999)}")),
    ("meter", ("Site", "MPAN", "Reading", "Read on"), lambda c: (c.choice(_SITES), digits(c, 13), digits(c, 6), _date(c))),
    ("meter", ("Meter", "MPRN", "Units"), lambda c: (c.choice(LETTERS) + digits(c, 9), digits(c, 10), digits(c, 5))),
    (
        "meter",
        ("Street light", "Address", "Meter serial"),
        lambda c: (digits(c, 5), f"{c.randint(1, 90)} {c.choice(STREETS)}", digits(c, 10)),
    ),
)


def of_things(seed: int) -> Listed:
    """A list of invoices, orders, stock, phones or meters: nobody's private life."""
    chance = random.Random(seed)
    kind, head, row = _THINGS[seed % len(_THINGS)]
    rows = [row(chance) for _ in range(chance.randint(10, 60))]
    return Listed(kind, _dressed(chance, head, rows, headed=kind == "phone" or chance.random() < 0.7), 0)


def as_csv(rows: Table, seed: int) -> bytes:
    """As spreadsheet programs save it: comma, semicolon or tab, with or without a byte order mark."""
    sign = ",;\t"[seed % 3]
    lines = [sign.join(f'"{cell}"' if sign in cell or '"' in cell else cell for cell in row) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig" if seed % 2 else "utf-8")


def as_xlsx(rows: Table, seed: int) -> bytes:
    """Numbers as numbers in every second workbook, everything else as text."""
    out = []
    for number, row in enumerate(rows, 1):
        cells = (f'<c r="{chr(65 + column)}{number}" {_cell(cell, seed)}</c>' for column, cell in enumerate(row) if cell)
        out.append(f'<row r="{number}">{"".join(cells)}</row>')
    return documents.xlsx({"Sheet1": f"<sheetData>{''.join(out)}</sheetData>"})


def _cell(cell: str, seed: int) -> str:
    if seed % 2 and cell.isdigit() and cell[0] != "0":
        return f"><v>{cell}</v>"
    return f't="inlineStr"><is><t>{escape(cell)}</t></is>'


def as_docx(rows: Table, seed: int) -> bytes:
    """A table between two paragraphs."""
    lines = ("".join(f"<w:tc>{documents.paragraph(escape(cell))}</w:tc>" for cell in row) for row in rows)
    table = "".join(f"<w:tr>{line}</w:tr>" for line in lines)
    before = documents.paragraph("Please find the list below.") if seed % 2 else ""
    return documents.docx(f"{before}<w:tbl>{table}</w:tbl>{documents.paragraph('')}")


_LINES = 45
"""Rows of a printed page."""
_WIDE = 5.2
"""Points a character takes on average in Helvetica at 9 points, with room."""


def as_pdf(rows: Table, seed: int) -> bytes:
    """Every cell (in every second file: every word) placed by itself, column by column or row by row, over as many pages as needed."""
    widths = [max(len(row[column]) if column < len(row) else 0 for row in rows[1:]) for column in range(len(rows[1]))]
    starts = [40 + sum(width * _WIDE + 14 for width in widths[:column]) for column in range(len(widths))]
    pages = []
    for first in range(0, len(rows), _LINES):
        lines = rows[first : first + _LINES]
        drawn = [
            _drawn(cell, starts[column], 790 - 16 * number) for number, row in enumerate(lines) for column, cell in enumerate(row) if cell
        ]
        pages.append("\n".join(drawn))
    return documents.pdf(*pages)


def _drawn(cell: str, left: float, base: int) -> str:
    shown = cell.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 9 Tf {left:.1f} {base} Td ({shown}) Tj ET"


FORMATS: dict[str, Callable[[Table, int], bytes]] = {"csv": as_csv, "xlsx": as_xlsx, "docx": as_docx, "pdf": as_pdf}
