"""Our own passwords are known wherever they are written; names of files and words in a sentence are not taken for one."""

import pytest

from gateway.checks import run
from gateway.checks.own_password import stands_alone_in, stands_in
from gateway.mail import read
from gateway.model.findings import Reason
from gateway.service.passwords import new_password
from tests.files import locked_zip
from tests.harness import letter, wire


@pytest.mark.parametrize(
    "form",
    ["{}", "It is {}.", "The word: '{}'", "  {}  ", "({})"],
)
def test_every_password_that_we_make_is_known(form: str) -> None:
    for _ in range(20):
        assert stands_in(form.format(new_password()))


@pytest.mark.parametrize(
    "text",
    [
        "Maple-Canal-Frost-Tiger-River-47",
        "MAPLE-CANAL-FROST-TIGER-RIVER-47",
        "maple_canal_frost_tiger_river_47",
        "maple.canal.frost.tiger.river.47",
        "maple-canal-frost-tiger-river47",
        "Hi\nmaple canal frost tiger river 47\nJo",
        "maple, canal, frost, tiger, river, 47",
        "words " * 5000 + "maple-canal-frost-tiger-river-47",
    ],
)
def test_a_password_that_was_typed_again_is_known(text: str) -> None:
    assert stands_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "care-plan-review-24",
        "https://www.borough.gov.uk/news/state-of-the-art-library-opens-24",
        "See the maple canal frost tiger river 47 times",
        "maple-canal-frost-tiger-47",
        "minutes-of-the-partnership-board-24",
        "",
    ],
)
def test_other_words_with_hyphens_are_no_password(text: str) -> None:
    assert not stands_in(text)


def test_the_shape_counts_only_alone_on_a_line() -> None:
    assert stands_alone_in("Hi\n\nmaple-otter-canal-47\n\nJo")
    assert not stands_alone_in("The file is care-plan-review-24 as you asked")


def found(subject: str, body: str, *files: tuple[str, bytes]) -> bool:
    message = letter("jo.bell@borough.gov.uk", ["rita.k1964@gmail.com"], subject, body)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="zip", filename=name)
    return Reason.PASSWORD_INCLUDED in {item.reason for item in run(read(wire(message))).items}


def test_it_is_found_in_subject_and_body() -> None:
    assert found("For you", "maple-canal-frost-tiger-river-47")
    assert found("maple-canal-frost-tiger-river-47", "As agreed.")
    assert found("Password", "maple-otter-canal-47")


def test_a_locked_file_with_hyphens_in_its_name_is_no_password() -> None:
    locked = locked_zip("Quite-Another-2026", papers_txt=b"papers")
    assert not found("Care plan", "I will ring you.", ("care-plan-review-24.zip", locked))
