"""`gateway status`: health for people."""

import argparse
import asyncio
from datetime import datetime
from typing import Any

from gateway.cli.common import DONE, command, emit, say, settings_of, store_of
from gateway.service import health, pause
from gateway.service.desk import utc_now


def add(subparsers: Any) -> None:
    command(subparsers, "status", "Whether the gateway runs, what waits, since when.", "gateway status")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        counts, serving, paused = await store.counts(), await health.serving(store), await pause.until(store)
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
    if counts.unknown_outcomes:
        say(f"{counts.unknown_outcomes} message(s) were under way when the gateway died: ask the next hop whether they arrived.")
    return DONE


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def since(moment: datetime | None) -> str:
    return f" (oldest since {moment.astimezone():%a %d %b %H:%M})" if moment else ""
