"""The compiled patterns kept on disk, so that a start costs milliseconds and not a second.

They lie in the keys folder, which only the gateway's own user can write: whoever could exchange them could blind the checks.
On failure (another machine, another version, a damaged file, a read-only disk): compiled anew, and kept if that is possible.
"""

import contextlib
import os
from pathlib import Path

from gateway.checks import engine
from gateway.model.looking import LooksFor

FILE = "patterns"


def kept_patterns(keys: Path) -> Path:
    """The file, as an absolute path: other processes work in other folders."""
    return (keys / FILE).resolve()


def warm_up(keys: Path, looks_for: LooksFor) -> bytes:
    """Load the kept patterns, or compile and keep them; returns them for other processes."""
    file = kept_patterns(keys)
    with contextlib.suppress(OSError, ValueError):
        saved = file.read_bytes()
        engine.load_engine(saved, looks_for.patterns)
        return saved
    saved = engine.compile_engine(looks_for.patterns)
    with contextlib.suppress(OSError):
        keep(file, saved)
    return saved


def keep(file: Path, content: bytes) -> None:
    """Write beside and rename: another process that reads sees the whole file or none."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    os.replace(beside, file)
