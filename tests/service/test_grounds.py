"""The ground for sharing is named where the words of RELEASE or URGENT say it, and only there (requirements H8, H9)."""

import pytest

from gateway.service.grounds import Ground, grounds

CONSENT, VITAL, DUTY = Ground.CONSENT, Ground.VITAL_INTERESTS, Ground.LEGAL_DUTY
TASK, INTEREST = Ground.PUBLIC_TASK, Ground.PUBLIC_INTEREST


@pytest.mark.parametrize(
    ("words", "named"),
    [
        # Said
        ("Mum gave consent by phone this morning", {CONSENT}),
        ("The parents have agreed, form is on file", {CONSENT}),
        ("We have written permission from the carer", {CONSENT}),
        ("It is in the public interest to share this", {INTEREST}),
        ("needed to prevent serious crime", {INTEREST}),
        ("The court order of 3 March requires it", {DUTY}),
        ("We are legally required to report", {DUTY}),
        ("Statutory duty under the Children Act", {DUTY}),
        ("Section 47 enquiry, strategy meeting at 2", {TASK}),
        ("Public task: safeguarding", {TASK}),
        ("The child is at immediate risk tonight", {VITAL}),
        ("vital interests of the child", {VITAL}),
        # More than one
        ("S47 enquiry; the child is at risk of significant harm and consent was given", {CONSENT, VITAL, TASK}),
        # Denied
        ("We have no consent", set()),
        ("without her consent", set()),
        ("Consent refused", set()),
        ("consent was refused, but it is in the public interest", {INTEREST}),
        ("We could not get the explicit and informed consent of dad. Safeguarding.", {TASK}),
        ("Consent is not needed: court order", {DUTY}),
        ("The child is not at risk", set()),
        # Nothing said
        ("", set()),
        ("please send it", set()),
        ("agreed by phone", set()),
        ("The consenting adults' group meets on Thursday", set()),
    ],
)
def test_a_ground_is_named_where_it_is_said(words: str, named: set[Ground]) -> None:
    assert set(grounds(words)) == named


def test_long_words_cost_little() -> None:
    assert grounds("no consent " * 5_000) == ()
