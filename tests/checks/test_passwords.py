"""Passwords named, hinted at, spelled out; and passwords only promised."""

import pytest

from gateway.checks import passwords


@pytest.mark.parametrize(
    "text",
    [
        "Password is Rainbow2026",
        "password: Xy12",
        "pw=Xy12!ab",
        "The pass word is Xy12ab",
        "p/w Tiger99",
        "the key is Xk93kd",
        "It opens with Xk93kd",
        "cyfrinair: Draig2026",
        "caf (pw Xy12).zip",
        "The password for the file is rainbow.",
        "Password:\nRainbow2026",
        "the password is his date of birth",
        "password: the NHS number",
        "The password is capital X, small y, one two",
        'The password is "open sesame"',
        "Passcode - 4482",
    ],
)
def test_a_password_that_is_written_down(text: str) -> None:
    assert passwords.named(text)


@pytest.mark.parametrize(
    "text",
    [
        "I will ring you with the password.",
        "I will telephone you with the password",
        "The password will follow separately.",
        "The password is being sent by text.",
        "Please ring me for the password on 020 7946 0018.",
        "The password has been agreed.",
        "We will phone the password through.",
        "Our password policy is attached.",
        "Your password expires soon",
        "The file is password protected.",
        "password to follow by phone",
        "The shop opens with the new hours on Monday.",
    ],
)
def test_a_password_that_is_only_promised(text: str) -> None:
    assert not passwords.named(text)


def test_candidates_come_in_the_order_of_likelihood_and_no_more_than_asked() -> None:
    words = passwords.candidates(["some plain words, password: Rainbow2026 and 03/04/2015"], 4)
    assert words[0] == "Rainbow2026" and "03042015" in words
    assert len(words) == 4
