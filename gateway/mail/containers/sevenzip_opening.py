"""Does this password open this 7z archive? The key decrypts a folder, and the CRC of what unpacks tells.

Promises: a yes is certain (32 bits of CRC over a stream that also had to unpack). A word costs what the archive asks for
(2^19 rounds of SHA-256: 90 ms here), so few are tried.
"""

import binascii
import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.mail.containers.limits import DEFAULT_LIMITS, ContainerError
from gateway.mail.containers.office_opening import first_within
from gateway.mail.containers.sevenzip_coders import unpack_coders
from gateway.mail.containers.sevenzip_header import read_archive
from gateway.mail.containers.sevenzip_values import AES, Coder, Folder

# Twelve million rounds of SHA-256 take two seconds, the budget of a whole message.
_ROUNDS = 12_582_912
_COUNTERS = 4_096  # Rounds whose input is joined and hashed at once.
# Only the smallest folder is tried; a bigger one would cost more to decrypt than the key.
_FOLDER_BYTES = 8_388_608


def opening(content: bytes, candidates: Iterable[str]) -> str | None:
    """The first candidate that opens the encrypted header, or else the smallest encrypted folder."""
    archive = read_archive(content, DEFAULT_LIMITS.members)
    folders = [archive.locked_header] if archive.locked_header else [each for each in archive.folders if _is_testable(each)]
    folders = [each for each in folders if each is not None and each.packed and each.packed[0][1] - each.packed[0][0] <= _FOLDER_BYTES]
    if not folders:
        return None
    folder = min(folders, key=lambda each: each.size)
    power = _lock(folder).properties[0] & 0x3F
    return first_within(candidates, lambda word: _fits(content, folder, word), _ROUNDS >> power if power < 24 else 0)


def _is_testable(folder: Folder) -> bool:
    return sum(coder.method == AES for coder in folder.in_order) == 1 and _crc_of_first(folder) is not None


def _crc_of_first(folder: Folder) -> tuple[int, int] | None:
    """(size, CRC) of the folder or of its first file."""
    if folder.crc is not None:
        return folder.size, folder.crc
    if folder.stream_crcs and folder.stream_crcs[0] is not None:
        return folder.stream_sizes[0], folder.stream_crcs[0]
    return None


def _lock(folder: Folder) -> Coder:
    return next(coder for coder in folder.coders if coder.method == AES)


def _fits(content: bytes, folder: Folder, word: str) -> bool:
    expected = _crc_of_first(folder)
    start, end = folder.packed[0]
    if expected is None or (end - start) % 16:
        return False
    lock = _lock(folder)
    key, vector = _key(lock.properties, word)
    reader = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    plain = reader.update(content[start:end])[: folder.sizes[folder.coders.index(lock)]]
    others = tuple(coder for coder in folder.in_order if coder.method != AES)
    size, crc = expected
    try:
        data = unpack_coders(others, plain, size)
    except ContainerError:
        return False
    return len(data) == size and binascii.crc32(data) == crc


def _key(properties: bytes, word: str) -> tuple[bytes, bytes]:
    """7zFormat.txt and 7zAes.cpp: SHA-256 over (salt, UTF-16 password, counter) repeated 2^power times."""
    first, second = properties[0], properties[1] if len(properties) > 1 else 0
    salt_bytes = (first >> 7 & 1) + (second >> 4)
    vector_bytes = (first >> 6 & 1) + (second & 15)
    salt, vector = properties[2 : 2 + salt_bytes], properties[2 + salt_bytes : 2 + salt_bytes + vector_bytes]
    digest = hashlib.sha256()
    block = salt + word.encode("utf-16-le", "surrogatepass")
    rounds = 1 << (first & 0x3F)
    for base in range(0, rounds, _COUNTERS):
        digest.update(b"".join(block + number.to_bytes(8, "little") for number in range(base, min(base + _COUNTERS, rounds))))
    return digest.digest(), vector.ljust(16, b"\0")
