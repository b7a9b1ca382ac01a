"""Every published vector of every identifier, right and wrong."""

import pytest

from gateway.checks.identifiers import (
    POSTCODE,
    asn_checks,
    cro_checks,
    identifiers,
    mrz_checks,
    nhs_checks,
    nhs_issued,
    nino_allowed,
    pnc_checks,
    uln_checks,
    upn_checks,
)


def kinds(text: str) -> list[str]:
    return [one.kind for one in identifiers(text)]


@pytest.mark.parametrize("number", ["9434765870", "9434765919", "4010232137", "4505577104"])
def test_a_real_nhs_number_checks(number: str) -> None:
    assert nhs_checks(number) and nhs_issued(number)


@pytest.mark.parametrize("number", ["9434765871", "4857773456", "1111111111", "0000000000", "943476587"])
def test_a_wrong_nhs_number_does_not(number: str) -> None:
    assert not nhs_checks(number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the name beside it, or the layout of the NHS
        ("NHS number 9434765870", ["NHS"]),
        ("943 476 5870", ["NHS"]),
        ("943-476-5870 seen today", ["NHS"]),
        ("N.H.S. no: 943.476.5870", ["NHS"]),
        ("NHS 9 4 3 4 7 6 5 8 7 0", ["NHS"]),
        ("NHS 943\n476\n5870", ["NHS"]),
        # ten digits that are something else
        ("Order 4010232137", []),
        ("4010232137", []),
        ("Invoice 401 023 2137 is overdue", []),
        ("ring 020 943 476 5870", []),
        ("+44 943 476 5870", []),
        ("NHS number 9434765871", []),
        # National Insurance
        *[(value, ["NINO"]) for value in ("AB123456C", "AB 12 34 56 C", "AA370773A", "BN102966C", "JG103759A", "ab123456c")],
        *[
            (value, [])
            for value in ("QQ123456C", "GB123456A", "TN123456A", "AO123456A", "AB123456E", "NC123456M", "PP999999P", "OO123456C")
        ],
        ("NI number AB123456", ["NINO"]),
        ("AB123456", []),
        # pupils and learners
        ("UPN B801200005001", ["UPN"]),
        ("B801200005001", []),
        ("UPN A801200005001", []),
        ("ULN 9276308686", ["ULN"]),
        ("ULN 9276308687", []),
        # police and courts
        ("PNC 81/34U", ["PNC"]),
        ("PNC 2002/0073319Z", ["PNC"]),
        ("PNC 2001/0171310S", []),
        ("05/12A", []),
        ("CRO 65656/91H", ["CRO"]),
        ("SF05/482703J", ["CRO"]),
        ("CRO 85227/65G", []),
        ("1101ZD0100000410836V", ["ASN"]),
        # papers
        ("MORGA657054SM9IJ", ["DRIVING_LICENCE"]),
        ("MORGA657054SM9IJ 35", ["DRIVING_LICENCE"]),
        ("MORGA657054SM9I", []),
        ("SMITH691203A99AB5", []),
        ("ABCDE999999ZZ9ZZ", []),
        ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", ["PASSPORT"]),
        ("passport 123456789", ["PASSPORT"]),
        ("123456789", []),
        ("prison number A1234BC", ["PRISON"]),
        ("A1234BC", []),
    ],
)
def test_identifiers_need_their_check_and_their_surroundings(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("value", ["B801200005001", "U82312342100A", "D940123421001", "K838123419001"])
def test_a_real_upn_checks_in_every_authority(value: str) -> None:
    assert upn_checks(value)


@pytest.mark.parametrize("value", ["A801200005001", "X80120000A001"])
def test_a_wrong_upn_does_not(value: str) -> None:
    assert not upn_checks(value)


def test_a_learner_number_is_no_nhs_number() -> None:
    assert uln_checks("9276308686")
    assert not uln_checks("9434765870")


@pytest.mark.parametrize("value", ["81/34U", "02/73319Z", "00/223R", "79/163001B", "67/9893091D", "2002/0073319Z", "1979/0163001B"])
def test_a_real_pnc_number_checks(value: str) -> None:
    year, rest = value.split("/")
    assert pnc_checks(year, rest[:-1], rest[-1])


@pytest.mark.parametrize("value", ["2001/0171310S", "2003/0011985Z", "2012/0052494O", "2023/0583843N", "05/12A"])
def test_a_wrong_pnc_number_does_not(value: str) -> None:
    year, rest = value.split("/")
    assert not pnc_checks(year, rest[:-1], rest[-1])


@pytest.mark.parametrize(
    ("value", "right"), [("65656/91H", True), ("065656/91H", True), ("SF05/482703J", True), ("SF83/50058Z", True), ("85227/65G", False)]
)
def test_criminal_records_numbers(value: str, right: bool) -> None:
    assert cro_checks(value) is right


def test_other_check_digits() -> None:
    assert asn_checks("1101ZD0100000410836V") and not asn_checks("1101ZD0100000410837V")
    assert mrz_checks("L898902C36UTO7408122F1204159ZE184226B<<<<<10") and not mrz_checks("L898902C37UTO7408122F1204159ZE184226B<<<<<10")
    assert nino_allowed("AB123456C") and not nino_allowed("AD123456C")


@pytest.mark.parametrize(
    "value", ["SW1P 4RR", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 1HQ", "EC1A 1BB", "GIR 0AA", "N1P 1AA", "sw1p4rr"]
)
def test_postcodes(value: str) -> None:
    assert POSTCODE.fullmatch(value)


@pytest.mark.parametrize("value", ["QA1 1AA", "A1 1CI", "AI1 1AA"])
def test_what_is_no_postcode(value: str) -> None:
    assert not POSTCODE.search(value)
