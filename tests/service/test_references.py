"""References can be read out on the telephone and never repeat."""

import re

from gateway.service.references import new_reference


def test_a_reference_is_three_groups_of_letters_that_nobody_mishears() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}", new_reference())


def test_references_differ() -> None:
    assert len({new_reference() for _ in range(10_000)}) == 10_000
