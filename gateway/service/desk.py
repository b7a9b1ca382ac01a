"""What every message's life needs: policy in force, routes, store, workers, clock. Made once, handed to all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Protocol

from gateway.model.looking import LooksFor
from gateway.model.settings import Settings
from gateway.model.smtp import Capabilities, NextHop
from gateway.model.store import Store
from gateway.policy import Policy
from gateway.policy.ways import Ways
from gateway.service.acquaintances import Acquaintances
from gateway.service.judge import Setting
from gateway.service.locks import KeyedLocks
from gateway.service.opinions import Opinions
from gateway.service.references import new_reference
from gateway.service.under_way import UnderWay
from gateway.store.keys import Keys
from gateway.workers import NOTHING_SEALED, Examined, LockedMessage, Locking, examine_now, lock_now

# Routes that carry no client's mail have no say in what we advertise.
OUR_OWN_ROUTE = "notices"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Examine(Protocol):
    """Reads and checks a message; `sealed` are the digests of files in it that were locked here a moment ago."""

    def __call__(self, raw: bytes, looks_for: LooksFor, sealed: frozenset[str] = NOTHING_SEALED) -> Awaitable[Examined]: ...


async def examine_in_thread(raw: bytes, looks_for: LooksFor, sealed: frozenset[str] = NOTHING_SEALED) -> Examined:
    """Without the limits of a worker: only for mail that is known to be harmless, as in tests."""
    return await asyncio.to_thread(examine_now, raw, looks_for, sealed)


async def lock_in_thread(raw: bytes, locking: Locking, looks_for: LooksFor) -> LockedMessage:
    """Likewise. Raises CannotLock."""
    return await asyncio.to_thread(lock_now, raw, locking, looks_for)


@dataclass(slots=True)
class Desk:
    """`policy` is replaced as a whole on reload: a message keeps the one it began with."""

    settings: Settings
    policy: Policy
    routes: Mapping[str, NextHop]
    store: Store
    keys: Keys
    examine: Examine
    """By workers, under limits of time and memory."""
    lock: Callable[[bytes, Locking, LooksFor], Awaitable[LockedMessage]] = lock_in_thread
    """Locks a message's files, likewise. Raises CannotLock."""
    clock: Callable[[], datetime] = utc_now
    new_id: Callable[[], str] = new_reference
    kick: Callable[[], None] = lambda: None
    """Tells the courier that something is due."""
    to_protect: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """Ids of holds whose sender asked for PROTECT in the subject: `service.at_once` does it."""
    under_way: UnderWay = field(default_factory=UnderWay)
    """Messages between their content and our reply, so that none is sent twice at the same time."""
    acquaintances: Acquaintances = field(default_factory=Acquaintances)
    opinions: Opinions = field(default_factory=Opinions)
    """What was ruled lately on mail in which nothing was found."""
    groups: KeyedLocks = field(default_factory=KeyedLocks)
    """One slice of a mail at a time, so that the second finds the hold that the first made."""
    ways: Ways = field(init=False)
    _today: Setting = field(init=False)
    _offered: list[Capabilities | None] = field(init=False, default_factory=list)
    _common: Capabilities | None = field(init=False, default=None)
    """What the routes had in common when they offered that."""

    def __post_init__(self) -> None:
        self.use(self.settings)

    def use(self, settings: Settings) -> None:
        """Go by these settings, and what follows from them."""
        self.settings = settings
        self.ways = Ways(settings.routes)
        self._today = Setting.of(settings.routes, self.clock())

    def setting(self) -> Setting:
        """What today's judgements depend on besides policy and message: one value all day, made once."""
        now = self.clock()
        if now.date() != self._today.today:
            self._today = Setting.of(self.settings.routes, now)
        return self._today

    def route(self, name: str) -> NextHop:
        """The route by name; the policy was checked to name only routes that exist."""
        return self.routes[name]

    def capabilities(self) -> Capabilities | None:
        """The intersection over the routes of clients' mail; None while one of them was never seen."""
        seen = [hop.capabilities() for name, hop in self.routes.items() if name != OUR_OWN_ROUTE]
        # Asked for every message; what a route offers stays the same value until its host says something else.
        if seen != self._offered:
            self._offered, self._common = seen, common(seen)
        return self._common


def common(seen: Sequence[Capabilities | None]) -> Capabilities | None:
    """What all of them offer; None while one was never seen."""
    known = [one for one in seen if one is not None]
    return reduce(and_, known) if known and len(known) == len(seen) else None
