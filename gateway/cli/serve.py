"""`gateway serve`: run the gateway until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import sys
from typing import Any

import structlog
import uvloop

from gateway.cli.common import DONE, command, complain, settings_of
from gateway.policy.problems import Severity
from gateway.service.fit import misfits
from gateway.service.reload import load_policy
from gateway.service.serve import serve
from gateway.store.text import to_json


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


def configure_logs() -> None:
    """JSON lines on standard error: keys, not sentences; the renderer escapes what a peer may have sent."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _json(event: object, **_: object) -> bytes:
    return to_json(event)
