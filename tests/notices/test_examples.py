"""Every kind of notice, in our words and in a school's: read by somebody tired, on a telephone, at five past six."""

from dataclasses import replace

import pytest

from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from gateway.notices.examples import FRIDAY, examples
from gateway.notices.message import as_read
from gateway.notices.reading import MOST_YEARS
from gateway.notices.reading import reading_age as by_vowels
from gateway.service.policies import load_folder
from tests.conftest import ROOT
from tests.notices.building import BOROUGH, part, text
from tests.notices.test_letters import reading_age as by_hyphenation
from tests.notices.test_letters import section
from tests.notices.test_message import check_bytes

POLICY = load_folder(ROOT / "policies")
OAKFIELD = POLICY.organisation("oakfield")
assert OAKFIELD is not None
SCHOOL = {f"{name}, a school": about for name, about in examples(OAKFIELD, POLICY.wording.of("oakfield")).items()}
OURS = examples(BOROUGH, {})
ALL = OURS | SCHOOL

each = pytest.mark.parametrize("about", ALL.values(), ids=ALL.keys())


def first_lines(about: NoticeContext, count: int = 3) -> str:
    return "\n".join([line for line in as_read(about)[1].splitlines() if line][:count])


def test_every_kind_has_an_example() -> None:
    assert {about.kind for about in ALL.values()} == set(NoticeKind)


@pytest.mark.parametrize("kind", NoticeKind, ids=lambda kind: kind.value)
def test_every_kind_has_a_picture_that_the_documentation_shows(kind: NoticeKind) -> None:
    picture = f"pictures/notice-{kind.value}.webp"
    assert (ROOT / "docs" / picture).is_file(), "make pictures"
    assert f"[{kind.value}]({picture})" in (ROOT / "docs" / "notices.md").read_text("utf-8")


@each
def test_a_child_of_eleven_can_read_it_by_either_measure(about: NoticeContext) -> None:
    words = text(write_notice(about))
    check_bytes(write_notice(about))
    assert by_hyphenation(words) <= MOST_YEARS
    assert by_vowels(words) <= MOST_YEARS


# What stands in the first three lines: what happened, and what to do or that nothing needs to be done.
FIRST = {
    "stopped": ("was not sent to rita.k1964@example.com", "is not locked", "What to do now: Ask us to lock the files"),
    "stopped-mixed": ("was not sent to rita.k1964@example.com", "is not locked", "What to do now: Ask us to lock the files"),
    "stopped-bounced": ("was not sent to rita", "the password for it", "What to do now: Take the password out"),
    "stopped-reviewer": ("was not sent to rita", "is not locked", "What to do now:"),
    "observed": ("went to rita.k1964@example.com, but soon", "is not locked", "What to do next time:"),
    "reminder": ("still waits for you", "If you do nothing before 22:05 today", "What to do now: Ask us"),
    "returned": ("was not sent and has come back", "is not locked", "What to do now: Lock the files"),
    "failed": ("was not delivered", "not known there", "What to do now: Check the address"),
    "delayed": ("is late", "Nobody needs to send it again", "we tell you"),
    "done": ("have done what you asked", "on its way"),
    "done-not": ("could not do what you asked", "signed or encrypted already", "What to do now:"),
    "done-late": ("could not do what you asked", "was already sent"),
    "protected": ("locked and sent", "What to do now: Phone rita.k1964@example.com and say the password below."),
    "released": ("on its way", "let it go"),
    "review": ("waits for you to check it", "What to do now: Look at each"),
    "review-urgent": ("cannot wait", "What to do now: Look at each"),
    "review-many": ("30 emails wait", "the first goes back at", "What to do now: Look at each"),
    "incident": ("may have gone to the wrong person", "reports it", "until 18:05 on Monday"),
    "checked": ("would not go to rita", "to nobody"),
}


@pytest.mark.parametrize("name", OURS)
def test_three_lines_say_what_happened_and_what_to_do(name: str) -> None:
    lines = first_lines(ALL[name])
    assert all(len(line) <= 140 for line in lines.splitlines())
    for words in FIRST[name]:
        assert words in lines


@each
def test_the_outcome_is_in_the_subject_and_the_code_in_the_last_line_alone(about: NoticeContext) -> None:
    subject, words = as_read(about)
    assert subject.partition(":")[0] in {
        *("Not sent", "Sent, but please read", "Still waiting", "Not delivered", "Delayed", "Done", "Not sent yet", "Already sent", "Sent"),
        *("Sent, with locked files", "Please check", "Urgent", "Reported", "What would happen"),
    }
    body, _, last = words.rstrip().rpartition("\n")
    assert last.endswith(f"Reference: {about.reference}")
    assert "attachment.unprotected" not in body


@each
def test_the_urgent_line_and_the_lead_contact_are_in_every_letter_to_a_sender(about: NoticeContext) -> None:
    if about.kind is NoticeKind.INCIDENT:
        return  # Its own steps say whom to phone first.
    ask = section(as_read(about)[1], "Urgent, or not sure?")
    assert ask.startswith("If a child is at risk now, phone")
    assert about.organisation.lead_contact.phone in ask


@pytest.mark.parametrize("name", ["stopped", "stopped-mixed", "reminder"])
def test_on_a_friday_evening_it_says_when_somebody_looks_and_what_works_now(name: str) -> None:
    assert "Nobody can review this before Monday 09:00. PROTECT works now." in as_read(replace(ALL[name], now=FRIDAY))[1]


def test_a_mixed_mail_warns_of_replies_to_all() -> None:
    assert "If someone replies to all, their answer may not go by secure email." in as_read(ALL["stopped-mixed"])[1]
    assert "replies to all" not in as_read(ALL["stopped"])[1]


def test_the_order_of_password_and_file_and_the_three_months_are_said() -> None:
    """P9, P11: where the sender locks the file, and where we did."""
    by_hand = section(as_read(replace(ALL["stopped"], verbs=()))[1], "How to lock a file")
    assert "send the password first, in an email of its own. Send the file when they have answered." in by_hand
    assert "change the password every three months" in by_hand
    ours = section(as_read(ALL["protected"])[1], "What to do now")
    assert "Wait until they say that it works." in ours
    assert "Next time you get a new password. Do not use this one again." in ours


def test_a_school_says_it_in_its_own_words() -> None:
    assert "phone the office and ask for the head" in part(write_notice(ALL["stopped, a school"]), "text/html")
