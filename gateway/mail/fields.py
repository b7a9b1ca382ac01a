"""Structured Content fields: type, disposition, transfer encoding and their parameters, by every reading.

Promises: never raises; linear time; the usual reading first, the others beside it.
On failure: a value that follows no grammar still gives what lenient readers take from it, and says that it is odd.
Why several readings: quotes, comments, RFC 2231 pieces and RFC 2047 words in parameters are read differently by every client;
whatever one of them would take for a boundary or a file name is offered here, and the caller looks which of them matter.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gateway.mail import charsets
from gateway.mail.words import decode_words
from gateway.model.frozen import frozen

_TOKEN = rb"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
# One clean field: type/subtype, then parameters with quoted values without backslashes, or unquoted ones that no reader splits.
_CLEAN = re.compile(
    rb"[ \t\r\n]*(" + _TOKEN + rb"(?:/" + _TOKEN + rb")?)[ \t\r\n]*+"
    rb"((?:;[ \t\r\n]*+" + _TOKEN + rb'=(?:"[^"\\\r\n]*+"|[A-Za-z0-9!#$%&*+.^_`{|}~/:=?@-]++)[ \t\r\n]*+)*+);?[ \t\r\n]*\Z'
)
_PARAMETER = re.compile(rb";[ \t\r\n]*([^=;\s]+)=(?:\"([^\"]*)\"|([^;\s]*))")
_TYPE = re.compile(rb"(" + _TOKEN + rb")/(" + _TOKEN + rb")\Z")
_FOLDS = re.compile(rb"\r?\n[ \t]*|\r[ \t]*")
_LINE_ENDS = re.compile(rb"[\r\n]+")
_SECTION = re.compile(r"(.+?)\*(?:(\d{1,6})(\*)?)?\Z")
# Values that a client may take for a parameter; more than these are no honest header.
_MOST_PARAMETERS = 200
_MOST_READINGS = 8
# Read with care up to here; longer values that are not clean come from no mail program (998 octets is the longest legal line).
_MOST_BYTES = 8_192


@frozen
class Field:
    """A parsed field. `value` is the type or disposition in lower case; `parameters` keep every occurrence, raw and in order.

    `clean`: every reader agrees. `others` are further values that some reader would take.
    """

    value: str
    parameters: tuple[tuple[str, bytes], ...] = ()
    clean: bool = True
    others: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    """The first of each parameter, as text."""
    charsets: tuple[str, ...] = ()
    """Every charset that some reader would decode by."""
    keys: frozenset[str] = frozenset()
    """The names of the parameters, without what RFC 2231 puts behind an asterisk."""

    def raw(self, name: str) -> list[bytes]:
        return [value for key, value in self.parameters if key == name]

    def readings(self, name: str) -> tuple[str, ...]:
        """Every text that some reader takes for parameter `name`."""
        return _readings(self.parameters, name) if name in self.keys else ()


EMPTY = Field("")


@lru_cache(maxsize=256)
def _short(value: bytes) -> Field:
    return _parse(value)


def parse_field(value: bytes | None) -> Field:
    """Read a Content-Type or Content-Disposition value. Short values repeat from mail to mail and are remembered."""
    if value is None:
        return EMPTY
    return _short(value) if len(value) < 64 else _parse(value)


def _parse(value: bytes) -> Field:
    match = _CLEAN.match(value)
    if match:
        rest = match[2]
        if not rest:
            return Field(match[1].lower().decode("ascii"))
        pairs = tuple(
            (found[1].lower().decode("ascii"), found[2] if found[2] is not None else found[3]) for found in _PARAMETER.finditer(rest)
        )
        names = {name for name, _ in pairs}
        if len(names) == len(pairs) <= _MOST_PARAMETERS:
            return _field(match[1].lower().decode("ascii"), pairs)
    return _parse_leniently(value)


def _parse_leniently(value: bytes) -> Field:
    """By the grammar with comments and quoted pairs, and as those read it who only split at semicolons."""
    value = value[:_MOST_BYTES]
    careful = _split(value, comments=True)
    unfolded = _FOLDS.sub(b" ", value)
    plain = _split(value, comments=False)
    naive = unfolded.split(b";", _MOST_PARAMETERS)
    candidates = [_type_of(piece) for piece in (careful[0], plain[0], naive[0]) if piece.strip()]
    values = list(dict.fromkeys(candidates)) or [""]
    parameters: dict[tuple[str, bytes], None] = {}
    for piece in (*careful[1:], *plain[1:], *naive[1:]):
        for pair in _pairs(piece):
            parameters[pair] = None
    return _field(values[0], tuple(parameters)[: 2 * _MOST_PARAMETERS], clean=False, others=tuple(values[1:]))


def _field(value: str, parameters: tuple[tuple[str, bytes], ...], *, clean: bool = True, others: tuple[str, ...] = ()) -> Field:
    shown: dict[str, str] = {}
    for key, raw in parameters:
        shown.setdefault(key, raw.decode("latin-1"))
    keys = frozenset(key.partition("*")[0] for key in shown)
    labels = tuple(dict.fromkeys(text.strip().lower() for text in _readings(parameters, "charset"))) if "charset" in keys else ()
    return Field(value, parameters, clean, others, tuple(shown.items()), labels, keys)


def _type_of(piece: bytes) -> str:
    text = b"".join(piece.split()).strip(b"\"'").lower()
    if text.startswith(b"=?"):
        text = decode_words(text)[0].encode("utf-8", "replace")
    return text.replace(b"\0", b"").decode("latin-1")


def _split(value: bytes, *, comments: bool) -> list[bytes]:
    """Split at semicolons outside quotes and, with `comments`, outside (nested) comments, which are left out."""
    pieces: list[bytes] = []
    piece = bytearray()
    quoted, escaped, depth = False, False, 0
    for byte in _FOLDS.sub(b" ", value):
        if escaped:
            escaped = False
            if not depth:
                piece.append(byte)
        elif byte == 0x5C and (quoted or depth):  # Backslash: a quoted pair.
            escaped = True
            if quoted:
                piece.append(byte)
        elif quoted:
            quoted = byte != 0x22
            piece.append(byte)
        elif comments and byte == 0x28:
            depth += 1
        elif depth:
            depth -= byte == 0x29
        elif byte == 0x22:
            quoted = True
            piece.append(byte)
        elif byte == 0x3B:
            pieces.append(bytes(piece))
            piece.clear()
            if len(pieces) > _MOST_PARAMETERS:
                break
        else:
            piece.append(byte)
    pieces.append(bytes(piece))
    return pieces


def _pairs(piece: bytes) -> list[tuple[str, bytes]]:
    """The readings of one `name=value`."""
    name, equals, value = piece.partition(b"=")
    if not equals:
        return []
    key = b"".join(name.split()).replace(b"\0", b"").lower().decode("latin-1")
    text = value.strip()
    found = [text]
    if text.startswith(b'"'):
        close = _closing_quote(text)
        inner = text[1:close]
        found = [re.sub(rb"\\(.)", rb"\1", inner, flags=re.DOTALL), inner]
        if close < len(text) - 1:
            found.append(text.strip(b'"'))
    elif text:
        # Unquoted: the grammar ends it at white space or a special, Outlook at the semicolon.
        found = [text, *text.split(None, 1)[:1], text.strip(b"'")]
        if b"(" in text:
            found.append(text.partition(b"(")[0].strip())
        if b'"' in text:
            found.append(text.replace(b'"', b""))
    if b"\0" in text:
        found += [text.replace(b"\0", b""), text.partition(b"\0")[0]]
    return [(key, reading) for reading in dict.fromkeys(found)]


def _closing_quote(text: bytes) -> int:
    at = 1
    while True:
        quote, slash = text.find(b'"', at), text.find(b"\\", at)
        if quote < 0:
            return len(text)
        if slash < 0 or quote < slash:
            return quote
        at = slash + 2


def _readings(parameters: tuple[tuple[str, bytes], ...], name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    pieces: list[tuple[int, bool, bytes]] = []
    for key, value in parameters:
        if not key.startswith(name):
            continue
        if key == name:
            for text in decode_words(_LINE_ENDS.sub(b"", value) if b"\n" in value or b"\r" in value else value):
                found[text] = None
            if b"=?" in value:
                found[value.decode("latin-1")] = None
        elif key[len(name)] == "*":
            section = _SECTION.match(key)
            if section and section[1] == name:
                number = int(section[2]) if section[2] else 0
                pieces.append((number, section[3] == "*" or section[2] is None, value))
    for text in _continued(pieces):
        found[text] = None
    return tuple(found)[:_MOST_READINGS]


def _continued(pieces: list[tuple[int, bool, bytes]]) -> list[str]:
    """RFC 2231 sections joined by number, and as written: a reader may skip a gap, take the first of two, or keep the order."""
    if not pieces:
        return []
    ordered = sorted(pieces, key=lambda piece: piece[0])
    first_only = list({number: (number, coded, value) for number, coded, value in reversed(ordered)}.values())
    first_only.sort(key=lambda piece: piece[0])
    until_gap = [piece for index, piece in enumerate(first_only) if piece[0] == index]
    return [_decode_sections(variant) for variant in (first_only, ordered, pieces, until_gap) if variant]


def _decode_sections(pieces: list[tuple[int, bool, bytes]]) -> str:
    charset, out = "", []
    for index, (_, coded, value) in enumerate(pieces):
        if coded and index == 0 and value.count(b"'") >= 2:
            label, _, value = value.split(b"'", 2)
            charset = label.decode("latin-1")
        out.append(unquote_to_bytes(value) if coded else value)
    return charsets.decode(b"".join(out), charset)


ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64"})
# Spellings of "as it is" that programs write and every reader ignores.
_IDENTITY = frozenset(
    {
        "8 bit",
        "7 bit",
        "7-bit",
        "8-bit",
        "8bits",
        "7bits",
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "none",
        "plain",
        "text",
        "identity",
        "iso-8859-1",
        "binary.",
    }
)
_UU = ("x-uuencode", "uuencode", "x-uu", "uue", "x-uue", "x-unix-uuencode")
_YENC = ("x-yencode", "yencode", "x-yenc", "yenc")


@frozen
class Encoding:
    """A Content-Transfer-Encoding: `names` are those that some reader would decode by, the usual one first.

    `odd`: not written as RFC 2045 says. `unknown`: nobody can say what it is.
    """

    names: tuple[str, ...]
    odd: bool = False
    unknown: bool = False


_USUAL = {name.encode("ascii"): Encoding((name,)) for name in ENCODINGS}
_NONE = _USUAL[b""]


def parse_encoding(values: list[bytes] | None) -> Encoding:
    """Read all Content-Transfer-Encoding fields of one part."""
    if not values:
        return _NONE
    if len(values) == 1 and (usual := _USUAL.get(values[0].strip().lower())):
        return usual
    names: dict[str, None] = {}
    odd = len(values) > 1
    for value in values[:_MOST_READINGS]:
        found, strange = _names_in(value)
        odd = odd or strange
        names.update(dict.fromkeys(found))
    if not names:
        return Encoding(("",), odd=True, unknown=True)
    return Encoding(tuple(names), odd=odd or len(names) > 1)


def _names_in(value: bytes) -> tuple[list[str], bool]:
    text = re.sub(rb"[\x00-\x1f\x7f]+", b"", value).strip().lower().decode("latin-1")
    if text in ENCODINGS:
        return [text], b"\0" in value
    if text in _IDENTITY:
        return ["8bit"], False
    if text in _UU:
        return ["x-uuencode"], False
    if text in _YENC:
        return ["x-yencode"], False
    if decoded := decode_words(text.encode("latin-1"))[0].strip().lower() if "=?" in text else "":
        text = decoded
    if text.strip("\"'; .") in ENCODINGS:
        return [text.strip("\"'; ."), ""], True
    found = [name for name in ("base64", "quoted-printable", "uuencode", "yenc", "7bit", "8bit", "binary") if name in text]
    found = ["x-uuencode" if name == "uuencode" else "x-yencode" if name == "yenc" else name for name in found]
    return ([*found, ""], True) if found else ([], True)
