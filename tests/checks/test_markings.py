"""Markings in subjects and on lines of their own."""

import pytest

from gateway.checks.markings import in_subject, on_lines


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE"),
        ("Official Sensitive", "OFFICIAL-SENSITIVE"),
        ("OFFICIAL - SENSITIVE: PERSONAL", "OFFICIAL-SENSITIVE"),
        ("OFFICIALSENSITIVE PERSONAL", "OFFICIAL-SENSITIVE"),
        ("OFFICIAL_SENSITIVE", "OFFICIAL-SENSITIVE"),
        ("PROTECT - PERSONAL", "PROTECT"),
        ("PROTECT: report attached", "PROTECT"),
        ("FW: RE: confidential", "CONFIDENTIAL"),
        ("Re: [CONFIDENTIAL] visit", "CONFIDENTIAL"),
        ("CONFIDENTIAL: papers for Thursday", "CONFIDENTIAL"),
        ("Private and Confidential", "CONFIDENTIAL"),
        ("papers (confidential)", "CONFIDENTIAL"),
        ("c0nfidential", "CONFIDENTIAL"),
        ("SECRET", "SECRET"),
        ("TOP SECRET minutes", "TOP SECRET"),
        ("RESTRICTED minutes", "RESTRICTED"),
    ],
)
def test_a_marked_subject(text: str, kind: str) -> None:
    assert [mark.kind for mark in in_subject(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "officially sensitive",
        "unofficial-sensitive",
        "confidentiality policy",
        "Confidentiality training",
        "Please protect the child",
        "secure x",
        "about [CJSM]",
        "Confidential shredding",
        "Restricted parking bays",
        "SECRET SANTA",
        "Secret Garden trip",
    ],
)
def test_an_unmarked_subject(text: str) -> None:
    assert in_subject(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("OFFICIAL-SENSITIVE\n\nReport attached.", "OFFICIAL-SENSITIVE"),
        ("RESTRICTED\n\nReport attached.", "RESTRICTED"),
        ("Private and Confidential\n\nReport attached.", "CONFIDENTIAL"),
        ("Dear all\n\nSee below.\n\nClassification: OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE"),
        ("> CONFIDENTIAL\n> text", "CONFIDENTIAL"),
        ("*** SECRET ***\n", "SECRET"),
    ],
)
def test_a_marked_text(text: str, kind: str) -> None:
    assert [mark.kind for mark in on_lines(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "This email is confidential and may be legally privileged. If you are not the intended recipient please delete it.",
        "We keep it a secret.\n",
        "Please protect the children.\n",
        "The information in this message is CONFIDENTIAL and intended for the addressee.",
        "Restricted parking starts on Monday.",
    ],
)
def test_an_unmarked_text(text: str) -> None:
    assert on_lines(text) == []
