"""Does a payload look like ciphertext? Headers can claim AES over plain bytes; only the bytes themselves can contradict them.

Promises: honest ciphertext passes except with a chance below one in ten million per member; text, office files, images and
deflate streams that start at the payload do not. Looks at no more than 16 KB of a payload, whatever its size.
Not promised: detecting compressed data that somebody scrambled by hand. No reader would show that to anyone.
"""

import hashlib
import re
import zlib
from collections import Counter
from operator import mul

# Sixteen windows of a kilobyte tell ciphertext from text, pictures and office files; the issue allows 64 KB, which costs 9 ms.
_WINDOW, _WINDOWS = 1_024, 16

# Chi-square over 256 values has mean 255 and standard deviation 22.6: ten deviations above is never chance (p < 1e-17),
# English text scores n * 15, a JPEG of 16 KB some hundreds. A ramp or a counter is more even than chance: seven deviations below.
_CHI_LIMIT = 255 + 10 * 22.6
_CHI_FLOOR = 255 - 7 * 22.6
_CHI_MINIMUM_BYTES = 512

# 98 of 256 byte values are printable ASCII, tab, CR or LF.
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_PRINTABLE_SHARE = len(_PRINTABLE) / 256
_Z_LIMIT = 6.0  # Standard deviations; one payload in 10^9 by chance.
_TEXT_MINIMUM_BYTES = 17  # Seventeen printable bytes in a row: one payload in 10^7 by chance.
# A kilobyte of ciphertext holds 251 different values, give or take two; text holds under a hundred.
_DISTINCT = 225

# Random bits survive as a deflate stream for a few symbols; after 192 input bytes by a chance below 1e-8.
_INFLATE_BYTES = 192
_INFLATED_BYTES = 16_384

_SIGNATURES = re.compile(
    rb"PK\x03\x04|%PDF-|\xff\xd8\xff[\xe0\xe1]|\x89PNG|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\xd0\xcf\x11\xe0|\xfd7zXZ|\(\xb5/\xfd|BZh91AY"
    rb"|\{\\rtf|<\?xml|GIF89a|ftyp"
)
_SIGNATURE_BYTES = 64


def looks_random(content: bytes, start: int = 0, end: int | None = None, windows: int = _WINDOWS) -> bool:
    """Whether content[start:end] could be ciphertext; too short a payload (under 17 bytes) is given the benefit of the doubt.

    `windows`: how many kilobytes are looked at; fewer where an archive has many members.
    """
    end = len(content) if end is None else end
    if starts_plain(content, start, end):
        return False
    samples = [content[offset : min(offset + _WINDOW, end)] for offset in _places(content, start, end, windows)]
    return all(_is_mixed(sample) for sample in samples) and _is_even(b"".join(samples))


def _is_even(sample: bytes) -> bool:
    """No byte value is much commoner than chance has it, nor are all of them equally common."""
    size = len(sample)
    if size < _TEXT_MINIMUM_BYTES:
        return True
    counts = Counter(sample).values()
    if size < _CHI_MINIMUM_BYTES:
        # The commonest value of random bytes (Poisson, mean size/256) stays below this line but for one sample in 10^9.
        return max(counts) < 9 + size // 50
    expected = size / 256
    squares: int = sum(map(mul, counts, counts))
    return _CHI_FLOOR < squares / expected - size < _CHI_LIMIT


def _is_mixed(sample: bytes) -> bool:
    """A quick look: not mostly print, and (of a whole window) nearly every byte value is there."""
    size = len(sample)
    if size < _TEXT_MINIMUM_BYTES:
        return True
    printable = size - len(sample.translate(None, _PRINTABLE))
    deviation = (size * _PRINTABLE_SHARE * (1 - _PRINTABLE_SHARE)) ** 0.5
    if printable == size or (printable - size * _PRINTABLE_SHARE) / deviation > _Z_LIMIT:
        return False
    return size < _WINDOW or len(set(sample)) > _DISTINCT


def starts_plain(content: bytes, start: int, end: int) -> bool:
    """A file signature or a working deflate stream where a forged payload would begin."""
    head = content[start : min(end, start + 2 * _WINDOW)]
    return bool(_SIGNATURES.search(head, 0, _SIGNATURE_BYTES)) or _inflates(head, end - start)


def _inflates(data: bytes, payload_bytes: int) -> bool:
    if len(data) < _TEXT_MINIMUM_BYTES:
        return False
    for bits in (-15, 15):
        reader = zlib.decompressobj(bits)
        try:
            text = reader.decompress(data, _INFLATED_BYTES)
        except zlib.error:
            continue
        consumed = len(data) - len(reader.unused_data) - len(reader.unconsumed_tail)
        if consumed >= _INFLATE_BYTES:
            return True
        # A short stream that ends (ten bytes of authentication code may follow) and gives nothing but print. Random bits end
        # like a stream once in a thousand times; with sixteen different letters and no other byte, once in ten million.
        if reader.eof and payload_bytes - consumed <= 10 and len(set(text)) >= 16 and not text.translate(None, _PRINTABLE):
            return True
    return False


def _places(content: bytes, start: int, end: int, windows: int) -> list[int]:
    """Offsets of all windows of a short payload; of a long one, the first at its start, the last at its end, others one in each stretch.

    Where in its stretch follows from a digest of the head: the same for the same bytes, no clock or chance. They never overlap:
    bytes counted twice made honest ciphertext look skewed.
    """
    size = end - start
    if size <= windows * _WINDOW:
        return list(range(start, end, _WINDOW))
    stretch = size // windows
    seed = hashlib.sha256(content[start : start + _WINDOW] + size.to_bytes(8, "big")).digest()
    moves = [0, *(int.from_bytes(seed[2 * n - 2 : 2 * n], "big") * (stretch - _WINDOW) // 65_536 for n in range(1, windows - 1))]
    return [*(start + n * stretch + move for n, move in enumerate(moves)), end - _WINDOW]
