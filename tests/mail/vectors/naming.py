"""E01, E02: file names that readers take from other places, or decode differently."""

import itertools
from collections.abc import Iterator

from .build import B64, CRLF, CTE, Case, Hides, part

_NAME = "Kayleigh Thompson.docm"


def naming_cases() -> list[Case]:
    cases = [Case(f"E01-{name}", raw, Hides.NAME, _NAME) for name, raw in _places()]
    return cases + [Case(f"E02-{name}", raw, Hides.NAME, shown) for name, raw, shown in _odd_names()]


def _entity(kind: bytes, disposition: bytes) -> bytes:
    fields = b"Content-Type: application/octet-stream" + kind + CRLF + CTE
    fields += b"Content-Disposition: attachment" + disposition + CRLF if disposition is not None else b""
    return part(fields + CRLF + B64)


_SPELLINGS = {
    "quoted": b'="Kayleigh Thompson.docm"',
    "plain": b"=Kayleigh Thompson.docm",
    "spaced": b' = "Kayleigh Thompson.docm"',
    "folded": b'=\r\n "Kayleigh Thompson.docm"',
    "folded-before": b'\r\n ="Kayleigh Thompson.docm"',
    "folded-inside": b'="Kayleigh\r\n Thompson.docm"',
    "star": b"*=utf-8''Kayleigh%20Thompson.docm",
    "star-all": b"*=utf-8''" + b"".join(b"%%%02X" % byte for byte in _NAME.encode()),
    "star-language": b"*=utf-8'en'Kayleigh%20Thompson.docm",
    "star-no-charset": b"*=''Kayleigh%20Thompson.docm",
    "star-quoted": b"*=\"utf-8''Kayleigh%20Thompson.docm\"",
    "star-utf16": b"*=utf-16-le''" + b"".join(b"%%%02X" % byte for byte in _NAME.encode("utf-16-le")),
    "pieces": b'*0="Kayleigh "; {}*1="Thompson.docm"',
    "pieces-coded": b"*0*=utf-8''Kayleigh%20; {}*1*=Thompson.docm",
    "pieces-mixed": b"*0*=utf-8''Kayleigh%20; {}*1=Thompson.docm",
    "pieces-reversed": b'*1="Thompson.docm"; {}*0="Kayleigh "',
    "pieces-gap": b'*0="Kayleigh "; {}*2="Thompson.docm"',
    "pieces-from-one": b'*1="Kayleigh "; {}*2="Thompson.docm"',
    "pieces-leading-zero": b'*00="Kayleigh "; {}*01="Thompson.docm"',
    "pieces-twice": b'*0="Kayleigh "; {}*0="X "; {}*1="Thompson.docm"',
    "pieces-and-plain": b'="plain.txt"; {}*0="Kayleigh "; {}*1="Thompson.docm"',
    "star-and-plain": b"=\"plain.txt\"; {}*=utf-8''Kayleigh%20Thompson.docm",
    "word": b'="=?utf-8?q?Kayleigh_Thompson.docm?="',
    "word-b": b'="=?utf-8?b?S2F5bGVpZ2ggVGhvbXBzb24uZG9jbQ==?="',
    "word-plain": b"==?utf-8?q?Kayleigh_Thompson.docm?=",
    "words-split": b'="=?utf-8?q?Kayleigh_?= =?utf-8?q?Thompson.docm?="',
    "words-folded": b'="=?utf-8?q?Kayleigh_?=\r\n =?utf-8?q?Thompson.docm?="',
    "word-utf7": b'="=?utf-7?q?Kayleigh_Thompson.docm?="',
    "escaped": b'="Kayleigh\\ Thompson.docm"',
    "half-quoted": b'="Kayleigh Thompson.docm',
    "end-quoted": b'=Kayleigh Thompson.docm"',
    "single-quoted": b"='Kayleigh Thompson.docm'",
    "comment": b'="Kayleigh Thompson.docm" (a comment)',
    "comment-first": b'=(a comment) "Kayleigh Thompson.docm"',
    "comment-name": b' (a comment) ="Kayleigh Thompson.docm"',
    "twice": b'="plain.txt"; {}="Kayleigh Thompson.docm"',
    "twice-first": b'="Kayleigh Thompson.docm"; {}="plain.txt"',
    "twice-case": b'="plain.txt"; {UP}="Kayleigh Thompson.docm"',
}


def _places() -> Iterator[tuple[str, bytes]]:
    for (name, spelling), (place, key) in itertools.product(_SPELLINGS.items(), (("type", b"name"), ("disposition", b"filename"))):
        value = b"; " + key + spelling.replace(b"{UP}", key.upper()).replace(b"{}", key)
        other = b'; filename="a.txt"' if place == "type" else b'; name="a.txt"'
        kinds = (value, b"") if place == "type" else (b"", value)
        yield f"{name}-{place}", _entity(*kinds)
        yield f"{name}-{place}-and-other", _entity(*((value, other) if place == "type" else (other, value)))
        yield (
            f"{name}-{place}-upper",
            _entity(*((value.replace(b"name", b"NAME"), b"") if place == "type" else (b"", value.replace(b"filename", b"FILENAME")))),
        )


def _odd_names() -> Iterator[tuple[str, bytes, str]]:
    for name, raw, shown in (
        ("rlo", b"report.pdf\xe2\x80\xaefdp.exe", "report.pdf\u202efdp.exe"),
        ("blank-end", b"a.zip ", "a.zip"),
        ("dot-end", b"a.zip.", "a.zip."),
        ("stream", b"a.zip::$DATA", "a.zip::$DATA"),
        ("device", b"CON", "CON"),
        ("up", b"..\\..\\x.exe", "..\\..\\x.exe"),
        ("up-slash", b"../../x.exe", "../../x.exe"),
        ("absolute", b"/etc/passwd", "/etc/passwd"),
        ("nul", b"a.txt\0.zip", "a.txt"),
        ("nul-joined", b"a.txt\0.zip", "a.txt.zip"),
        ("long", b"x" * 10_000 + b".zip", "x" * 10_000 + ".zip"),
        ("combining", b"\xcc\x81\xcc\x81", "\u0301\u0301"),
        ("latin", b"caf\xe9.zip", "caf\xe9.zip"),
        ("utf8", b"caf\xc3\xa9.zip", "caf\xe9.zip"),
    ):
        yield name, _entity(b"", b'; filename="' + raw + b'"'), shown
        yield name + "-type", _entity(b'; name="' + raw + b'"', b""), shown
    yield "crlf", _entity(b"", b"; filename*=utf-8''a%0D%0ABcc%3A%20x.zip"), "a\r\nBcc: x.zip"
