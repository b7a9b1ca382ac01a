"""`gateway hold`: the messages that wait for a person."""

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, NO, WrongUse, add_common, command, emit, policy_of, say, settings_of, store_of, who_am_i
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
from gateway.service.selecting import KEYS, Selection, chosen, in_bulk, selection
from gateway.store.keys import load_keys

# Actions that may be done to many at once; each of the others is a decision about one message.
IN_BULK = frozenset(("release", "return"))
# Every hold there is: a queue that is longer than this is an incident of its own.
ALL = 100_000
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
    listing.add_argument("--sender", default="", metavar="TEXT", help="address or domain of the sender, or part of it")
    listing.add_argument("--recipient", default="", metavar="TEXT", help="the same of a recipient")
    listing.add_argument("--reason", default="", metavar="CODE", help="a reason code, such as attachment.unprotected")
    listing.add_argument("--group", default="", metavar="NAME", help="a sender group of the policy")
    listing.add_argument("--organisation", default="", metavar="KEY", help="an organisation of the policy")
    add_common(listing)
    show = actions.add_parser("show", help="One held message and why.")
    show.add_argument("id")
    add_common(show)
    for name, says in ACTIONS.items():
        action = actions.add_parser(name, help=says)
        action.add_argument("id", nargs="?" if name in IN_BULK else None, default="")
        if name in IN_BULK:
            action.add_argument("--filter", nargs="+", default=[], metavar="KEY=VALUE", help=f"all that fit, by {', '.join(KEYS)}")
            action.add_argument("--preview", action="store_true", help="with --filter: only say which")
        action.add_argument("--reason", required=True, metavar="TEXT", help="why; kept in the record")
        action.add_argument("--as", dest="as_name", metavar="NAME", help="who answers for it; default: your login name")
        add_common(action)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    async with store_of(settings) as store:
        if args.action == "list":
            wanted = Selection(args.sender, args.recipient, args.reason, args.group, args.organisation)
            holds = await store.holds(state=None if args.all else HoldState.HELD, limit=ALL)
            for held in holds if wanted.is_empty else chosen(holds, wanted, policy_of(args)):
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
        if args.action in IN_BULK and (args.filter or not args.id):
            return await bulk(desk, args)
        outcome = await protect(desk, args) if args.action == "protect" else await carry_out(Holds(desk), args)
        await store.drain()
    tell(outcome, args)
    return DONE


async def bulk(desk: Desk, args: argparse.Namespace) -> int:
    """The same for every held message that fits the filters; with --preview only which they are. 1 if any was not possible."""
    if args.id or not args.filter:
        raise WrongUse("name one held message, or say which with --filter")
    try:
        wanted = selection(args.filter)
    except ValueError as trouble:
        raise WrongUse(str(trouble)) from trouble
    holds = chosen(await desk.store.holds(limit=ALL), wanted, desk.policy)
    if args.preview:
        for held in holds:
            emit(shapes.hold(held)) if args.json else say(line(held))
        return DONE
    by, why, actions = who_am_i(args), args.reason, Holds(desk)
    act = actions.release if args.action == "release" else actions.return_to_sender
    results = await in_bulk(holds, lambda held: act(held, by=by, why=why))
    await desk.store.drain()
    for id, result in results:
        if isinstance(result, NotPossible):
            emit({"id": id, "not_possible": str(result)}) if args.json else say(str(result))
        else:
            tell(result, args)
    return NO if any(isinstance(result, NotPossible) for _, result in results) else DONE


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
