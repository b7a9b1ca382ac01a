"""A zip package (OOXML, OpenDocument) opened with a budget of bytes really unpacked.

Promises: every entry of the central directory is visited, also two of one name; no declared size is believed.
On failure: `Stop` when the package cannot be opened or the budget is spent. An entry that cannot be unpacked makes the
document incomplete and the others are still read.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes, Stop

# Office and LibreOffice write nothing else, and an LZMA dictionary costs memory before the first byte comes out.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(slots=True)
class Package:
    """The entries of one document, by path."""

    notes: Notes
    zip: zipfile.ZipFile
    entries: tuple[zipfile.ZipInfo, ...]
    left: int = limits.UNPACKED_BYTES
    read_ones: set[int] = field(default_factory=set)

    def named(self, pattern: str) -> Iterator[tuple[str, bytes]]:
        """(path, content) of every entry whose path matches, in natural order; each entry is given once."""
        found = [entry for entry in self.entries if re.fullmatch(pattern, _path(entry), re.IGNORECASE)]
        for entry in sorted(found, key=lambda entry: _natural(_path(entry))):
            yield from self._unread(entry)

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """Everything that no `named` asked for."""
        for entry in self.entries:
            yield from self._unread(entry)

    def _unread(self, entry: zipfile.ZipInfo) -> Iterator[tuple[str, bytes]]:
        if id(entry) in self.read_ones or entry.is_dir():
            return
        self.read_ones.add(id(entry))
        content = self._content(entry)
        if content is not None:
            yield _path(entry), content

    def peek(self, path: str) -> bytes | None:
        """Content of the first entry at this path, which stays to be visited; None if there is none."""
        for entry in self.entries:
            if _path(entry).lower() == path.lower():
                return self._content(entry)
        return None

    def _content(self, entry: zipfile.ZipInfo) -> bytes | None:
        if entry.flag_bits & 0x1:
            self.notes.incomplete("a part of it needs a password")
            return None
        if entry.compress_type not in _METHODS:
            self.notes.incomplete("a part of it is packed in an unusual way")
            return None
        try:
            with self.zip.open(entry) as stream:
                content = stream.read(self.left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
            # All that zipfile raises for damaged, locked (RuntimeError) and exotic (NotImplementedError) members.
            self.notes.incomplete("a part of it cannot be unpacked")
            return None
        if len(content) > self.left:
            raise Stop("it unpacks to more than is looked at")
        self.left -= len(content)
        return content


def open_package(content: bytes, notes: Notes) -> Package:
    """Open a document that is a zip file. Raises Stop when it is none."""
    if content.startswith(ole.MAGIC):
        raise Stop("it needs a password")  # Office wraps an encrypted package in an OLE file
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        # All that zipfile raises for a directory that it cannot read.
        raise Stop("it is damaged") from None
    entries = tuple(archive.infolist())
    if len(entries) > limits.ENTRIES:
        raise Stop("it has too many parts")
    return Package(notes, archive, entries)


def _path(entry: zipfile.ZipInfo) -> str:
    """Some writers start with a slash or use Windows' own; Office opens both."""
    return entry.filename.replace("\\", "/").lstrip("/")


def _natural(path: str) -> tuple[int, str]:
    """slide10 comes after slide9."""
    digits = re.search(r"(\d{1,9})\.\w+$", path)
    return (int(digits[1]) if digits else 0, path)
