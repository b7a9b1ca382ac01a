"""What TNEF and Outlook's .msg share: property numbers, compressed RTF, and turning a message of either into parts.

Promises: never raises; linear time.
On failure: compressed RTF that is damaged or too large gives None, and the caller says that it was not read.
"""

from dataclasses import dataclass, field

from gateway.mail import charsets
from gateway.mail.nested.found import Found

# [MS-OXPROPS]
SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
ATTACH_DATA, ATTACH_FILENAME, ATTACH_LONG_FILENAME, ATTACH_MIME_TAG, ATTACH_CONTENT_ID, DISPLAY_NAME = (
    0x3701,
    0x3704,
    0x3707,
    0x370E,
    0x3712,
    0x3001,
)
# A compressed body is decoded token by token; a person's message stays far below this, and a megabyte takes half a second.
_MOST_PACKED = 1_000_000
_MOST_PLAIN = 16_000_000
# [MS-OXRTFCP] 2.1.3.1.2: the dictionary begins with what most RTF begins with.
_PRELOAD = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


@dataclass(slots=True)
class Draft:
    """A message or attachment while its properties are being gathered. `file` None: no data was given."""

    subject: str = ""
    bodies: list[Found] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    file: bytes | None = None
    media_type: str = ""
    content_id: str = ""
    unread: str = ""

    def add_name(self, name: str) -> None:
        name = name.rstrip("\0").strip()
        if name and name not in self.names:
            self.names.insert(0, name)

    def add_body(self, number: int, value: bytes, charset: str) -> None:
        """Put a body property among the texts that a person sees."""
        if number == BODY and value.strip(b"\0"):
            text = charsets.decode(value, charset).rstrip("\0")
            self.bodies.append(Found(text.encode("utf-8", "replace"), (), "text/plain", charset="utf-8"))
        elif number == HTML and value.strip(b"\0"):
            self.bodies.append(Found(value, (), "text/html", charset=charset))
        elif number == RTF and value:
            self.add_rtf(value)

    def add_rtf(self, packed: bytes) -> None:
        plain = decompress_rtf(packed)
        if plain is None:
            self.unread = "the formatted text of an Outlook message could not be read"
            return
        found, why = rtf_parts(plain)
        self.bodies += found
        self.unread = self.unread or why

    def texts(self) -> tuple[Found, ...]:
        """The subject and the bodies as parts. A subject inside a container is text like any other."""
        head = (Found(self.subject.encode(), (), "text/plain", charset="utf-8"),) if self.subject.strip() else ()
        return (*head, *self.bodies)

    def attachment(self) -> Found:
        return Found(self.file or b"", tuple(self.names), self.media_type or "application/octet-stream", content_id=self.content_id)


def rtf_parts(plain: bytes) -> tuple[tuple[Found, ...], str]:
    """The text of an RTF body, and what is embedded in it; and why it was not read to its end, if so."""
    from gateway.mail.text import extract  # The room of texts reads messages too: one of the two has to wait.

    read = extract(plain, "rtf")
    text = "\n".join(piece.text for piece in read.texts)
    found = [Found(text.encode("utf-8", "replace"), (), "text/plain", charset="utf-8")] if text.strip() else []
    found += [Found(content, (name,) if name else ()) for name, content in read.files]
    return tuple(found), "" if read.complete else "the formatted text of an Outlook message could not be read to its end"


def decompress_rtf(packed: bytes) -> bytes | None:
    """[MS-OXRTFCP] 2.2: LZFu, or stored."""
    if len(packed) < 16 or len(packed) > _MOST_PACKED:
        return None
    size, kind = int.from_bytes(packed[4:8], "little"), packed[8:12]
    if kind == b"MELA":
        return packed[16 : 16 + size]
    if kind != b"LZFu" or size > _MOST_PLAIN:
        return None
    return _expand(packed, min(len(packed), int.from_bytes(packed[:4], "little") + 4), size)


def _expand(packed: bytes, stop: int, size: int) -> bytes:
    ring = bytearray(_PRELOAD.ljust(4096, b"\0"))
    write, at = len(_PRELOAD), 16
    out = bytearray()
    while at < stop and len(out) < size:
        control = packed[at]
        at += 1
        for bit in range(8):
            if at >= stop:
                break
            if not control >> bit & 1:
                out.append(packed[at])
                ring[write] = packed[at]
                write = (write + 1) & 0xFFF
                at += 1
                continue
            if at + 1 >= stop:
                return bytes(out)
            token = packed[at] << 8 | packed[at + 1]
            at += 2
            offset = token >> 4
            if offset == write:  # The end mark.
                return bytes(out)
            for step in range((token & 0xF) + 2):
                byte = ring[(offset + step) & 0xFFF]
                out.append(byte)
                ring[write] = byte
                write = (write + 1) & 0xFFF
    return bytes(out)
