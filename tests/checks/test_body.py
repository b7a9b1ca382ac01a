"""Texts about somebody's private life, and texts about work."""

import time

import pytest

from gateway.checks import inspect_text
from gateway.checks.engine import compile_engine, load_engine
from gateway.model.looking import LooksFor, Pattern

PERSONAL = (
    # prose
    "Please see the attached chronology. Archie Stone, aged 9, has been out of school since March because his mum is drinking again.",
    "Can you check whether Idris Kamara has had his MMR? His foster carer is not sure.",
    "Tyler told his TA that he's scared to go home because stepdad shouts and hits him.",
    "I visited the Rahman family yesterday. The baby had a bruise on her cheek and dad could not explain it.",
    "Jodie is 14 weeks pregnant and using heroin. Her previous two children were removed.",
    "Client: Mr A Rowe, D.O.B 12/12/1950, discharged from Ward 7 on Friday with new medication.",
    "Just to let you know that Freya's biological father has been released from prison and knows where she lives.",
    "Her tenancy is at risk: Shanice Clarke owes £2,300 in rent arrears and has three children.",
    "We are worried about Ollie. He came in with no lunch again, dirty clothes, and said mum was asleep.",
    "The police were called to 19 Birch Avenue, Darren Pike was arrested for assaulting his partner in front of the children.",
    "jayden has been self harming and told his form tutor he wants to die",
    "Grievance outcome: Peter Hall was off sick with depression for six weeks and has been given a final written warning.",
    "LB was seen on 3 May, he is subject to a child protection plan, 14 Nelson Street, Northtown.",
    # numbers
    "PNC check: 02/73319Z came back with two cautions for shoplifting.",
    "Passport number 123456789 for Miss Ling Chen",
    # forms
    "Given name(s): Ama\nFamily name: Boateng\nDate of birth:\n01/02/2016\nSchool: St Anne's",
    "Name: Bartosz Zielinski\nEthnicity: White other\nGP: Dr Shah",
    "Child's name\tAma Boateng\nMother\tEfua Boateng\nAllergies\tnuts",
    # threads
    "ok thanks\n\n> Kai Thompson was excluded today after he punched another pupil.\n> His mother is on her way.",
    # lists
    "Name,DOB\n"
    + "\n".join(f"{name} Moss,0{day}/04/2012" for day, name in enumerate(("Ellie", "Noah", "Mia", "Omar", "Freya", "Dylan"), 1)),
)
ORDINARY = (
    "Hi Jane\n\nPlease could you book room 3 for the safeguarding board on Tuesday? Tea for twelve.\n\nThanks\nSarah",
    "The new domestic abuse policy was written by Helen Marsh and approved by Cllr David Wright.",
    "Dr Anita Rao will speak about autism at the conference on 3 May. Tickets from Peter Lodge on 020 7946 0018.",
    "In 2025, 413 children were on child protection plans, up 3%. The number in care fell.",
    "Please welcome Rachel Green, who joins the fostering team as team manager on Monday.",
    "Our social workers Amy Reed and Ben Cole will be at the adoption information evening on Thursday.",
    "If you are worried about a child, ring 0300 123 4567. If a child is at risk of harm, ring 999.",
    "Please complete the form: Name: ________ Date of birth: __/__/____ Address: ________",
    "Name:\nDate of birth:\nNHS number:\n",
    "The form asks for name, date of birth, NHS number and address.",
    "Order 4010232137 shipped. Tracking 9434765919. Call 0345 600 0006.",
    "The head teacher, Mrs Olivia Grant, said that exclusions at Hillcrest Academy had halved.",
    "We will hold the retirement lunch for Mike Fielding on 3 May. He worked in child protection for 30 years.",
    "Congratulations to Becky Shaw, whose baby girl was born on 12 May 2026!",
    "The depot is closed.\n\nMohamed McCarthy\nWaste Services, 34 Hall Drive, Easton, SM9 1TP",
)


@pytest.mark.parametrize("text", PERSONAL)
def test_a_text_about_somebody(text: str) -> None:
    verdict = inspect_text(text, "body")
    assert verdict.personal and verdict.score >= 1.0


@pytest.mark.parametrize("text", ORDINARY)
def test_a_text_about_work(text: str) -> None:
    assert not inspect_text(text, "body").confidential


def test_lines_may_end_as_mail_ends_them() -> None:
    for text in PERSONAL:
        assert inspect_text(text.replace("\n", "\r\n"), "body").personal
    for text in ORDINARY:
        assert not inspect_text(text.replace("\n", "\r\n"), "body").confidential


def test_a_person_alone_and_a_topic_alone_are_nothing() -> None:
    assert not inspect_text("I met Kayleigh Thompson.", "body").confidential
    assert not inspect_text("Somebody disclosed self harm.", "body").confidential
    assert inspect_text("Kayleigh Thompson disclosed self harm.", "body").confidential


def test_the_score_is_the_sum_of_what_is_shown() -> None:
    verdict = inspect_text("Kayleigh Thompson disclosed that her stepdad hits her.", "body")
    assert verdict.score == pytest.approx(sum(span.weight for span in verdict.findings), abs=0.01)


def test_the_policy_sets_the_threshold() -> None:
    text = "Kayleigh Thompson disclosed self harm."
    assert not inspect_text(text, "body", LooksFor(body_score=5.0)).confidential


def test_a_text_beyond_the_limit_is_not_clean() -> None:
    verdict = inspect_text("x " * 100, "body", LooksFor(text_bytes=50))
    assert not verdict.complete


def test_the_councils_own_patterns_are_looked_for() -> None:
    looks_for = LooksFor(patterns=(Pattern("mosaic", r"\bMOS[0-9]{6}\b"),))
    assert inspect_text("see MOS123456", "body", looks_for).kinds == ("LOCAL_ID",)
    assert not inspect_text("see MOS12345", "body", looks_for).confidential


def test_a_saved_engine_gives_the_same_verdicts_and_a_foreign_one_is_refused() -> None:
    saved = compile_engine()
    load_engine(saved)
    assert inspect_text(PERSONAL[0], "body").personal
    with pytest.raises(ValueError, match="other patterns"):
        load_engine(saved, (Pattern("x", "abc"),))
    with pytest.raises(ValueError, match="other patterns"):
        load_engine(b"\0" * 40)
    with pytest.raises(ValueError, match="cannot be used"):
        load_engine(saved[:36] + b"\0" * (len(saved) - 36))


def test_a_pattern_that_cannot_be_compiled_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compiled"):
        compile_engine((Pattern("broken", "(a"),))


CANARIES = ("Zebediah Quillfeather", "943 476 5919", "AB123456C", "03/04/2015", "14 Wrenfield Crescent", "07700 900123", "H801200001028")


def test_no_finding_repeats_a_value() -> None:
    text = (
        "Zebediah Quillfeather (DOB 03/04/2015) of 14 Wrenfield Crescent, tel 07700 900123, NHS number 943 476 5919, NI number AB123456C, "
        "disclosed that his stepdad hits him."
    )
    shown = " ".join(span.shown for channel in ("subject", "body") for span in inspect_text(text, channel).findings)
    for canary in CANARIES:
        for word in canary.split():
            assert len(word) < 3 or word not in shown


@pytest.mark.parametrize(
    "text",
    [
        "A" * 200_000,
        "1 " * 100_000,
        "Kelly Jones was abused. " * 8_000,
        "a\u200b" * 100_000,
        "<b" * 100_000,
        "Name: Jo\n" * 20_000,
        "born on " * 25_000,
        "Mr Smith " * 20_000,
    ],
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    inspect_text("warm up", "body")
    begun = time.process_time()
    inspect_text(text, "body")
    assert time.process_time() - begun < 1.0  # 200 KB; a megabyte of the worst costs 0.8 s
