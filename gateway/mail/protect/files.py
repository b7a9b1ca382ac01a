"""Locking one file with a password, in its own format where that is AES-256, else in a zip.

Randomness (salts, keys) is the libraries' own, from the operating system; the password is given.
"""

import io
from dataclasses import dataclass

import pyzipper
from msoffcrypto.exceptions import EncryptionError, FileFormatError
from msoffcrypto.format.ooxml import OOXMLFile
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from gateway.mail.containers import recognise
from gateway.model.findings import State

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
    zipped = _zipped(name, content, password, stored=seen.type in _COMPRESSED)
    if not _is_strong(zipped):
        raise CannotProtect("A file in the email could not be locked.")
    return LockedFile(f"{_stem(name)}.zip", MEDIA["zip"], zipped)


def _is_strong(content: bytes) -> bool:
    return recognise(content).protection.state is State.STRONG


def _own_format(kind: str, content: bytes, password: str) -> bytes | None:
    """The same file, locked by its own format; None where that is not possible, so that it goes into a zip."""
    out = io.BytesIO()
    try:
        if kind in _OFFICE:
            OOXMLFile(io.BytesIO(content)).encrypt(password, out)
        elif kind == "pdf":
            writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content), strict=False))
            writer.encrypt(user_password=password, owner_password=None, algorithm="AES-256")
            writer.write(out)
        else:
            return None
    except (
        EncryptionError,
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
    return out.getvalue()


def _zipped(name: str, content: bytes, password: str, *, stored: bool) -> bytes:
    out = io.BytesIO()
    method = pyzipper.ZIP_STORED if stored else pyzipper.ZIP_DEFLATED
    with pyzipper.AESZipFile(out, "w", compression=method, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(name, content, compress_type=method)
    return out.getvalue()


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
