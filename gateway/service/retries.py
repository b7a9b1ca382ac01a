"""When a deferred consignment is tried again (contract): 5 s, 30 s, 2, 5, 15 minutes, then every 30 with jitter."""

from datetime import timedelta

STEPS_S = (5.0, 30.0, 120.0, 300.0, 900.0)
THEN_S = 1_800.0
# A fifth either way, so that a thousand consignments deferred together do not all come back together.
JITTER = 0.2


def wait_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after that many failed attempts; `chance` is a random number from 0 to 1."""
    if attempts <= len(STEPS_S):
        return timedelta(seconds=STEPS_S[max(attempts, 1) - 1])
    return timedelta(seconds=THEN_S * (1 + JITTER * (2 * chance - 1)))
