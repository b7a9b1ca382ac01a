"""A short crash soak; `make soak` runs the long one."""

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.slow
async def test_crashes_and_a_flapping_next_hop_lose_nothing(tmp_path: Path) -> None:
    found = await soak(tmp_path, kills=5, rate=50.0)
    assert found["lost"] == 0, found
    assert found["against_policy"] == 0, found
    assert found["records_ok"] is True, found
    assert int(str(found["acknowledged"])) > 20, found
