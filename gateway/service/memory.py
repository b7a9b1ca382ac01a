"""What next hops offered when last seen, kept across restarts, so that a restart while one is down still advertises the truth."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

import structlog

from gateway.model.settings import RouteSettings
from gateway.model.smtp import Capabilities, NextHop
from gateway.model.store import Store, StoreUnavailable

log = structlog.get_logger()

# How soon a next hop that was never seen is asked again: until then clients get 421 and wait.
PROBE_EVERY_S = 5.0


class Memory:
    """Capabilities per route and host; changes are written behind, a lost one is learned again."""

    def __init__(self, store: Store, known: Mapping[str, Mapping[str, Capabilities]]) -> None:
        self._store = store
        self._known = {route: dict(hosts) for route, hosts in known.items()}
        self._writing: set[asyncio.Task[None]] = set()

    @classmethod
    async def of(cls, store: Store, routes: Iterable[RouteSettings]) -> "Memory":
        known = {}
        for route in routes:
            text = await store.get(_fact(route.name))
            known[route.name] = {host: Capabilities(**fields) for host, fields in json.loads(text).items()} if text else {}
        return cls(store, known)

    def of_route(self, name: str) -> Mapping[str, Capabilities]:
        return self._known.get(name, {})

    def remember(self, name: str) -> Callable[[str, Capabilities], None]:
        """What a route calls when a host offers something new."""

        def learned(host: str, offered: Capabilities) -> None:
            self._known.setdefault(name, {})[host] = offered
            task = asyncio.get_running_loop().create_task(self._write(name))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

        return learned

    async def _write(self, name: str) -> None:
        fact = json.dumps({host: asdict(offered) for host, offered in self._known[name].items()})
        try:
            await self._store.put(_fact(name), fact)
        except StoreUnavailable:
            log.warning("not_remembered", route=name)


def _fact(route: str) -> str:
    return f"offered by {route}"


async def probe_unseen(routes: Mapping[str, NextHop]) -> None:
    """Ask every relay route once, then those never seen again and again: the listener answers 421 until all are known."""
    asked: set[str] = set()
    while True:
        for name, hop in routes.items():
            probe = getattr(hop, "probe", None)
            if probe is not None and (name not in asked or hop.capabilities() is None):
                await probe()
                asked.add(name)
        await asyncio.sleep(PROBE_EVERY_S)
