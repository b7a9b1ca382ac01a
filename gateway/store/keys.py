"""The key files: one for content at rest, one for signatures; everything else is derived from these two.

Promises: keys are made once, 0600 in a folder of 0700, complete or not at all; two processes that start together get the same ones.
On failure: `KeyTrouble` in words for the operator. Keys that others may read, a missing half of the pair, or a file of the
wrong size stop the start-up: going on with a new key would make everything held so far unreadable.
"""

import hashlib
import hmac
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
"""AES-256, and as much for the signatures."""
NONCE_BYTES = 12
"""96 random bits (NIST SP 800-38D 8.2.2): safe for 2^32 seals per purpose, which is 200 years of 50,000 messages a day."""

_CONTENT = "content.key"
_MAC = "mac.key"


class KeyTrouble(Exception):
    """The keys cannot be used; the text says what to do."""


class SealBroken(Exception):
    """Sealed bytes do not open: they were changed, belong elsewhere, or were sealed with other keys."""


class Keys:
    """Seals and signs. Every purpose has its own derived key, so that nothing made for one is valid for another."""

    __slots__ = ("_mac", "_sealers", "_subkeys", "content", "folder")

    def __init__(self, content: bytes, mac: bytes, folder: Path) -> None:
        if len(content) != KEY_BYTES or len(mac) != KEY_BYTES:
            raise KeyTrouble(f"a key has {KEY_BYTES} bytes")
        self.content = content
        self.folder = folder
        self._mac = mac
        self._subkeys = lru_cache(maxsize=64)(self._derive)
        self._sealers = lru_cache(maxsize=64)(self._sealer)

    def __repr__(self) -> str:
        return f"Keys({self.folder})"

    def mac(self, purpose: bytes, data: bytes | memoryview) -> bytes:
        """HMAC-SHA256 of `data` under the key of `purpose`."""
        return hmac.digest(self._subkeys(self._mac, purpose), data, "sha256")

    def valid(self, purpose: bytes, data: bytes, mac: bytes) -> bool:
        """Whether `mac` is ours, compared in constant time."""
        return hmac.compare_digest(self.mac(purpose, data), mac)

    def digest_key(self, purpose: bytes) -> bytes:
        """A key for a keyed hash of that purpose."""
        return self._subkeys(self._mac, purpose)

    def seal(self, purpose: bytes, plain: bytes, context: bytes = b"", nonce: bytes = b"") -> bytes:
        """Encrypt: nonce, ciphertext, tag. It opens only with the same purpose and context. `nonce`: fresh random bytes."""
        nonce = nonce or os.urandom(NONCE_BYTES)
        return nonce + self._sealers(purpose).encrypt(nonce, plain, context)

    def unseal(self, purpose: bytes, sealed: bytes, context: bytes = b"") -> bytes:
        """What `seal` was given; SealBroken if a single bit differs."""
        try:
            return self._sealers(purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("sealed bytes do not open") from error

    def _derive(self, key: bytes, purpose: bytes) -> bytes:
        # One step of HKDF-Expand (RFC 5869 2.3): both keys are uniformly random already.
        return hmac.digest(key, purpose + b"\x01", hashlib.sha256)

    def _sealer(self, purpose: bytes) -> AESGCM:
        return AESGCM(self._subkeys(self.content, purpose))


def load_keys(folder: Path) -> Keys:
    """The keys in `folder`, made on the first start."""
    try:
        _make_folder(folder)
        names = (_CONTENT, _MAC)
        if not any((folder / name).exists() for name in names):
            for name in names:
                _make_key(folder / name)
            sync_folder(folder)
        content, mac = (_read_key(folder / name) for name in names)
    except OSError as error:
        raise KeyTrouble(f"the keys in {folder} cannot be used: {error.strerror or error}") from error
    return Keys(content, mac, folder)


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
    # Whoever may write to the folder may put another key, or an old chain head, in the place of ours.
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        raise KeyTrouble(f"others may write to {folder}: chmod 700 {folder}")


def _make_key(path: Path) -> None:
    """Write a fresh key under another name, then link it: the name never shows half a key, and the first process wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        give_to_owner(draft)
        os.link(draft, path)
    except FileExistsError:
        pass  # Another process was first; its key is as good.
    finally:
        draft.unlink()


def _read_key(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise KeyTrouble(f"{path} is missing: restore it from the backup of the keys") from error
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise KeyTrouble(f"others may read {path}: chmod 600 {path}")
        key = os.read(handle, KEY_BYTES + 1)
    finally:
        os.close(handle)
    if len(key) != KEY_BYTES:
        raise KeyTrouble(f"{path} is not a key of {KEY_BYTES} bytes: restore it from the backup of the keys")
    return key


def give_to_owner(path: Path) -> None:
    """What root makes belongs to whom the folder belongs: else one `gateway status` by root locks the service out of its own files."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
