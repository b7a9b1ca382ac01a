"""Numbers that name one person: NHS, CHI, NI, UPN, ULN, PNC, CRO, arrest summons, driving licence, passport.

Promises: a number counts when its check digit is right and its surroundings say what it is; order numbers, invoices and parcels do not.
Every pattern is linear. On failure: none; a number that does not check is no identifier.
The rules and their vectors are public: NHS modulus 11, DfE's UPN letter, HESA's ULN, HMRC's NI prefixes, PNC and CRO modulus 23.
A random 10-digit number passes the NHS check once in 11 times, so a bare one needs the word beside it (or the 3-3-4 layout).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.checks.vocabulary import pattern

NEAR = 60
"""Characters before an identifier where its name is looked for: 'NHS number of the child: '."""

_LONGEST_NAME = 20
"""Characters that a name which begins in time may go on for."""

_A23 = "ABCDEFGHJKLMNPQRTUVWXYZ"
_L23 = "ZABCDEFGHJKLMNPQRTUVWXY"


def digits_of(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def nhs_checks(number: str) -> bool:
    """Ten digits with the right modulus 11 check digit, and not one digit ten times."""
    if len(number) != 10 or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == int(number[9])


def nhs_issued(number: str) -> bool:
    """In a range that was given out: England and Wales 400-499 and 600-799, Northern Ireland 320-399, Scotland's CHI, tests 9xx."""
    prefix = int(number[:3])
    return 400 <= prefix <= 499 or 600 <= prefix <= 799 or 320 <= prefix <= 399 or prefix >= 900 or chi_dated(number)


def chi_dated(number: str) -> bool:
    """A Scottish CHI number starts with its owner's birthday."""
    return 1 <= int(number[:2]) <= 31 and 1 <= int(number[2:4]) <= 12


def upn_checks(value: str) -> bool:
    """Unique pupil number: letter, local authority other than 000, weights 2 to 13; a temporary one ends in a letter."""
    value = value.upper()
    if value[1:4] == "000" or not value[1:12].isdigit():
        return False
    values = [int(sign) if sign.isdigit() else _A23.find(sign) for sign in value[1:]]
    return min(values) >= 0 and _A23[sum(position * one for position, one in enumerate(values, 2)) % 23] == value[0]


def uln_checks(number: str) -> bool:
    """Unique learner number: weights 10 to 1, remainder 10. No NHS number is a ULN."""
    return number[0] != "0" and sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 10


def pnc_checks(year: str, serial: str, letter: str) -> bool:
    return _L23[int(year[-2:] + serial.zfill(7)) % 23] == letter.upper()


def cro_checks(value: str) -> bool:
    """Criminal records office number, standard (NNNNNN/YYD) or short file (SFYY/NNNNNND)."""
    found = re.fullmatch(r"(SF)?([0-9]+)/([0-9]+)([A-Z])", value.upper())
    if not found:
        return False
    short, left, right, letter = found.groups()
    number = int(left + right) if short else int(right + left.zfill(6))
    return _L23[number % 23] == letter


def asn_checks(value: str) -> bool:
    """Arrest summons number: YY, force, unit, system, sequence of 11; letters among them are dropped for the check."""
    plain = value.replace("/", "").upper()
    if len(plain) != 20:
        return False
    year, force, system, sequence = plain[:2], plain[2:4], plain[6:8], plain[8:19]
    number = "".join(piece for piece in (force, system) if piece.isdigit()) + year + sequence
    return _L23[int(number) % 23] == plain[19]


def nino_allowed(value: str) -> bool:
    return len(set(value[:2].upper()) & set("DFIQUV")) == 0


def mrz_checks(value: str) -> bool:
    """Line 2 of a passport's machine readable zone: three check digits with weights 7, 3, 1."""
    fields = ((value[:9], value[9]), (value[13:19], value[19]), (value[21:27], value[27]))
    return all(str(_mrz_sum(field) % 10) == check for field, check in fields)


def _mrz_sum(field: str) -> int:
    return sum((0 if sign == "<" else int(sign, 36)) * (7, 3, 1)[position % 3] for position, sign in enumerate(field))


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in a text. `certain`: by itself enough to say that a person is identified."""

    kind: str
    start: int
    end: int
    certain: bool


_I = re.IGNORECASE
_BEFORE = r"(?<![0-9A-Za-z])"
_AFTER = r"(?![0-9A-Za-z])"
# Ten digits, with one separator between any two ('943 476 5919', '943.476.5919', '9 4 3 4 ...', one digit per table cell).
_TEN = re.compile(rf"{_BEFORE}(?<![0-9][ .\-+])[0-9](?:[ .\-\t\n]{{0,2}}[0-9]){{9}}{_AFTER}(?![ \-][0-9])")
_LAYOUT = re.compile(r"[0-9]{3}([ .\-])[0-9]{3}\1[0-9]{4}")
_NINO = re.compile(
    rf"{_BEFORE}(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z][ .\-\n]?[0-9]{{2}}[ .\-\n]?[0-9]{{2}}[ .\-\n]?[0-9]{{2}}"
    rf"[ .\-\n]?[A-D]?{_AFTER}",
    _I,
)
_UPN = re.compile(rf"{_BEFORE}[A-HJ-NP-RT-Z][ .\-]?(?:[0-9][ .\-]?){{11}}[0-9A-HJ-NP-RT-Z]{_AFTER}", _I)
_PNC = re.compile(r"(?<![0-9A-Za-z/])((?:19|20)?[0-9]{2})/([0-9]{1,7})([A-HJ-NP-RT-Z])(?![0-9A-Za-z])", _I)
_CRO = re.compile(r"(?<![0-9A-Za-z/])(?:SF[0-9]{2}/[0-9]{1,6}|[0-9]{1,6}/[0-9]{2})[A-HJ-NP-RT-Z](?![0-9A-Za-z])", _I)
_ASN = re.compile(r"(?<![0-9A-Za-z/])[0-9]{2}/?[0-9A-Z]{2}/?[0-9A-Z]{2}/?[0-9A-Z]{2}/?[0-9]{11}[A-HJ-NP-RT-Z](?![0-9A-Za-z])", _I)
_LICENCE = re.compile(
    rf"{_BEFORE}(?=[A-Z]{{1,5}}9{{0,4}}[0-9])[A-Z9]{{5}}[0-9](?:[05][1-9]|[16][0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9][A-Z9]{{2}}[A-Z0-9][A-Z]{{2}}"
    rf"(?:[ ]?[0-9]{{2}})?{_AFTER}"
)
_MRZ = re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}[0-9](?:[A-Z]{3}|[A-Z]<<)[0-9]{6}[0-9][MF<X][0-9]{6}[0-9][A-Z0-9<]{14}[0-9<][0-9]")
_NINE = re.compile(rf"{_BEFORE}[0-9]{{9}}{_AFTER}")
_PRISON = re.compile(rf"{_BEFORE}[A-Z][0-9]{{4}}[A-Z]{{2}}{_AFTER}")
POSTCODE = re.compile(
    r"(?<![A-Za-z0-9])(?:GIR ?0AA|(?:[A-PR-UWYZ][0-9][0-9A-HJKPSTUW]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)[ ]{0,2}"
    r"[0-9][ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])",
    _I,
)
EMAIL = re.compile(r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,6}")
PHONE = re.compile(
    r"(?<![0-9A-Za-z.,/])(?<![0-9][ \-])(?:\+44[ ]?\(?0?\)?[ ]?|0044[ ]?|\(?0)(?=[1-37])"
    r"(?:[0-9][ \-)(]{0,2}){8,9}[0-9](?![0-9A-Za-z]|[ \-][0-9])"
)
HOUSE = re.compile(
    r"(?<![0-9A-Za-z/.,\-])(?:flat [0-9]{1,4}[a-z]?,? )?[0-9]{1,4}[A-Za-z]?,? (?:[A-Z][A-Za-z']{1,20} ){1,3}"
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Cl|Drive|Dr|Gardens|Gdns|Place|Pl|Crescent|Cres|Terrace|Way|Court|Ct|Grove|Walk|Mews|Hill"
    r"|Square|Sq|Park|Rise|View|Row|Parade|Green|Green|Mount|Vale|Bank|Wharf|Yard|Heights|Buildings|Circus|Fold|Croft|Meadow|Meadows)(?![A-Za-z])",
    _I,
)

# 'NHS Supply Chain' beside an invoice number names a firm.
_NHS_WORDS = re.compile(
    r"\bN\W{0,2}H\W{0,2}S\b(?! (?:supply|property|professionals|business services))|\bnational health|\bhealth (?:no|number)|\bH&C\b"
    r"|\bpatient (?:no|number|id)\b|\bC\.?H\.?I\.?\b",
    _I,
)
_NI_WORDS = re.compile(r"\bN\W{0,2}I\W{0,2}(?:N\W{0,2}O\b|no\b|num|#)|\bNINO\b|national insurance|insurance (?:no|number)|\bNI\b", _I)
_UPN_WORDS = re.compile(r"\bU\W{0,2}P\W{0,2}N\b|\bpupil (?:no|number|id|ref)|\bunique pupil", _I)
_ULN_WORDS = re.compile(r"\bU\W{0,2}L\W{0,2}N\b|\blearner (?:no|number|id|ref)", _I)
_PNC_WORDS = re.compile(r"\bPNC\b|police national", _I)
_CRO_WORDS = re.compile(r"\bCRO\b|criminal record", _I)
_PASSPORT_WORDS = re.compile(r"\bpassport\b", _I)
_PRISON_WORDS = re.compile(r"\bprison(?:er)?\b|\bNOMS\b|\bHMP\b", _I)
_OTHER_NUMBER = pattern("other_numbers")


def _named(text: str, start: int, end: int, words: re.Pattern[str]) -> bool:
    """The identifier's own name stands shortly before it, or right after it."""
    if words.search(text, max(0, start - NEAR), start):
        return True
    after = words.search(text, end, min(len(text), end + 25 + _LONGEST_NAME))
    return after is not None and after.start() < end + 25


def _otherwise(text: str, start: int) -> bool:
    """The words right before say that the number is something else."""
    return _OTHER_NUMBER.search(text, max(0, start - 30), start) is not None


def ten_digits(text: str, start: int, end: int) -> Iterable[Identifier]:
    """NHS, CHI and ULN among numbers of ten digits."""
    for found in _TEN.finditer(text, start, end):
        number, at = digits_of(found.group()), found.start()
        if _named(text, at, found.end(), _ULN_WORDS) and uln_checks(number):
            yield Identifier("ULN", *found.span(), True)
        elif nhs_checks(number) and nhs_issued(number):
            named = _named(text, at, found.end(), _NHS_WORDS)
            if named:
                kind = "CHI" if chi_dated(number) and re.search(r"\bCHI\b", text[max(0, at - NEAR) : at]) else "NHS"
                yield Identifier(kind, *found.span(), True)
            elif _LAYOUT.fullmatch(found.group()) and number[0] != "0" and not _otherwise(text, at):
                yield Identifier("NHS", *found.span(), True)


def national_insurance(text: str, start: int, end: int) -> Iterable[Identifier]:
    for found in _NINO.finditer(text, start, end):
        value = re.sub(r"[ .\-\n]", "", found.group())
        named = _named(text, *found.span(), _NI_WORDS)
        if nino_allowed(value) and (named or (len(value) == 9 and not _otherwise(text, found.start()))):
            yield Identifier("NINO", *found.span(), True)


_CODE = re.compile(rf"{_BEFORE}[A-Z]{{2}}[0-9]{{6}}[A-Z]{_AFTER}")


def without_codes(text: str, found: list[Identifier]) -> list[Identifier]:
    """Less what only looks like a National Insurance number in a list of codes, of which chance makes one in ten fit: all or none."""
    if not any(one.kind == "NINO" for one in found):
        return found
    codes = [code.group() for code in _CODE.finditer(text)]
    fitting = sum(1 for code in codes if _NINO.fullmatch(code) and nino_allowed(code))
    if fitting * 2 >= len(codes):
        return found
    return [one for one in found if one.kind != "NINO" or _named(text, one.start, one.end, _NI_WORDS)]


def pupils(text: str, start: int, end: int) -> Iterable[Identifier]:
    for found in _UPN.finditer(text, start, end):
        if upn_checks(re.sub(r"[ .\-]", "", found.group())) and _named(text, *found.span(), _UPN_WORDS):
            yield Identifier("UPN", *found.span(), True)


def police(text: str, start: int, end: int) -> Iterable[Identifier]:
    """PNC, CRO and arrest summons numbers. '05/12A' and dates fail the check; short ones need their name beside them."""
    for found in _PNC.finditer(text, start, end):
        if pnc_checks(*found.groups()) and (len(found.group(2)) >= 5 or _named(text, *found.span(), _PNC_WORDS)):
            yield Identifier("PNC", *found.span(), True)
    for found in _CRO.finditer(text, start, end):
        if cro_checks(found.group()) and (found.group()[:2].upper() == "SF" or _named(text, *found.span(), _CRO_WORDS)):
            yield Identifier("CRO", *found.span(), True)
    for found in _ASN.finditer(text, start, end):
        if asn_checks(found.group()):
            yield Identifier("ASN", *found.span(), True)


def papers(text: str, start: int, end: int) -> Iterable[Identifier]:
    """Driving licence, passport number by its word, the machine readable line, prison number by its word."""
    for found in _LICENCE.finditer(text, start, end):
        yield Identifier("DRIVING_LICENCE", *found.span(), True)
    for found in _MRZ.finditer(text, start, end):
        if mrz_checks(found.group()):
            yield Identifier("PASSPORT", *found.span(), True)
    for shape, words, kind in ((_NINE, _PASSPORT_WORDS, "PASSPORT"), (_PRISON, _PRISON_WORDS, "PRISON")):
        for found in shape.finditer(text, start, end):
            if words.search(text, max(0, found.start() - 40), found.start()):
                yield Identifier(kind, *found.span(), True)


FINDERS: tuple[Callable[[str, int, int], Iterable[Identifier]], ...] = (ten_digits, national_insurance, pupils, police, papers)


def identifiers(text: str, start: int = 0, end: int | None = None) -> list[Identifier]:
    """Every identifier whose number lies in text[start:end]; the words beside it may lie outside."""
    stop = len(text) if end is None else end
    return [identifier for finder in FINDERS for identifier in finder(text, start, stop)]
