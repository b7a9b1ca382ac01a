"""A minute of the crash soak, and the start with a long queue; `make soak` runs a thousand kills."""

from pathlib import Path

import pytest

from tests.soak import soak, violations
from tests.soak_books import Books
from tests.soak_queue import START_LIMIT_S, starts_with_a_queue

A_MINUTE_S = 60


@pytest.mark.slow
async def test_crashes_and_a_flapping_next_hop_lose_nothing(tmp_path: Path) -> None:
    found = await soak(tmp_path, seconds=A_MINUTE_S)
    assert violations(found) == [], found
    assert int(str(found["kills"])) >= 5 and int(str(found["acknowledged"])) > 20, found


@pytest.mark.slow
async def test_a_gateway_with_ten_thousand_messages_queued_greets_within_three_seconds(tmp_path: Path) -> None:
    # Its own CPU in half of the time: beside other tests the clock measures the neighbours. `make soak` looks at the clock.
    assert min(start.cpu_s for start in await starts_with_a_queue(tmp_path)) <= START_LIMIT_S / 2


def test_the_soak_itself_tells_loss_misdelivery_and_causeless_copies() -> None:
    books = Books(allowed={"a": ("x",), "b": ("x",)}, away=[(1.0, 2.0)])
    books.answered("a", ("x",), held=False)
    assert books.missing() == [("a", "x")]
    books.arrived("a", ["x"], 0.9)
    assert books.missing() == []
    books.arrived("a", ["x"], 2.1)
    assert books.second_copies() == 1 and books.without_cause() == []
    books.arrived("a", ["x"], 2.2)
    assert books.without_cause() == [("a", "x")]
    books.arrived("b", ["y"], 3.0)
    assert books.against_policy() == 1
