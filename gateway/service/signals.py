"""What people and service managers ask by signal: SIGTERM and SIGINT stop (asked twice: at once), SIGHUP reads policy and certificates.

Promises: a signal counts from the first moment of the process on. One that comes while it still starts is kept until the loop runs:
SIGTERM never kills a gateway that is half open, SIGHUP never kills one at all, and neither is lost.
This file loads nothing but asyncio: it works before the rest of the gateway is read.
"""

import asyncio
import signal
from dataclasses import dataclass, field

STOP = (signal.SIGTERM, signal.SIGINT)
ALL = (*STOP, signal.SIGHUP)

_kept: list[int] = []


def keep_signals() -> None:
    """From now on nothing kills us but SIGKILL; what comes is kept for `Asked`."""
    for number in ALL:
        signal.signal(number, lambda number, _frame: _kept.append(number))


@dataclass(slots=True)
class Asked:
    """What was asked for so far."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Asked to stop a second time: what is under way is not waited for any longer."""
    reload: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self) -> None:
        """Take the signals, first those that came before the loop ran."""
        loop = asyncio.get_running_loop()
        for number in ALL:
            loop.add_signal_handler(number, self.take, number)
        while _kept:
            self.take(_kept.pop(0))

    def take(self, number: int) -> None:
        if number == signal.SIGHUP:
            self.reload.set()
        elif self.stop.is_set():
            self.hurry.set()
        else:
            self.stop.set()
