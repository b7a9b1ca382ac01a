"""`gateway records`: the register of disclosures: search, show, export, close an incident, and prove that nobody changed it.

Promises: reads only, but for closing an incident; words that may name somebody are shown with --words only.
On failure: exit status 1 for a broken chain, 2 for a record that does not exist or a filter that makes no sense.
"""

import argparse
import asyncio
import csv
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.cli import register as shown
from gateway.cli.common import DONE, NO, WrongUse, action, command, emit, say, settings_of, store_of, who_am_i
from gateway.model.actions import NotPossible
from gateway.model.data_subject import DataSubject, asked_for
from gateway.model.records import ChainFault, DisclosureRecord, Event
from gateway.model.store import Store
from gateway.service import people, shapes, story
from gateway.service.desk import utc_now
from gateway.service.register import Disclosure, by_message, disclosure

COLUMNS = ("id", "at", "message", "event", "sender", "recipients", "verdicts", "reasons", "policy", "actor", "prev", "hash")
_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
MANY = 1_000_000
Steps = Mapping[str, Sequence[DisclosureRecord]]


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "records", "The register of disclosures.", "gateway records search --recipient sam.reid@nhs.net --since 30d"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    search = action(actions, "search", "Find records.", 'gateway records search --subject "Kayleigh Thompson 12/03/2014" --since 365d')
    export = action(
        actions, "export", "The same as CSV (or JSON lines with --json).", "gateway records export --since 2026-01-01 > register.csv"
    )
    for finding in (search, export):
        finding.add_argument("--address", default="", metavar="ADDRESS", help="of a sender or a recipient")
        finding.add_argument("--recipient", default="", metavar="ADDRESS")
        finding.add_argument("--sender", default="", metavar="ADDRESS")
        finding.add_argument("--subject", default="", metavar="PERSON", help="whom it is about: '943 476 5919', 'Ada King 5/6/2013'")
        finding.add_argument("--reason", default="", metavar="CODE")
        finding.add_argument("--message", default="", metavar="ID", help="the reference")
        finding.add_argument("--since", default="", metavar="7d|DATE")
        finding.add_argument("--until", default="", metavar="DATE")
        finding.add_argument("--incidents", action="store_true", help="only what was reported to have gone to the wrong person")
        finding.add_argument("--all", action="store_true", help="every step, not one record per message")
        _add_words(finding)
    show = action(actions, "show", "One entry with all it holds.", "gateway records show 1H7QX-2M9KD-W4TRB")
    show.add_argument("id", help="of a record or of a message")
    _add_words(show)
    close = action(
        actions,
        "close",
        "An incident was dealt with: record what came of it.",
        'gateway records close 1H7QX-2M9KD-W4TRB --outcome "deleted unread, confirmed by telephone"',
    )
    close.add_argument("id", help="the reference of the message")
    close.add_argument("--outcome", required=True, metavar="TEXT", help="what was found and done; whether it was reported")
    close.add_argument("--as", dest="as_name", default="", metavar="NAME", help="who answers for it (default: your login name)")
    action(actions, "verify", "Prove the chains; exit status 1 when one is broken.", "gateway records verify")


def _add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--words", action="store_true", help="also what people wrote, where it may name somebody")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    actions = {"verify": verify, "show": show, "close": close, "search": search, "export": search}
    async with store_of(settings_of(args)) as store:
        return await actions[args.action](store, args)


async def search(store: Store, args: argparse.Namespace) -> int:
    found = await store.records(
        message=args.message,
        recipient=args.recipient.lower(),
        sender=args.sender.lower(),
        address=args.address.lower(),
        reason=args.reason,
        about=about(args.subject),
        events=(Event.INCIDENT,) if args.incidents else (),
        since=moment(args.since),
        until=moment(args.until),
        whole=not args.all,
        limit=MANY,
    )
    steps = by_message(found)
    chosen = found if args.all else shapes.disclosures(found)
    if args.action == "export" and not args.json:
        write_csv(chosen, steps, words=args.words)
        return DONE
    then = shapes.outcomes(found)
    for record in chosen:
        entry = entry_of(record, steps, words=args.words)
        if args.json:
            emit({**shapes.record(record), "then": then.get(record.entry.message, []), "disclosure": entry})
            continue
        after = then.get(record.entry.message)
        say(line(record) + (f"  then: {', '.join(after)}" if after and not args.all else ""))
        for text in () if entry is None else shown.labelled("  Incident", map(shown.incident, entry.incidents)):
            say(text)
    return DONE


def about(text: str) -> tuple[DataSubject, ...]:
    """The person that is meant; a name alone is nobody's."""
    people = asked_for(text) if text else ()
    if text and not people:
        raise WrongUse("give a number ('943 476 5919', 'AB123456C', a UPN ...) or a name with a date of birth ('Ada King 5/6/2013')")
    return people


def entry_of(record: DisclosureRecord, steps: Steps, *, words: bool) -> Disclosure | None:
    """The entry of the register that begins with this record."""
    is_first = record.entry.event in shapes.DISCLOSING
    return disclosure(steps.get(record.entry.message, ()), words=words) if is_first else None


async def verify(store: Store, args: argparse.Namespace) -> int:
    faults = await store.verify()
    if args.json:
        emit({"ok": not faults, "faults": [{"writer": fault.writer, "seq": fault.seq, "words": fault.words} for fault in faults]})
    elif not faults:
        say(f"The chains are whole: {(await store.counts()).records:,} records.")
    else:
        for fault in faults:
            say(broken(fault))
    return NO if faults else DONE


def broken(fault: ChainFault) -> str:
    where = f" (chain {fault.writer}, record {fault.seq})" if fault.writer else ""
    return f"BROKEN: {fault.words}{where}"


async def show(store: Store, args: argparse.Namespace) -> int:
    found = await store.records(message=args.id, limit=MANY)
    if not found:
        record = await store.record_of(args.id)
        if record is None:
            raise WrongUse(f"there is no record {args.id}")
        found = (record,)
    one = found[0].entry.message
    entry = disclosure(found if len(found) > 1 or not one else await store.records(message=one, limit=MANY), words=args.words)
    if args.json:
        for record in found:
            is_first = entry is not None and record.entry.event in shapes.DISCLOSING
            emit(
                {
                    **shapes.record(record),
                    "details": shapes.details(record, words=args.words),
                    **({"disclosure": entry} if is_first else {}),
                }
            )
        return DONE
    for text in shown.lines(entry) if entry else ():
        say(text)
    say()
    for record in found:
        say(line(record))
        for name, value in shapes.details(record, words=args.words).items():
            say(f"    {name}: {value}")
    return DONE


async def close(store: Store, args: argparse.Namespace) -> int:
    """Once: a second closing says who was first, and changes nothing. Where there are accounts, those of its organisation decide."""
    who = await people.deciding(store, who_am_i(args))
    found = [record.entry for record in await store.records(message=args.id, limit=MANY)]
    incident = next((entry for entry in found if entry.event is Event.INCIDENT), None)
    if incident is None:
        raise WrongUse(f"{args.id} was not reported as an incident")
    if who.account is not None and who.account.organisation not in ("", incident.organisation):
        raise NotPossible(f"{who.name} does not act for {incident.organisation}. Nothing was changed.")
    earlier = next((entry for entry in found if entry.event is Event.CLOSED), None)
    if earlier is None:
        await store.record(story.closed(incident, utc_now(), who.name, args.outcome))
    by = earlier.actor if earlier else who.name
    if args.json:
        emit({"message": args.id, "closed": True, "by": by, "repeated": earlier is not None})
    else:
        say(f"The incident {args.id} was already closed by {by}. Nothing was changed." if earlier else f"The incident {args.id} is closed.")
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


def write_csv(records: Sequence[DisclosureRecord], steps: Steps, *, words: bool) -> None:
    out = csv.writer(sys.stdout)
    out.writerow((*COLUMNS, *shown.COLUMNS))
    for record in records:
        row = {**shapes.record(record), **shown.cells(entry_of(record, steps, words=words))}
        out.writerow(shown.safe_cell(row[column]) for column in (*COLUMNS, *shown.COLUMNS))


def line(record: DisclosureRecord) -> str:
    entry = record.entry
    if record.erased:
        return f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.message}  {entry.event.value}  (erased: its time was over)"
    verdicts = "; ".join(f"{recipient} ({path}) {verdict}" for recipient, _, path, verdict in entry.verdicts) or ", ".join(entry.recipients)
    reasons = f"  [{', '.join(entry.reasons)}]" if entry.reasons else ""
    return f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.message}  {entry.event.value}  {entry.sender or '<>'} -> {verdicts}{reasons}"
