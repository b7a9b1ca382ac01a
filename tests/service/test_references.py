"""References can be read out on the telephone and never repeat."""

import os
import re

from gateway.service.references import new_reference


def test_a_reference_is_three_groups_of_letters_that_nobody_mishears() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}", new_reference())


def test_references_differ() -> None:
    assert len({new_reference() for _ in range(10_000)}) == 10_000


def test_a_child_process_gives_other_references() -> None:
    new_reference()  # There are random numbers in stock now.
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, new_reference().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        # The random part: the seconds before it may be the same.
        assert said.read()[7:] != new_reference()[7:]
