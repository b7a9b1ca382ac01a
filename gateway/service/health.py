"""Health for people and for monitoring: what waits, since when, and whether a next hop can be reached."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.model.store import Counts, Store, StoreUnavailable
from gateway.service.desk import Desk

_FACT = "serving"
# Housekeeping writes every few seconds; three missed ones mean that the process is gone or stuck.
HEARTBEAT_EVERY = timedelta(seconds=5)
ALIVE_WITHIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Serving:
    """The running gateway, as it last said."""

    pid: int
    at: datetime
    policy: str
    mode: str
    table: str

    def is_alive(self, now: datetime) -> bool:
        return now - self.at < ALIVE_WITHIN


async def heartbeat(desk: Desk) -> None:
    """Say that we run, and by which policy, at most every few seconds."""
    last = await serving(desk.store)
    now = desk.clock()
    if last is not None and last.pid == os.getpid() and last.policy == desk.policy.digest and now - last.at < HEARTBEAT_EVERY:
        return
    policy = desk.policy
    fact = {"pid": os.getpid(), "at": now.isoformat(), "policy": policy.digest, "mode": policy.mode.value, "table": policy.table.name}
    await desk.store.put(_FACT, json.dumps(fact))


async def serving(store: Store) -> Serving | None:
    text = await store.get(_FACT)
    if not text:
        return None
    fact = json.loads(text)
    return Serving(fact["pid"], datetime.fromisoformat(fact["at"]), fact["policy"], fact["mode"], fact["table"])


class Health:
    """What the console asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def is_ready(self) -> bool:
        """The store answers and every client route was seen."""
        try:
            await self._desk.store.counts()
        except StoreUnavailable:
            return False
        return self._desk.capabilities() is not None

    async def counts(self) -> Counts:
        return await self._desk.store.counts()

    @property
    def policy(self) -> str:
        return self._desk.policy.digest

    @property
    def mode(self) -> str:
        return self._desk.policy.mode.value
