"""Pictures that belong to the look of a mail (a logo, a signature) and those that carry something.

Promises: a picture counts as decoration only if its size in bytes and pixels is known and small, or its hash is listed.
"""

import hashlib
import struct

from gateway.model.looking import LooksFor


def is_decoration(content: bytes, looks_for: LooksFor) -> bool:
    """Small enough for a signature, or listed. A picture whose size cannot be read is not."""
    if hashlib.sha256(content).hexdigest() in looks_for.image_hashes:
        return True
    size = size_of(content)
    return (
        len(content) <= looks_for.image_bytes
        and size is not None
        and size[0] <= looks_for.image_width
        and size[1] <= looks_for.image_height
    )


def size_of(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, GIF or JPEG; None for anything else or damaged."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walk the JPEG segments to the frame header (any SOFn but DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        at += 2 if marker == 0xFF else 2 + max(2, length)
    return None
