"""Whether the wall clock is to be believed: compared with the one that only runs forward.

Promises: a clock that jumps decides nothing that cannot be undone. After a jump forward nothing expires and nothing is erased for
ten minutes, in which time service puts most clocks right (a machine that slept looks the same, and loses nothing by waiting). After a
jump back whatever was put off to a time that is suddenly far away is tried at once, and no chore waits until the clock has caught up.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()

# Time service slews what is less; nothing of ours turns on a minute.
JUMP_S = 60.0
DOUBT_S = 600.0


def is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether it is time again. Whatever was done in the future was done by a clock that has been put right since."""
    return last is None or not timedelta() <= now - last < every


class Steady:
    """Looked at from time to time: each look compares with the last."""

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._apart = self._difference()
        self._doubt_until = steady()
        self._went_back = False

    def _difference(self) -> float:
        return self._wall().timestamp() - self._steady()

    def look(self) -> None:
        apart = self._difference()
        jump = apart - self._apart
        if abs(jump) < JUMP_S:
            return  # Measured from the same point on, so that slow drift adds up to a jump too.
        self._apart = apart
        log.warning("clock_jumped", seconds=round(jump))
        if jump > 0:
            self._doubt_until = self._steady() + DOUBT_S
        else:
            self._went_back, self._doubt_until = True, self._steady()

    @property
    def is_doubtful(self) -> bool:
        """It jumped forward a short while ago: nothing may expire."""
        self.look()
        return self._steady() < self._doubt_until

    def went_back(self) -> bool:
        """Told once after each jump back."""
        self.look()
        told, self._went_back = self._went_back, False
        return told
