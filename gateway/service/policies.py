"""A policy folder on disk -> `Policy`.

Promises: only files inside the folder are read, and only ones that nobody but their owner and group can write (threats K07);
one reading sees each file once, whole.
On failure: `PolicyErrors`, with the same positions and remedies as everything wrong inside the files.
"""

import stat
from pathlib import Path

from gateway.policy import Policy, PolicyErrors, Problem, load

SUFFIXES = (".yaml", ".csv", ".txt")
# Two tables, two rule sets, a registry, lists and tests are about 20 files.
FILES = 1_000
# The largest list we know of, every NHS-accredited organisation, has 300 kB.
FILE_BYTES = 16_777_216
# Lies in the folder while an earlier version is written back (service.versions): half of one policy and half of another is neither.
UNFINISHED = ".restoring"


def load_folder(path: Path | str, *, table: str = "", rules: str = "", mode: str = "") -> Policy:
    """Read and check a policy folder; `table`, `rules`, `mode` replace what its policy.yaml chooses."""
    return load(read_folder(Path(path)), table=table, rules=rules, mode=mode)


def read_folder(folder: Path) -> dict[str, str]:
    """Relative path -> text of every file of a policy, test files too; PolicyErrors for files that must not be trusted."""
    if not folder.is_dir():
        raise PolicyErrors(
            (Problem(str(folder), 1, 1, "there is no such policy folder", "Name the folder that holds policy.yaml.", code="policy.folder"),)
        )
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    real = folder.resolve()
    if (folder / UNFINISHED).exists():
        words = "an earlier version is being put back, or that was interrupted"
        problems.append(Problem(str(folder), 1, 1, words, "Run 'gateway policy restore' again.", code="policy.unfinished"))
    paths = files_of(folder)
    if len(paths) > FILES:
        problems.append(
            Problem(str(folder), 1, 1, f"the folder holds more than {FILES} files", "Is it the right folder?", code="policy.folder")
        )
    for open_folder in sorted({folder, *(path.parent for path in paths)}):
        if open_folder.stat().st_mode & stat.S_IWOTH:
            # Whoever may write the folder may put another file in the place of one that is safe itself.
            words = "everybody on this machine may write the folder"
            problems.append(Problem(str(open_folder), 1, 1, words, f"chmod o-w {open_folder.name}", code="policy.folder"))
    for path in paths[:FILES]:
        name = path.relative_to(folder).as_posix()
        fault = _untrusted(path, real)
        if fault:
            problems.append(Problem(name, 1, 1, *fault, code="policy.file"))
            continue
        try:
            texts[name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            problems.append(Problem(name, line, 1, "the file is not UTF-8 text", "Save it as UTF-8.", code="policy.file"))
        except OSError as error:
            problems.append(Problem(name, 1, 1, f"the file cannot be read: {error.strerror}", "Check its permissions.", code="policy.file"))
    if problems:
        raise PolicyErrors(tuple(problems))
    return texts


def files_of(folder: Path) -> list[Path]:
    """The files that are a policy's, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    """Editors leave '.policy.yaml.swp' and '.git' behind: no part of a policy."""
    return any(piece.startswith(".") for piece in path.parts)


def _untrusted(path: Path, folder: Path) -> tuple[str, str] | None:
    """Why a file must not be read, and the remedy; None: it may."""
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except OSError as error:
        return f"the file cannot be read: {error.strerror or 'its link leads nowhere'}", "Restore it, or remove the link."
    if not target.is_relative_to(folder):
        return "the file is a link to outside of the policy folder", "Copy the file into the folder."
    if not stat.S_ISREG(status.st_mode):
        return "this is not an ordinary file", "Remove it."
    if status.st_mode & stat.S_IWOTH:
        return "everybody on this machine may write the file", f"chmod o-w {path.name}"
    if status.st_size > FILE_BYTES:
        return f"the file is larger than {FILE_BYTES // 1_048_576} MB", "Is it the right file?"
    return None
