"""One person is found however their number, or name and birthday, is written."""

from datetime import date

import pytest

from gateway.model.data_subject import DataSubject, asked_for, by_name, by_number, day_of

SAME = [
    ("943 476 5919", "9434765919", "943-476-5919", " 943.476.5919 "),
    ("AB123456C", "ab 12 34 56 c", "AB123456"),  # The suffix says nothing about the person.
    ("B801200005001", "b801200005001", "B 8012 0000 5001"),
    ("02/73319Z", "2002/0073319Z"),
    ("65656/91H", "065656/91h"),
    ("MORGA657054SM9IJ", "MORGA657054SM9IJ 35"),
    (
        "Kayleigh Thompson 12/03/2014",
        "THOMPSON, Kayleigh, 12 March 2014",
        "Kayleigh Anne Thompson (DOB: 2014-03-12)",
        "12.3.14 kayleigh thompson",
    ),
    ("Zoë O'Brien-Lee 1 May 2010", "zoe obrienlee 01/05/2010", "Miss Zoe O\u2019BRIEN-LEE, born May 1, 2010"),
]


@pytest.mark.parametrize("written", SAME, ids=lambda written: written[0])
def test_one_person_has_one_form(written: tuple[str, ...]) -> None:
    forms = {asked_for(text) for text in written}
    assert len(forms) == 1
    assert forms.pop()


@pytest.mark.parametrize("text", ["", "Kayleigh", "Kayleigh Thompson", "12345", "12/03/2014", "Kayleigh 12/03/2014", "31/02/2014 Jo"])
def test_what_names_nobody_is_nobody(text: str) -> None:
    assert [one for one in asked_for(text) if " " in one.value] == []


def test_people_who_differ_in_anything_are_different() -> None:
    asked = ["Ada King 5/6/2013", "Ada King 6/5/2013", "Ida King 5/6/2013", "943 476 5919", "943 476 5870"]
    assert len({asked_for(text) for text in asked}) == len(asked)


def test_no_value_is_shown_by_accident() -> None:
    assert "9434765919" not in repr(next(by_number("943 476 5919")))
    assert repr(by_name("Ada King", date(2013, 6, 5))) == repr(DataSubject(""))


def test_a_day_that_does_not_exist_is_none() -> None:
    assert day_of("on 30 February 2014") is None
    assert day_of("born 3rd of September 2009") == date(2009, 9, 3)
