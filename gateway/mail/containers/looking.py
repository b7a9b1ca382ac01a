"""Looking into a readable container: each member is judged in turn, to a bounded depth, within one budget.

Promises: a member that could not be judged makes the look incomplete, with a note; it is never taken for protected.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.mail.containers.limits import Budget, ContainerError
from gateway.mail.containers.signatures import detect_type
from gateway.model.findings import UNPROTECTED, Container, Member, Protection

Reader = Callable[[int], bytes]
"""Gives at most so many unpacked bytes of a member and spends them; raises `ContainerError`."""
Recogniser = Callable[[bytes, str, "Look"], Container]

# Enough to tell a type by its signature; only what may be protected itself is unpacked whole.
_PEEK_BYTES = 4_096
# Types that can carry protection or members of their own.
NESTING = frozenset((
    "zip", "docx", "docm", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "odt", "ods", "odp", "odg", "7z", "rar", "pdf", "doc", "xls", "ppt",
    "ole", "ooxml", "msg", "pgp", "smime", "age", "openssl", "gz", "bz2", "xz", "tar", "exe", "cab", "zstd", "iso", "kdbx", "dmg", "lzh",
    "arj", "ace", "wim", "z", "lz4", "lzip", "mdb", "accdb", "pst", "vhd", "vhdx", "vmdk", "unknown",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What looking inside gave. `protections` are those of members with content."""

    members: tuple[Member, ...] = ()
    protections: tuple[Protection, ...] = ()
    complete: bool = True
    notes: tuple[str, ...] = ()
    names_visible: bool = False
    """Some member needs a secret, and anyone can read what it is called."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one attachment: what may still be spent, how deep we are, and how to judge what is found."""

    budget: Budget
    recognise: Recogniser
    depth: int = 0

    def inside(self, entries: Iterable[tuple[str, int | None, Reader]]) -> Found:
        """Judge the members given as (name, declared size, reader)."""
        members: list[Member] = []
        protections: list[Protection] = []
        notes: list[str] = []
        complete, names_visible = True, False
        try:
            for name, size, read in entries:
                self.budget.spend_member()
                container = self._member(name, size, read)
                members.append(Member(name, container.type, container.protection, size))
                members += [Member(f"{name}/{m.name}", m.type, m.protection, m.size_bytes) for m in container.members]
                protections.append(container.protection)
                complete = complete and container.complete
                names_visible = names_visible or container.names_visible or container.protection.state.needs_a_secret
                notes += container.notes
        except ContainerError as error:
            complete = False
            notes.append(str(error))
            protections.append(UNPROTECTED)
        return Found(tuple(members), tuple(protections), complete, tuple(dict.fromkeys(notes)), names_visible)

    def _member(self, name: str, size: int | None, read: Reader) -> Container:
        if size is not None and size > self.budget.readable_bytes:
            return _unread("a member unpacks to more than we are willing to read")
        try:
            head = read(_PEEK_BYTES)
            kind = detect_type(head, name)
            if kind not in NESTING:
                return Container(kind, UNPROTECTED)
            return self._nested(name, read)
        except ContainerError as error:
            if self.budget.is_spent:
                raise  # and no other member is looked at
            return _unread(str(error))

    def _nested(self, name: str, read: Reader) -> Container:
        if self.depth + 1 >= self.budget.limits.depth:
            return _unread("containers are nested too deeply")
        most = self.budget.readable_bytes
        data = read(most + 1)
        if len(data) > most:
            return _unread("a member unpacks to more than we are willing to read")
        return self.recognise(data, name, Look(self.budget, self.recognise, self.depth + 1))


def reader_of(data: bytes) -> Reader:
    """A reader of bytes that are unpacked and spent already."""
    return lambda most: data[:most]


def _unread(words: str) -> Container:
    return Container("unknown", UNPROTECTED, complete=False, notes=(words,))
