"""The orderly end: nothing new comes in, what is under way is finished and answered, at most as long as the settings allow.

Promises: a message whose content has left gets its next hop's reply; deliveries from the queue end before the process does.
On failure: what takes longer than the limit, or than the patience of whoever asked a second time, is cut off as a crash would cut
it: the process ends at once. Nothing answered 250 is lost by that; the client that got no answer sends again. Cancelling instead
would leave by a path that no test kills at every step.
"""

import asyncio
import os

import structlog

from gateway.service.courier import Courier
from gateway.smtp.listener import Listener

log = structlog.get_logger()

# For replies to those that were cut off, and for the last commit; systemd's TimeoutStopSec leaves this above `limits.drain_s`.
FINISH_S = 2.0
CUT_OFF = 1
"""Exit status."""


async def drain(listener: Listener, courier: Courier, delivering: "asyncio.Task[None]", hurry: asyncio.Event, limit_s: float) -> None:
    """Return when nothing is under way any more; does not return otherwise."""
    courier.stop()
    ending = asyncio.Task(_under_way(listener, delivering, limit_s))
    hurried = asyncio.Task(hurry.wait())
    await asyncio.wait((ending, hurried), timeout=limit_s + FINISH_S, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if not ending.done():
        log.warning("cut_off", sessions=listener.sessions, asked_twice=hurry.is_set())
        os._exit(CUT_OFF)
    ending.result()


async def _under_way(listener: Listener, delivering: "asyncio.Task[None]", limit_s: float) -> None:
    """Both at once: what is on its way to a next hop ends too, for cancelled after its content left it would be sent again."""
    await asyncio.gather(listener.stop(limit_s), asyncio.wait([delivering]))
