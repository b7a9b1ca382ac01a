"""How many people a table lists; and tables that list none."""

import random
from collections.abc import Callable

import pytest

from gateway.checks.tables import people_in_rows, rows_in_text

GIVEN = (
    "Ayesha",
    "Bartosz",
    "Callum",
    "Dylan",
    "Ellie",
    "Freya",
    "Hafsa",
    "Idris",
    "Jodie",
    "Kieran",
    "Leila",
    "Mia",
    "Noah",
    "Omar",
    "Poppy",
)
FAMILY = (
    "Adebayo",
    "Begum",
    "Chaudhary",
    "Dupont",
    "Evans",
    "Fletcher",
    "Gallagher",
    "Hussain",
    "Iqbal",
    "Jones",
    "Kowalska",
    "Lopez",
    "Moss",
)
CHANCE = random.Random(11)


def upn(number: str) -> str:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    return letters[sum(position * int(digit) for position, digit in enumerate(number, 2)) % 23] + number


def nhs() -> str:
    while True:
        nine = str(CHANCE.randint(400_000_000, 499_999_999))
        check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return nine + str(check % 11)


def birthday() -> str:
    return f"{CHANCE.randint(1, 28):02}/{CHANCE.randint(1, 12):02}/{CHANCE.randint(2005, 2019)}"


def persons(count: int) -> list[tuple[str, str]]:
    pairs = [(given, family) for given in GIVEN for family in FAMILY]
    return CHANCE.sample(pairs, count)


SHAPES: dict[str, Callable[[list[tuple[str, str]]], str]] = {
    "csv": lambda people: "Name,DOB,School\n" + "\n".join(f"{g} {f},{birthday()},Oakfield" for g, f in people),
    "two name columns": lambda people: "Forename\tSurname\tD.O.B.\n" + "\n".join(f"{g}\t{f}\t{birthday()}" for g, f in people),
    "surname first": lambda people: "Pupil;Date of birth\n" + "\n".join(f"{f}, {g};{birthday()}" for g, f in people),
    "capitals": lambda people: "NAME|ETHNICITY\n" + "\n".join(f"{f.upper()}, {g}|White British" for g, f in people),
    "no heading": lambda people: "\n".join(f"{g} {f} | {birthday()} | autism" for g, f in people),
    "fixed width": lambda people: "\n".join(f"{g + ' ' + f:24}{birthday():14}Y" for g, f in people),
    "numbered": lambda people: "\n".join(f"{n}. {g} {f}, {birthday()}" for n, (g, f) in enumerate(people, 1)),
    "allergies": lambda people: "Child,Class,Allergies\n" + "\n".join(f"{g} {f},6B,nuts" for g, f in people),
    "quoted cells": lambda people: '"Name","DOB"\n' + "\n".join(f'"{f}, {g}","{birthday()}"' for g, f in people),
    "clients": lambda people: "Client,Worker\n" + "\n".join(f"{g} {f},Duty" for g, f in people),
    "with a letter around": lambda people: (
        "Hi Sue\n\nThe list:\n\n" + "\n".join(f"{g} {f}, {birthday()}, nuts" for g, f in people) + "\n\nBob"
    ),
    "nhs numbers": lambda people: "NHS number,Clinic\n" + "\n".join(f"{nhs()},A" for _ in people),
    "upns": lambda people: "UPN,Year\n" + "\n".join(f"{upn(str(CHANCE.randint(10**11, 10**12 - 1)))},7" for _ in people),
    "addresses": lambda people: (
        "Tenant,Address\n" + "\n".join(f"{g} {f},{n} Mill Lane NE1 4{n % 10}B" for n, (g, f) in enumerate(people, 1))
    ),
}


@pytest.mark.parametrize("count", [5, 12, 60, 150])
@pytest.mark.parametrize("shape", SHAPES)
def test_people_in_a_table_are_counted_within_a_fifth(shape: str, count: int) -> None:
    counted = people_in_rows(rows_in_text(SHAPES[shape](persons(count))))
    assert abs(counted - count) <= 0.2 * count


def number(digits: int) -> str:
    return str(CHANCE.randint(10 ** (digits - 1), 10**digits - 1))


NOBODY: dict[str, Callable[[], str]] = {
    "invoices": lambda: "Supplier,Invoice,Date,Amount\n" + "\n".join(f"Norse Ltd,{number(10)},01/02/2026,12.50" for _ in range(60)),
    "order numbers": lambda: "\n".join(f"{number(10)};{number(4)}" for _ in range(60)),
    "stock": lambda: "Item,Code,Qty\n" + "\n".join(f"Chair,{CHANCE.choice('ABCDEFGH')}{number(12)},4" for _ in range(60)),
    "meters": lambda: "Site,MPAN\n" + "\n".join(f"Grove House,{number(13)}" for _ in range(60)),
    "phones": lambda: "Team,Name,Extension\n" + "\n".join(f"Parking,{g} {f},{number(4)}" for g, f in persons(60)),
    "phone numbers": lambda: "\n".join(f"Depot {n},020 7946 {number(4)}" for n in range(60)),
    "roads": lambda: "Road,Ward,Start\n" + "\n".join(f"{g} {f} Road,{f} Ward,01/02/2026" for g, f in persons(60)),
    "schools": lambda: "School,Phase,Postcode\n" + "\n".join(f"St {g}'s Primary School,Primary,NE1 4AB" for g in GIVEN),
    "rota": lambda: "Date,Early,Late\n" + "\n".join(f"{n:02}/03/2026,Priya Nair,Tom Day" for n in range(1, 29)),
    "budget": lambda: "Cost centre,Budget,Actual\n" + "\n".join(f"{number(5)},{number(6)}.00,{number(6)}.00" for _ in range(60)),
    "inspections": lambda: "Premises,Inspector,Postcode\n" + "\n".join(f"{f}'s Cafe,{g} {f},NE1 4AB" for g, f in persons(60)),
    "suppliers": lambda: (
        "Supplier,Contact,Address\n" + "\n".join(f"{f} Ltd,{g} {f},{n} Mill Lane" for n, (g, f) in enumerate(persons(60), 1))
    ),
    "planning": lambda: "Ref,Address,Proposal\n" + "\n".join(f"26/{n},{n} Mill Lane,Loft conversion" for n in range(60)),
    "names alone": lambda: "Attendees\n" + "\n".join(f"{g} {f}" for g, f in persons(30)),
}


@pytest.mark.parametrize("kind", NOBODY)
def test_a_table_without_private_lives_counts_nobody(kind: str) -> None:
    assert people_in_rows(rows_in_text(NOBODY[kind]())) == 0


def test_rows_of_cells_are_counted_like_text() -> None:
    rows = [("Name", "DOB"), *((f"{given} {family}", birthday()) for given, family in persons(20))]
    assert people_in_rows(rows) == 20
    assert people_in_rows([("Name", "DOB")]) == 0 and people_in_rows([]) == 0


def test_forms_one_after_another_are_a_list() -> None:
    from gateway.checks import inspect_text

    text = "\n\n".join(f"Name: {given} {family}\nDOB: {n:02}/04/2012" for n, (given, family) in enumerate(persons(20), 1))
    assert inspect_text(text, "attachment").people == 20


def test_a_person_listed_twice_counts_once() -> None:
    row = "Ellie Evans,03/04/2015,autism"
    assert (
        people_in_rows(rows_in_text("Name,DOB,Need\n" + "\n".join([row] * 3 + [f"{g} {f},{birthday()},none" for g, f in persons(9)]))) == 10
    )
