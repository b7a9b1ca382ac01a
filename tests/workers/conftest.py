"""Pools of workers that are always closed, from one nursery, which takes a second to load."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from gateway.model.looking import LooksFor
from gateway.workers import Workers
from gateway.workers.process import Nursery

Start = Callable[..., Awaitable[Workers]]


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    process = nursery.end()
    if process is not None:
        process.wait()


@pytest.fixture
async def start(nursery: Nursery) -> AsyncIterator[Start]:
    pools: list[Workers] = []

    async def start(count: int = 1, wall_s: float = 20, memory_bytes: int = 1 << 30) -> Workers:
        pool = Workers(count, wall_s, memory_bytes, LooksFor(), nursery)
        pools.append(pool)
        await pool.start()
        return pool

    yield start
    for pool in pools:
        await pool.close()
