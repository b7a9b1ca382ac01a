"""The last ten policies that were in force, with all their files, so that any of them can be shown and brought back.

Promises: they are kept in the store, sealed like everything there, in a bounded number of places; one that is brought back is taken by
a running gateway whole or not at all.
On failure: a restore that was interrupted leaves a mark in the folder, and no policy is read from it until it was run again.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from gateway.model.store import Store
from gateway.policy import Policy
from gateway.service.policies import SUFFIXES, UNFINISHED, files_of

KEPT = 10
_INDEX = "policy versions"
# Where the files are that a restore replaced: what was never in force is kept nowhere else.
BEFORE = ".before-restore"


@dataclass(frozen=True, slots=True)
class Version:
    """A policy that was in force from `at` on; its files are at `place`."""

    digest: str
    at: str
    mode: str
    table: str
    rules: str
    place: int


async def kept(store: Store) -> tuple[Version, ...]:
    """Newest first."""
    text = await store.get(_INDEX)
    return tuple(Version(**fields) for fields in json.loads(text)) if text else ()


async def keep(store: Store, policy: Policy, at: datetime) -> None:
    """Keep this one as the newest. Its files go where no kept version's are, before the index says so."""
    before = await kept(store)
    others = [version for version in before if version.digest != policy.digest][: KEPT - 1]
    taken = {version.place for version in before}
    place = next(place for place in range(KEPT + 1) if place not in taken)
    newest = Version(policy.digest, at.isoformat(), policy.mode.value, policy.table.name, policy.rules.name, place)
    await store.put(_at(place), json.dumps({"digest": policy.digest, "files": dict(policy.files)}))
    await store.put(_INDEX, json.dumps([asdict(version) for version in (newest, *others)]))


async def files(store: Store, version: Version) -> dict[str, str] | None:
    """Relative path -> text; None where they cannot be read any more."""
    text = await store.get(_at(version.place))
    found = json.loads(text) if text else {}
    return found["files"] if found.get("digest") == version.digest else None


def _at(place: int) -> str:
    return f"policy version {place}"


def restore(folder: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Make the folder hold exactly these files; gives the names of those that changed. What they replace is in `.before-restore`."""
    now = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    changed = sorted({name for name, text in texts.items() if name not in now or _text(now[name]) != text} | (now.keys() - texts.keys()))
    for name in changed:
        if not _is_ours(name):
            raise ValueError(f"{name} is no name of a policy file")
    if not changed and not (folder / UNFINISHED).exists():
        return ()
    _set_aside(folder, now)
    (folder / UNFINISHED).touch()
    _sync(folder)
    for name in changed:
        if name in texts:
            _write(folder / name, texts[name])
        else:
            now[name].unlink()
    for place in sorted({(folder / name).parent for name in changed}):
        _sync(place)
    (folder / UNFINISHED).unlink(missing_ok=True)
    _sync(folder)
    return tuple(changed)


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.suffix in SUFFIXES


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _set_aside(folder: Path, now: Mapping[str, Path]) -> None:
    """A copy of what is there, unless this run goes on with an interrupted one."""
    aside = folder / BEFORE
    if (folder / UNFINISHED).exists():
        return
    shutil.rmtree(aside, ignore_errors=True)
    for name, path in now.items():
        if path.is_file():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, aside / name)


def _write(path: Path, text: str) -> None:
    """Whole or not at all; with the rights and the owner of the file it replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    like = path if path.is_file() else path.parent
    status = like.stat()
    draft.chmod(status.st_mode & 0o664)
    if os.geteuid() == 0:
        os.chown(draft, status.st_uid, status.st_gid)
    os.replace(draft, path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
