"""When a deferred consignment is tried again."""

from datetime import timedelta

import pytest

from gateway.service.retries import wait_after


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 30), (3, 120), (4, 300), (5, 900)])
def test_the_first_waits_are_those_of_the_contract(attempts: int, seconds: int) -> None:
    assert wait_after(attempts, 0.0) == wait_after(attempts, 1.0) == timedelta(seconds=seconds)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_then_every_half_hour_give_or_take_a_fifth(chance: float) -> None:
    assert timedelta(minutes=24) <= wait_after(6, chance) <= timedelta(minutes=36)
