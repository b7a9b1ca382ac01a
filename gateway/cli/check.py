"""`gateway check`: everything wrong or doubtful about a policy, each with its place and how to mend it."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, NO, command, emit, say, settings_of, store_of
from gateway.model.settings import Settings
from gateway.policy import PolicyErrors, Problem, Severity, load, warnings
from gateway.service.desk import utc_now
from gateway.service.fit import misfits
from gateway.service.loud import has_store, loud_senders
from gateway.service.policies import read_folder


def add(subparsers: Any) -> None:
    parser = command(subparsers, "check", "Check a policy: errors, and what is probably not meant.", "gateway check policies/")
    parser.add_argument("folder", nargs="?", metavar="POLICY_DIR", help="default: the policy of the settings")


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    folder = args.folder or settings.policy
    problems = found_in(Path(folder), args)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    for problem in problems:
        if args.json:
            emit(as_json(problem))
        else:
            say(str(problem))
    if not args.json:
        say(f"{folder}: {count(errors, 'error')}, {count(len(problems) - errors, 'warning')}")
    return NO if errors else DONE


def found_in(folder: Path, args: argparse.Namespace) -> tuple[Problem, ...]:
    """Errors of the files; where there are none, what does not fit the settings, and warnings."""
    try:
        policy = load(read_folder(folder))
    except PolicyErrors as invalid:
        return invalid.problems
    settings = settings_of(args)
    return (*misfits(policy, settings), *warnings(policy, utc_now().date()), *asyncio.run(seen(settings)))


async def seen(settings: Settings) -> tuple[Problem, ...]:
    """What the records of the last days warn of, where there are any."""
    if not has_store(settings.store):
        return ()
    async with store_of(settings) as store:
        return await loud_senders(store, utc_now())


def as_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity.value,
        "code": problem.code,
        "words": problem.words,
        "remedy": problem.remedy,
    }


def count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
