"""Does this password open this Office file? Agile and standard OOXML by their verifiers, doc, xls and ppt by theirs (MS-OFFCRYPTO 2.3).

Promises: bounded by rounds of hashing, not by candidates: an agile header may ask for ten million rounds per word.
A yes is certain: every verifier compares at least 128 bits, but for XOR, which is only asked about one password.
On failure: `ContainerError` where the header cannot be used.
Why not msoffcrypto here: it has no bound on rounds, and its legacy classes decrypt the whole file.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, XMLParser

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.mail.containers.limits import ContainerError

# Excel and PowerPoint try this one by themselves before they ask.
VELVET_SWEATSHOP = "VelvetSweatshop"
# About 2.4 million rounds of SHA-512 take 2 s here (100,000 take 80 ms): the budget of a whole message.
ROUNDS = 2_400_000
_STANDARD_ROUNDS = 50_000
_HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}
# MS-OFFCRYPTO 2.3.4.13: block keys of the two verifier fields.
VERIFIER_INPUT, VERIFIER_VALUE = bytes.fromhex("fea7d2763b4b9e79"), bytes.fromhex("d7aa0f6d3061344e")
_KEY_ENCRYPTOR = "{http://schemas.microsoft.com/office/2006/keyEncryptor/password}encryptedKey"

Verifier = Callable[[str], bool]


def opening_package(info: bytes, candidates: Iterable[str]) -> str | None:
    """The first candidate that an EncryptionInfo stream's verifier accepts."""
    major, minor = struct.unpack_from("<HH", info)
    if (major, minor) == (4, 4):
        rounds, verify = _agile(info)
    elif minor == 2:
        rounds, verify = _STANDARD_ROUNDS, _standard(info)
    else:
        return None
    if rounds > ROUNDS:
        raise ContainerError("the Office file asks for too many rounds of hashing")
    return first_within(candidates, verify, ROUNDS // max(rounds, 1))


def first_within(candidates: Iterable[str], verify: Verifier, most: int) -> str | None:
    """The first of at most `most` candidates that is accepted."""
    for _, word in zip(range(most), candidates, strict=False):
        if verify(word):
            return word
    return None


def parse_xml(text: bytes) -> Element:
    """A short XML header without DTD: an entity bomb has no business in it."""
    if b"<!" in text:
        raise ContainerError("the header holds a document type")
    parser = XMLParser()
    parser.feed(text.rstrip(b"\0"))
    root: Element = parser.close()
    return root


@dataclass(frozen=True, slots=True)
class _PasswordKey:
    """The attributes of a password key encryptor (MS-OFFCRYPTO 2.3.4.10)."""

    rounds: int
    bits: int
    hash: str
    salt: bytes
    verifier_input: bytes
    verifier_value: bytes


def _agile(info: bytes) -> tuple[int, Verifier]:
    element = next(iter(parse_xml(info[8:]).iter(_KEY_ENCRYPTOR)), None)
    if element is None:
        return 1, lambda word: False  # Locked for a certificate only.
    key = _PasswordKey(
        int(element.get("spinCount", "0")),
        int(element.get("keyBits", "0")),
        element.get("hashAlgorithm", "").replace("-", ""),
        base64.b64decode(element.get("saltValue", "")),
        base64.b64decode(element.get("encryptedVerifierHashInput", "")),
        base64.b64decode(element.get("encryptedVerifierHashValue", "")),
    )
    if key.hash not in _HASHES or key.bits not in (128, 192, 256) or element.get("cipherAlgorithm") != "AES":
        raise ContainerError("the Office encryption is of an unusual kind")
    return key.rounds, lambda word: _fits_agile(key, word)


def _fits_agile(key: _PasswordKey, word: str) -> bool:
    hashed = _HASHES[key.hash]
    digest = spun(hashed, key.salt + _utf16(word), key.rounds)
    iv = _padded(key.salt, 16)
    parts = []
    for block, data in ((VERIFIER_INPUT, key.verifier_input), (VERIFIER_VALUE, key.verifier_value)):
        secret = _padded(hashed(digest + block).digest(), key.bits // 8)
        reader = Cipher(algorithms.AES(secret), modes.CBC(iv)).decryptor()
        parts.append(reader.update(data) + reader.finalize())
    wanted = hashed(parts[0]).digest()
    return hmac.compare_digest(parts[1][: len(wanted)], wanted)


def spun(hashed: Callable[[bytes], "hashlib._Hash"], start: bytes, rounds: int) -> bytes:
    """What a password becomes by hashing again and again (2.3.4.11): H(number, H(number - 1, ...))."""
    digest = hashed(start).digest()
    joined = struct.Struct(f"<I{len(digest)}s").pack
    for number in range(rounds):
        digest = hashed(joined(number, digest)).digest()
    return digest


def _padded(data: bytes, size: int) -> bytes:
    return data[:size].ljust(size, b"\x36")


def _utf16(word: str) -> bytes:
    return word.encode("utf-16-le", "surrogatepass")


def _standard(info: bytes) -> Verifier:
    """MS-OFFCRYPTO 2.3.4.5 to 2.3.4.9: AES in ECB with a verifier of 16 bytes and its SHA-1."""
    (header_bytes,) = struct.unpack_from("<L", info, 8)
    (key_bits,) = struct.unpack_from("<L", info, 12 + 16)
    at = 12 + header_bytes
    salt, verifier, value = info[at + 4 : at + 20], info[at + 20 : at + 36], info[at + 40 : at + 72]
    if key_bits not in (128, 192, 256) or len(value) != 32:
        raise ContainerError("the Office encryption is of an unusual kind")

    def fits(word: str) -> bool:
        digest = hashlib.sha1(spun(hashlib.sha1, salt + _utf16(word), _STANDARD_ROUNDS) + bytes(4)).digest()
        halves = (
            hashlib.sha1(bytes(a ^ b for a, b in zip(digest.ljust(64, b"\0"), bytes([pad]) * 64, strict=True))).digest()
            for pad in (0x36, 0x5C)
        )
        reader = Cipher(algorithms.AES(b"".join(halves)[: key_bits // 8]), modes.ECB()).decryptor()
        plain = reader.update(verifier + value)
        return hmac.compare_digest(hashlib.sha1(plain[:16]).digest(), plain[16:36])

    return fits


def rc4_verifier(header: bytes) -> Verifier:
    """For the encryption header of doc, xls and ppt: RC4 with 40 bits (version 1.1) or CryptoAPI (x.2)."""
    if struct.unpack_from("<HH", header) == (1, 1):
        salt, verifier, value = header[4:20], header[20:36], header[36:52]
        return lambda word: _fits_rc4(_rc4_key(word, salt), verifier, value, hashlib.md5)
    (header_bytes,) = struct.unpack_from("<L", header, 8)
    (bits,) = struct.unpack_from("<L", header, 12 + 16)
    at = 12 + header_bytes
    salt, verifier, value = header[at + 4 : at + 20], header[at + 20 : at + 36], header[at + 40 : at + 60]
    return lambda word: _fits_rc4(_cryptoapi_key(word, salt, bits or 40), verifier, value, hashlib.sha1)


def _rc4_key(word: str, salt: bytes) -> bytes:
    first = hashlib.md5(_utf16(word)).digest()[:5]
    second = hashlib.md5((first + salt) * 16).digest()[:5]
    return hashlib.md5(second + bytes(4)).digest()


def _cryptoapi_key(word: str, salt: bytes, bits: int) -> bytes:
    digest = hashlib.sha1(hashlib.sha1(salt + _utf16(word)).digest() + bytes(4)).digest()
    return digest[:5] + bytes(11) if bits == 40 else digest[: min(bits, 128) // 8]


def _fits_rc4(key: bytes, verifier: bytes, value: bytes, hashed: Callable[[bytes], "hashlib._Hash"]) -> bool:
    if len(key) not in (5, 7, 8, 10, 16) or not value:
        return False
    reader = Cipher(ARC4(key), mode=None).decryptor()
    return hashed(reader.update(verifier)).digest() == reader.update(value)


def xor_verifier(wanted: int) -> Verifier:
    """MS-OFFCRYPTO 2.3.7.1: fifteen bits only, so a yes means something for a known default password alone."""

    def fits(word: str) -> bool:
        secret = word.encode("latin-1", "replace")[:15]
        value = 0
        for byte in reversed(bytes([len(secret)]) + secret):
            value = (value >> 14 & 1 | value << 1 & 0x7FFF) ^ byte
        return value ^ 0xCE4B == wanted

    return fits
