"""Numbers, headers and footers of spreadsheets as a person sees them.

Promises: a date format shows a date (dd/mm/yyyy, as councils write it), a format of zeros keeps the zeros of telephone and
case numbers, anything else is the plain number without exponent.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

# ECMA-376 part 1, 18.8.30: the built-in formats that show a date. 45-47 are times only.
_BUILT_IN_DATES = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ZEROS = re.compile(r"0{2,30}")
_DAY_0 = date(1899, 12, 30)
_DAY_0_OF_1904 = date(1904, 1, 1)
_LAST_DAY = 2_958_465
"""31 December 9999."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is shown: as a date, with a least number of digits, or not at all (';;;')."""

    is_date: bool = False
    digits: int = 0


def format_of(number: str, code: str) -> NumberFormat:
    """The format with this built-in number or, where given, this code."""
    if not code:
        return NumberFormat(is_date=number.isdecimal() and int(number) in _BUILT_IN_DATES)
    bare = _NOT_CODE.sub("", code.partition(";")[0]).lower()
    if "d" in bare or "y" in bare:
        return NumberFormat(is_date="general" not in bare)
    plain = bare.replace(" ", "").replace("-", "")
    return NumberFormat(digits=len(plain)) if _ZEROS.fullmatch(plain) else NumberFormat()


def shown_number(value: str, kind: NumberFormat, *, from_1904: bool = False) -> str:
    """A cell's number as text; what is no number stays as it is."""
    if value.isdecimal() and not kind.is_date:
        return value.zfill(kind.digits)
    try:
        number = float(value)
    except ValueError:
        return value
    if kind.is_date and 0 < number <= _LAST_DAY:
        return _date(int(number), from_1904=from_1904)
    if number.is_integer() and abs(number) < 1e18:
        return str(int(number)).zfill(kind.digits)
    return value


def _date(days: int, *, from_1904: bool) -> str:
    # 1900-02-29 never was, but Lotus counted it: days before it are one off, and nobody is that old.
    try:
        day = (_DAY_0_OF_1904 if from_1904 else _DAY_0) + timedelta(days=days)
    except OverflowError:
        return str(days)
    return f"{day:%d/%m/}{day.year:04d}"


# ECMA-376 part 1, 18.3.1.46: fonts, sizes, colours; then the fields (&P page, &D date ...).
_LOOKS = re.compile(r'&"[^"]*"|&\d{1,3}|&K[0-9A-Fa-f+-]{5,8}|&[BIUESXYPNDTAFZG]', re.IGNORECASE)
_SECTION = re.compile(r"&[LCR]")


def shown_header(text: str) -> str:
    """A header or footer without its codes: '&L&"Arial,Bold"&COFFICIAL' shows OFFICIAL."""
    kept = text.replace("&&", "\0")
    return _LOOKS.sub("", _SECTION.sub("\n", kept)).replace("\0", "&").strip()
