"""`gateway why ID`: the full story of one message."""

import argparse
import asyncio
from collections.abc import Iterator
from typing import Any

from gateway.cli.common import DONE, WrongUse, command, emit, say, settings_of, store_of
from gateway.model.store import DisclosureRecord, HeldMessage, HoldState
from gateway.service import shapes


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "why", "The full story of one message: what was found, ruled, done, by whom.", "gateway why 1H7QX-2M9KD-W4TRB"
    )
    parser.add_argument("id", help="the reference in the notice, the reply, or the hold list")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        held = await store.hold(args.id)
        message = held.message if held else args.id
        records = await store.records(message=message, limit=10_000)
        holds = tuple(hold for hold in await store.holds(state=None, limit=100_000) if hold.message == message)
    if not records:
        raise WrongUse(f"nothing is known of {args.id}")
    steps = sorted(records, key=lambda record: (record.entry.at, record.writer, record.seq))
    if args.json:
        emit(
            {
                "id": message,
                "steps": [{**shapes.record(step), "details": shapes.details(step)} for step in steps],
                "holds": list(map(shapes.hold, holds)),
            }
        )
        return DONE
    say(f"Message {message}")
    for step in steps:
        for line in story(step):
            say(line)
    for hold in holds:
        if hold.state is HoldState.HELD:
            say(waiting(hold))
    return DONE


def story(step: DisclosureRecord) -> Iterator[str]:
    """One step, in the order in which a person asks."""
    entry, details = step.entry, shapes.details(step)
    yield f"{entry.at.astimezone():%a %d %b %Y %H:%M:%S}  {entry.event.value}{f' by {entry.actor}' if entry.actor else ''}"
    for finding in listed(details, "findings"):
        yield f"    found    {finding['shown']} [{finding['reason']}]"
    for ruling in listed(details, "rulings"):
        yield f"    {ruling['verdict'].upper():8} {ruling['recipient']}  ({ruling['row']})"
        for rule, reason, _, says in ruling["because"]:
            yield f"             {says} [{reason}] (rule {rule})"
    for name in ("outcome", "reply", "why"):
        if details.get(name):
            yield f"    {name:8} {details[name]}"
    replies = details.get("replies")
    if isinstance(replies, dict):
        for recipient, reply in replies.items():
            yield f"    {recipient}: {details.get('outcome', '')}, {reply}"
    if entry.policy:
        yield f"    policy   {entry.policy}"


def listed(details: dict[str, object], name: str) -> list[dict[str, Any]]:
    value = details.get(name)
    return value if isinstance(value, list) else []


def waiting(hold: HeldMessage) -> str:
    names = ", ".join(recipient.address for recipient in hold.recipients)
    return f"Now: {names} wait(s) for the {hold.waits_for} until {hold.deadline.astimezone():%a %d %b %H:%M} (hold {hold.id})."
