"""Formats that are told in a few lines: age, OpenSSL's `Salted__`, self-extracting programs, and what we cannot look into.

Promises: age is STRONG only with its whole header and a body that looks random; `Salted__` names no cipher: UNKNOWN.
"""

import binascii
import re

from gateway.mail.containers.looking import Look
from gateway.mail.containers.randomness import looks_random
from gateway.model.findings import UNPROTECTED, Container, Protection, State

# age-encryption.org/v1: version line, recipient stanzas (a line, then base64 lines of 64 with a shorter last one), MAC line.
_AGE_HEADER = re.compile(
    rb"age-encryption\.org/v1\n"
    rb"(?:-> [\x21-\x7e]+(?: [\x21-\x7e]+)*\n(?:[A-Za-z0-9+/]{64}\n){0,64}[A-Za-z0-9+/]{0,63}\n){1,256}--- [A-Za-z0-9+/]{43}\n"
)
_AGE_ARMOUR = re.compile(rb"\A\s*-----BEGIN AGE ENCRYPTED FILE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END AGE ENCRYPTED FILE-----\s*\Z")
_AGE_NONCE, _AGE_TAG = 16, 16


def judge_age(content: bytes) -> Container:
    """age with X25519, SSH or scrypt recipients: the body is always ChaCha20-Poly1305 with 256 bits."""
    match = _AGE_ARMOUR.match(content)
    if match:
        try:
            content = binascii.a2b_base64(match.group(1).translate(None, b"\r\n"), strict_mode=True)
        except binascii.Error:
            return _unknown("age", "the age armour is damaged")
    header = _AGE_HEADER.match(content)
    if not header or len(content) < header.end() + _AGE_NONCE + _AGE_TAG:
        return _unknown("age", "the age file is damaged")
    if not looks_random(content, header.end()):
        return Container("age", UNPROTECTED, notes=("the age file is not really encrypted",))
    return Container("age", Protection(State.STRONG, "ChaCha20-Poly1305", 256))


def judge_openssl(content: bytes) -> Container:
    """`openssl enc` writes a salt and the ciphertext, never the cipher: 256 bits cannot be proven."""
    if len(content) < 24 or not looks_random(content, 16):
        return Container("openssl", UNPROTECTED, notes=("the file is not really encrypted",))
    return Container("openssl", Protection(State.UNKNOWN), notes=("the file does not say how it is encrypted",))


_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"PK\x03\x04", b"MSCF\0\0\0\0")
# The stub of a self-extracting archive is 100 to 300 KB; 7-Zip and unrar look for the archive in the first megabyte.
_STUB_BYTES = 1_048_576


def judge_program(content: bytes, look: Look) -> Container:
    """A program, perhaps a self-extracting archive: the program itself is readable, so such a file is never strong."""
    return _attached(content, "exe", look) or Container("exe", UNPROTECTED)


def _attached(content: bytes, kind: str, look: Look) -> Container | None:
    """An archive somewhere in the first megabyte, as unrar and 7-Zip would find it."""
    found = [content.find(magic, 0, _STUB_BYTES) for magic in _ARCHIVES]
    starts = sorted(at for at in found if at > 0)
    for start in starts[:4]:
        inner = look.recognise(content[start:], "", look)
        if inner.type in ("7z", "rar", "zip", "cab") and (inner.members or inner.protection.state.needs_a_secret):
            return _self_extracting(kind, inner)
    return None


def _self_extracting(kind: str, inner: Container) -> Container:
    protection = inner.protection
    if protection.state.needs_a_secret:
        protection = Protection(State.UNKNOWN, protection.algorithm, protection.bits)
    notes = ("a self-extracting archive", *inner.notes)
    return Container(kind, protection, inner.members, inner.complete, inner.names_visible, notes)


def judge_opaque(kind: str) -> Container:
    """A container that we do not unpack: nothing in it was seen."""
    return Container(kind, UNPROTECTED, complete=False, notes=(f"what is in a {kind} file cannot be looked at",))


def judge_vault(kind: str) -> Container:
    """Databases and disk images that may be locked in ways their first bytes do not prove."""
    return Container(kind, Protection(State.UNKNOWN), complete=False, notes=(f"what is in a {kind} file cannot be looked at",))


def judge_unknown(content: bytes, look: Look) -> Container:
    """No signature we know: random bytes may be anything, even a volume without a header."""
    if len(content) >= 512 and looks_random(content):
        return _unknown("unknown", "the file is of no known kind and looks random")
    return _attached(content, "unknown", look) or Container("unknown", UNPROTECTED)


def _unknown(kind: str, words: str) -> Container:
    return Container(kind, Protection(State.UNKNOWN), complete=False, notes=(words,))
