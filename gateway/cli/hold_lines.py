"""Held messages as lines for people and as JSON for scripts."""

import argparse
from datetime import datetime

from gateway.cli.common import emit, say
from gateway.model.actions import NotPossible, Outcome
from gateway.model.stored import HeldMessage
from gateway.service import shapes


def show(held: HeldMessage, args: argparse.Namespace) -> None:
    emit(shapes.hold(held)) if args.json else say(line(held))


def tell(outcome: Outcome, args: argparse.Namespace) -> None:
    if args.json:
        emit({**shapes.hold(outcome.held), "repeated": outcome.repeated})
        return
    held = outcome.held
    before = " before" if outcome.repeated else ""
    say(f"{held.id} was {held.state.value}{before} by {held.ended_by}: {held.ended_why}")


def tell_each(results: tuple[tuple[str, Outcome | NotPossible], ...], args: argparse.Namespace) -> None:
    for id, result in results:
        if isinstance(result, Outcome):
            tell(result, args)
        else:
            emit({"id": id, "not_possible": str(result)}) if args.json else say(str(result))


def line(held: HeldMessage) -> str:
    names = ", ".join(recipient.address for recipient in held.recipients)
    looked_at = f"  ({claim(held)})" if held.claimed_by else ""
    return f"{held.id}  {held.state.value:9}  since {when(held.held_at)}  {held.sender} -> {names}  [{', '.join(held.reasons)}]{looked_at}"


def lines(held: HeldMessage) -> list[str]:
    out = [f"{held.id}  {held.state.value}, waits for the {held.waits_for} until {when(held.deadline)}", f"  from {held.sender}"]
    if held.claimed_by:
        out.append(f"  {claim(held)}")
    for recipient in held.recipients:
        out.append(f"  to   {recipient.address}")
        out.extend(f"       {says} [{reason}]" for _, reason, _, says in recipient.because)
    if held.ended_at is not None:
        out.append(f"  {held.state.value} {when(held.ended_at)} by {held.ended_by}: {held.ended_why}")
    return out


def claim(held: HeldMessage) -> str:
    return f"{held.claimed_by} looks at it until {when(held.claimed_until)}" if held.claimed_until is not None else ""


def when(moment: datetime) -> str:
    return f"{moment.astimezone():%a %d %b %H:%M}"
