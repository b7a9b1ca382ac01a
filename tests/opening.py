"""Opens locked files as their recipients do: with the libraries and programs of every platform, each with a password and without.

A reader answers with what it got out of the file, or None where it would not open it.
"""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import msoffcrypto
import pypdf
import pypdfium2
import pyzipper

Reader = Callable[[bytes, str, Path], bytes | None]
"""(file, password, scratch folder) -> content; '' is what somebody tries who has no password."""


def by_msoffcrypto(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """A Word, Excel or PowerPoint file as it was before it was locked."""
    file, out = msoffcrypto.OfficeFile(io.BytesIO(locked)), io.BytesIO()
    try:
        file.load_key(password=password, verify_password=True)
        file.decrypt(out)
    except (msoffcrypto.exceptions.InvalidKeyError, msoffcrypto.exceptions.DecryptionError):
        return None
    return out.getvalue()


def by_pdfium(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """What Chrome and Android show of the first page."""
    try:
        document = pypdfium2.PdfDocument(locked, password=password or None)
    except pypdfium2.PdfiumError:
        return None
    return str(document[0].get_textpage().get_text_bounded()).encode()


def by_pypdf(locked: bytes, password: str, scratch: Path) -> bytes | None:
    reader = pypdf.PdfReader(io.BytesIO(locked))
    return reader.pages[0].extract_text().encode() if reader.decrypt(password) else None


def by_qpdf(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """The whole document, unlocked and uncompressed."""
    return _by_program(locked, scratch, "qpdf", f"--password={password}", "--decrypt", "--stream-data=uncompress", "{file}", "-")


def by_poppler(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """The words, as Evince and Okular read them."""
    return _by_program(locked, scratch, "pdftotext", "-upw", password, "{file}", "-")


def by_pyzipper(locked: bytes, password: str, scratch: Path) -> bytes | None:
    with pyzipper.AESZipFile(io.BytesIO(locked)) as archive:
        try:
            return archive.read(archive.namelist()[0], pwd=password.encode() or None)
        except RuntimeError:
            return None


def by_7z(locked: bytes, password: str, scratch: Path) -> bytes | None:
    return _by_program(locked, scratch, "7zz", "x", "-so", f"-p{password}", "{file}")


def by_bsdtar(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """libarchive: macOS, file managers of Linux, Windows 11."""
    return _by_program(locked, scratch, "bsdtar", "-xOf", "{file}", "--passphrase", password or "none")


def by_unzip(locked: bytes, password: str, scratch: Path) -> bytes | None:
    """Info-ZIP knows no AES: it must fail with any password, and take nothing out."""
    return _by_program(locked, scratch, "unzip", "-p", "-P", password, "{file}")


def _by_program(locked: bytes, scratch: Path, program: str, *words: str) -> bytes | None:
    file = scratch / "locked"
    file.write_bytes(locked)
    run = subprocess.run(
        [program, *(word.replace("{file}", str(file)) for word in words)], input=b"", capture_output=True, timeout=60, check=False
    )
    return run.stdout if run.returncode == 0 else None
