"""Does this password open this zip? WinZip AES by its verifier and its authentication code, ZipCrypto by its CRC.

Promises: a yes is certain: the two-byte verifier alone would be wrong once in 65,536, so the code over the data is checked too.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from gateway.mail.containers import zipcrypto
from gateway.mail.containers.zip_layout import AE_EXTRA, AE_METHOD, STRONG, Entry

_ROUNDS = 1_000  # Fixed by the format.
_VERIFIER, _CODE = 2, 10
_KEY_BYTES = {1: 16, 2: 24, 3: 32}


def opening(content: bytes, entries: Sequence[Entry], candidates: Iterable[str]) -> str | None:
    """The first candidate that opens the smallest encrypted member."""
    locked = [e for e in entries if all(view.encrypted for view in e.views) and e.end > e.start]
    strong = [e for e in locked if e.view.method == AE_METHOD and e.view.extra(AE_EXTRA)]
    if strong:
        entry = min(strong, key=lambda each: each.end - each.start)
        return next((word for word in candidates if _opens_ae(content, entry, word)), None)
    weak = [e for e in locked if not e.view.flags & STRONG]
    if weak:
        entry = min(weak, key=lambda each: each.end - each.start)
        return next((word for word in candidates if zipcrypto.opens(content, entry, word)), None)
    return None


def _opens_ae(content: bytes, entry: Entry, word: str) -> bool:
    extra = entry.view.extra(AE_EXTRA) or b""
    size = _KEY_BYTES.get(extra[4] if len(extra) == 7 else 0, 0)
    salt_end = entry.start + size // 2
    if not size or entry.end - salt_end < _VERIFIER + _CODE:
        return False
    return any(_fits(content, entry, secret, size) for secret in zipcrypto.spellings(word))


def _fits(content: bytes, entry: Entry, secret: bytes, size: int) -> bool:
    salt_end = entry.start + size // 2
    keys = hashlib.pbkdf2_hmac("sha1", secret, content[entry.start : salt_end], _ROUNDS, 2 * size + _VERIFIER)
    if keys[-_VERIFIER:] != content[salt_end : salt_end + _VERIFIER]:
        return False
    data = memoryview(content)[salt_end + _VERIFIER : entry.end - _CODE]
    code = hmac.new(keys[size : 2 * size], data, hashlib.sha1).digest()
    return hmac.compare_digest(code[:_CODE], content[entry.end - _CODE : entry.end])
