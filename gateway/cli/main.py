"""The command `gateway`: one subcommand per file beside this one.

Exit status: 0 done (whatever a verdict says), 1 the answer is "no", 2 wrong use, unknown id, unreadable input.
"""

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

from gateway import __version__
from gateway.cli import check, community, explain, hold, inspect, pause, policy_test, records, resume, schema, serve, status, why
from gateway.cli.common import DONE, NO, WRONG_USE, WrongUse, complain
from gateway.model.actions import NotPossible, UnknownHold
from gateway.model.store import StoreUnavailable
from gateway.policy.problems import PolicyErrors

COMMANDS: dict[str, ModuleType] = {
    "serve": serve,
    "check": check,
    "test": policy_test,
    "explain": explain,
    "inspect": inspect,
    "community": community,
    "hold": hold,
    "records": records,
    "why": why,
    "schema": schema,
    "status": status,
    "pause": pause,
    "resume": resume,
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="gateway", description="The secure mail gateway for public services.")
    top.add_argument("--version", action="version", version=f"gateway {__version__}")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS.values():
        module.add(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        return int(COMMANDS[args.command].run(args))
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
    except StoreUnavailable as trouble:
        complain(f"gateway {args.command}: the store cannot be used: {trouble}")
        return WRONG_USE
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        return DONE


if __name__ == "__main__":
    sys.exit(main())
