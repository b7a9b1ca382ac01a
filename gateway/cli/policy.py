"""`gateway policy`: which policies were in force, what one of them said, and back to it.

Promises: a restore that was interrupted is never half in force; what it replaces is kept beside the policy.
On failure: a digest that is unknown or means several versions is exit status 2; a version that no longer fits the settings, 1.
"""

import argparse
import asyncio
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, WrongUse, action, command, emit, say, settings_of, store_of
from gateway.policy import PolicyErrors, load
from gateway.service import versions
from gateway.service.policies import files_of, read_folder
from gateway.service.reload import fits
from gateway.service.versions import Version

# Enough to tell ten versions apart, and to type.
SHOWN = 12


def add(subparsers: Any) -> None:
    says = "The last policies in force: list them, show one, bring one back."
    parser = command(subparsers, "policy", says, "gateway policy versions")
    below = parser.add_subparsers(dest="action", required=True, metavar="versions|show|restore")
    actions = {
        "versions": ("The last ten policies that were in force, newest first.", "gateway policy versions"),
        "show": ("What would change in the policy folder by going back to a version.", "gateway policy show 3f9a1c07b2d4"),
        "restore": ("Put the files of a version back into the policy folder.", "gateway policy restore 3f9a1c07b2d4"),
    }
    for name, (words, example) in actions.items():
        one = action(below, name, words, example)
        if name != "versions":
            one.add_argument("digest", metavar="DIGEST", help="the beginning of the version's digest")
        if name == "show":
            one.add_argument("file", nargs="?", metavar="FILE", help="print this file as it was instead")


def run(args: argparse.Namespace) -> int:
    if args.action == "versions":
        return asyncio.run(listed(args))
    version, texts = asyncio.run(found(args))
    return shown(args, version, texts) if args.action == "show" else restored(args, version, texts)


async def listed(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        kept = await versions.kept(store)
    now = digest_now(Path(settings_of(args).policy))
    for version in kept:
        if args.json:
            emit({**asdict(version), "in_folder": version.digest == now})
        else:
            here = "  <- in the folder now" if version.digest == now else ""
            say(f"{short(version)}  {version.at[:16]}  {version.table}, {version.rules}, {version.mode}{here}")
    return DONE


def digest_now(folder: Path) -> str:
    try:
        return load(read_folder(folder)).digest
    except PolicyErrors:
        return ""


def short(version: Version) -> str:
    return version.digest.removeprefix("sha256:")[:SHOWN]


async def found(args: argparse.Namespace) -> tuple[Version, dict[str, str]]:
    """The one kept version whose digest begins like this."""
    wanted = args.digest.removeprefix("sha256:")
    async with store_of(settings_of(args)) as store:
        fitting = [one for one in await versions.kept(store) if wanted and one.digest.removeprefix("sha256:").startswith(wanted)]
        if len(fitting) != 1:
            raise WrongUse(
                f"{'several versions begin' if fitting else 'no kept version begins'} with {args.digest}: see gateway policy versions"
            )
        texts = await versions.files(store, fitting[0])
    if texts is None:
        raise WrongUse(f"the files of {args.digest} cannot be read any more")
    return fitting[0], texts


def shown(args: argparse.Namespace, version: Version, texts: Mapping[str, str]) -> int:
    if args.file is not None:
        if args.file not in texts:
            raise WrongUse(f"the version has no {args.file}; it has {', '.join(sorted(texts))}")
        texts = {args.file: texts[args.file]}
    if args.json:
        emit({**asdict(version), "files": dict(texts)})
    elif args.file is not None:
        say(texts[args.file].removesuffix("\n"))
    else:
        for line in differences(folder_texts(Path(settings_of(args).policy)), texts):
            say(line)
    return DONE


def folder_texts(folder: Path) -> dict[str, str]:
    """What can be read there now, valid or not."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8-sig", "replace") for path in files_of(folder)}


def differences(now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(now.keys() | then.keys()):
        before, after = now.get(name, "").splitlines(), then.get(name, "").splitlines()
        yield from difflib.unified_diff(before, after, f"{name} (now)", f"{name} (restored)", lineterm="", n=1)


def restored(args: argparse.Namespace, version: Version, texts: Mapping[str, str]) -> int:
    """A version that no longer fits the settings is refused before anything is written."""
    settings = settings_of(args)
    fits(load(texts), settings)
    changed = versions.restore(Path(settings.policy), texts)
    if args.json:
        emit({**asdict(version), "changed": list(changed)})
    elif changed:
        say(f"{settings.policy} is again as it was with {short(version)}: {', '.join(changed)}.")
        say("A running gateway takes it within seconds. What was there is in .before-restore.")
    else:
        say(f"{settings.policy} is as it was with {short(version)}: nothing to do.")
    return DONE
