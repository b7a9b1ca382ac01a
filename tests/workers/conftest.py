"""A pool of workers that is always closed."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.model.looking import LooksFor
from gateway.workers import Workers

Start = Callable[..., Awaitable[Workers]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    pools: list[Workers] = []

    async def start(count: int = 1, wall_s: float = 20, memory_bytes: int = 1 << 30) -> Workers:
        pool = Workers(count, wall_s, memory_bytes, LooksFor())
        pools.append(pool)
        await pool.start()
        return pool

    yield start
    for pool in pools:
        await pool.close()
