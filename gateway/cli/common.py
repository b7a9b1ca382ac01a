"""What every command shares: --json, --settings, the store opened beside a running gateway, and errors said plainly."""

import argparse
import getpass
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn, TypeAlias

import orjson

from gateway.model.settings import Settings
from gateway.model.store import Store
from gateway.policy import Policy
from gateway.service.policies import load_folder
from gateway.service.settings import load_settings
from gateway.store import open_store
from gateway.store.keys import load_keys

# The chain of what people do by command; commands at the same moment get chains beside it from the store.
WRITER = "cli"
DONE = 0
NO = 1
WRONG_USE = 2
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class WrongUse(Exception):
    """The command was called wrongly, or names something that does not exist: exit status 2."""


def command(subparsers: Subparsers, name: str, says: str, example: str) -> argparse.ArgumentParser:
    """A command with its one-line help, an example, and what every command takes."""
    parser = _described(subparsers, name, says, example)
    _add_common(parser, as_json=False, file=os.environ.get("GATEWAY_SETTINGS") or None)
    return parser


def action(actions: Subparsers, name: str, says: str, example: str) -> argparse.ArgumentParser:
    """An action of a command, such as `hold list`, with the same.

    Without defaults of its own: they would undo what stands before its name, and `hold --settings FILE list` would open another store.
    """
    parser = _described(actions, name, says, example)
    _add_common(parser, as_json=argparse.SUPPRESS, file=argparse.SUPPRESS)
    return parser


def _described(subparsers: Subparsers, name: str, says: str, example: str) -> argparse.ArgumentParser:
    return subparsers.add_parser(
        name, help=says, description=says, epilog=f"Example:  {example}", formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _add_common(parser: argparse.ArgumentParser, *, as_json: bool | str, file: str | None) -> None:
    parser.add_argument("--json", action="store_true", default=as_json, help="one JSON object per line on standard output")
    parser.add_argument("--settings", metavar="FILE", default=file, help="settings file")


def settings_of(args: argparse.Namespace) -> Settings:
    try:
        return load_settings(args.settings)
    except OSError as trouble:
        raise WrongUse(f"cannot read settings {args.settings}: {trouble.strerror}") from trouble


def policy_of(args: argparse.Namespace, folder: str | None = None) -> Policy:
    """The policy in `folder`, else the one of the settings."""
    return load_folder(Path(folder) if folder else Path(settings_of(args).policy))


def checking_policy(args: argparse.Namespace, folder: str | None = None) -> Policy:
    """The policy with its patterns ready, from the ones that a running gateway keeps where there are any."""
    from gateway.service.warm import warm_up

    policy = policy_of(args, folder)
    warm_up(Path(settings_of(args).keys), policy.looks_for)
    return policy


@asynccontextmanager
async def store_of(settings: Settings) -> AsyncIterator[Store]:
    """The store, beside a running gateway or without one; this process writes a chain of its own."""
    keys = load_keys(Path(settings.keys))
    store = await open_store(settings.store, keys, WRITER)
    try:
        yield store
    finally:
        await store.close()


def emit(value: object) -> None:
    """One JSON object on one line."""
    try:
        line = orjson.dumps(value).decode()
    except TypeError:
        # A file name that is not UTF-8 came with half a character in it.
        line = json.dumps(value)
    sys.stdout.write(line + "\n")


def say(text: str = "") -> None:
    print(harmless(text))


def complain(text: str) -> None:
    print(harmless(text), file=sys.stderr)


def harmless(text: str) -> str:
    """Without characters that a terminal obeys: file names and subjects of hostile mail are shown here (threats J03)."""
    return "".join(ch if ch.isprintable() or ch == "\n" else "?" for ch in text).encode("utf-8", "replace").decode()


def who_am_i(args: argparse.Namespace) -> str:
    """Who answers for an action: --as NAME, else the login name."""
    return args.as_name or getpass.getuser()


def fail(words: str) -> NoReturn:
    raise WrongUse(words)
