"""The first bytes that tell a picture or a container apart, for files found inside documents.

The full recognition of types is `gateway.mail.containers`; a document's reader only has to know what to hand on to it.
"""

_IMAGES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\xd7\xcd\xc6\x9a",  # placeable WMF
    b"\x01\x00\x09\x00\x00\x03",  # WMF
    b"\x01\x00\x00\x00",  # EMF, see below
    b"\x00\x00\x01\x00",  # ICO
)
_CONTAINERS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"{\\rtf",
    b"MZ",
)


def is_image(content: bytes) -> bool:
    """A picture by its first bytes, that is not also the start of something else."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return True
    if content.startswith(b"\x01\x00\x00\x00"):
        return content[40:44] == b" EMF"
    return content.startswith(_IMAGES)


def is_container(content: bytes) -> bool:
    """Something that may hold files or text of its own."""
    return content.startswith(_CONTAINERS)
