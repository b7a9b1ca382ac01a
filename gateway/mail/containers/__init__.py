"""Containers: what a file truly is, whether it is really protected, what is in it, and whether a word opens it.

Promises: `recognise` never raises and never says STRONG of a file that a stranger could read any byte of content of.
On failure: a file that cannot be read to the end is `complete=False` with a note; the checks make `message.unchecked` of it.
Bounds: bytes and counts (`Limits`); wall time and memory are the workers' business (docs/containers.md names what is slow).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from gateway.mail.containers import archives, cms, office, opening, openpgp, pdf, rar, sevenzip, small, zip_layout, zips
from gateway.mail.containers.limits import DEFAULT_LIMITS, MESSAGE_LIMITS, Budget, ContainerError, Limits
from gateway.mail.containers.looking import Look, Recogniser
from gateway.mail.containers.naming import name_disagrees
from gateway.mail.containers.ole_directory import OLE
from gateway.mail.containers.signatures import detect_type
from gateway.model.findings import UNPROTECTED, Container, Protection, State

__all__ = [
    "DEFAULT_LIMITS",
    "UNREADABLE",
    "ContainerError",
    "Limits",
    "detect_type",
    "members_of",
    "message_budget",
    "name_disagrees",
    "opens_with",
    "recognise",
    "recognise_fresh",
]

_ZIP_TYPES = frozenset(
    ("zip", "docx", "docm", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "vsdx", "vsdm", "xps", "odt", "ods", "odp", "odg", "epub", "jar")
)
_STREAM_TYPES = frozenset(("gz", "bz2", "xz", "tar"))
_ARCHIVES = _ZIP_TYPES | _STREAM_TYPES | {"7z", "rar", "exe", "iso", "cab", "doc", "xls", "ppt", "msg", "ole"}
_OPAQUE_TYPES = frozenset(
    ("iso", "cab", "lzh", "zstd", "arj", "ace", "wim", "z", "lz4", "lzip", "vhd", "vhdx", "vmdk", "mdb", "accdb", "pst", "one")
)
_VAULT_TYPES = frozenset(("kdbx", "dmg"))

# Types whose members are the parts of one document.
_OWN_MEMBERS = frozenset(("pdf", "exe", "unknown"))
# Locked files tried inside one attachment: each may cost two seconds.
_NESTED_TRIED = 2
# The note of a file that upset a parser of ours: a bug, which fails closed.
UNREADABLE = "the file cannot be read"

Judge = Callable[[bytes, str, str, Look], Container]
_JUDGES: dict[str, Judge] = {
    "7z": lambda content, kind, name, look: sevenzip.judge(content, look),
    "rar": lambda content, kind, name, look: rar.judge(content, look),
    "pdf": lambda content, kind, name, look: pdf.judge(content),
    "pgp": lambda content, kind, name, look: openpgp.judge(content),
    "smime": lambda content, kind, name, look: cms.judge(content),
    "age": lambda content, kind, name, look: small.judge_age(content),
    "openssl": lambda content, kind, name, look: small.judge_openssl(content),
    "exe": lambda content, kind, name, look: small.judge_program(content, look),
    "unknown": lambda content, kind, name, look: small.judge_unknown(content, look),
    **dict.fromkeys(_ZIP_TYPES, lambda content, kind, name, look: zips.judge(content, kind, look)),
    **dict.fromkeys(_STREAM_TYPES, lambda content, kind, name, look: archives.judge(content, kind, name, look)),
    **dict.fromkeys(_OPAQUE_TYPES, lambda content, kind, name, look: small.judge_opaque(kind)),
    **dict.fromkeys(_VAULT_TYPES, lambda content, kind, name, look: small.judge_vault(kind)),
}


def message_budget() -> Budget:
    """What all looks into the files of one message may cost together: for `recognise` and `members_of`."""
    return Budget(MESSAGE_LIMITS)


def recognise(content: bytes, name: str = "", whole: Budget | None = None) -> Container:
    """What a file truly is and how well it is protected. Never raises."""
    return _recognised(content, name, whole, _recognise)


def recognise_fresh(content: bytes, name: str = "", whole: Budget | None = None) -> Container:
    """The same for a file that we locked just now, with a password nobody had before: trying on it those that programs try by
    themselves proves nothing, and costs 50 ms each."""
    return _recognised(content, name, whole, _recognise_fresh)


def _recognised(content: bytes, name: str, whole: Budget | None, recogniser: Recogniser) -> Container:
    try:
        return _with_tail(content, recogniser(content, name, Look(Budget(DEFAULT_LIMITS, whole), _recognise)))
    except Exception:
        # The last line of defence: a parser of ours that meets what it did not foresee must end as a finding, not as a crash.
        return Container(_type_of(content, name), Protection(State.UNKNOWN), complete=False, notes=(UNREADABLE,))


def members_of(
    content: bytes, container: Container, limits: Limits = DEFAULT_LIMITS, whole: Budget | None = None
) -> Iterator[tuple[str, bytes]]:
    """(name, unpacked content) of the members that need no secret, one level deep.

    Raises `ContainerError`, after everything that could be read, where a member could not, or where a limit was hit.
    """
    budget = Budget(limits, whole)
    if content.startswith(b"PK") and container.type == "zip":
        yield from zips.plain_members(content, budget)
    elif container.type == "7z":
        yield from sevenzip.plain_members(content, budget)
    elif container.type == "rar":
        yield from rar.plain_members(content, budget)
    elif container.type in _STREAM_TYPES:
        yield from archives.plain_members(content, container.type, budget)


def opens_with(content: bytes, container: Container, candidates: Sequence[str], budget: int = 200) -> str | None:
    """The first of at most `budget` candidates that truly opens the file, None if none does. Never raises."""
    try:
        return _opening(content, container, tuple(dict.fromkeys(candidates))[:budget], DEFAULT_LIMITS.depth)
    except Exception:
        # No proof is no finding; the container's own verdict stands.
        return None


def _opening(content: bytes, container: Container, words: Sequence[str], depth: int) -> str | None:
    """The file itself, or else the first locked files in it: a locked zip is often sent in a plain one."""
    found = opening.opening(content, container.type, words)
    if found is not None or not depth or not container.members or container.type in _OWN_MEMBERS:
        return found
    tried = 0
    for name, inner in members_of(content, container):
        within = recognise(inner, name)
        if within.protection.state.needs_a_secret:
            found = _opening(inner, within, words, depth - 1)
            tried += 1
        if found is not None or tried == _NESTED_TRIED:
            return found
    return None


def _recognise(content: bytes, name: str, look: Look) -> Container:
    if content.startswith(OLE):
        return office.judge(content, name)
    kind = detect_type(content, name)
    judge = _JUDGES.get(kind)
    return judge(content, kind, name, look) if judge else Container(kind, UNPROTECTED)


def _recognise_fresh(content: bytes, name: str, look: Look) -> Container:
    return office.judge(content, name, defaults=()) if content.startswith(OLE) else _recognise(content, name, look)


def _with_tail(content: bytes, container: Container) -> Container:
    """A picture or a text with a zip behind it opens as either: what the other reader sees was not looked at."""
    # Archives may end with a member that is a zip, and look after their own last byte.
    if container.type in _ARCHIVES or not zip_layout.ends_like_zip(content):
        return container
    protection = container.protection
    if protection.state is State.STRONG:
        protection = replace(protection, state=State.PARTIAL)
    return replace(container, protection=protection, complete=False, notes=(*container.notes, "a zip is attached to the end of the file"))


def _type_of(content: bytes, name: str) -> str:
    try:
        return detect_type(content, name)
    except Exception:
        # As in `recognise`.
        return "unknown"
