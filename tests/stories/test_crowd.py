"""A small crowd at the door; `make soak` brings a thousand."""

from pathlib import Path

import pytest

from tests.crowd import many_large, many_slow

MB = 2**20


@pytest.mark.slow
async def test_large_messages_at_once_take_a_bounded_amount_of_memory(tmp_path: Path) -> None:
    """Three times what may be in memory arrives, and nobody speaks again after the reply."""
    found = await many_large(tmp_path, 24, 4, content_memory_bytes=32 * MB)
    assert (found["delivered"], found["refused"]) == (24, []), found
    # Workers and next hop's buffers come on top; kept until the clients spoke again, the messages alone were 96.
    assert int(str(found["peak_mb"])) - int(str(found["idle_mb"])) < 200, found


@pytest.mark.slow
async def test_slow_senders_do_not_slow_the_others(tmp_path: Path) -> None:
    found = await many_slow(tmp_path, 100, 100, rounds=3)
    # `make soak` asks for twice; with a hundred messages the 99th of a hundred is the worst of a busy machine.
    assert float(str(found["p99_ms_beside_slow"])) < 3 * float(str(found["p99_ms_alone"])) + 20, found
