"""`gateway pause`: stop taking and delivering mail for a while; mail waits at the council's server, nothing passes by."""

import argparse
import asyncio
import re
from datetime import timedelta
from typing import Any

from gateway.cli.common import DONE, WrongUse, command, emit, say, settings_of, store_of, who_am_i
from gateway.service import pause
from gateway.service.desk import utc_now

_DURATION = re.compile(r"(\d{1,4})([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "pause", "Answer 421 to new connections and stop deliveries.", 'gateway pause --duration 5m --reason "new certificate"'
    )
    parser.add_argument("--duration", required=True, metavar="5m")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument("--as", dest="as_name", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    given = _DURATION.fullmatch(args.duration)
    if given is None:
        raise WrongUse(f"'{args.duration}' is not a duration such as 30s, 5m or 2h")
    end = utc_now() + timedelta(**{_UNITS[given[2]]: int(given[1])})

    async def act() -> None:
        async with store_of(settings_of(args)) as store:
            await pause.pause(store, end, args.reason, who_am_i(args))
            await store.drain()

    asyncio.run(act())
    emit({"paused_until": end.isoformat()}) if args.json else say(
        f"Paused until {end.astimezone():%H:%M:%S}. 'gateway resume' ends it sooner."
    )
    return DONE
