"""What people can do to held mail; console and command line call the same actions."""

from typing import Protocol

from gateway.model.frozen import frozen
from gateway.model.stored import HeldMessage


@frozen
class Outcome:
    """`repeated`: the same action had been carried out before; this is the first's result."""

    held: HeldMessage
    repeated: bool = False


class NotPossible(Exception):
    """The action cannot be carried out; the words say why and what to do."""


class UnknownHold(NotPossible):
    """There is no hold of that id."""


class Actions(Protocol):
    """Each action needs a reason in words and the name of who answers for it."""

    async def release(self, hold: str, *, by: str, why: str) -> Outcome: ...

    async def protect(self, hold: str, *, by: str, why: str) -> Outcome: ...

    async def claim(self, hold: str, *, by: str) -> Outcome:
        """Nothing is decided: the other reviewers leave it to `by` for a while."""

    async def return_to_sender(self, hold: str, *, by: str, why: str) -> Outcome: ...

    async def cancel(self, hold: str, *, by: str, why: str) -> Outcome: ...
