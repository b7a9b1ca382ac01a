"""Reading and checking messages under limits of time, CPU and memory.

Promises: whatever a message does to the parsers, the gateway goes on and the message is held, not passed.
"""

from gateway.workers.examine import NOTHING_SEALED, Examined, examine_now
from gateway.workers.lock import CannotLock, LockedMessage, Locking, lock_now
from gateway.workers.pool import Busy, Unavailable, Workers
from gateway.workers.quiet import quiet

quiet()

__all__ = [
    "NOTHING_SEALED",
    "Busy",
    "CannotLock",
    "Examined",
    "LockedMessage",
    "Locking",
    "Unavailable",
    "Workers",
    "examine_now",
    "lock_now",
]
