"""`gateway resume`: end a pause."""

import argparse
import asyncio
from typing import Any

from gateway.cli.common import DONE, command, emit, say, settings_of, store_of
from gateway.service import pause


def add(subparsers: Any) -> None:
    command(subparsers, "resume", "End a pause.", "gateway resume")


def run(args: argparse.Namespace) -> int:
    async def act() -> None:
        async with store_of(settings_of(args)) as store:
            await pause.resume(store)
            await store.drain()

    asyncio.run(act())
    emit({"paused_until": None}) if args.json else say("Resumed.")
    return DONE
