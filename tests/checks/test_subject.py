"""Subjects that name somebody, and those that only look like it."""

import pytest

from gateway.checks.subject import Known, look


@pytest.mark.parametrize(
    "text",
    [
        # names beside a case
        "CAF for Precious Adeyemi",
        "Okonkwo, Chidera: attendance",
        "Review of Zainab Hussain's plan",
        "TAC - Callum O'Brien",
        "MARAC referral Sinéad Ní Bhriain",
        "Grace Field LAC review",
        "Summer Park EHCP",
        # bare names
        "FW: Priyanka Chaudhary",
        "WALSH, Sian",
        "Oluwaseun Adebayo - please call",
        # no capitals
        "re: mohammed iqbal ehcp",
        "kayleigh thompson lac review",
        # families and the unborn
        "Clark family",
        "The Hussain children - legal planning",
        "Unborn Cooper",
        "Baby Novak - strategy meeting",
        # birthdays, initials, numbers
        "DOB 03/04/2015",
        "J.T. born 16/07/2008",
        "Ryan L dob 01.04.2005",
        "NHS number 943 476 5919",
        "UPN B801200005001",
        # first name only, beside the strongest words
        "Ellie - LAC review",
        # two pieces that hide
        "K\u200bayleigh Tho\u200bmpson LAC review",
        "Kаylеigh Thоmpson LAC rеview",
        # walks 1, 5, 13
        "Health assessment for Kayleigh Thompson, DOB 03/04/2015",
        "RE: Tobi Okoro - school transport",
        "Interview invitation - Priya Shah",
        "Automatic reply: Kayleigh Thompson - missed appointment",
        "Accepted: Ellie Dunn - TAC meeting",
    ],
)
def test_a_subject_that_names_somebody(text: str) -> None:
    assert look(text).personal


@pytest.mark.parametrize(
    "text",
    [
        "Papers for Thursday",
        "Spring newsletter",
        "Summer fair",
        "Flooding at Victoria Park",
        "Nelson Mandela House refurbishment",
        "Elizabeth Garrett Anderson School fire alarm",
        "Licence for the Curtis Inn",
        "Cllr Amina Begum newsletter",
        "Interview panel: Thomas Holmes, planning officer post",
        "Invoice 2362791378 from Taylor Wimpey",
        "Looked after children strategy",
        "Foster family recruitment event",
        "Safeguarding training for school staff",
        "Mark attendance in the register",
        "May half term opening times",
        "Will the depot be open?",
        "Case ref 2026/1183",
        "Order 4010232137",
        "Meeting on 03/04/2026",
        "EHCP process map",
        "Your council tax bill",
        "Transfer-in conference",
        "Section 47",
        "Thank you",
        "",
    ],
)
def test_a_subject_that_names_nobody(text: str) -> None:
    assert not look(text).personal


def test_a_colleague_or_correspondent_may_be_named() -> None:
    assert look("Call with Sam Reid").personal
    assert not look("Call with Sam Reid", Known(colleagues=frozenset({"reid sam"}))).personal


def test_the_policy_may_add_and_take_away_words() -> None:
    assert not look("Ruby Marsh trip", Known(never=("Ruby Marsh",))).personal
    assert look("Operation Bluebell", Known(always=("Operation Bluebell",))).personal


def test_offsets_are_those_of_the_given_text_and_the_value_is_not_shown() -> None:
    text = "Re: K\u200bayleigh Thompson - LAC review"
    found = next(one for one in look(text).findings if one.kind == "PERSON")
    assert text[found.start : found.end] == "K\u200bayleigh Thompson"
    assert "ayleigh" not in found.shown and "K*** T***" in found.shown


def test_a_subject_beyond_the_limit_is_not_clean() -> None:
    assert not look("x " * 2000).complete
