"""7z archives (7zFormat.txt): each folder's coders, the encrypted header, and every byte of the file accounted for.

Promises: STRONG only if every packed stream of every folder passes through AES-256 with at least 2^16 rounds of key stretching,
looks like ciphertext, and the streams fill the file from the signature to the header.
On failure: UNKNOWN and incomplete. Unpacks with the standard library; dictionaries above 64 MB are refused.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.mail.containers.limits import Budget, ContainerError
from gateway.mail.containers.looking import Found, Look, Reader, reader_of
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.sevenzip_coders import unpack_folder
from gateway.mail.containers.sevenzip_header import SIGNATURE_BYTES, read_archive
from gateway.mail.containers.sevenzip_values import AES, Archive, Folder
from gateway.mail.containers.verdicts import combined, needing_secret
from gateway.model.findings import UNPROTECTED, Container, Member, Protection, State

# 7-Zip and py7zr write 2^19 rounds. Below 2^16 a password of eight letters falls within days on one graphics card.
_ROUNDS_POWER = 16
_NO_STRETCHING = 0x3F
# Kilobytes looked at in all folders together: up to 16 in each, at least two.
_WINDOWS = 32


def judge(content: bytes, look: Look) -> Container:
    """What a 7z archive is, folder by folder."""
    try:
        archive = read_archive(content, look.budget.limits.members)
    except ContainerError as error:
        return Container("7z", Protection(State.UNKNOWN), complete=False, notes=(str(error),))
    if archive.locked_header is not None:
        return _judge_locked(content, archive, archive.locked_header)
    windows = min(16, max(2, _WINDOWS // max(1, len(archive.folders))))
    protections = [_of_folder(content, folder, windows) for folder in archive.folders]
    members = tuple(
        Member(file.name, "unknown", protections[file.folder] if file.folder is not None else UNPROTECTED, file.size)
        for file in archive.files
    )
    # Folders, not files: a packed stream that unpacks to nothing can still be read where it lies.
    whole = combined(
        each for folder, each in zip(archive.folders, protections, strict=True) if any(end > start for start, end in folder.packed)
    )
    found = Found()
    if whole.state is not State.STRONG:
        found = look.inside(_readers(content, archive, look.budget))
    if whole.state is State.NONE:
        whole = combined(found.protections)
        members = found.members or members
    if whole.state.needs_a_secret and archive.gaps:
        whole = replace(whole, state=State.PARTIAL)
    complete = found.complete and (not archive.gaps or whole.state is State.NONE)
    return Container("7z", whole, members, complete, names_visible=whole.state.needs_a_secret, notes=archive.gaps + found.notes)


def _judge_locked(content: bytes, archive: Archive, header: Folder) -> Container:
    """The header is encrypted: nothing can be listed, so everything before it must be ciphertext too."""
    protection = _of_folder(content, header, _WINDOWS)
    first = header.packed[0][0] if header.packed else len(content)
    if archive.gaps or (first > SIGNATURE_BYTES and not looks_random(content, SIGNATURE_BYTES, first)):
        return Container(
            "7z",
            replace(protection, state=State.PARTIAL),
            complete=False,
            notes=archive.gaps or ("not all of the 7z archive is encrypted",),
        )
    return Container("7z", protection)


def _of_folder(content: bytes, folder: Folder, windows: int) -> Protection:
    locks = [coder for coder in folder.coders if coder.method == AES]
    if not locks:
        return UNPROTECTED
    inputs = {index for index, coder in folder.inputs if coder.method == AES}
    if any(index not in inputs for index in folder.packed_inputs):
        return Protection(State.PARTIAL, "AES-256", 256)
    if not all(looks_random(content, start, end, windows) for start, end in folder.packed):
        return UNPROTECTED
    powers = [coder.properties[0] & 0x3F if coder.properties else 0 for coder in locks]
    if any(power < _ROUNDS_POWER or power == _NO_STRETCHING for power in powers):
        return Protection(State.WEAK, "AES-256", 256)
    return needing_secret("AES-256", 256)


def _readers(content: bytes, archive: Archive, budget: Budget) -> Iterator[tuple[str, int | None, Reader]]:
    for name, data in _plain(content, archive, budget):
        yield name, len(data), reader_of(data)


def plain_members(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the members that need no secret; ContainerError at the end if one could not be read."""
    archive = read_archive(content, budget.limits.members)
    for name, data in _plain(content, archive, budget):
        budget.spend_member()
        yield name, data


def _plain(content: bytes, archive: Archive, budget: Budget) -> Iterator[tuple[str, bytes]]:
    trouble = ""
    contained = archive.by_folder()
    for number, folder in enumerate(archive.folders):
        if any(coder.method == AES for coder in folder.coders):
            continue
        files = contained.get(number, [])
        wanted = sum(file.size for file in files)
        try:
            if wanted > budget.readable_bytes:
                raise ContainerError("a member unpacks to more than we are willing to read")
            data = unpack_folder(content, folder, wanted)
            budget.spend_bytes(len(data))
        except ContainerError as error:
            trouble = str(error)
            continue
        at = 0
        for file in files:
            yield file.name, data[at : at + file.size]
            at += file.size
    if trouble:
        raise ContainerError(trouble)
