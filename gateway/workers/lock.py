"""A message's files locked with a password (PROTECT): the libraries that do it read hostile files, so it runs where parsers run.

Promises: the same result in this process and in a worker; the password is in no log, no name and no error.
On failure: `CannotLock`, in words for the sender.
The libraries of PDF, Office and zip are loaded at first use: the gateway's own process needs none of them.
"""

from dataclasses import dataclass, field

from gateway.checks import inspect_text
from gateway.checks.images import is_decoration
from gateway.mail import read
from gateway.model.looking import LooksFor
from gateway.workers.wire import decode, encode


class CannotLock(Exception):
    """This message cannot be locked; the words say why, for its sender."""


@dataclass(frozen=True, slots=True)
class Locking:
    """How to lock: the words of the message too, where they are the reason; `how_to_open` is for its recipients."""

    password: str = field(repr=False)
    move_text: bool
    how_to_open: str
    boundary: str
    one_zip: bool = False


@dataclass(frozen=True, slots=True)
class LockedMessage:
    """The message to send, the names of the locked files as its recipients will see them, and the SHA-256 of each: for whoever
    judges this copy, and for nobody else."""

    raw: bytes = field(repr=False)
    files: tuple[str, ...]
    digests: tuple[str, ...]


def lock_now(raw: bytes, locking: Locking, looks_for: LooksFor) -> LockedMessage:
    """Lock here and now. Raises CannotLock."""
    from gateway.mail.protect import CannotProtect, Wishes, protect

    def harmless(name: str) -> bool:
        return not inspect_text(name, "subject", looks_for).confidential

    def decoration(picture: bytes) -> bool:
        return is_decoration(picture, looks_for)

    wishes = Wishes(locking.how_to_open, locking.move_text, harmless, decoration, locking.boundary, locking.one_zip)
    try:
        locked = protect(read(raw), locking.password, wishes)
    except CannotProtect as trouble:
        raise CannotLock(str(trouble)) from None
    return LockedMessage(locked.raw, locked.files, locked.digests)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What crosses the socket in front of the message: why not, or names and digests of the locked files."""

    refused: str
    files: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


def answer_of(raw: bytes, locking: Locking, looks_for: LooksFor) -> bytes:
    """In a worker: what the gateway reads with `locked_of`. The message goes as it is: as JSON it would be far longer."""
    try:
        locked = lock_now(raw, locking, looks_for)
    except CannotLock as refused:
        return encode(_Answer(str(refused))) + b"\n"
    return encode(_Answer("", locked.files, locked.digests)) + b"\n" + locked.raw


def locked_of(answer: bytes) -> LockedMessage:
    """In the gateway. Raises CannotLock, and ValueError for nonsense."""
    head, _, raw = answer.partition(b"\n")
    about = decode(_Answer, head)
    if about.refused:
        raise CannotLock(about.refused)
    if not raw or not about.files:
        raise ValueError("nothing was locked")
    return LockedMessage(raw, about.files, about.digests)
