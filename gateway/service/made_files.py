"""Files as policy tests describe them, made from nothing: so that a case needs no binary beside it.

Promises: the same description gives a file of the same kind and protection; nothing in it is random except what
encryption needs. On failure: `NotMade` in words for the person who wrote the case.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import msoffcrypto
import pyzipper
from pypdf import PdfReader, PdfWriter

from gateway.cli.demo_files import excel_file, form_that_opens_freely, locked_zip, pdf_file, word_file

PASSWORD = "Rainbow2026"
_MINI_STREAM = 4_096
PROTECTIONS = ("none", "aes256", "aes128", "zipcrypto", "opens-freely")
TYPES = {"docx": "docx", "xlsx": "xlsx", "pdf": "pdf", "png": "png", "zip": "zip", "txt": "txt", "ics": "ics", "scan": "pdf"}


class NotMade(ValueError):
    """A file that we cannot make, in words."""


@dataclass(frozen=True, slots=True)
class Described:
    """A file as a case describes it. `type` '' is taken from the name; `password` is what locks it."""

    name: str
    type: str = ""
    content: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    protected: str = "none"
    password: str = PASSWORD
    members: tuple["Described", ...] = ()
    width: int = 300
    height: int = 100
    size: int = 0
    hidden_sheet: bool = False

    @property
    def kind(self) -> str:
        return self.type or self.name.rpartition(".")[2].lower()


def made(file: Described) -> bytes:
    """The bytes of the file."""
    plain = _MAKERS.get(file.kind)
    if plain is None:
        raise NotMade(f"no file of type '{file.kind}' can be made; write 'type: docx' or one of {', '.join(TYPES)}")
    if file.kind == "zip":
        return _zip(file)
    return _locked(file, plain(file))


def _locked(file: Described, content: bytes) -> bytes:
    if file.protected == "none":
        return content
    if file.kind == "pdf" and file.protected in ("aes256", "aes128"):
        return _locked_pdf(content, file.password, "AES-256" if file.protected == "aes256" else "AES-128")
    if file.kind == "pdf" and file.protected == "opens-freely":
        return form_that_opens_freely(file.content or "A form to fill in.")
    if file.kind in ("docx", "xlsx") and file.protected == "aes256":
        return _locked_office(content, file.password)
    raise NotMade(f"a {file.kind} cannot be made with protection '{file.protected}'")


def _docx(file: Described) -> bytes:
    return word_file(*(file.content or "A few words.").split("\n"))


def _xlsx(file: Described) -> bytes:
    rows = file.rows or tuple(tuple(line.split(",")) for line in (file.content or "Item,Price\nPaper,4").split("\n"))
    return _hide_a_sheet(excel_file(rows)) if file.hidden_sheet else excel_file(rows)


def _pdf(file: Described) -> bytes:
    return pdf_file(" ".join(file.content.split()) or "A few words.")


def _scan(file: Described) -> bytes:
    """A page that shows a picture and has no text: what a copier sends."""
    width, height = 200, 280
    shown = zlib.compress(bytes(width * height))
    drawn = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
        b" /Length %d >>\nstream\n%s\nendstream" % (width, height, len(shown), shown),
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def _png(file: Described) -> bytes:
    """A grey picture of the given size in pixels, filled up to `size` bytes."""
    rows = b"".join(b"\0" + bytes(file.width) for _ in range(file.height))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", file.width, file.height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows))]
    used = 8 + sum(12 + len(body) for _, body in chunks) + 12
    if file.size > used + 12:
        chunks.append((b"tEXt", b"x" * (file.size - used - 12)))
    chunks.append((b"IEND", b""))
    pieces = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def _text(file: Described) -> bytes:
    return (file.content or "A few words.").replace("\n", "\r\n").encode()


def _zip(file: Described) -> bytes:
    inside = file.members or (Described("papers.docx", content=file.content),)
    files = {member.name: made(member) for member in inside}
    if file.protected == "aes256":
        return locked_zip(file.password, files)
    out = io.BytesIO()
    if file.protected == "zipcrypto":
        return _zipcrypto(files, file.password.encode())
    locked = file.protected == "aes128"
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES if locked else None) as archive:
        if locked:
            archive.setpassword(file.password.encode())
            archive.setencryption(pyzipper.WZ_AES, nbits=128)
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


_MAKERS: dict[str, Callable[[Described], bytes]] = {
    "docx": _docx,
    "xlsx": _xlsx,
    "pdf": _pdf,
    "scan": _scan,
    "png": _png,
    "txt": _text,
    "ics": _text,
    "zip": _zip,
}


def _locked_pdf(content: bytes, password: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user_password=password, owner_password=password + "-owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _locked_office(content: bytes, password: str) -> bytes:
    """Agile encryption, AES-256. msoffcrypto 6.1 mixes the streams up when one is below 4,096 bytes (the cut-off of CFB's mini stream)."""
    padded = io.BytesIO(content)
    with pyzipper.ZipFile(padded, "a") as package:
        package.comment = bytes(_MINI_STREAM)
    out = io.BytesIO()
    msoffcrypto.OfficeFile(padded).encrypt(password, out)
    return out.getvalue()


def _hide_a_sheet(book: bytes) -> bytes:
    """The same workbook with its sheet copied to a second one that nobody sees."""
    out = io.BytesIO()
    with pyzipper.ZipFile(io.BytesIO(book)) as old, pyzipper.ZipFile(out, "w", pyzipper.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name == "xl/workbook.xml":
                text = text.replace("</sheets>", '<sheet name="Staff" sheetId="2" state="hidden" r:id="rId2"/></sheets>')
            elif name == "xl/_rels/workbook.xml.rels":
                second = text[text.index("<Relationship ") : text.index("/>") + 2].replace("rId1", "rId2").replace("sheet1", "sheet2")
                text = text.replace("</Relationships>", second + "</Relationships>")
            elif name == "[Content_Types].xml":
                start = text.index('<Override PartName="/xl/worksheets/sheet1.xml"')
                second = text[start : text.index("/>", start) + 2].replace("sheet1", "sheet2")
                text = text.replace("</Types>", second + "</Types>")
            elif name == "xl/worksheets/sheet1.xml":
                new.writestr("xl/worksheets/sheet2.xml", text)
            new.writestr(name, text)
    return out.getvalue()


def _zipcrypto(files: dict[str, bytes], password: bytes) -> bytes:
    """A zip with the old 'zip 2.0' lock, which no library writes any more (APPNOTE 6.1)."""
    local, central = bytearray(), bytearray()
    for name, content in files.items():
        crc, place = zlib.crc32(content), len(local)
        locked = _zip20(bytes(11) + bytes([crc >> 24]) + content, password)
        fields = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x21, crc, len(locked), len(content), len(name), 0)
        local += b"PK\x03\x04" + fields + name.encode() + locked
        central += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, place) + name.encode()
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(local), 0)
    return bytes(local + central + b"PK\x05\x06" + end)


def _crc_step(crc: int, byte: int) -> int:
    return (crc >> 8) ^ _CRC_BYTES[(crc ^ byte) & 0xFF]


def _crc_bytes() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC_BYTES = _crc_bytes()


def _zip20(plain: bytes, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc_step(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc_step(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in plain:
        mixed = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mixed * (mixed ^ 1)) >> 8) & 0xFF)
        update(byte)
    return bytes(out)
