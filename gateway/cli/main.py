"""The command `gateway`: one subcommand per file beside this one.

Exit status: 0 done (whatever a verdict says), 1 the answer is "no", 2 wrong use, unknown id, unreadable input.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from gateway import __version__

# A command imports its file only when it is called: `gateway hold list` need not wait for parsers of PDF and mail.
COMMANDS = {
    "serve": "serve",
    "check": "check",
    "policy": "policy",
    "test": "policy_test",
    "explain": "explain",
    "inspect": "inspect",
    "replay": "replay",
    "community": "community",
    "hold": "hold",
    "records": "records",
    "why": "why",
    "words": "words",
    "schema": "schema",
    "status": "status",
    "user": "user",
    "pause": "pause",
    "resume": "resume",
}


def module(name: str) -> ModuleType:
    return import_module(f"gateway.cli.{COMMANDS[name]}")


def parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with these commands; all of them for help and for a word that is none."""
    top = argparse.ArgumentParser(prog="gateway", description="The secure mail gateway for public services.")
    top.add_argument("--version", action="version", version=f"gateway {__version__}")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        module(name).add(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["serve"]:
        # Before the half second that the rest takes to load: a service manager may be quicker.
        from gateway.service.signals import keep_signals

        keep_signals()
    args = parser(words[:1] if words and words[0] in COMMANDS else tuple(COMMANDS)).parse_args(words)
    return carry_out(args)


def carry_out(args: argparse.Namespace) -> int:
    """Run the command; every expected failure becomes a sentence and an exit status."""
    from gateway.cli.common import DONE, NO, WRONG_USE, WrongUse, complain
    from gateway.model.actions import NotPossible, UnknownHold
    from gateway.model.store import StoreUnavailable
    from gateway.policy.problems import PolicyErrors
    from gateway.store import StoreTrouble
    from gateway.store.keys import KeyTrouble

    try:
        return int(module(args.command).run(args))
    except PolicyErrors as invalid:
        for problem in invalid.problems:
            complain(str(problem))
        return NO
    except (WrongUse, UnknownHold) as wrong:
        complain(f"gateway {args.command}: {wrong}")
        return WRONG_USE
    except NotPossible as impossible:
        complain(f"gateway {args.command}: {impossible}")
        return NO
    except (StoreTrouble, KeyTrouble) as trouble:
        complain(f"gateway {args.command}: {trouble}")
        return WRONG_USE
    except StoreUnavailable as trouble:
        complain(f"gateway {args.command}: the store cannot be used: {trouble}")
        return WRONG_USE
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        return DONE
    except OSError as trouble:
        # A port in use, a file that cannot be read: said in the system's words.
        complain(f"gateway {args.command}: {trouble}")
        return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
