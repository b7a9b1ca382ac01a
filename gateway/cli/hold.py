"""`gateway hold`: the messages that wait for a person.

Promises: what is done, who did it and why are durable together; whoever looks at a message or a password is on record first.
On failure nothing has changed: exit status 1 for what is not possible any more, or not for this person, 2 for an unknown message.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.cli import hold_lines
from gateway.cli.common import (
    DONE,
    NO,
    WrongUse,
    action,
    checking_policy,
    command,
    emit,
    policy_of,
    say,
    settings_of,
    store_of,
    who_am_i,
)
from gateway.model.actions import NotPossible, Outcome, UnknownHold
from gateway.model.settings import Settings
from gateway.model.store import Store
from gateway.model.stored import HeldMessage, HoldState
from gateway.policy import Policy
from gateway.service import people, recovery, reviewers, shapes
from gateway.service.desk import Desk
from gateway.service.holds import Holds
from gateway.service.selecting import KEYS, Selection, in_bulk, selection
from gateway.service.warm import kept_patterns
from gateway.store.keys import load_keys
from gateway.workers import Busy, Unavailable, Workers
from gateway.workers.process import Nursery

# Actions that may be done to many at once; each of the others is a decision about one message.
IN_BULK = frozenset(("release", "return"))
LOOKS = {
    "show": "One held message and why.",
    "claim": "Tell the other reviewers that you look at it: for an hour they leave it to you.",
}
# Whoever runs the machine sees every queue; a decision needs a name.
WHO_LOOKS = {
    "show": "refuse what is not in this reviewer's queue; without it, whoever runs this machine looks",
    "claim": "who looks; default: your login name",
}
# Each with what follows the message's id in an example.
ACTIONS = {
    "release": ("Send it, and answer for it; its sender is told.", '--reason "agreed with the school by phone"'),
    "protect": ("Lock its files and send it; the sender gets the password.", '--reason "the panel meets at two"'),
    "return": ("Do not send it; tell the sender why and what to do.", '--reason "the wrong school"'),
    "cancel": ("Do not send it; tell nobody.", '--reason "its sender asked by phone"'),
    "open": (
        "Write the message itself to a file, to decide about it, with a record of who looked and why.",
        '--reason "is the scan legible?" --out message.eml',
    ),
    "password": (
        "Show the password of files that were locked here, with a record of who asked and why.",
        '--reason "its sender lost it"',
    ),
}


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "hold", "The hold queue.", 'gateway hold release 1H7QX-2M9KD-W4TRB --reason "agreed with the school by phone"'
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = action(
        actions, "list", "What waits, oldest first.", "gateway hold list --organisation oakfield --reason attachment.unprotected"
    )
    listing.add_argument("--all", action="store_true", help="also those that have ended")
    listing.add_argument("--sender", default="", metavar="TEXT", help="address or domain of the sender, or part of it")
    listing.add_argument("--recipient", default="", metavar="TEXT", help="the same of a recipient")
    listing.add_argument("--reason", default="", metavar="CODE", help="a reason code, such as attachment.unprotected")
    listing.add_argument("--group", default="", metavar="NAME", help="a sender group of the policy")
    listing.add_argument("--organisation", default="", metavar="KEY", help="an organisation of the policy")
    listing.add_argument("--as", dest="as_name", metavar="NAME", help="only what is in this reviewer's queue")
    for name, says in LOOKS.items():
        look = action(actions, name, says, f"gateway hold {name} 1H7QX-2M9KD-W4TRB --as robin")
        look.add_argument("id")
        look.add_argument("--as", dest="as_name", metavar="NAME", help=WHO_LOOKS[name])
    for name, (says, example) in ACTIONS.items():
        act_on = action(actions, name, says, f"gateway hold {name} 1H7QX-2M9KD-W4TRB {example}")
        act_on.add_argument("id", nargs="?" if name in IN_BULK else None, default="")
        if name in IN_BULK:
            act_on.add_argument("--filter", nargs="+", default=[], metavar="KEY=VALUE", help=f"all that fit, by {', '.join(KEYS)}")
            act_on.add_argument("--preview", action="store_true", help="with --filter: only say which")
        if name == "open":
            act_on.add_argument("--out", required=True, metavar="FILE", help="a new file that only you can read; - for standard output")
        act_on.add_argument("--reason", required=True, metavar="TEXT", help="why; kept in the record")
        act_on.add_argument("--as", dest="as_name", metavar="NAME", help="who answers for it; default: your login name")


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(act(args))
    except (Busy, Unavailable) as trouble:
        raise NotPossible(f"{trouble}; nothing was changed") from trouble


async def act(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    # An action looks at words (a reason, a message): with the patterns that a running gateway keeps it need not make its own.
    policy = policy_of(args) if args.action in ("list", "show", "claim") else checking_policy(args)
    async with store_of(settings) as store, desk_without_doors(settings, policy, store) as desk:
        if args.action == "list":
            return await show_queue(desk, args)
        if args.action == "show":
            return await show_one(desk, args)
        if args.action == "claim":
            await Holds(desk).claim(args.id, by=who_am_i(args))
            await store.drain()
            return await show_one(desk, args)
        if not args.reason.strip():
            raise WrongUse("--reason must say why")
        if args.action == "password":
            return await show_password(desk, args)
        if args.action == "open":
            return await open_message(desk, args)
        if args.action in IN_BULK and (args.filter or not args.id):
            return await bulk(desk, args)
        outcome = await carry_out(Holds(desk), args)
        await store.drain()
    hold_lines.tell(outcome, args)
    return DONE


async def show_queue(desk: Desk, args: argparse.Namespace) -> int:
    """A page at a time: a long queue is shown from its first line on."""
    who = await people.looking(desk.store, args.as_name) if args.as_name else None
    wanted = Selection(args.sender, args.recipient, args.reason, args.group, args.organisation)
    async for page in desk.store.holds_pages(state=None if args.all else HoldState.HELD):
        for held in page:
            if wanted.has(held, desk.policy) and (who is None or reviewers.sees(desk.policy, held, who)):
                hold_lines.show(held, args)
    return DONE


async def show_one(desk: Desk, args: argparse.Namespace) -> int:
    held = await desk.store.hold(args.id)
    if held is None:
        raise UnknownHold(f"there is no held message {args.id}")
    if args.as_name:
        reviewers.refuse_stranger(desk.policy, held, await people.looking(desk.store, args.as_name))
    emit(shapes.hold(held)) if args.json else say("\n".join(hold_lines.lines(held)))
    return DONE


async def show_password(desk: Desk, args: argparse.Namespace) -> int:
    found = await recovery.password(desk, args.id, by=who_am_i(args), why=args.reason)
    await desk.store.drain()
    emit({"id": args.id, "password": found}) if args.json else say(found)
    return DONE


async def open_message(desk: Desk, args: argparse.Namespace) -> int:
    refuse_place(args.out)
    raw = await recovery.content(desk, args.id, by=who_am_i(args), why=args.reason)
    await desk.store.drain()
    if args.out == "-":
        sys.stdout.buffer.write(raw)
    else:
        write_private(args.out, raw)
    return DONE


def refuse_place(path: str) -> None:
    """Asked first: nobody is on record for a message that they could not be given."""
    if path == "-" and sys.stdout.isatty():
        raise WrongUse("a terminal would obey what stands in the message: give a file, or a pipe")
    if path != "-" and Path(path).exists():
        raise WrongUse(f"{path} exists already")


def write_private(path: str, raw: bytes) -> None:
    """Into a new file that only its owner can read."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(raw)


async def bulk(desk: Desk, args: argparse.Namespace) -> int:
    """The same for every held message that fits the filters and is in this person's queue; with --preview only which they are.
    1 if any was not possible."""
    if args.id or not args.filter:
        raise WrongUse("name one held message, or say which with --filter")
    try:
        wanted = selection(args.filter)
    except ValueError as trouble:
        raise WrongUse(str(trouble)) from trouble
    who = await people.deciding(desk.store, who_am_i(args))
    pages = [page async for page in desk.store.holds_pages()]
    holds = [held for page in pages for held in page if wanted.has(held, desk.policy) and reviewers.sees(desk.policy, held, who)]
    if args.preview:
        for held in holds:
            hold_lines.show(held, args)
        return DONE
    results = await all_of(Holds(desk), holds, who, args)
    await desk.store.drain()
    hold_lines.tell_each(results, args)
    return NO if any(isinstance(result, NotPossible) for _, result in results) else DONE


async def all_of(
    actions: Holds, holds: list[HeldMessage], who: people.Actor, args: argparse.Namespace
) -> tuple[tuple[str, Outcome | NotPossible], ...]:
    """Each by itself; who sent several that were let go has one letter about all of them."""
    if args.action == "return":
        return await in_bulk(holds, lambda held: actions.return_to_sender(held, by=who, why=args.reason))
    results = await in_bulk(holds, lambda held: actions.release(held, by=who, why=args.reason, tell=False))
    await actions.tell_released([result.held for _, result in results if isinstance(result, Outcome) and not result.repeated])
    return results


@asynccontextmanager
async def desk_without_doors(settings: Settings, policy: Policy, store: Store) -> AsyncIterator[Desk]:
    """What an action on a hold needs: no routes, for the running gateway delivers. Hostile files meet a worker here too."""
    keys, limits = Path(settings.keys), settings.limits
    nursery = Nursery(str(kept_patterns(keys)))
    workers = Workers(1, limits.check_s, limits.check_memory_bytes, policy.looks_for, nursery)
    workers.open()
    try:
        yield Desk(settings, policy, {}, store, load_keys(keys), workers.examine, workers.lock)
    finally:
        await workers.close()
        process = nursery.end()
        if process is not None:
            process.wait()  # it was killed


async def carry_out(holds: Holds, args: argparse.Namespace) -> Outcome:
    by, why = who_am_i(args), args.reason
    match args.action:
        case "release":
            return await holds.release(args.id, by=by, why=why)
        case "protect":
            return await holds.protect(args.id, by=by, why=why)
        case "return":
            return await holds.return_to_sender(args.id, by=by, why=why)
        case _:
            return await holds.cancel(args.id, by=by, why=why)
