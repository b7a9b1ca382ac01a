"""An Office file locked by its own format: agile encryption, AES-256 with SHA-512 (MS-OFFCRYPTO 2.3.4.10 to 2.3.4.15).

Promises: the file's key is 256 bits of the system's randomness, and only the password opens it.
Only header and container are written by msoffcrypto: a key of its making is 128 bits, filled up to the length of 256 with a constant,
and it takes 70 ms more for a file of 10 MB.
"""

import struct
from hashlib import sha512
from types import SimpleNamespace

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msoffcrypto.method.container.ecma376_encrypted import ECMA376Encrypted
from msoffcrypto.method.ecma376_agile import ECMA376Agile, ECMA376AgileEncryptionInfo

from gateway.mail.containers.office_opening import VERIFIER_INPUT, VERIFIER_VALUE, spun

# What Office itself asks for; it makes each guess of a password cost 50 ms.
ROUNDS = 100_000
_KEY_VALUE = bytes.fromhex("146e0be7abacd0d6")  # MS-OFFCRYPTO 2.3.4.13
_KEY_BYTES, _BLOCK_BYTES, _SEGMENT_BYTES = 32, 16, 4_096


def locked_package(content: bytes, password: str) -> bytes:
    """The OLE file that Office asks the password for."""
    key, info = _random(_KEY_BYTES), ECMA376AgileEncryptionInfo()
    info.keyData.saltValue = _random(_BLOCK_BYTES)
    _lock_key(info, key, password)
    package = _encrypted(content, key, info.keyData.saltValue)
    written: list[bytes] = []  # not a file: that would copy the whole once more
    ECMA376Encrypted(package, ECMA376Agile.get_encryption_information(info, package, key)).write_to(SimpleNamespace(write=written.append))
    return b"".join(written)


def _lock_key(info: ECMA376AgileEncryptionInfo, key: bytes, password: str) -> None:
    """The key of the file, and a verifier, under keys made from the password."""
    salt, verifier = _random(_BLOCK_BYTES), _random(_BLOCK_BYTES)
    digest = spun(sha512, salt + password.encode("utf-16-le"), ROUNDS)

    def under(block: bytes, plain: bytes) -> bytes:
        return _cbc(sha512(digest + block).digest()[:_KEY_BYTES], salt).update(plain)

    info.spinCount, info.encryptedKey.saltValue = ROUNDS, salt
    info.encryptedVerifierHashInput = under(VERIFIER_INPUT, verifier)
    info.encryptedVerifierHashValue = under(VERIFIER_VALUE, sha512(verifier).digest())
    info.encryptedKeyValue = under(_KEY_VALUE, key)


def _encrypted(content: bytes, key: bytes, salt: bytes) -> bytearray:
    """Size, then segments that each begin with an IV of their own (2.3.4.15).

    One cipher for all of them, for making 2,560 costs more than the encryption: what it mixes into the first block of a segment is
    the last block before, so that is taken out and the IV put in.
    """
    chain, last = _cbc(key, bytes(_BLOCK_BYTES)), bytes(_BLOCK_BYTES)
    out = bytearray(struct.pack("<Q", len(content)))
    for number, at in enumerate(range(0, len(content), _SEGMENT_BYTES)):
        iv = sha512(salt + struct.pack("<I", number)).digest()[:_BLOCK_BYTES]
        plain = content[at : at + _SEGMENT_BYTES]
        plain += bytes(-len(plain) % _BLOCK_BYTES)
        segment = chain.update(_mixed(plain[:_BLOCK_BYTES], last, iv) + plain[_BLOCK_BYTES:])
        last = segment[-_BLOCK_BYTES:]
        out += segment
    return out


def _mixed(plain: bytes, last: bytes, iv: bytes) -> bytes:
    number = int.from_bytes(plain, "big") ^ int.from_bytes(last, "big") ^ int.from_bytes(iv, "big")
    return number.to_bytes(_BLOCK_BYTES, "big")


def _random(size: int) -> bytes:
    """16 or 32 bytes: the room has no chance of its own, a library that makes keys has."""
    return AESGCM.generate_key(8 * size)


def _cbc(key: bytes, iv: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
