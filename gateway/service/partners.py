"""Whether registered partners still look in DNS as they did when they were registered.

Promises: a change is reported, never applied: only people write the registry. "Could not be found out" is its own answer,
never a change. What was seen is kept, so that the next look can tell what is new.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import orjson
import structlog
from dns.exception import DNSException

from gateway.model.store import Store, StoreUnavailable
from gateway.policy import Policy
from gateway.policy.registry import all_partners
from gateway.service.desk import Desk
from gateway.service.lookalikes import candidates, due
from gateway.service.steady import is_due
from gateway.smtp.resolve import Exchangers, NoAnswer, NoDomain

log = structlog.get_logger()

Value = TypeVar("Value")

VERIFY_EVERY = timedelta(days=1)
# How often it is asked whether a day has passed: a gateway that is restarted often still verifies once a day.
CHECK_EVERY_S = 600.0
_VERIFIED = "partners verified"

# Asked at once: a resolver on the same network answers 20 questions in parallel without noticing.
AT_ONCE = 20
SMTP_PORT = 25


class Asks(Protocol):
    """What we ask of DNS (gateway.smtp.resolve.Resolver)."""

    async def exchangers(self, domain: str) -> Exchangers: ...

    async def texts(self, name: str) -> tuple[str, ...]: ...

    async def tlsa(self, host: str, port: int) -> Sequence[object]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What DNS says of one partner; None is "could not be found out"."""

    domain: str
    exists: bool | None = None
    hosts: tuple[str, ...] | None = None
    bridge_hosts: tuple[str, ...] | None = None
    """Where mail for the domain with the suffix goes; () nowhere."""
    mta_sts: bool | None = None
    dane: bool | None = None
    lookalikes: tuple[str, ...] | None = None
    """Domains one slip away that are in DNS; None also on a day on which nobody asked."""

    @property
    def takes_mail(self) -> bool:
        return self.exists is not False and self.hosts != ()


async def look(asks: Asks, domain: str, suffix: str) -> Seen:
    """Ask DNS about one registered domain."""
    exists, hosts = await _exchangers(asks, domain)
    _, bridge_hosts = await _exchangers(asks, domain + suffix)
    records = await _known(asks.texts(f"_mta-sts.{domain}"))
    secured = [await _known(asks.tlsa(host, SMTP_PORT)) for host in hosts or ()]
    return Seen(
        domain,
        exists,
        hosts,
        bridge_hosts,
        mta_sts=None if records is None else any(record.startswith("v=STSv1") for record in records),
        dane=None if hosts is None or None in secured else bool(secured) and all(secured),
    )


async def _exchangers(asks: Asks, domain: str) -> tuple[bool | None, tuple[str, ...] | None]:
    """Whether the domain exists, and its hosts in alphabetical order (their order among equals is random)."""
    try:
        return True, tuple(sorted((await asks.exchangers(domain)).hosts))
    except NoDomain:
        return False, ()
    except NoAnswer:
        return None, None


async def _known(asked: Awaitable[Value]) -> Value | None:
    try:
        return await asked
    except (NoAnswer, NoDomain):
        return None


_WORDS = {
    "exists": "whether the domain exists",
    "hosts": "its mail servers",
    "bridge_hosts": "the mail servers of its address with the suffix",
    "mta_sts": "MTA-STS",
    "dane": "DANE",
    "lookalikes": "domains in DNS that look like it",
}


def changes(before: Seen | None, now: Seen) -> tuple[str, ...]:
    """What is new since the last look, in words; what is not known now or was not known then is no change."""
    if before is None:
        return ()
    found = []
    for name, words in _WORDS.items():
        old, new = getattr(before, name), getattr(now, name)
        if old is not None and new is not None and old != new:
            found.append(f"{words}: {_shown(old)} -> {_shown(new)}")
    return tuple(found)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) and value else "none"


async def look_alikes(asks: Asks, names: Sequence[str], gate: asyncio.Semaphore) -> tuple[str, ...] | None:
    """Which of these are in DNS; None where the resolver did not answer for all of them, so that silence is no change."""

    async def one(name: str) -> bool | None:
        async with gate:
            return (await _exchangers(asks, name))[0]

    found = await asyncio.gather(*map(one, names))
    return None if None in found else tuple(name for name, exists in zip(names, found, strict=True) if exists)


async def verify(policy: Policy, asks: Asks, store: Store, today: date) -> tuple[tuple[Seen, tuple[str, ...]], ...]:
    """Look at every registered domain and for its look-alikes, tell what changed, and keep what was seen."""
    gate = asyncio.Semaphore(AT_ONCE)
    domains = tuple(partner.domain for partner in all_partners(policy.registry))
    turn = due(policy, domains, today)

    async def one(domain: str) -> tuple[Seen, tuple[str, ...]]:
        async with gate:
            now = await look(asks, domain, policy.suffix)
        if domain in turn and now.exists is not None:
            now = replace(now, lookalikes=await look_alikes(asks, candidates(policy, domain), gate))
        before = _read(await store.get(_key(domain)))
        await store.put(_key(domain), _written(before, now))
        return now, changes(before, now)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(domain)) for domain in domains]
    return tuple(task.result() for task in tasks)


def _key(domain: str) -> str:
    return f"partner:{domain}"


def _written(before: Seen | None, now: Seen) -> str:
    """What is kept: the newest known value of each fact, so that a failed look does not hide a change."""
    fresh = {name: value for name, value in asdict(now).items() if value is not None}
    return orjson.dumps({**asdict(before or now), **fresh}).decode()


def _read(text: str | None) -> Seen | None:
    if text is None:
        return None
    kept: dict[str, Any] = orjson.loads(text)
    for name in ("hosts", "bridge_hosts", "lookalikes"):
        if kept.get(name) is not None:
            kept[name] = tuple(kept[name])
    return Seen(**kept)


async def verify_daily(desk: Desk, resolver: Callable[[], Asks]) -> None:
    """Run until cancelled. A gateway whose mail does not leave this machine has no partners to ask about."""
    live = not all(route.is_local for route in desk.settings.routes)
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        if live:
            await verify_if_due(desk, resolver)


async def verify_if_due(desk: Desk, resolver: Callable[[], Asks]) -> bool:
    """Verify the partners if a day has passed since anybody did; what changed is in the log, and nothing is done about it."""
    try:
        due_now = await _begin(desk.store, desk.clock())
        seen = await verify(desk.policy, resolver(), desk.store, desk.clock().date()) if due_now else ()
    except* (StoreUnavailable, OSError, DNSException) as trouble:
        log.error("partners_not_verified", errors=[str(error) for error in trouble.exceptions])
        seen, due_now = (), False
    for partner, changed in seen:
        if changed or not partner.takes_mail:
            log.warning("partner_changed", domain=partner.domain, takes_mail=partner.takes_mail, changes=list(changed))
    return due_now


async def _begin(store: Store, now: datetime) -> bool:
    """Whether it is time; said before the first question, so that of two processes on one store one asks."""
    last = await store.get(_VERIFIED)
    if last and not is_due(datetime.fromisoformat(last), now, VERIFY_EVERY):
        return False
    await store.put(_VERIFIED, now.isoformat())
    return True
