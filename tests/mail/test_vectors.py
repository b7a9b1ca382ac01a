"""Nothing hides: whatever some reader would find in a hostile message, reading finds too, or says that a person must look."""

import pytest

from gateway.mail import decode_words, read
from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Verdict
from gateway.model.message import Message, Role
from gateway.service.judge import judge
from gateway.service.policies import load_folder

from .vectors import Case, Hides, all_cases

CASES = all_cases()
FAMILIES = sorted({case.family for case in CASES})


def is_doubtful(message: Message) -> bool:
    return any(defect.ambiguous or defect.unchecked for defect in message.defects)


def shows(message: Message, case: Case) -> bool:
    """Whether what is hidden stands where the checks will judge it."""
    if case.hides is Hides.FILE:
        contents = [content for part in message.parts if part.role in (Role.ATTACHMENT, Role.INLINE_IMAGE) for content in part.contents]
        # A decoder that goes on after a decoy gives the file with something before it; zip programs open that.
        return case.canary in contents or (case.family == "D01" and any(case.canary in content for content in contents))
    if case.hides is Hides.NAME:
        return any(case.canary in part.names for part in message.parts)
    if case.hides is Hides.SUBJECT:
        return any(case.canary in subject for subject in subjects_of(message))
    return any(case.canary in text for part in message.parts for text in part.texts)


def subjects_of(message: Message) -> list[str]:
    """The readings of the message's subject, and of those of the messages within it."""
    within = [subject for part in message.parts[1:] if (subject := part.header("subject")) is not None]
    return [*message.subjects, *(text for value in within for text in decode_words(value))]


def test_the_families_are_all_there():
    assert [*(f"C{number:02}" for number in range(1, 11)), "D01", "D02", "D03", "D04", "D06", "E01", "E02"] == FAMILIES
    assert len(CASES) > 1_000 and len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_hidden_is_found_or_stopped(family):
    messages = [(case, read(case.raw)) for case in CASES if case.family == family]
    assert [case.id for case, message in messages if not (shows(message, case) or is_doubtful(message))] == []


def test_no_hiding_place_gets_past_the_shipped_policy(root):
    policy = load_folder(root / "policies")
    recipient = Recipient(parse_mailbox("dee@example.org"))
    passed = []
    for case in CASES:
        (ruling,) = judge(policy, case.raw, parse_mailbox("jo@borough.gov.uk"), [recipient]).rulings
        if ruling.verdict is Verdict.DELIVER:
            passed.append(case.id)
    assert passed == []
