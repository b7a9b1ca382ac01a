"""`gateway hold`: the messages that wait for a person."""

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, WrongUse, add_common, command, emit, policy_of, say, settings_of, store_of, who_am_i
from gateway.model.actions import NotPossible, Outcome, UnknownHold
from gateway.model.address import parse_mailbox
from gateway.model.judgement import Remedy
from gateway.model.settings import Settings
from gateway.model.store import HeldMessage, HoldState, Store
from gateway.policy import Policy
from gateway.service import shapes
from gateway.service.desk import Desk, examine_in_thread
from gateway.service.holds import Holds
from gateway.service.remedies import Remedies, Wish
from gateway.store.keys import load_keys

ACTIONS = {
    "release": "Send it, and answer for it.",
    "protect": "Lock its files and send it; the sender gets the password.",
    "return": "Do not send it; tell the sender why and what to do.",
    "cancel": "Do not send it; tell nobody.",
}


def add(subparsers: Any) -> None:
    parser = command(
        subparsers, "hold", "The hold queue.", 'gateway hold release 1H7QX-2M9KD-W4TRB --reason "agreed with the school by phone"'
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="What waits, oldest first.")
    listing.add_argument("--all", action="store_true", help="also those that have ended")
    add_common(listing)
    show = actions.add_parser("show", help="One held message and why.")
    show.add_argument("id")
    add_common(show)
    for name, says in ACTIONS.items():
        action = actions.add_parser(name, help=says)
        action.add_argument("id")
        action.add_argument("--reason", required=True, metavar="TEXT", help="why; kept in the record")
        action.add_argument("--as", dest="as_name", metavar="NAME", help="who answers for it; default: your login name")
        add_common(action)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    async with store_of(settings) as store:
        if args.action == "list":
            for held in await store.holds(state=None if args.all else HoldState.HELD):
                emit(shapes.hold(held)) if args.json else say(line(held))
            return DONE
        if args.action == "show":
            held_one = await store.hold(args.id)
            if held_one is None:
                raise UnknownHold(f"there is no held message {args.id}")
            emit(shapes.hold(held_one)) if args.json else say("\n".join(lines(held_one)))
            return DONE
        if not args.reason.strip():
            raise WrongUse("--reason must say why")
        desk = desk_without_doors(settings, policy_of(args), store)
        outcome = await protect(desk, args) if args.action == "protect" else await carry_out(Holds(desk), args)
        await store.drain()
    tell(outcome, args)
    return DONE


def desk_without_doors(settings: Settings, policy: Policy, store: Store) -> Desk:
    """What an action on a hold needs: no routes, for the running gateway delivers."""
    return Desk(settings, policy, {}, store, load_keys(Path(settings.keys)), examine_in_thread)


async def protect(desk: Desk, args: argparse.Namespace) -> Outcome:
    """What the sender can ask for by mail, asked for by a reviewer: the password goes to the sender, who knows whom to phone."""
    held = await desk.store.hold(args.id)
    if held is None:
        raise UnknownHold(f"there is no held message {args.id}")
    if held.state is HoldState.HELD:
        wish = Wish(Remedy.PROTECT, parse_mailbox(held.sender), args.reason, reviewer=who_am_i(args))
        await Remedies(desk).carry_out(held, wish)
        held = await desk.store.hold(args.id) or held
        if held.state is HoldState.HELD:
            raise NotPossible(f"{held.id} could not be protected; its sender was told why. It still waits.")
        return Outcome(held)
    if held.state is not HoldState.PROTECTED:
        raise NotPossible(f"{held.id} was already {held.state.value} by {held.ended_by}. Nothing was changed.")
    return Outcome(held, repeated=True)


async def carry_out(holds: Holds, args: argparse.Namespace) -> Outcome:
    by, why = who_am_i(args), args.reason
    if args.action == "release":
        return await holds.release(args.id, by=by, why=why)
    if args.action == "return":
        return await holds.return_to_sender(args.id, by=by, why=why)
    return await holds.cancel(args.id, by=by, why=why)


def tell(outcome: Outcome, args: argparse.Namespace) -> None:
    if args.json:
        emit({**shapes.hold(outcome.held), "repeated": outcome.repeated})
        return
    held = outcome.held
    before = " before" if outcome.repeated else ""
    say(f"{held.id} was {held.state.value}{before} by {held.ended_by}: {held.ended_why}")


def line(held: HeldMessage) -> str:
    names = ", ".join(recipient.address for recipient in held.recipients)
    return f"{held.id}  {held.state.value:9}  since {when(held.held_at)}  {held.sender} -> {names}  [{', '.join(held.reasons)}]"


def lines(held: HeldMessage) -> list[str]:
    out = [f"{held.id}  {held.state.value}, waits for the {held.waits_for} until {when(held.deadline)}", f"  from {held.sender}"]
    for recipient in held.recipients:
        out.append(f"  to   {recipient.address}")
        out.extend(f"       {says} [{reason}]" for _, reason, _, says in recipient.because)
    if held.ended_at is not None:
        out.append(f"  {held.state.value} {when(held.ended_at)} by {held.ended_by}: {held.ended_why}")
    return out


def when(moment: datetime) -> str:
    return f"{moment.astimezone():%a %d %b %H:%M}"
