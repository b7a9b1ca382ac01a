"""`gateway records`: the disclosure record: search, show, export, and prove that nobody changed it."""

import argparse
import asyncio
import csv
import re
import sys
from datetime import datetime, timedelta
from typing import Any

from gateway.cli.common import DONE, NO, WrongUse, add_common, command, emit, say, settings_of, store_of
from gateway.model.store import DisclosureRecord, Store
from gateway.service import shapes
from gateway.service.desk import utc_now

# A cell that starts like this is run as a formula by spreadsheet programs (threats J03).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("id", "at", "message", "event", "sender", "recipients", "verdicts", "reasons", "policy", "actor", "prev", "hash")
_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
MANY = 1_000_000


def add(subparsers: Any) -> None:
    parser = command(subparsers, "records", "Disclosure records.", "gateway records search --recipient sam.reid@nhs.net --since 30d")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    search = actions.add_parser("search", help="Find records.")
    export = actions.add_parser("export", help="The same as CSV (or JSON lines with --json).")
    for action in (search, export):
        action.add_argument("--recipient", default="", metavar="ADDRESS")
        action.add_argument("--sender", default="", metavar="ADDRESS")
        action.add_argument("--reason", default="", metavar="CODE")
        action.add_argument("--message", default="", metavar="ID")
        action.add_argument("--since", default="", metavar="7d|DATE")
        action.add_argument("--until", default="", metavar="DATE")
        action.add_argument("--all", action="store_true", help="every step, not one record per message")
        add_common(action)
    show = actions.add_parser("show", help="One record with all it holds.")
    show.add_argument("id", help="of a record or of a message")
    add_common(show)
    add_common(actions.add_parser("verify", help="Prove the chains; exit status 1 when one is broken."))


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        if args.action == "verify":
            return await verify(store, args)
        if args.action == "show":
            return await show(store, args)
        found = await store.records(
            message=args.message,
            recipient=args.recipient.lower(),
            sender=args.sender.lower(),
            reason=args.reason,
            since=moment(args.since),
            until=moment(args.until),
            limit=MANY,
        )
    chosen = found if args.all else shapes.disclosures(found)
    steps = shapes.outcomes(found)
    if args.json:
        for record in chosen:
            emit({**shapes.record(record), "then": steps.get(record.entry.message, [])})
    elif args.action == "export":
        write_csv(chosen)
    else:
        for record in chosen:
            then = steps.get(record.entry.message)
            say(line(record) + (f"  then: {', '.join(then)}" if then and not args.all else ""))
    return DONE


async def verify(store: Store, args: argparse.Namespace) -> int:
    faults = await store.verify()
    if args.json:
        emit({"ok": not faults, "faults": [{"writer": fault.writer, "seq": fault.seq, "words": fault.words} for fault in faults]})
    elif not faults:
        say(f"The chains are whole: {(await store.counts()).records:,} records.")
    else:
        for fault in faults:
            say(f"BROKEN: {fault.words} (chain {fault.writer}, record {fault.seq})")
    return NO if faults else DONE


async def show(store: Store, args: argparse.Namespace) -> int:
    found = await store.records(message=args.id, limit=MANY)
    if not found:
        found = tuple(record for record in await store.records(limit=MANY) if record.id == args.id)
    if not found:
        raise WrongUse(f"there is no record {args.id}")
    for record in found:
        if args.json:
            emit({**shapes.record(record), "details": shapes.details(record)})
            continue
        say(line(record))
        for name, value in shapes.details(record).items():
            say(f"    {name}: {value}")
    return DONE


def moment(text: str) -> datetime | None:
    """'7d', '12h', '30m' ago, or a date."""
    if not text:
        return None
    span = _SPAN.fullmatch(text)
    if span:
        return utc_now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as wrong:
        raise WrongUse(f"'{text}' is neither a span such as 7d nor a date such as 2026-11-22") from wrong


def write_csv(records: tuple[DisclosureRecord, ...]) -> None:
    out = csv.writer(sys.stdout)
    out.writerow(COLUMNS)
    for record in records:
        row = shapes.record(record)
        out.writerow(safe_cell(row[column]) for column in COLUMNS)


def safe_cell(value: object) -> str:
    """Text that no spreadsheet runs as a formula."""
    if isinstance(value, list):
        value = "; ".join(
            f"{item['recipient']} {item['path']} {item['verdict']}" if isinstance(item, dict) else str(item) for item in value
        )
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def line(record: DisclosureRecord) -> str:
    entry = record.entry
    verdicts = "; ".join(f"{recipient} ({path}) {verdict}" for recipient, _, path, verdict in entry.verdicts) or ", ".join(entry.recipients)
    reasons = f"  [{', '.join(entry.reasons)}]" if entry.reasons else ""
    return f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.message}  {entry.event.value}  {entry.sender or '<>'} -> {verdicts}{reasons}"
