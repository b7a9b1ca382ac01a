"""`gateway serve`: run the gateway until SIGTERM or Ctrl-C."""

import argparse
import asyncio
from typing import Any

import uvloop

from gateway.cli.common import DONE, command, complain, settings_of
from gateway.cli.logs import configure_logs
from gateway.policy.problems import Severity
from gateway.service.fit import misfits
from gateway.service.reload import load_policy
from gateway.service.serve import serve


def add(subparsers: Any) -> None:
    command(
        subparsers,
        "serve",
        "Run the gateway. SIGTERM drains, SIGHUP reloads policy and certificates.",
        "gateway serve --settings gateway.yaml",
    )


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    policy = load_policy(settings)
    for problem in misfits(policy, settings):
        if problem.severity is not Severity.ERROR:
            complain(str(problem))
    configure_logs()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, policy))
    return DONE
