"""Every reason and every remedy has words; the checklists hold what the guidance asks for."""

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import Reason
from gateway.model.judgement import Destination, Path, Remedy
from gateway.notices import guidance
from gateway.notices.guidance import failure_words
from tests.notices.test_letters import reading_age

VERBS = (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE, Remedy.RELEASE, Remedy.CANCEL, Remedy.URGENT, Remedy.WRONG)


def destination(path: Path = Path.INSECURE, suggestion: str = "") -> Destination:
    address = parse_mailbox("a@example.com")
    return Destination(Recipient(address), path, address, "default", suggestion=suggestion)


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
def test_every_reason_has_a_meaning_and_one_line_of_advice(reason: Reason) -> None:
    for words in (guidance.meaning(reason), guidance.advice(reason)):
        assert words.endswith(".") and "\n" not in words
        assert len(words) <= 160
        assert reason.value not in words


@pytest.mark.parametrize("remedy", list(Remedy), ids=lambda remedy: remedy.value)
def test_every_remedy_has_words_with_and_without_a_suggestion(remedy: Remedy) -> None:
    for suggestion in ("", "nhs.net", "a@nhs.net"):
        words = guidance.remedy_words(remedy, destination(suggestion=suggestion))
        assert words.endswith((".", "?")) and "\n" not in words and "None" not in words


def test_every_remedy_has_its_place_in_the_order_once() -> None:
    assert sorted(guidance.BEST_FIRST) == sorted(Remedy)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.value)
def test_every_verb_says_what_it_does_and_what_to_write(verb: Remedy) -> None:
    title, write_in_it = guidance.verb_words(verb)
    assert title and not title.endswith(".")
    assert write_in_it.endswith(".")


SUGGESTIONS = [
    (Remedy.USE_ADDRESS, Path.REFUSED, "nhs.net", "Did you mean @nhs.net? If so, send your email there."),
    (
        Remedy.USE_ADDRESS,
        Path.RETIRED,
        "x.gov.uk",
        "Ask the person if they have an address at @x.gov.uk now. If they do, send your email there.",
    ),
    (Remedy.USE_ADDRESS, Path.REFUSED, "a@nhs.net", "Did you mean a@nhs.net? If so, send your email there."),
    (Remedy.USE_ADDRESS, Path.REFUSED, "", "Check the address with the person."),
    (Remedy.BARE_ADDRESS, Path.REFUSED, "a@nhs.net", "Write to a@nhs.net and leave off the added ending."),
]


@pytest.mark.parametrize(("remedy", "path", "suggestion", "words"), SUGGESTIONS)
def test_a_suggestion_is_named(remedy: Remedy, path: Path, suggestion: str, words: str) -> None:
    assert guidance.remedy_words(remedy, destination(path, suggestion)) == words


def test_a_hostile_suggestion_stays_on_one_line() -> None:
    words = guidance.remedy_words(Remedy.USE_ADDRESS, destination(suggestion="x\r\nBcc: a@b\u202e"))
    assert "\n" not in words and "\r" not in words and "\u202e" not in words


# H12, H13, H15, H16: what the checklists must say
MUST_SAY = [
    ("phone", "Check that the person has a good reason to ask."),
    ("phone", "Call the main number"),
    ("phone", "voicemail"),
    ("post", "To be opened by addressee only"),
    ("post", "courier"),
    ("fax", "Do not put any names of the people it is about"),
    ("person", "boot"),
    ("media", "AES 256"),
    ("media", "Tell IT at once if you lose it."),
]


# P3, P4, P6, P8, P10 to P13: what locking a file by hand needs
MUST_SAY += [
    ("lock", "AES-256"),
    ("lock", "Check first that the person can open it."),
    ("lock", "letters and numbers"),
    ("lock", "Phone the person and tell them the password."),
    ("lock", "Use a new password each time."),
    ("lock", "every three months"),
    ("lock", "Keep your own copy without the lock."),
    ("lock", "save the file without the password in a safe place"),
]


@pytest.mark.parametrize(("key", "words"), MUST_SAY)
def test_a_checklist_says_what_the_guidance_asks(key: str, words: str) -> None:
    assert words in " ".join(guidance.checklist(key)[1])


def test_a_misdirected_fax_is_not_ignored() -> None:
    assert "Do not ignore it." in guidance.checklist("fax")[1][-1]


def test_the_password_goes_by_phone_and_before_the_file() -> None:
    words = guidance.remedy_words(Remedy.REMOVE_PASSWORD, destination())
    assert words.index("Phone the person") < words.index("Wait until they say they have it.") < words.index("Then send the file.")


@pytest.mark.parametrize("key", (guidance.HOW_TO_LOCK, *guidance.OTHER_WAYS))
def test_a_child_of_eleven_can_read_a_checklist(key: str) -> None:
    title, steps = guidance.checklist(key)
    assert reading_age("\n".join((title, *steps, guidance.in_short(key)))) <= 11


STATUSES = [
    ("5.1.1", "That address is not known there."),
    ("4.4.7", "We tried for as long as we may, but their mail system did not answer."),
    ("5.7.26", "Their mail system will not take this email."),
    ("5.99.1", "Their mail system did not take the email."),
    ("", "Their mail system did not take the email."),
]


@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_a_status_has_words(status: str, words: str) -> None:
    assert failure_words(status)[0] == words
