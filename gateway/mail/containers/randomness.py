"""Does a payload look like ciphertext? Headers can claim AES over plain bytes; only the bytes themselves can contradict them.

Promises: honest ciphertext passes except with a chance below one in ten million per member; text, office files, images and
deflate streams that start at the payload do not. Looks at no more than 64 KB of a payload, whatever its size.
Not promised: detecting compressed data that somebody scrambled by hand. No reader would show that to anyone.
"""

import hashlib
import zlib

# At most this much of one payload is looked at (issue: "<= 64 KB at fixed and random offsets").
SAMPLE_BYTES = 65_536
_WINDOW = 2_048
_WINDOWS = 16

# Chi-square over 256 values has mean 255 and standard deviation 22.6: ten deviations above is never chance (p < 1e-17),
# English text scores n * 15, a JPEG of 64 KB some thousands.
_CHI_LIMIT = 255 + 10 * 22.6
# A ramp or a counter is more even than chance: seven deviations below (the left tail is thinner still).
_CHI_FLOOR = 255 - 7 * 22.6
_CHI_MINIMUM_BYTES = 512

# 98 of 256 byte values are printable ASCII, tab, CR or LF.
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_PRINTABLE_SHARE = len(_PRINTABLE) / 256
_Z_LIMIT = 6.0  # Standard deviations; one payload in 10^9 by chance.
_TEXT_MINIMUM_BYTES = 17  # Seventeen printable bytes in a row: one payload in 10^7 by chance.

# Random bits survive as a deflate stream for a few symbols; after 192 input bytes by a chance below 1e-8.
_INFLATE_BYTES = 192
# Where a plain stream could start in a forged payload: at once, after a salt of 8, 12 or 16, and after salt and verifier.
_STARTS = (0, 8, 10, 12, 14, 16, 18)

_SIGNATURES = (
    b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\x89PNG", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07",
    b"\xd0\xcf\x11\xe0",
    b"\xfd7zXZ", b"(\xb5/\xfd", b"BZh91AY", b"{\\rtf", b"<?xml", b"GIF89a", b"ftyp",
)  # fmt: skip


def looks_random(content: bytes | memoryview, start: int = 0, end: int | None = None) -> bool:
    """Whether content[start:end] could be ciphertext; too short a payload (under 17 bytes) is given the benefit of the doubt."""
    end = len(content) if end is None else end
    head = bytes(content[start : min(end, start + _WINDOW)])
    if has_plain_start(head, end - start):
        return False
    for offset, size in _windows(head, start, end):
        if not is_noise(bytes(content[offset : offset + size])):
            return False
    return is_noise(b"".join(bytes(content[offset : offset + size]) for offset, size in _windows(head, start, end)))


def is_noise(sample: bytes) -> bool:
    """Byte statistics alone: neither text, nor zeros, nor any skewed distribution."""
    size = len(sample)
    if size < _TEXT_MINIMUM_BYTES:
        return True
    printable = size - len(sample.translate(None, _PRINTABLE))
    deviation = (size * _PRINTABLE_SHARE * (1 - _PRINTABLE_SHARE)) ** 0.5
    if printable == size or (printable - size * _PRINTABLE_SHARE) / deviation > _Z_LIMIT:
        return False
    if size < _CHI_MINIMUM_BYTES:
        # The commonest value of random bytes (Poisson, mean size/256) stays below this line but for one sample in 10^9.
        return max(sample.count(value) for value in set(sample)) < 9 + size // 50
    counts = [sample.count(value) for value in range(256)]
    expected = size / 256
    return _CHI_FLOOR < sum((count - expected) ** 2 for count in counts) / expected < _CHI_LIMIT


def has_plain_start(head: bytes, payload_bytes: int) -> bool:
    """A file signature or a working deflate stream where a forged payload would begin."""
    if any(head.find(signature, 0, 64) >= 0 for signature in _SIGNATURES):
        return True
    return any(_inflates(head[start:], payload_bytes - start) for start in _STARTS)


def _inflates(data: bytes, payload_bytes: int) -> bool:
    if len(data) < _TEXT_MINIMUM_BYTES:
        return False
    for bits in (-15, 15):
        reader = zlib.decompressobj(bits)
        try:
            text = reader.decompress(data, 8 * _WINDOW)
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


def _windows(head: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """All of a short payload; of a long one sixteen windows, the first at its start, the last at its end, the others one in each stretch.

    Where in its stretch follows from a digest of the head: the same for the same bytes, no clock or chance. They never overlap:
    bytes counted twice made honest ciphertext look skewed.
    """
    size = end - start
    if size <= SAMPLE_BYTES:
        return [(offset, min(_WINDOW, end - offset)) for offset in range(start, end, _WINDOW)]
    stretch = size // _WINDOWS
    seed = hashlib.sha256(head + size.to_bytes(8, "big")).digest()
    moves = [0, *(int.from_bytes(seed[2 * n : 2 * n + 2], "big") * (stretch - _WINDOW) // 65_536 for n in range(1, _WINDOWS - 1))]
    return [*((start + n * stretch + move, _WINDOW) for n, move in enumerate(moves)), (end - _WINDOW, _WINDOW)]
