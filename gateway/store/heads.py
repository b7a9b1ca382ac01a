"""The signed end of each chain, in a file beside the keys: it shows when the last records were deleted.

Promises: a head is signed with the MAC key and never names a record that is not on disk. Whoever holds the head's lock owns the
chain; the kernel lets go of the lock when the process dies, so a crashed writer's chain can be continued, a living one's cannot.
On failure: OSError to the writer, which then accepts nothing more.
Two slots, written in turn and in place: a head torn by a power cut leaves the one before. A rename for each commit would cost
ten times as much (measured: 50 us against 5).
"""

import contextlib
import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.store.keys import Keys, give_to_owner, sync_folder

SLOT_BYTES = 512
"""One sector: written whole or not at all."""
LOCK_TRIES = 3
LOCK_STEP_S = 0.002
_PURPOSE = b"chain head"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_name(writer: str) -> str:
    """A writer's name is a file name, and leaves room for the number that a second process of that name gets."""
    if not _NAME.fullmatch(f"{writer}-99"):
        raise ValueError(f"a writer's name has letters, digits, dots and dashes, at most 61: {writer!r}")
    return writer


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a chain that we vouch for; number 0 is the start of an empty chain."""

    writer: str
    seq: int
    hash: bytes


class HeadFile:
    """The open and locked head of the chain that this process writes."""

    def __init__(self, handle: int, keys: Keys) -> None:
        self._handle = handle
        self._keys = keys
        first, second = (_read_slot(os.pread(handle, SLOT_BYTES, start), keys) for start in (0, SLOT_BYTES))
        # The older slot is overwritten first.
        self._slot = 1 if first and (not second or first.seq >= second.seq) else 0

    @classmethod
    def claim(cls, folder: Path, writer: str, keys: Keys) -> "HeadFile | None":
        """Lock the head of `writer`; None while another process has it."""
        _make_folder(folder)
        is_new = not (folder / writer).exists()
        handle = os.open(folder / writer, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if is_new:
            give_to_owner(folder / writer)
            sync_folder(folder)  # A head that a power cut takes away looks like one that somebody deleted.
        if not _locked(handle):
            os.close(handle)
            return None
        return cls(handle, keys)

    def write(self, head: Head) -> None:
        """State where the chain ends; on disk at the latest with `sync`."""
        os.pwrite(self._handle, _slot(head, self._keys), self._slot * SLOT_BYTES)
        self._slot = 1 - self._slot

    def sync(self) -> None:
        os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)


def _locked(handle: int) -> bool:
    """Try a few times: `is_live` of another process holds the lock for some microseconds to ask who has it."""
    for _ in range(LOCK_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(LOCK_STEP_S)
    return False


def _slot(head: Head, keys: Keys) -> bytes:
    fields = [head.writer, head.seq, head.hash.hex()]
    mac = keys.mac(_PURPOSE, orjson.dumps(fields))
    return orjson.dumps([*fields, mac.hex()]).ljust(SLOT_BYTES - 1) + b"\n"


def read_head(folder: Path, writer: str, keys: Keys) -> Head | None:
    """The newest head of `writer` with a valid signature."""
    try:
        data = (folder / writer).read_bytes()
    except OSError:
        return None
    heads = [head for start in (0, SLOT_BYTES) if (head := _read_slot(data[start : start + SLOT_BYTES], keys)) and head.writer == writer]
    return max(heads, key=lambda head: head.seq, default=None)


def _read_slot(slot: bytes, keys: Keys) -> Head | None:
    try:
        writer, seq, hash_, mac = orjson.loads(slot)
        if keys.valid(_PURPOSE, orjson.dumps([writer, seq, hash_]), bytes.fromhex(mac)):
            return Head(writer, seq, bytes.fromhex(hash_))
    except (ValueError, TypeError):
        pass  # Torn, empty or forged: not a head.
    return None


def writers(folder: Path) -> Iterator[str]:
    """The names of all chains that ever had a head."""
    if folder.is_dir():
        yield from sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        give_to_owner(folder)
        sync_folder(folder.parent)


def node_name(folder: Path) -> str:
    """The name of this heads folder, made once: several nodes share a database, each has its own heads."""
    path = folder / ".node"
    _make_folder(folder)
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(8))
        give_to_owner(path)
    return path.read_text()


def is_live(folder: Path, writer: str) -> bool:
    """Whether a process holds this chain at this moment."""
    try:
        handle = os.open(folder / writer, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
