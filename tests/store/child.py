"""A process that works on a store until it is killed, and says on its standard output what it was told is done.

Started once with the database and the keys; each line on its standard input is a seed, for which it forks a worker and prints
its process id. Forking saves the 0.3 s of importing for each of many kills.
"""

import asyncio
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.model.stored import HoldMove, HoldState
from gateway.store import DurableStore, load_keys, open_store
from tests.store.values import content, entry, hold, item, taken

SESSIONS = 6
MESSAGES = 15
"""Of each session of `serve`."""


def said(*words: str) -> None:
    """One write each, so that a kill never leaves half a line."""
    os.write(1, (" ".join(words) + "\n").encode())


async def pass_through(store: DurableStore, id_: str) -> None:
    await store.intend(entry(id_))
    said("intended", id_)
    await asyncio.sleep(0)
    store.conclude(entry(id_, Event.RESULT))


async def take_over(store: DurableStore, id_: str, size: int) -> None:
    accepted = entry(id_, Event.ACCEPTED)
    body = content(f"c{id_}", id_.encode() * (size // len(id_) + 1))
    await store.take_over(
        taken(entries=(accepted,), contents=(body,), holds=(hold(f"h{id_}", id_, f"c{id_}"),), queue=(item(f"q{id_}", f"c{id_}"),))
    )
    said("accepted", id_)


async def deliver(store: DurableStore) -> None:
    for due in await store.lease(datetime.now(UTC), 60, 2):
        id_ = due.consignment.id
        await store.starting(id_)
        said("left", id_)
        done = [str(to.address) for to in due.consignment.recipients]
        await store.settle(id_, done=done, entries=[entry(due.message, Event.RESULT)], next_at=None)
        said("settled", id_)


async def release(store: DurableStore, id_: str) -> None:
    then = taken(
        entries=(entry(id_, Event.RELEASED),),
        contents=(),
        queue=(item(f"r{id_}", f"c{id_}", next_at=datetime.now(UTC) + timedelta(days=1)),),
    )
    if await store.move_hold(HoldMove(f"h{id_}", HoldState.RELEASED, datetime.now(UTC), "ann", "agreed", then)):
        said("released", id_)


async def session(store: DurableStore, name: str, chance: random.Random, messages: int = 1_000_000) -> None:
    last = ""
    for number in range(messages):
        id_ = f"{name}-{number}"
        what = chance.random()
        if what < 0.5:
            await pass_through(store, id_)
        elif what < 0.8 or not last:
            last = id_
            await take_over(store, id_, chance.choice((10, 3_000, 200_000)))
        elif what < 0.9:
            await deliver(store)
        else:
            await release(store, last)


async def work(url: str, keys: Path, seed: int) -> None:
    store = await open_store(url, load_keys(keys), "gateway")
    await store.due_now()
    said("opened")
    async with asyncio.TaskGroup() as group:
        for number in range(SESSIONS):
            group.create_task(session(store, f"{seed}-{number}", random.Random(seed * 100 + number)))


async def one_by_one(url: str, keys: Path) -> None:
    """Write a record for each line on standard input and say what came of it (for tests with a failing disk)."""
    store = await open_store(url, load_keys(keys), "gateway")
    for line in iter(sys.stdin.readline, ""):
        id_ = line.strip()
        try:
            await take_over(store, id_, 20_000)
        except StoreUnavailable:
            said("refused", id_)
    await store.close()


async def serve(url: str, keys: Path, name: str) -> None:
    """Pass messages through in a few sessions, as a gateway does."""
    store = await open_store(url, load_keys(keys), "gateway")

    async def session(number: int) -> None:
        for message in range(MESSAGES):
            await pass_through(store, f"{name}-{number}-{message}")

    await asyncio.gather(*(session(number) for number in range(SESSIONS)))
    await store.close()


async def mixed(url: str, keys: Path) -> None:
    """A little of everything, in a few sessions, then a proper end."""
    store = await open_store(url, load_keys(keys), "gateway")
    await asyncio.gather(*(session(store, f"s{number}", random.Random(number), MESSAGES) for number in range(SESSIONS)))
    await store.close()


async def release_all(url: str, keys: Path, name: str) -> None:
    """Release every hold, as a reviewer at the command line does."""
    store = await open_store(url, load_keys(keys), "cli")
    for held in await store.holds():
        then = taken(entries=(entry(held.message, Event.RELEASED, actor=name),), contents=(), queue=(item(f"q{held.id}"),))
        await store.move_hold(HoldMove(held.id, HoldState.RELEASED, datetime.now(UTC), name, "agreed", then))
    await store.close()


def main() -> None:
    mode, url, keys = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    once = {"one-by-one": one_by_one, "serve": serve, "mixed": mixed, "release-all": release_all}
    if mode in once:
        asyncio.run(once[mode](url, keys, *sys.argv[4:]))
        return
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            asyncio.run(work(url, keys, int(line)))
            os._exit(1)
        said("pid", str(pid))
        os.waitpid(pid, 0)
        said("ended")


if __name__ == "__main__":
    main()
