"""Health for people and for monitoring: what waits, since when, and whether a next hop can be reached."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from gateway.model.store import Store, StoreUnavailable
from gateway.model.stored import Counts
from gateway.service.desk import OUR_OWN_ROUTE, Desk
from gateway.service.steady import is_due

_FACT, _READY = "serving", "ready"
# How long an answer of /readyz is believed: monitors ask every 10 to 60 s, and whoever asks more often makes us dial no more often.
READY_FOR_S = 5.0
# Less than the console waits, so that a hanging next hop or store is "not ready" and not silence.
LOOK_S = 8.0
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
    if last is not None and last.pid == os.getpid() and last.policy == desk.policy.digest and not is_due(last.at, now, HEARTBEAT_EVERY):
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


@runtime_checkable
class Answering(Protocol):
    """A route that can tell whether it leads somewhere now."""

    async def answers(self) -> bool: ...


class Health:
    """What the console asks."""

    def __init__(self, desk: Desk, is_stopping: Callable[[], bool]) -> None:
        self._desk, self._is_stopping = desk, is_stopping
        self._looking = asyncio.Lock()
        self._ready, self._fresh_until = False, 0.0

    async def is_ready(self) -> bool:
        """Mail can be taken now: the store writes and a next hop answers. Looked at anew every few seconds, however often it is asked."""
        if self._is_stopping():
            return False
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if now >= self._fresh_until:
                self._ready = await self._look()
                self._fresh_until = asyncio.get_running_loop().time() + READY_FOR_S
            return self._ready

    async def _look(self) -> bool:
        if self._desk.capabilities() is None:
            return False  # The listener answers 421 until every route was seen once.
        try:
            async with asyncio.timeout(LOOK_S):
                # Written, because a full disk can still be read.
                await self._desk.store.put(_READY, self._desk.clock().isoformat())
                return await self._a_next_hop_answers()
        except (StoreUnavailable, TimeoutError):
            return False

    async def _a_next_hop_answers(self) -> bool:
        """One is enough: with one route of several down most mail flows, and a balancer that turned away from us would stop it all."""
        hops = [hop for name, hop in self._desk.routes.items() if name != OUR_OWN_ROUTE]
        # An outbox, and a route by MX, have no host to ask.
        asked = await asyncio.gather(*(hop.answers() for hop in hops if isinstance(hop, Answering)))
        return any(asked) or len(asked) < len(hops)

    async def counts(self) -> Counts:
        return await self._desk.store.counts()

    @property
    def policy(self) -> str:
        return self._desk.policy.digest

    @property
    def mode(self) -> str:
        return self._desk.policy.mode.value
