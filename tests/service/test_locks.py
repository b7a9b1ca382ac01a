"""Those who name the same key take turns; others do not wait; nothing is kept."""

import asyncio

from gateway.service.locks import KeyedLocks


async def test_the_same_key_takes_turns_and_is_forgotten() -> None:
    locks, order = KeyedLocks(), []

    async def work(key: str, name: str) -> None:
        async with locks.holding(key):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(work("k", "first"), work("k", "second"), work("other", "third"))
    assert order.index("first out") < order.index("second in")
    assert order.index("third in") < order.index("first out")
    assert locks._locks == {}
