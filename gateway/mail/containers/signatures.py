"""The true type of a file from its bytes; the name is only a second view, used where the bytes cannot tell.

Promises: never raises; looks at the first kilobytes, the end of a zip, and the directory of an OLE file, never at everything.
Why not a library: the ones measured know neither binary OpenPGP, age, `Salted__` nor .p7m, and call most OOXML files docx.
"""

import re
import struct

from gateway.mail.containers import cms, openpgp
from gateway.mail.containers.ole_directory import OLE, ole_type

_HEAD = 4_096

# (offset, magic, type), most specific first.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"RE\x7e\x5e", "rar"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"PK\x07\x08PK\x03\x04", "zip"),
    (0, b"PK00PK\x03\x04", "zip"),
    (0, b"age-encryption.org/v1\n", "age"),
    (0, b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    (0, b"Salted__", "openssl"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x1f\x8b", "gz"),
    (0, b"\x1f\x9d", "z"),
    (0, b"BZh", "bz2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"LZIP", "lzip"),
    (0, b"MSCF", "cab"),
    (0, b"ISc(", "cab"),
    (257, b"ustar", "tar"),
    (32769, b"CD001", "iso"),
    (0, b"\x60\xea", "arj"),
    (0, b"**ACE**", "ace"),
    (7, b"**ACE**", "ace"),
    (0, b"MSWIM\x00\x00\x00", "wim"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),
    (0, b"!BDN", "pst"),
    (0, b"\x00\x01\x00\x00Standard Jet DB", "mdb"),
    (0, b"\x00\x01\x00\x00Standard ACE DB", "accdb"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"),
    (0, b"encrcdsa", "dmg"),
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", "kdbx"),
    (0, b"vhdxfile", "vhdx"),
    (0, b"conectix", "vhd"),
    (0, b"KDMV", "vmdk"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"8BPS", "psd"),
    (0, b"%!PS", "ps"),
    (0, b"\xd7\xcd\xc6\x9a", "wmf"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"\x1aE\xdf\xa3", "mkv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"#!AMR", "amr"),
    (0, b"\x7fELF", "elf"),
    (0, b"\xca\xfe\xba\xbe", "class"),
    (0, b"\xcf\xfa\xed\xfe", "macho"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (0, b"wOFF", "font"),
    (0, b"wOF2", "font"),
    (0, b"OTTO", "font"),
)  # fmt: skip
_FTYP = {
    b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"qt  ": "mov", b"M4A ": "m4a", b"crx ": "cr3",
}  # fmt: skip
_LZH = re.compile(rb"-(?:lh[0-9a-z]|lz[s45]|pm[0-9])-")
_TEXT_CONTROLS = bytes(sorted(set(range(32)) - {7, 8, 9, 10, 12, 13, 27}))


def detect_type(content: bytes, name: str = "") -> str:
    """The type by signature ('docx', 'zip', 'pgp', 'text', 'unknown' ...): cheap, and never from the name where bytes can tell."""
    if not content:
        return "empty"
    head = content[:_HEAD]
    for probe in (_by_magic, _by_zip, _by_ole, _by_structure):
        kind = probe(content, head, name)
        if kind:
            return kind
    return _by_text(head, name)


def _by_magic(content: bytes, head: bytes, name: str) -> str:
    for offset, magic, kind in _MAGIC:
        if content.startswith(magic, offset):
            return kind
    if head[4:8] == b"ftyp":
        return _FTYP.get(head[8:12], "mp4")
    return ""


def _by_zip(content: bytes, head: bytes, name: str) -> str:
    if not head.startswith(b"PK\x03\x04"):
        return ""
    return zip_flavour(content)


def _by_ole(content: bytes, head: bytes, name: str) -> str:
    return ole_type(content, name) if head.startswith(OLE) else ""


def _by_structure(content: bytes, head: bytes, name: str) -> str:
    if b"%PDF-" in head[:1024]:
        # Acrobat accepts the header anywhere in the first 1024 bytes (ISO 32000-1, implementation note 13).
        return "pdf"
    if head.startswith(b"MZ"):
        return "exe"
    if head.startswith(b"BM") and len(head) > 26 and struct.unpack_from("<I", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124):
        return "bmp"
    if len(head) > 44 and head[:4] == b"\x01\x00\x00\x00" and head[40:44] == b" EMF":
        return "emf"
    if _LZH.match(head, 2):
        return "lzh"
    if cms.is_cms(head):
        return "smime"
    if openpgp.is_openpgp(head):
        return "pgp"
    if _is_old_tar(head):
        return "tar"
    return ""


def _is_old_tar(head: bytes) -> bool:
    """A pre-POSIX tar header: the checksum field equals the sum of the block with that field blank."""
    if len(head) < 512 or not head[0]:
        return False
    field = head[148:156].strip(b"\0 ")
    if not field or any(byte not in b"01234567" for byte in field):
        return False
    return int(field, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])


_PARTS = (
    (b"word/", "doc"),
    (b"xl/", "xls"),
    (b"ppt/", "ppt"),
    (b"visio/", "vsd"),
)
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
    b"application/vnd.oasis.opendocument.text-template": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet-template": "ods",
    b"application/vnd.oasis.opendocument.presentation-template": "odp",
    b"application/epub+zip": "epub",
}
# Names in a directory of a zip are seen by the hundred in the last bytes; office files keep it under 64 KB.
_TAIL = 131_072
_NAMES = 2_000


def zip_flavour(content: bytes) -> str:
    """'docx', 'odt' ... or 'zip', by the names in the directory."""
    if content[26:28] == b"\x08\x00" and content[30:38] == b"mimetype":
        size = int.from_bytes(content[18:22], "little")
        start = 38 + int.from_bytes(content[28:30], "little")
        kind = _MIMETYPES.get(content[start : start + size].strip()) if size < 128 else None
        if kind:
            return kind
    names = _directory_names(content)
    if b"[Content_Types].xml" in names:
        for prefix, family in _PARTS:
            if any(each.startswith(prefix) for each in names):
                return _office_type(family, names)
        if any(each.endswith(b".fpage") for each in names):
            return "xps"
    if b"META-INF/MANIFEST.MF" in names:
        return "jar"
    return "zip"


def _directory_names(content: bytes) -> list[bytes]:
    """Names of the first local header and of the directory headers near the end; a wrong guess only changes a label."""
    tail = content[-_TAIL:]
    names = [content[30 : 30 + int.from_bytes(content[26:28], "little")]]
    at = tail.find(b"PK\x01\x02")
    while at >= 0 and len(names) < _NAMES:
        names.append(tail[at + 46 : at + 46 + int.from_bytes(tail[at + 28 : at + 30], "little")])
        at = tail.find(b"PK\x01\x02", at + 46)
    return names


def _office_type(family: str, names: list[bytes]) -> str:
    if b"xl/workbook.bin" in names:
        return "xlsb"
    macros = any(each.endswith(b"vbaProject.bin") for each in names)
    return family + ("m" if macros else "x")


_XML_KINDS = ((b"<svg", "svg"), (b"<html", "html"), (b"<kml", "kml"))
_EML = re.compile(rb"(?:received|return-path|from|to|subject|date|message-id|mime-version|content-type|delivered-to|x-[\w-]+)[ \t]*:", re.I)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|meta|table|div|p|a|style|title)[\s>]", re.I)


def _by_text(head: bytes, name: str) -> str:
    text = _as_ascii(head)
    if text is None:
        return "unknown"
    start = text.lstrip()
    low = start[:512].lower()
    if low.startswith(b"begin:vcalendar"):
        return "ics"
    if low.startswith(b"begin:vcard"):
        return "vcf"
    if low.startswith((b"<?xml", b"<svg")):
        return next((kind for sign, kind in _XML_KINDS if sign in start[:2048].lower()), "xml")
    if _HTML.match(start) or _HTML.search(low):
        return "html"
    if low.startswith(b"from ") and b"\nfrom:" in start.lower():
        return "mbox"
    if _is_eml(start):
        return "eml"
    if start[:1] in (b"{", b"[") and re.match(rb'[{\[]\s*(?:["\[{\]}\d-]|true|false|null)', start):
        return "json"
    return _by_name(name) or ("csv" if _is_csv(start) else "text")


def _as_ascii(head: bytes) -> bytes | None:
    """The head as bytes whose ASCII can be searched, None for binary."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[len(mark) :].decode(codec, "replace").encode("utf-8", "replace")
    controls = len(head) - len(head.translate(None, _TEXT_CONTROLS))
    if controls == 0:
        high = len(head) - len(head.translate(None, bytes(range(128, 256))))
        # Windows-1252 and Latin-1 text has few high bytes, ciphertext half of them; UTF-8 must decode.
        return head if high * 3 < len(head) or _is_utf8(head) else None
    if head[1::2].count(0) * 5 > len(head) * 2 > 20 * head[::2].count(0):
        return head.decode("utf-16-le", "replace").encode("utf-8", "replace")
    return None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4
    return True


def _is_eml(start: bytes) -> bool:
    lines = start[:2048].splitlines()[:12]
    return len(lines) > 1 and bool(_EML.match(lines[0])) and sum(bool(_EML.match(line)) for line in lines) >= 2


def _is_csv(start: bytes) -> bool:
    lines = [line for line in start[:2048].splitlines()[:6] if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(sign) > 0 and len({line.count(sign) for line in lines[: max(2, len(lines) - 1)]}) == 1
        for sign in (b",", b";", b"\t", b"|")
    )


# Text formats that look like any other text: only here the name decides.
_TEXT_NAMES = {"csv": "csv", "tsv": "csv", "json": "json", "xml": "xml", "html": "html", "htm": "html", "eml": "eml"}


def _by_name(name: str) -> str:
    return _TEXT_NAMES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""
