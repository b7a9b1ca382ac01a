"""Whom a message is about: what the register's index of data subjects is made from."""

from gateway.checks import run
from gateway.checks.about import MOST
from gateway.mail import read
from gateway.model.data_subject import asked_for
from tests.checks.lists import FAMILY, GIVEN
from tests.harness import letter, wire


def about(body: str, subject: str = "Hello") -> frozenset[str]:
    to = ["sam.reid@nhs.net"]
    message = read(wire(letter("jo.bell@borough.gov.uk", to, subject, body)))
    return frozenset(one.value for one in run(message).about)


def values(*asked: str) -> frozenset[str]:
    return frozenset(one.value for text in asked for one in asked_for(text))


def test_numbers_and_a_name_with_its_birthday_are_kept_once() -> None:
    text = (
        "The NHS number of Kayleigh Thompson (DOB 12/03/2014) is 943 476 5919. NHS number again: 9434765919. Her NI number: AB 12 34 56 C."
    )
    assert about(text) == values("943 476 5919", "AB123456C", "Kayleigh Thompson, 12 March 2014")


def test_a_form_names_its_person() -> None:
    assert about("Dear Sam,\n\nChild: Kayleigh Thompson\nDate of birth: 12 March 2014\n") == values("Kayleigh Thompson 12/03/2014")


def test_every_row_of_a_list_is_somebody() -> None:
    rows = ["Name,DOB,NHS", "Ellie Moss,03/04/2015,9434765919", "Tom Reid,04/05/2014,4010232137", "Ada King,05/06/2013,4505577104"]
    found = about("\n".join(rows))
    assert found >= values("Ellie Moss 3/4/2015", "Tom Reid 4/5/2014", "Ada King 5/6/2013", "943 476 5919", "401 023 2137", "450 557 7104")


def test_the_subject_counts_and_ordinary_mail_is_about_nobody() -> None:
    assert about("See you", "Kayleigh Thompson 943 476 5919") == values("943 476 5919")
    assert about("The meeting is at 10 on 12/03/2014 with Kayleigh Thompson. Order 9434765871, invoice 1234567890.") == frozenset()


def test_a_list_without_end_has_an_end() -> None:
    everybody = [f"{given} {middle} {family}" for middle in GIVEN[:3] for given in GIVEN for family in FAMILY]
    rows = [f"{name},{1 + number % 28:02}/0{1 + number % 9}/20{10 + number % 9}" for number, name in enumerate(everybody)]
    assert len(rows) > MOST
    assert 2_000 < len(about("Name,DOB\n" + "\n".join(rows))) <= MOST
