"""`gateway status`: health for people."""

import argparse
import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from gateway.cli.common import DONE, command, emit, say, settings_of, store_of
from gateway.model.records import Entry, Event
from gateway.model.store import Store
from gateway.service import health, pause
from gateway.service.desk import utc_now

FALSE_ALARM_DAYS = 30
MANY = 100_000


def add(subparsers: Any) -> None:
    command(subparsers, "status", "Whether the gateway runs, what waits, since when.", "gateway status")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        counts, serving, paused = await store.counts(), await health.serving(store), await pause.until(store)
        wrong, incidents = await false_alarms(store), await open_incidents(store)
    now = utc_now()
    alive = serving is not None and serving.is_alive(now)
    is_paused = paused is not None and paused > now
    if args.json:
        emit(
            {
                "running": alive,
                "paused_until": paused.isoformat() if paused and is_paused else None,
                "mode": serving.mode if serving else None,
                "table": serving.table if serving else None,
                "policy": serving.policy if serving else None,
                "held": counts.held,
                "oldest_held_at": iso(counts.oldest_held_at),
                "queued": counts.queued,
                "oldest_queued_at": iso(counts.oldest_queued_at),
                "records": counts.records,
                "unknown_outcomes": counts.unknown_outcomes,
                "set_aside": counts.set_aside,
                "false_alarms": wrong,
                "open_incidents": [{"message": entry.message, "deadline": entry.details.get("deadline")} for entry in incidents],
            }
        )
        return DONE
    say("The gateway is running." if alive else "The gateway is not running.")
    if paused and is_paused:
        say(f"It is paused until {paused.astimezone():%H:%M}.")
    if serving:
        say(f"Table {serving.table}, mode {serving.mode}, policy {serving.policy}.")
    waiting = f"{counts.held} held{since(counts.oldest_held_at)}, {counts.queued} on their way{since(counts.oldest_queued_at)}"
    say(f"{waiting}, {counts.records} records.")
    for entry in incidents:
        say(f"Incident {entry.message} is open: 72 hours end {entry.details.get('deadline')}.")
    for rule, count in wrong.items():
        say(f"False alarms of rule {rule} in the last {FALSE_ALARM_DAYS} days: {count}.")
    if counts.unknown_outcomes:
        say(f"{counts.unknown_outcomes} message(s) were under way when the gateway died: ask the next hop whether they arrived.")
    if counts.set_aside:
        say(f"{counts.set_aside} queued message(s) could not be read and are set aside: row_set_aside in the log names each.")
    return DONE


async def false_alarms(store: Store) -> dict[str, int]:
    """How many held messages somebody called a false alarm, by the rules that held them; most first."""
    said = await store.records(events=(Event.WRONG,), since=utc_now() - timedelta(days=FALSE_ALARM_DAYS), limit=MANY)
    rules = {str(record.entry.details.get("hold")): record.entry.details.get("rules") for record in said}
    return dict(Counter(str(rule) for named in rules.values() if isinstance(named, list) for rule in named).most_common())


async def open_incidents(store: Store) -> list[Entry]:
    """Incidents that nobody has closed, the oldest first."""
    entries = [record.entry for record in await store.records(events=(Event.INCIDENT, Event.CLOSED), limit=MANY)]
    closed = {entry.message for entry in entries if entry.event is Event.CLOSED}
    return [entry for entry in entries if entry.event is Event.INCIDENT and entry.message not in closed]


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def since(moment: datetime | None) -> str:
    return f" (oldest since {moment.astimezone():%a %d %b %H:%M})" if moment else ""
