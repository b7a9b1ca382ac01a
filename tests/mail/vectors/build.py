"""The pieces of which hostile messages are made."""

import base64
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

CRLF = b"\r\n"
SECRET_TEXT = "Kayleigh Thompson, NHS 943 476 5919"


class Hides(Enum):
    """What a case hides, and so where it must be found."""

    FILE = "file"
    TEXT = "text"
    NAME = "name"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Case:
    """One message. `canary` is the file's bytes, or the words or name that are hidden."""

    id: str
    raw: bytes
    hides: Hides
    canary: bytes | str

    @property
    def family(self) -> str:
        """C01 ... E02, as in the list of threats."""
        return self.id.partition("-")[0]


def _zip() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo("case.txt", (2026, 1, 1, 0, 0, 0)), SECRET_TEXT)
    return held.getvalue()


ZIP = _zip()
B64 = base64.encodebytes(ZIP).replace(b"\n", CRLF)
TOP = b"From: jo@borough.gov.uk\r\nTo: dee@example.org\r\nSubject: Papers\r\nMIME-Version: 1.0\r\n"
ZIP_TYPE = b'Content-Type: application/zip; name="case.zip"\r\n'
CTE = b"Content-Transfer-Encoding: base64\r\n"
TEXT_PART = b"--edge\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="edge"\r\n'


def part(entity: bytes) -> bytes:
    """A message whose second part is `entity`."""
    return TOP + MIXED + CRLF + TEXT_PART + b"--edge\r\n" + entity + b"\r\n--edge--\r\n"


def both(fields: bytes, body: bytes = B64, separator: bytes = CRLF) -> Iterable[tuple[str, bytes]]:
    """The same fields on a part and on the message itself."""
    yield "part", part(fields + separator + body)
    yield "top", TOP + fields + separator + body


def files(family: str, named: Iterable[tuple[str, bytes]]) -> list[Case]:
    """Cases that hide the zip."""
    return [Case(f"{family}-{name}", raw, Hides.FILE, ZIP) for name, raw in named]
