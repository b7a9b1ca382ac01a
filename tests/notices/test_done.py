"""The letters after somebody asked for something: done, not possible, the password, a reviewer is waited for."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Path, Remedy, Verdict
from gateway.model.notice import NoticeContext, Waiting
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from tests.notices.building import NOW, context, part, read, served, status, stopped, text, verb_addresses
from tests.notices.test_letters import headings, reading_age, section
from tests.notices.test_message import check_bytes

PASSWORD = "maple-otter-canal-frost-tiger-47"

PROTECTED = context(
    served("rita.k1964@example.com", Path.INSECURE, Verdict.PROTECT),
    kind=NoticeKind.PROTECTED,
    password=PASSWORD,
    files=("plan.docx", "files.zip"),
    findings=(),
)
DONE = context(stopped("rita.k1964@example.com"), kind=NoticeKind.DONE, outcome=("It has been sent with the new subject.",))
NOT_DONE = replace(
    DONE, done=False, outcome=("The files cannot be locked, because the email is signed.",), verbs=verb_addresses(Remedy.RELEASE)
)
REVIEW = replace(
    DONE, kind=NoticeKind.REVIEW, to=parse_mailbox("lead.contact@borough.gov.uk"), outcome=("Its sender says: agreed with the school.",)
)
WAITING = Waiting("1H7QX-2M9KD-W4TRB", "scanner@borough.gov.uk", 2, NOW, NOW + timedelta(hours=24), ("attachment.unreadable",))
MANY = replace(REVIEW, rulings=(), outcome=(), waiting=(WAITING,) * 25, count=30)
RELEASED = replace(DONE, kind=NoticeKind.RELEASED, outcome=("A reviewer checked it and let it go.",))
REPORTABLE = verb_addresses(Remedy.REPORT)
URGENT = replace(REVIEW, urgent=True)
INCIDENT = replace(
    DONE,
    kind=NoticeKind.INCIDENT,
    to=parse_mailbox("lead.contact@borough.gov.uk"),
    outcome=("jo.bell@borough.gov.uk reports it.",),
    deadline=NOW + timedelta(hours=72),
)
CHECKED = context(stopped("rita.k1964@example.com"), kind=NoticeKind.CHECKED)
ALL = [
    ("protected, reportable", replace(PROTECTED, verbs=REPORTABLE)),
    ("done, reportable", replace(DONE, verbs=REPORTABLE)),
    ("urgent", URGENT),
    ("incident", INCIDENT),
    ("checked", CHECKED),
    ("protected", PROTECTED),
    ("done", DONE),
    ("not done", NOT_DONE),
    ("review", REVIEW),
    ("review of one", replace(REVIEW, waiting=(WAITING,))),
    ("released", replace(RELEASED, verbs=REPORTABLE)),
]


def test_what_cannot_wait_is_marked_so_that_a_telephone_rings() -> None:
    assert read(write_notice(URGENT))["Importance"] == "high"
    assert read(write_notice(REVIEW))["Importance"] is None


def test_many_that_wait_share_a_letter_that_names_no_recipient() -> None:
    raw = write_notice(MANY)
    check_bytes(raw)
    words = text(raw)
    assert read(raw)["Subject"] == "Please check: 30 emails wait for you"
    assert reading_age(words) <= 11
    assert words.count("- 1H7QX-2M9KD-W4TRB: from scanner@borough.gov.uk to 2 people, since 17:58 on Friday 20 November 2026.") == 20
    assert "And 10 more." in words
    assert "rita" not in raw.decode()


def test_of_many_that_were_let_go_only_their_number_is_told() -> None:
    raw = write_notice(replace(RELEASED, count=12, rulings=()))
    assert read(raw)["Subject"] == "Sent: 12 emails of yours that waited"
    assert reading_age(text(raw)) <= 11
    assert status(raw).count("Final-Recipient: ") == 0


@pytest.mark.parametrize("about", [about for _, about in ALL], ids=[name for name, _ in ALL])
def test_each_is_a_report_that_a_child_of_eleven_can_read(about: NoticeContext) -> None:
    raw = write_notice(about)
    check_bytes(raw)
    assert len(list(read(raw).iter_parts())) == 3
    assert status(raw).count("Final-Recipient: ") == 1
    assert reading_age(text(raw)) <= 11


def test_the_password_comes_with_whom_to_phone_and_what_not_to_do() -> None:
    words = text(write_notice(PROTECTED))
    assert read(write_notice(PROTECTED))["Subject"] == "Sent, with locked files: your email to 1 person"
    assert section(words, "The password").splitlines()[0] == PASSWORD
    assert "- plan.docx" in words and "- files.zip" in words
    assert "1. Phone rita.k1964@example.com. Use a number you know." in words
    assert "Do not send the password by email to the same address." in words
    assert "Action: relayed\nStatus: 2.0.0" in status(write_notice(PROTECTED))


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.PROTECTED], ids=lambda kind: kind.value)
def test_no_other_notice_holds_a_password_even_when_it_is_given_one(kind: NoticeKind) -> None:
    raw = write_notice(context(stopped("rita.k1964@example.com"), kind=kind, password=PASSWORD, files=("plan.docx",)))
    assert PASSWORD not in raw.decode() + text(raw) + part(raw, "text/html")


def test_the_password_is_in_no_header_and_no_report() -> None:
    raw = write_notice(PROTECTED)
    assert PASSWORD not in status(raw)
    assert PASSWORD not in raw.decode().split("\r\n\r\n")[0]


def test_what_was_done_is_said_and_nothing_more_is_asked() -> None:
    words = text(write_notice(DONE))
    assert words.startswith("We have done what you asked\n")
    assert "It has been sent with the new subject." in words
    assert headings(words) == ["Urgent, or not sure?"]


@pytest.mark.parametrize(
    ("verdict", "subject", "action"),
    [
        (Verdict.HOLD, "Not sent yet: your email to 1 person", "delayed"),
        (Verdict.DELIVER, "Already sent: your email to 1 person", "relayed"),
        (Verdict.BOUNCE, "Not sent: your email to 1 person", "failed"),
    ],
)
def test_the_subject_says_what_has_become_of_it(verdict: Verdict, subject: str, action: str) -> None:
    raw = write_notice(replace(NOT_DONE, rulings=tuple(replace(ruling, verdict=verdict) for ruling in NOT_DONE.rulings)))
    assert read(raw)["Subject"] == subject
    assert f"Action: {action}" in status(raw)


def test_what_could_not_be_done_comes_with_the_ways_that_are_left() -> None:
    words = text(write_notice(NOT_DONE))
    assert words.startswith("We could not do what you asked\n")
    assert "because the email is signed" in words
    assert re.search(r"^1\. ", section(words, "What to do now"), re.M)
    assert "Action: delayed\nStatus: 4.7.1" in status(write_notice(NOT_DONE))


def test_of_an_email_that_has_gone_nothing_is_left_but_to_report_it() -> None:
    gone = replace(NOT_DONE, verbs=REPORTABLE, outcome=("We could not do it: your email was already sent.",))
    words = text(write_notice(gone))
    assert headings(words) == ["If it goes to the wrong person", "Urgent, or not sure?"]
    assert "What to do now" not in words


def test_a_reviewer_is_told_what_waits_and_how_to_look_without_what_is_in_it() -> None:
    words = text(write_notice(REVIEW))
    assert words.startswith("An email to 1 person waits for you to check it\n")
    assert "It came in at 17:58 on Friday 20 November 2026." in words
    assert "- gateway why 7K2-M9Q-4TX tells what it is about." in words
    assert "- gateway hold release NUMBER --reason TEXT sends it." in words
    assert "plan.docx" not in words


def test_an_unnameable_recipient_stays_unnamed_beside_the_password() -> None:
    raw = write_notice(replace(PROTECTED, nameable=frozenset()))
    assert "rita" not in raw.decode() + text(raw) + status(raw)
    assert "1. Phone the person. Use a number you know." in text(raw)


@pytest.mark.parametrize("about", [DONE, PROTECTED], ids=["done", "protected"])
def test_an_email_that_has_gone_can_be_reported(about: NoticeContext) -> None:
    words = text(write_notice(replace(about, verbs=REPORTABLE)))
    assert "report.k7m2q9x4w1t8r5v3@control.gateway.borough.gov.uk" in section(words, "If it goes to the wrong person")


def test_urgent_is_the_first_word_that_a_reviewer_reads() -> None:
    raw = write_notice(URGENT)
    assert read(raw)["Subject"] == "Urgent: please check: an email to 1 person waits for you"
    assert text(raw).startswith("An email to 1 person cannot wait: please check it now\n")


def test_the_lead_contact_learns_by_when_a_mistake_must_be_reported_and_what_to_do_first() -> None:
    words = text(write_notice(INCIDENT))
    assert words.startswith("An email may have gone to the wrong person\n")
    assert "until 17:58 on Monday 23 November 2026" in words
    assert "1. Ask the person who sent it what it was about" in section(words, "What to do now")
    assert "plan.docx" not in words


def test_a_draft_is_answered_for_each_person() -> None:
    about = context(stopped("rita.k1964@example.com"), served("sam.reid@nhs.net"), kind=NoticeKind.CHECKED)
    words = text(write_notice(about))
    assert words.startswith("Your email would not go to rita.k1964@example.com\n")
    assert "We have sent this email to nobody, and we have not kept it." in words
    assert "- rita.k1964@example.com: we would stop it and ask you what to do" in words
    assert "- sam.reid@nhs.net: it would go" in words
    assert "Lock the files with a password" in section(words, "What you can do")
    assert "Ask your lead contact to check it and let it go." not in words
