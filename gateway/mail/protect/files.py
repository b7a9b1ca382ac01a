"""Locking one file with a password, in its own format where that is AES-256, else in a zip.

Randomness (salts, keys) is the libraries' own, from the operating system; the password is given.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyzipper
from msoffcrypto.exceptions import FileFormatError
from msoffcrypto.format.ooxml import OOXMLFile
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from gateway.mail.containers import detect_type, recognise, recognise_fresh
from gateway.mail.protect.office import locked_package
from gateway.model.findings import State

TOGETHER_NAME = "files.zip"
# Compressed already: deflating again costs six times the CPU and saves nothing (measured, 10 MB).
_COMPRESSED = frozenset(
    {"docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp", "pdf", "zip", "7z", "rar", "gz", "png", "jpeg", "webp", "heic"}
)
_OFFICE = frozenset({"docx", "xlsx", "pptx", "docm", "xlsm", "pptm"})
_OFFICE_MEDIA = "application/vnd.openxmlformats-officedocument"
MEDIA = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE_MEDIA}.wordprocessingml.document",
    "xlsx": f"{_OFFICE_MEDIA}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE_MEDIA}.presentationml.presentation",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "zip": "application/zip",
}


class CannotProtect(Exception):
    """This cannot be locked; the words say why, for the sender."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file that needs the password. `media_type` fits `name`."""

    name: str
    media_type: str
    content: bytes


def lock(name: str, content: bytes, password: str) -> LockedFile:
    """Lock one file; the result is proved to be strong. Raises CannotProtect."""
    seen = recognise(content, name)
    own = _own_format(seen.type, content, password) if seen.protection.state is State.NONE else None
    if own is not None and _is_strong(own):
        return LockedFile(name, MEDIA[seen.type], own)
    zipped = _zip(((name, content),), password)
    if not _is_strong(zipped):
        raise CannotProtect("A file in the email could not be locked.")
    return LockedFile(f"{_stem(name)}.zip", MEDIA["zip"], zipped)


def lock_together(files: Sequence[tuple[str, bytes]], password: str) -> LockedFile:
    """Several files in one zip under a name that says nothing; the result is proved to be strong. Raises CannotProtect."""
    zipped = _zip(tuple(zip(_apart([name for name, _ in files]), (content for _, content in files), strict=True)), password)
    if not _is_strong(zipped):
        raise CannotProtect("The files in the email could not be locked.")
    return LockedFile(TOGETHER_NAME, MEDIA["zip"], zipped)


def _apart(names: Sequence[str]) -> Iterator[str]:
    """The names, with a number where one comes again: an unpacker would write the second over the first."""
    seen: set[str] = set()
    for name in names:
        stem, other, number = _stem(name), name, 2
        while other.casefold() in seen:
            other, number = f"{stem}-{number}{name[len(stem) :]}", number + 1
        seen.add(other.casefold())
        yield other


def _is_strong(content: bytes) -> bool:
    return recognise_fresh(content).protection.state is State.STRONG


def _own_format(kind: str, content: bytes, password: str) -> bytes | None:
    """The same file, locked by its own format; None where that is not possible, so that it goes into a zip."""
    try:
        if kind in _OFFICE:
            OOXMLFile(io.BytesIO(content))  # refuses what Office would not open
            return locked_package(content, password)
        return _locked_pdf(content, password) if kind == "pdf" else None
    except (
        FileFormatError,
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ):
        # Damaged or unusual files break these libraries in many ways; a zip holds anything.
        return None


def _locked_pdf(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content), strict=False))
    writer.encrypt(user_password=password, owner_password=None, algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def _zip(files: Sequence[tuple[str, bytes]], password: str) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, content in files:
            stored = detect_type(content, name) in _COMPRESSED
            archive.writestr(name, content, compress_type=pyzipper.ZIP_STORED if stored else pyzipper.ZIP_DEFLATED)
    return out.getvalue()


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
