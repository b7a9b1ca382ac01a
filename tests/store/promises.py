"""What must hold after any end of a process: all that was acknowledged is there, and nothing is there by half."""

from collections import defaultdict

from gateway.model.stored import HoldState
from gateway.store import DurableStore

Said = dict[str, set[str]]
"""What the child process said was done: kind ('intended', 'accepted', 'released' ...) and ids."""


def take_in(said: Said, lines: str) -> None:
    for line in lines.splitlines():
        kind, _, id_ = line.partition(" ")
        said[kind].add(id_)


async def check(store: DurableStore, said: Said) -> None:
    assert await store.verify() == ()
    records = defaultdict(set)
    async for page in store.records_pages():
        for record in page:
            records[record.entry.message].add(str(record.entry.event))
    holds = {held.id[1:]: held for held in await store.holds(state=None, limit=1_000_000)}
    assert {id_ for id_ in said["intended"] if "intent" not in records[id_]} == set()
    assert {id_ for id_ in said["accepted"] if "accepted" not in records[id_]} == set()
    assert said["accepted"] - holds.keys() == set()
    assert {id_ for id_ in said["released"] if holds[id_].state is not HoldState.RELEASED} == set()
    for id_, held in holds.items():  # Whole or not at all, acknowledged or not.
        assert "accepted" in records[id_]
        assert (held.state is HoldState.RELEASED) == ("released" in records[id_])
        stored = await store.content(f"c{id_}")
        assert stored is not None
        assert stored.raw.startswith(id_.encode())
