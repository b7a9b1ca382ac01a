"""`gateway why ID`: the full story of one message."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.cli import register as shown
from gateway.cli.common import DONE, WrongUse, command, emit, say, settings_of, store_of
from gateway.model.records import DisclosureRecord, Event
from gateway.model.store import Store
from gateway.model.stored import HeldMessage, HoldState
from gateway.service import shapes
from gateway.service.register import disclosure, receipt_words
from gateway.service.story import may_name

# A message has a record for each step; ten thousand steps would be one with as many deliveries.
RECORDS_OF_ONE = 10_000
HOLDS_OF_ONE = 100


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "why", "The full story of one message: what was found, ruled, done, by whom.", "gateway why 1H7QX-2M9KD-W4TRB"
    )
    parser.add_argument("id", help="the reference in the notice, the reply, or the hold list")
    parser.add_argument("--words", action="store_true", help="also what people wrote, where it may name somebody")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        held = await store.hold(args.id)
        message = held.message if held else args.id
        records = await store.records(message=message, limit=RECORDS_OF_ONE)
        holds = await store.holds(state=None, message=message, limit=HOLDS_OF_ONE)
        joined = await joined_holds(store, records)
        told = [*records, *await ends_of(store, joined)]
    if not records:
        raise WrongUse(f"nothing is known of {args.id}")
    steps = sorted(told, key=lambda record: (record.entry.at, record.writer, record.seq))
    entry = disclosure(steps, words=args.words)
    if args.json:
        emit(
            {
                "id": message,
                "steps": [{**shapes.record(step), "details": shapes.details(step, words=args.words)} for step in steps],
                "holds": [shown_hold(hold, words=args.words) for hold in (*holds, *joined)],
                "disclosure": entry,
            }
        )
        return DONE
    say(f"Message {message}")
    for line in shown.lines(entry) if entry else ():
        say(line)
    for step in steps:
        for line in story(step, words=args.words):
            say(line)
    for hold in (*holds, *joined):
        if hold.state is HoldState.HELD:
            say(waiting(hold))
    return DONE


def shown_hold(hold: HeldMessage, *, words: bool) -> dict[str, object]:
    """A hold without what somebody wrote that may name a person, unless it is asked for."""
    sealed = not words and may_name(hold.ended_why)
    return {**shapes.hold(hold), **({"ended_why": shapes.SEALED} if sealed else {})}


async def joined_holds(store: Store, records: Sequence[DisclosureRecord]) -> tuple[HeldMessage, ...]:
    """The holds of other messages that recipients of this one wait in: it is a later slice of the same mail."""
    named = {str(id) for record in records for id in listed(record.entry.details, "holds")}
    found = [held for id in sorted(named) if (held := await store.hold(id)) is not None]
    own = {record.entry.message for record in records}
    return tuple(held for held in found if held.message not in own)


async def ends_of(store: Store, joined: Sequence[HeldMessage]) -> list[DisclosureRecord]:
    """What became of these holds, and of what left when they ended."""
    steps: list[DisclosureRecord] = []
    for held in joined:
        everything = await store.records(message=held.message, limit=RECORDS_OF_ONE)
        steps += [record for record in everything if record.entry.event is Event.RESULT or record.entry.details.get("hold") == held.id]
    return steps


def story(step: DisclosureRecord, *, words: bool = False) -> Iterator[str]:
    """One step, in the order in which a person asks."""
    entry, details = step.entry, shapes.details(step, words=words)
    yield f"{entry.at.astimezone():%a %d %b %Y %H:%M:%S}  {entry.event.value}{f' by {entry.actor}' if entry.actor else ''}"
    if step.erased:
        yield "    erased   its time was over; a later record says by which rule"
        return
    for finding in listed(details, "findings"):
        yield f"    found    {finding['shown']} [{finding['reason']}]"
    for ruling in listed(details, "rulings"):
        yield f"    {ruling['verdict'].upper():8} {ruling['recipient']}  ({ruling['row']})"
        for rule, reason, _, says in ruling["because"]:
            yield f"             {says} [{reason}] (rule {rule})"
    if details.get("neutral"):
        yield "    changed  made neutral: an automatic reply leaves without the words that it repeated"
    if entry.event is Event.RECEIPT:
        yield f"    receipt  {', '.join(entry.recipients)}: {receipt_words(entry)}"
    for name in ("outcome", "reply", "why"):
        if details.get(name):
            yield f"    {name:8} {details[name]}"
    if listed(details, "grounds"):
        yield f"    ground   {', '.join(map(str, listed(details, 'grounds')))}"
    if details.get("deadline"):
        yield f"    deadline {details['deadline']}"
    replies = details.get("replies")
    if isinstance(replies, dict):
        for recipient, reply in replies.items():
            yield f"    {recipient}: {details.get('outcome', '')}, {reply}"
    if entry.policy:
        yield f"    policy   {entry.policy}"


def listed(details: dict[str, object], name: str) -> list[Any]:
    value = details.get(name)
    return value if isinstance(value, list) else []


def waiting(hold: HeldMessage) -> str:
    names = ", ".join(recipient.address for recipient in hold.recipients)
    return f"Now: {names} wait(s) for the {hold.waits_for} until {hold.deadline.astimezone():%a %d %b %H:%M} (hold {hold.id})."
