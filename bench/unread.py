"""The gateway as `gateway serve` runs it, but with a judge that reads no content: what remains is relaying with durable records.

python -m bench.unread --settings gateway.yaml [--profile FILE]
"""

import argparse
import cProfile
import gc
import itertools
from dataclasses import replace

import uvloop

from gateway.cli.common import settings_of
from gateway.cli.logs import configure_logs
from gateway.model.findings import Findings
from gateway.model.looking import LooksFor
from gateway.model.message import Mailbox, Message, Part, Role
from gateway.model.settings import Settings
from gateway.service.reload import load_policy
from gateway.service.serve import running
from gateway.service.signals import Asked
from gateway.workers import Examined

SENDER = "jo.bell@borough.gov.uk"
_ROOT = Part("", "text/plain", Role.BODY)
# Every message is taken for this one: an ordinary mail of one of our own, in which nothing was found.
ORDINARY = Examined(
    Message(b"", _ROOT, (_ROOT,), authors=(Mailbox("", SENDER),), message_id="<1@borough.gov.uk>", date="today"), Findings(), 0.0
)


# Each with a Message-ID of its own, for two sendings of one message would wait for each other; more than are ever under way. Made
# beforehand: who reads nothing should cost nothing.
UNREAD = itertools.cycle(
    [replace(ORDINARY, message=replace(ORDINARY.message, message_id=f"<{number}@borough.gov.uk>")) for number in range(4_096)]
)


async def unread(raw: bytes, looks_for: LooksFor, sealed: frozenset[str] = frozenset()) -> Examined:
    return next(UNREAD)


async def serve(settings: Settings) -> None:
    async with running(settings, load_policy(settings)) as gateway:
        gateway.desk.examine = unread
        for route in gateway.desk.routes.values():
            await route.probe()  # type: ignore[attr-defined]  # what `serve` does beside, until every route was seen
        gc.freeze()
        asked = Asked()
        asked.listen()
        await asked.stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--profile", help="leave a cProfile here")
    asked = parser.parse_args()
    settings = settings_of(asked)
    configure_logs()
    if not asked.profile:
        return uvloop.run(serve(settings))
    profiler = cProfile.Profile()
    profiler.runcall(uvloop.run, serve(settings))
    profiler.dump_stats(asked.profile)
    return None


if __name__ == "__main__":
    main()
