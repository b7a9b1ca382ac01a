"""Writers of the formats that hide things: just enough of each, by hand, so that the readers are not tested against themselves."""

import base64
import binascii
import struct

CRLF = b"\r\n"


def uuencode(name: str, content: bytes) -> bytes:
    lines = [binascii.b2a_uu(content[at : at + 45]).replace(b"\n", CRLF) for at in range(0, len(content), 45)]
    return b"begin 644 " + name.encode() + CRLF + b"".join(lines) + b"`\r\nend\r\n"


def yenc(name: str, content: bytes, split: int = 0) -> bytes:
    pieces = [content[at : at + split] for at in range(0, len(content), split)] if split else [content]
    out = b""
    for number, piece in enumerate(pieces, 1):
        out += b"=ybegin " + (b"part=%d " % number if split else b"") + b"line=128 size=%d name=%s\r\n" % (len(content), name.encode())
        if split:
            out += b"=ypart begin=%d end=%d\r\n" % ((number - 1) * split + 1, (number - 1) * split + len(piece))
        coded = b""
        for byte in piece:
            value = (byte + 42) % 256
            coded += bytes((0x3D, (value + 64) % 256)) if value in (0, 10, 13, 0x3D, 0x2E) else bytes((value,))
        out += coded + b"\r\n=yend size=%d\r\n" % len(piece)
    return out


def binhex(name: str, content: bytes) -> bytes:
    plain = (
        bytes((len(name),))
        + name.encode()
        + b"\0"
        + b"BINAxxxx"
        + b"\0\0"
        + struct.pack(">II", len(content), 0)
        + b"\0\0"
        + content
        + b"\0\0"
        + b"\0\0"
    )
    packed = plain.replace(b"\x90", b"\x90\x00")
    standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    own = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    letters = base64.b64encode(packed).rstrip(b"=").translate(bytes.maketrans(standard, own))
    lines = CRLF.join(letters[at : at + 64] for at in range(0, len(letters), 64))
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n:" + lines + b":\r\n"


def _attribute(level: int, tag: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(tag: int, value: bytes) -> bytes:
    """A MAPI property with one variable-length value, padded to four bytes."""
    return struct.pack("<III", tag, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def tnef(files: tuple[tuple[str, bytes], ...], body: bytes = b"", rtf: bytes = b"", html: bytes = b"", embedded: bytes = b"") -> bytes:
    out = struct.pack("<IH", 0x223E9F78, 1) + _attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    if body:
        out += _attribute(1, 0x0002800C, body)
    properties = [_property(0x10090102, rtf)] * bool(rtf) + [_property(0x10130102, html)] * bool(html)
    if properties:
        out += _attribute(1, 0x00069003, struct.pack("<I", len(properties)) + b"".join(properties))
    for name, content in files:
        out += _attribute(2, 0x00069002, b"\1\0" + b"\xff\xff\xff\xff" + b"\0" * 8)
        out += _attribute(2, 0x00018010, b"SHORT~1.ZIP\0")
        out += _attribute(2, 0x0006800F, content)
        out += _attribute(2, 0x00069005, struct.pack("<I", 1) + _property(0x3707001F, (name + "\0").encode("utf-16-le")))
    if embedded:
        guid = bytes.fromhex("0703020000000000c000000000000046")
        out += _attribute(2, 0x00069002, b"\2\0" + b"\xff\xff\xff\xff" + b"\0" * 8)
        out += _attribute(2, 0x00069005, struct.pack("<I", 1) + _property(0x3701000D, guid + embedded))
    return out


def _der(tag: int, value: bytes, indefinite: bool = False) -> bytes:
    if indefinite:
        return bytes((tag, 0x80)) + value + b"\0\0"
    if len(value) < 128:
        return bytes((tag, len(value))) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + value


def signed_data(content: bytes, indefinite: bool = False, compressed: bool = False) -> bytes:
    """CMS SignedData (or CompressedData) round readable content."""
    if indefinite:
        octets = _der(0x24, b"".join(_der(0x04, content[at : at + 100]) for at in range(0, len(content), 100)), True)
    else:
        octets = _der(0x04, content)
    inner = _der(0x30, bytes.fromhex("06092a864886f70d010701") + _der(0xA0, octets, indefinite), indefinite)
    algorithms = _der(0x30, bytes.fromhex("060b2a864886f70d0109100308")) if compressed else _der(0x31, b"")
    body = _der(0x30, b"\x02\x01\x01" + algorithms + inner + (b"" if compressed else _der(0x31, b"")), indefinite)
    oid = bytes.fromhex("060b2a864886f70d0109100109" if compressed else "06092a864886f70d010702")
    return _der(0x30, oid + _der(0xA0, body, indefinite), indefinite)


def rtf_with(content: bytes) -> bytes:
    """RTF with an embedded OLE 1.0 object ([MS-OLEDS] 2.2.5): the Packager's, with the file as its native data."""
    name = b"Package\0"
    native = (
        struct.pack("<H", 2)
        + b"case.zip\0"
        + b"case.zip\0"
        + struct.pack("<HHI", 0, 3, 9)
        + b"case.zip\0"
        + struct.pack("<I", len(content))
        + content
    )
    data = struct.pack("<III", 0x501, 2, len(name)) + name + struct.pack("<III", 0, 0, len(native)) + native
    return b"{\\rtf1\\ansi hello {\\object\\objemb{\\*\\objdata " + data.hex().encode() + b"}}}"


_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


class _Chains:
    """Sectors and the table that links them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sectors: list[bytes] = []
        self.table: list[int] = []

    def store(self, content: bytes) -> int:
        first = len(self.sectors)
        pieces = [content[at : at + self.size].ljust(self.size, b"\0") for at in range(0, len(content), self.size)]
        self.sectors += pieces
        self.table += [first + number + 1 for number in range(len(pieces) - 1)] + [_END] * bool(pieces)
        return first if pieces else _END


def compound_file(tree: dict[str, object]) -> bytes:
    """A compound file (MS-CFB) of nested dicts: storages of streams."""
    entries: list[dict[str, object]] = []
    big, small = _Chains(_SECTOR), _Chains(_MINI)

    def add(name: str, value: object, kind: int) -> int:
        index = len(entries)
        entries.append({"name": name, "kind": kind, "child": _FREE, "right": _FREE, "start": _END if kind == 5 else 0, "size": 0})
        if isinstance(value, bytes):
            entries[index].update(start=(small if len(value) < _CUTOFF else big).store(value), size=len(value))
        elif isinstance(value, dict):
            last = None
            for key in sorted(value, key=lambda key: (len(key), key.upper())):
                number = add(key, value[key], 2 if isinstance(value[key], bytes) else 1)
                entries[index if last is None else last]["child" if last is None else "right"] = number
                last = number
        return index

    add("Root Entry", tree, 5)
    mini = b"".join(small.sectors)
    entries[0].update(start=big.store(mini), size=len(mini))
    mini_table = struct.pack(f"<{len(small.table)}I", *small.table)
    mini_sectors = -(-len(mini_table) // _SECTOR)
    mini_at = big.store(mini_table + b"\xff" * (-len(mini_table) % _SECTOR))
    directory = b"".join(_entry(entry) for entry in entries)
    directory += (b"\0" * 68 + struct.pack("<III", _FREE, _FREE, _FREE) + b"\0" * 48) * (-len(entries) % 4)
    where = big.store(directory)
    count = 1
    while len(big.table) + count > count * 128:
        count += 1
    fat_at = len(big.sectors)
    table = big.table + [_FAT] * count
    table += [_FREE] * (count * 128 - len(table))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, count, where, 0, _CUTOFF, mini_at, mini_sectors, _END, 0)
    header += struct.pack("<109I", *[fat_at + number for number in range(count)], *[_FREE] * (109 - count))
    return header + b"".join(big.sectors) + struct.pack(f"<{len(table)}I", *table)


def _entry(entry: dict[str, object]) -> bytes:
    name = str(entry["name"]).encode("utf-16-le")
    head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name) + 2, int(str(entry["kind"])), 1)
    links = struct.pack("<III", _FREE, int(str(entry["right"])), int(str(entry["child"])))
    return head + links + b"\0" * 36 + struct.pack("<IQ", int(str(entry["start"])), int(str(entry["size"])))


def outlook_message(
    subject: str, body: str, files: tuple[tuple[str, bytes], ...], embedded: dict[str, object] | None = None, html: bytes = b""
) -> bytes:
    """An Outlook .msg file."""
    return compound_file(message_storage(subject, body, files, embedded, html))


def message_storage(
    subject: str, body: str, files: tuple[tuple[str, bytes], ...], embedded: dict[str, object] | None = None, html: bytes = b""
) -> dict[str, object]:
    tree: dict[str, object] = {
        "__properties_version1.0": b"\0" * 32,
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
    }
    if html:
        tree["__substg1.0_10130102"] = html
    for number, (name, content) in enumerate(files):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": b"\0" * 8,
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_37010102": content,
        }
    if embedded is not None:
        tree[f"__attach_version1.0_#{len(files):08X}"] = {"__properties_version1.0": b"\0" * 8, "__substg1.0_3701000D": embedded}
    return tree
