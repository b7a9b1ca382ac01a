"""Office files in OLE containers: encrypted OOXML (MS-OFFCRYPTO) and the legacy doc, xls and ppt formats.

Promises: STRONG only for agile encryption with AES-256 for package and key, nothing readable beside the package, and not
opened by the password that Excel tries by itself. Legacy formats never had AES-256: WEAK at best.
On failure: UNKNOWN and incomplete.
"""

import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from gateway.mail.containers import office_opening
from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.ole_directory import open_ole, stream_names, type_of_streams
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import STRONG_BITS, needing_secret
from gateway.model.findings import UNPROTECTED, Container, Protection, State

if TYPE_CHECKING:
    import olefile

DEFAULT_PASSWORDS: tuple[str, ...] = (office_opening.VELVET_SWEATSHOP, "")
# Streams that encryption itself writes; `SummaryInformation` copies are listed apart because they are readable.
_OWN_STREAMS = (
    "encryptedpackage",
    "encryptioninfo",
    "\x06dataspaces/version",
    "\x06dataspaces/dataspacemap",
    "\x06dataspaces/dataspaceinfo/strongencryptiondataspace",
    "\x06dataspaces/transforminfo/strongencryptiontransform/\x06primary",
)
_RECORD_BYTES = 65_536
_SPACE_BYTES = 1_024  # They have 64 to 200 bytes.
_PROPERTIES = ("\x05summaryinformation", "\x05documentsummaryinformation")
_INFO_BYTES = 8_192  # An agile header has 1,100 bytes, with certificates some thousands.
# Free sectors looked at; Office leaves none beside a package.
_LOOSE_SECTORS = 256
_FREE = b"\xff\xff\xff\xff"
# Sectors of a file of 64 MB, more than any message: where a stream lies in one piece, its table reads like this.
_NUMBERS = array("I", range(131_072))
_ALGORITHMS = {0x6801: ("RC4", None), 0x660E: ("AES-128", 128), 0x660F: ("AES-192", 192), 0x6610: ("AES-256", 256)}


@dataclass(frozen=True, slots=True)
class Agile:
    """What an agile EncryptionInfo names: cipher and bits, the weaker of package and key encryptor."""

    cipher: str
    bits: int


def judge(content: bytes, name: str = "", defaults: Sequence[str] = DEFAULT_PASSWORDS) -> Container:
    """What protects an OLE file; `defaults` are tried on a package."""
    ole = open_ole(content)
    if ole is None:
        return Container("ole", Protection(State.UNKNOWN), complete=False, notes=("the Office container is damaged",))
    try:
        names = stream_names(ole)
        kind = type_of_streams(names, name)
        lower = tuple(each.lower() for each in names)
        if "encryptedpackage" in lower:
            return _package(content, ole, kind, lower, defaults)
        return _legacy(ole, kind)
    except (ContainerError, OSError, ValueError, struct.error, IndexError, ParseError) as error:
        words = str(error) if isinstance(error, ContainerError) else "the Office container is damaged"
        return Container("ole", Protection(State.UNKNOWN), complete=False, notes=(words,))
    finally:
        ole.close()


def _package(content: bytes, ole: "olefile.OleFileIO", kind: str, lower: tuple[str, ...], defaults: Sequence[str]) -> Container:
    if any("drmencrypted" in each or "drmtransform" in each or "drmdataspace" in each for each in lower):
        # Rights management: who can open it is decided by a server that we cannot ask.
        return Container(kind, Protection(State.UNKNOWN, "DRM", None), notes=("opened through a rights-management server",))
    extra = [each for each in lower if each not in _OWN_STREAMS and each not in _PROPERTIES]
    info = ole.openstream("EncryptionInfo").read(_INFO_BYTES)
    if len(info) >= _INFO_BYTES or any(ole.get_size(each) > _SPACE_BYTES for each in lower if each in _OWN_STREAMS[2:]):
        extra.append("a stream of unusual length")
    protection = _of_info(info)
    notes: tuple[str, ...] = ()
    if not _is_ciphertext(content, ole):
        return Container(kind, UNPROTECTED, notes=("the package is not really encrypted",))
    if protection.state is State.STRONG and _has_loose_bytes(content, ole):
        notes = ("there are readable bytes beside the encrypted package",)
        return Container(kind, Protection(State.PARTIAL, protection.algorithm, protection.bits), complete=False, notes=notes)
    if extra or any(each in lower and _says_something(ole, each) for each in _PROPERTIES):
        notes = ("there are readable streams beside the encrypted package",)
        return Container(kind, Protection(State.PARTIAL, protection.algorithm, protection.bits), complete=not extra, notes=notes)
    if office_opening.opening_package(info, defaults) is not None:
        notes = ("opens with the password that Office tries by itself",)
        protection = Protection(State.OPENABLE, protection.algorithm, protection.bits)
    return Container(kind, protection, notes=notes)


def _is_ciphertext(content: bytes, ole: "olefile.OleFileIO") -> bool:
    """The package is eight bytes of size, then ciphertext: looked at where it lies, if in one piece (as in all but edited files)."""
    entry = ole.direntries[ole._find("EncryptedPackage")]
    start, sectors = entry.isectStart, -(-entry.size // ole.sectorsize)
    if entry.size >= ole.minisectorcutoff and _is_in_one_piece(ole.fat, start, sectors):
        offset = (start + 1) * ole.sectorsize
        return looks_random(content, offset + 8, min(offset + entry.size, len(content)))
    package = ole.openstream("EncryptedPackage").read()
    return len(package) > 8 and looks_random(package, 8)


def _is_in_one_piece(fat: "array[int]", start: int, sectors: int) -> bool:
    """Each sector of a stream is followed by the next one of the file."""
    end = start + sectors
    return end <= len(_NUMBERS) and fat[start : end - 1] == _NUMBERS[start + 1 : end]


def _has_loose_bytes(content: bytes, ole: "olefile.OleFileIO") -> bool:
    """Bytes in sectors that belong to no stream, or behind the last sector."""
    size = ole.sectorsize
    sectors = -(-len(content) // size) - 1
    at = -1
    table = ole.fat.tobytes()
    for _ in range(_LOOSE_SECTORS):
        at = _next_free(table, at + 1)
        if at < 0:
            return bool(content[(len(ole.fat) + 1) * size :].strip(b"\0"))
        if at >= sectors:
            return False
        if not _is_old_directory(content[(at + 1) * size : (at + 2) * size]):
            return True
    return True


def _next_free(table: bytes, start: int) -> int:
    """The first entry from `start` on that says 'free'; -1 if there is none."""
    at = table.find(_FREE, 4 * start)
    while at >= 0 and at % 4:
        at = table.find(_FREE, at + 1)
    return at // 4 if at >= 0 else -1


def _is_old_directory(sector: bytes) -> bool:
    """A free sector of zeros, or one that the directory once stood in: names of at most 32 characters and numbers."""
    entries = (sector[at : at + 128].ljust(128, b"\0") for at in range(0, len(sector), 128))
    return all(entry[66] in (0, 1, 2, 5) and entry[65] == 0 and entry[64] <= 64 and entry[64] % 2 == 0 for entry in entries)


def _says_something(ole: "olefile.OleFileIO", name: str) -> bool:
    """Property streams stay in clear; Office writes them empty beside an encrypted package unless told otherwise."""
    properties = ole.getproperties(name.split("/"))
    return any(isinstance(value, (str, bytes)) and value.strip() for value in properties.values())


def _of_info(info: bytes) -> Protection:
    major, minor = struct.unpack_from("<HH", info)
    if (major, minor) == (4, 4):
        agile = read_agile(info)
        return needing_secret(agile.cipher, agile.bits)
    if minor == 2 and major in (2, 3, 4):
        algorithm, key_bits = struct.unpack_from("<L4xL", info, 12 + 8)
        cipher, bits = _ALGORITHMS.get(algorithm, ("unknown", None))
        # Standard encryption is ECB with 50,000 rounds of SHA-1, and Office only ever wrote AES-128.
        return Protection(State.WEAK, cipher, bits or key_bits or None)
    return Protection(State.WEAK, "unknown", None)


def read_agile(info: bytes) -> Agile:
    """Cipher and bits of an agile EncryptionInfo: the weakest that stands anywhere in it."""
    root = office_opening.parse_xml(info[8:])
    found = []
    for element in root.iter():
        if element.tag.endswith(("}keyData", "}encryptedKey")):
            bits = int(element.get("keyBits", "0"))
            cipher = element.get("cipherAlgorithm", "unknown")
            found.append(Agile(f"AES-{bits}" if cipher == "AES" else cipher, bits if cipher == "AES" else min(bits, STRONG_BITS - 1)))
    if len(found) < 2:
        raise ContainerError("the Office encryption header is incomplete")
    return min(found, key=lambda agile: agile.bits)


def _legacy(ole: "olefile.OleFileIO", kind: str) -> Container:
    lock = legacy_lock(ole, kind)
    if lock is None:
        return Container(kind, UNPROTECTED)
    if any(lock.verify(word) for word in DEFAULT_PASSWORDS):
        state = Protection(State.OPENABLE, lock.protection.algorithm, lock.protection.bits)
        return Container(kind, state, notes=("opens with the password that Office tries by itself",))
    return Container(kind, lock.protection)


@dataclass(frozen=True, slots=True)
class Lock:
    """How a legacy file is locked, and the test for a password."""

    protection: Protection
    verify: office_opening.Verifier
    certain: bool = True


def legacy_lock(ole: "olefile.OleFileIO", kind: str) -> Lock | None:
    """The lock of a doc, xls or ppt file; None if it has none."""
    finder = {"doc": _doc, "xls": _xls, "ppt": _ppt}.get(kind)
    return finder(ole) if finder else None


def _doc(ole: "olefile.OleFileIO") -> Lock | None:
    """MS-DOC 2.5.2: FIB flag fEncrypted (0x0100), fObfuscated (0x8000) means XOR."""
    fib = ole.openstream("WordDocument").read(32)
    (flags,) = struct.unpack_from("<H", fib, 10)
    if not flags & 0x0100:
        return None
    if flags & 0x8000:
        return _xor(int.from_bytes(fib[14:16], "little"))
    return _rc4(ole.openstream("1Table" if flags & 0x0200 else "0Table").read(1_024))


def _xor(verifier: int) -> Lock:
    return Lock(Protection(State.WEAK, "XOR", None), office_opening.xor_verifier(verifier), certain=False)


def _rc4(header: bytes) -> Lock:
    """MS-OFFCRYPTO 2.3.5 and 2.3.6: version 1.1 is RC4 with 40 bits, x.2 CryptoAPI."""
    old = struct.unpack_from("<HH", header) == (1, 1)
    protection = Protection(State.WEAK, "RC4", 40) if old else Protection(State.WEAK, "RC4 CryptoAPI", 128)
    return Lock(protection, office_opening.rc4_verifier(header))


def _xls(ole: "olefile.OleFileIO") -> Lock | None:
    """MS-XLS 2.4.117: a FilePass record among the first records of the workbook."""
    stream = ole.openstream("Workbook" if ole.exists("Workbook") else "Book")
    for kind, data in _records(stream.read(_RECORD_BYTES)):
        if kind == 0x2F:
            obfuscated = data[:2] == b"\0\0" or len(data) < 8
            return _xor(int.from_bytes(data[-2:], "little")) if obfuscated else _rc4(data[2:])
    return None


def _records(data: bytes) -> Iterable[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + size]
        if kind == 0x0A:
            return  # End of the workbook globals: FilePass stands before it or nowhere.
        at += 4 + size


def _ppt(ole: "olefile.OleFileIO") -> Lock | None:
    """MS-PPT 2.3.2: headerToken 0xF3D1C4DF of the CurrentUserAtom marks an encrypted file.

    Its verifier stands in a record that only the persist directory finds; nobody has asked to try words on a ppt.
    """
    current = ole.openstream("Current User").read(64)
    if struct.unpack_from("<L", current, 12)[0] == 0xF3D1C4DF:
        return Lock(Protection(State.WEAK, "RC4 CryptoAPI", 128), lambda word: False)
    return None
