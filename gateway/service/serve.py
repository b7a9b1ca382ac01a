"""`gateway serve`: opens everything in order, runs until told to stop, and closes in the opposite order.

Promises: nothing is accepted before policy, store and routes are ready; SIGTERM drains (service.drain). What changes while it runs
(the policy, certificates) is in service.reload.
On failure: an invalid policy at start is exit status 1.
"""

import asyncio
import gc
import os
import platform
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from gateway.model.settings import RouteSettings, Settings
from gateway.model.store import StoreUnavailable
from gateway.policy import Policy
from gateway.service import health, metrics, pause, retention, story
from gateway.service.at_once import protect_at_once
from gateway.service.courier import Courier
from gateway.service.cut_off import Run
from gateway.service.desk import Desk
from gateway.service.drain import drain
from gateway.service.holds import Holds
from gateway.service.incidents import IncidentReminders
from gateway.service.memory import Memory, probe_unseen
from gateway.service.partners import verify_daily
from gateway.service.reload import keep_policy, record_policy
from gateway.service.reminders import Reminders
from gateway.service.reviews import Reviews
from gateway.service.signals import Asked
from gateway.service.steady import is_due
from gateway.service.systemd import feed_watchdog, notify_systemd, take_sockets, watchdog_s
from gateway.service.transaction import Door
from gateway.service.warm import kept_patterns, warm_up
from gateway.smtp import make_route
from gateway.smtp.listener import Listener
from gateway.smtp.resolve import Resolver
from gateway.store import open_store
from gateway.store.keys import load_keys
from gateway.workers import Workers
from gateway.workers.process import Nursery

log = structlog.get_logger()

# The name of this process's chain of records; a second process beside it gets a number from the store.
WRITER = "serve"
HOUSEKEEPING_S = 1.0
ERASE_EVERY = timedelta(hours=1)
# The signed heads of the chains are on disk: what was put back by more than this shows (one sync of a small file).
SYNC_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Running:
    """A gateway that is open for business."""

    desk: Desk
    door: Door
    listener: Listener
    courier: Courier
    holds: Holds
    run: Run


@asynccontextmanager
async def running(settings: Settings, policy: Policy, sockets: Sequence[socket.socket | None] | None = None) -> AsyncIterator[Running]:
    """Everything open, in the order in which it depends on each other; closed in the opposite order."""
    async with AsyncExitStack() as stack:
        keys = load_keys(Path(settings.keys))
        limits = settings.limits
        warm_up(Path(settings.keys), policy.looks_for)
        nursery = Nursery(str(kept_patterns(Path(settings.keys))))
        stack.callback(nursery.end)
        workers = Workers(settings.workers, limits.check_s, limits.check_memory_bytes, policy.looks_for, nursery)
        # They load their libraries while everything else opens.
        workers.begin()
        stack.push_async_callback(workers.close)
        store = await open_store(settings.store, keys, WRITER)
        stack.push_async_callback(store.close)
        memory = await Memory.of(store, settings.routes)
        routes = {
            route.name: make_route(
                route,
                settings.hostname,
                limits,
                dns=settings.dns,
                shelf=store,
                initial=memory.of_route(route.name),
                remember=memory.remember(route.name),
            )
            for route in settings.routes
        }
        for route in routes.values():
            stack.push_async_callback(route.close)
        desk = Desk(settings, policy, routes, store, keys, workers.examine, workers.lock)
        courier = Courier(desk)
        desk.kick = courier.kick
        door = Door(desk)
        listener = Listener(settings.listen, door, settings.hostname, limits, sockets=sockets)
        await record_policy(desk)
        if store.writer != WRITER:
            # Not an error: leases and chains keep two apart. But nobody should wonder where half of the mail went.
            log.warning("chain_taken", wanted=WRITER, writer=store.writer)
        await report_unknown(desk)
        run = Run(desk, store.writer)
        await run.begin()
        stack.push_async_callback(run.end)
        await listener.start()
        stack.push_async_callback(listener.stop, limits.drain_s)
        await workers.ready()
        if not workers.are_confined:
            log.warning("workers_unconfined", machine=platform.machine())
        yield Running(desk, door, listener, courier, Holds(desk), run)


async def report_unknown(desk: Desk) -> None:
    """Messages that were under way when the last process died: they may or may not have arrived; we never send them again."""
    for record in await desk.store.unknown_outcomes():
        log.warning("outcome_unknown", id=record.entry.message, at=record.entry.at.isoformat())
        await desk.store.record(story.never_known(record.entry, desk.clock()))


async def serve(settings: Settings, policy: Policy, announce: bool = True) -> None:
    """Run until SIGTERM or SIGINT."""
    asked = Asked()
    asked.listen()
    sockets = take_sockets(settings)
    async with running(settings, policy, sockets.smtp) as gateway, console(gateway, asked, sockets.console):
        if announce:
            print_where(settings, policy)
        # What was loaded stays: looking through it for garbage again and again costs 2 % of the CPU under load (measured).
        gc.freeze()
        log.info("started", policy=policy.digest, mode=policy.mode.value, pid=os.getpid())
        notify_systemd("READY=1")
        courier = asyncio.Task(gateway.courier.run())
        tasks = [courier, *map(asyncio.Task, (*chores(gateway, asked.reload), asked.stop.wait()))]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        # Also when a task has failed: readiness ends before the listener does.
        asked.stop.set()
        notify_systemd("STOPPING=1")
        log.info("stopping")
        await drain(gateway.listener, gateway.courier, courier, asked.hurry, settings.limits.drain_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if not task.cancelled() and task.exception() is not None:
                raise task.exception() or RuntimeError
    log.info("stopped")


@asynccontextmanager
async def console(gateway: Running, asked: Asked, held: socket.socket | None) -> AsyncIterator[None]:
    # Its framework takes 0.3 s of CPU to load: beside the listener, which answers meanwhile.
    http = await asyncio.to_thread(import_module, "gateway.console.http")
    settings = gateway.desk.settings
    vital = health.Health(gateway.desk, asked.stop.is_set)
    async with http.Console(settings.console_address, settings.console_port, vital, metrics.render, held):
        yield


def chores(gateway: Running, reload: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
    """What goes on beside the mail for as long as we run."""
    desk = gateway.desk
    found = [
        keep_house(gateway),
        keep_policy(desk, reload, gateway.listener.reload_certificates),
        verify_daily(desk, lambda: Resolver(desk.settings.dns)),
        probe_unseen(desk.routes),
        protect_at_once(desk),
    ]
    if within_s := watchdog_s():
        found.append(feed_watchdog(desk.store, within_s))
    return found


async def keep_house(gateway: Running) -> None:
    """Pause, expiry of holds, deletion of content."""
    desk = gateway.desk
    synced_at = desk.clock()
    erased_at: datetime | None = None
    steady, reminders, reviews = gateway.courier.steady, Reminders(desk), Reviews(desk)
    incident_reminders = IncidentReminders(desk)
    while True:
        try:
            gateway.door.paused_until = gateway.courier.paused_until = await pause.until(desk.store)
            await gateway.run.goes_on()
            if not steady.is_doubtful:
                await gateway.holds.expire()
            await reminders.send()
            await incident_reminders.send()
            await reviews.send()
            if is_due(synced_at, desk.clock(), SYNC_EVERY):
                synced_at = desk.clock()
                await desk.store.drain()
            if is_due(erased_at, desk.clock(), ERASE_EVERY) and not steady.is_doubtful:
                erased_at = desk.clock()
                await retention.erase(desk, erased_at)
            await health.heartbeat(desk)
        except StoreUnavailable:
            log.error("store_unavailable", by="housekeeping")
        except Exception as trouble:  # One chore that fails must not end the gateway; the next second tries again.
            log.error("housekeeping_crashed", error=type(trouble).__name__)
        await asyncio.sleep(HOUSEKEEPING_S)


def where(route: RouteSettings) -> str:
    if route.outbox:
        return f"outbox {route.outbox}"
    return "by MX" if route.mx else ", ".join(map(str, route.relay))


def print_where(settings: Settings, policy: Policy) -> None:
    """Where things are, for the person who started it, and one line to try."""
    point = settings.listen[0]
    lines = [
        f"The secure mail gateway is running: table {policy.table.name}, {policy.mode.value}.",
        f"  SMTP      {point.address}:{point.port}",
        f"  console   http://{settings.console_address}:{settings.console_port}",
        f"  store     {settings.store}",
        f"  policy    {settings.policy}",
        *(f"  route     {route.name} -> {where(route)}" for route in settings.routes),
        "Try:  printf 'From: jo.bell@borough.gov.uk\\r\\nTo: sam.reid@nhs.net\\r\\nSubject: Hello\\r\\n\\r\\nHello\\r\\n' | \\",
        f"      curl -s smtp://{point.address}:{point.port} --mail-from jo.bell@borough.gov.uk --mail-rcpt sam.reid@nhs.net -T -",
        "Ctrl-C drains and stops.",
    ]
    with suppress(OSError):  # Its reader may be gone, or its disk full: mail is more important than a greeting.
        print("\n".join(lines), flush=True)  # noqa: T201 - the greeting of a program that a person starts
