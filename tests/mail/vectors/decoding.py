"""D01, D02, D04-D06: encodings and charsets that readers undo differently."""

import base64
from collections.abc import Iterator

from .build import B64, CRLF, CTE, SECRET_TEXT, TOP, ZIP, ZIP_TYPE, Case, Hides, files, part

Named = Iterator[tuple[str, bytes]]
_FLAT = base64.b64encode(ZIP)


def decoding_cases() -> list[Case]:
    cases = files("D01", _base64())
    cases += [Case(f"D02-{name}", raw, Hides.TEXT, canary) for name, raw, canary in _quoted_printable()]
    cases += [Case(f"D04-{name}", raw, Hides.TEXT, SECRET_TEXT) for name, raw in _charsets()]
    cases += [Case(f"D06-{name}", raw, Hides.SUBJECT, SECRET_TEXT) for name, raw in _subjects()]
    return cases


def _lines(width: int, ending: bytes = CRLF) -> bytes:
    return b"".join(_FLAT[at : at + width] + ending for at in range(0, len(_FLAT), width))


def _base64() -> Named:
    def zipped(body: bytes) -> bytes:
        return part(ZIP_TYPE + CTE + CRLF + body)

    for width in (1, 2, 3, 4, 5, 6, 7, 75, 77, 998):
        yield f"lines-{width}", zipped(_lines(width))
    for ending in (b"\r", b"\n", b"\v", b"\t", b" \r\n", b"\r\n ", b"\0\r\n", b"\x0c", b"\r\r\n"):
        yield f"ends-{ending.hex()}", zipped(_lines(60, ending))
    for junk in (b".", b"-", b"#", b"%", b"_", b":", b" ", b"!", b"\xff", b"\0", b"*", b"~"):
        yield f"junk-{junk.hex()}", zipped(_FLAT[:10] + junk + _FLAT[10:])
        yield f"junk-often-{junk.hex()}", zipped(junk.join(_FLAT[at : at + 7] for at in range(0, len(_FLAT), 7)))
    yield "url-safe", zipped(base64.urlsafe_b64encode(ZIP))
    early = base64.b64encode(b"A decoy.")
    for padding in (b"=", b"==", b"===", b"====", b"=\r\n=", b"= ="):
        yield f"early-{padding.hex()}", zipped(early.rstrip(b"=") + padding + CRLF + B64)
        yield f"early-inline-{padding.hex()}", zipped(early.rstrip(b"=") + padding + _FLAT)
        yield f"in-quad-{padding.hex()}", zipped(_FLAT[:42] + padding + _FLAT[42:])
        yield f"line-start-{padding.hex()}", zipped(_FLAT[:40] + CRLF + padding + _FLAT[40:])
    yield "no-padding", zipped(B64.replace(b"=", b""))
    yield "too-much-padding", zipped(B64.rstrip() + b"====\r\n")
    for junk in (b"A", b"AA", b"AAA"):
        yield f"tuple-{len(junk)}", zipped(junk + CRLF + B64)
        yield f"tuple-padded-{len(junk)}", zipped(junk + b"=" * (4 - len(junk)) + CRLF + B64)
    yield "header-again", zipped(b"Content-Transfer-Encoding: base64\r\n\r\n" + B64)
    yield "on-the-header-line", part(ZIP_TYPE + b"Content-Transfer-Encoding: base64 " + _FLAT[:20] + CRLF + CRLF + _FLAT[20:])
    yield "text-after", zipped(B64 + b"-- \r\nA mailing list footer that is long enough to be text.\r\n")
    yield "text-before", zipped(b"Some text first.\r\n\r\n" + B64)
    pieces = [base64.b64encode(ZIP[at : at + 10]) for at in range(0, len(ZIP), 10)]
    yield "pieces-padded", zipped(CRLF.join(pieces))
    yield "pieces-padded-inline", zipped(b"".join(pieces))


def _quoted_printable() -> Iterator[tuple[str, bytes, str]]:
    secret = "943476" + "5919"

    def text(body: bytes) -> bytes:
        return part(
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nNHS " + body + b" end\r\n"
        )

    digits = secret.encode()
    breaks = (b"\r\n", b"\t\r\n", b" \r\n", b"   \r\n", b"\r", b"\n", b"\r\r\n", b" \n")
    for name, soft in ((line.hex(), b"=" + line) for line in breaks):
        yield f"soft-{name}", text(digits[:5] + soft + digits[5:]), secret
        yield f"soft-often-{name}", text(soft.join(bytes((digit,)) for digit in digits)), secret
    yield "upper-hex", text(b"".join(b"=%02X" % digit for digit in digits)), secret
    yield "hex", text(b"".join(b"=%02x" % digit for digit in digits)), secret
    yield "letters-mixed", text(b"9=34 3=34=37=36 591=39"), "94 3476 5919"
    yield "soft-in-hex", text(b"943476591" + b"=3=\r\n9"), "943476591=3"
    yield "overlong", text(digits + b" " + b"x" * 5_000), secret
    yield "illegal", text(b"=XX " + digits + b" =ZZ"), secret
    yield "double", text(b"==" + digits), secret
    yield "at-end", text(digits + b"=20="), secret
    table = b"Content-Type: text/csv\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    yield "attachment", part(table + b"NHS;" + digits[:5] + b"=\r\n" + digits[5:]), secret


def _charsets() -> Named:
    def text(label: bytes, content: bytes) -> bytes:
        return part(b"Content-Type: text/plain" + label + CRLF + CTE + CRLF + base64.encodebytes(content).replace(b"\n", CRLF))

    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig", "cp037", "cp500", "cp1140"):
        yield f"{codec}-labelled", text(b"; charset=" + codec.encode(), SECRET_TEXT.encode(codec))
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        yield f"{codec}-mislabelled", text(b"; charset=utf-8", SECRET_TEXT.encode(codec))
        yield f"{codec}-unlabelled", text(b"", SECRET_TEXT.encode(codec))
    seven = b"".join(b"+" + base64.b64encode(letter.encode("utf-16-be")).rstrip(b"=") + b"-" for letter in SECRET_TEXT)
    for name, label in (
        ("labelled", b"; charset=utf-7"),
        ("mislabelled", b"; charset=us-ascii"),
        ("unlabelled", b""),
        ("old-label", b"; charset=unicode-1-1-utf-7"),
    ):
        yield f"utf-7-{name}", text(label, seven)
    yield "twice", text(b"; charset=utf-8; charset=utf-16-le", SECRET_TEXT.encode("utf-16-le"))
    yield "twice-other", text(b"; charset=utf-16-le; charset=utf-8", SECRET_TEXT.encode())
    yield "ebcdic-second", text(b"; charset=utf-8; charset=cp037", SECRET_TEXT.encode("cp037"))
    yield "rfc2231", text(b"; charset*=us-ascii'en'utf-16-le", SECRET_TEXT.encode("utf-16-le"))
    yield "continued", text(b"; charset*0=cp0; charset*1=37", SECRET_TEXT.encode("cp037"))
    yield "quoted", text(b'; charset="cp037"', SECRET_TEXT.encode("cp037"))
    yield "single-quoted", text(b"; charset='cp037'", SECRET_TEXT.encode("cp037"))
    yield "comment", text(b"; charset=cp037 (ebcdic)", SECRET_TEXT.encode("cp037"))
    yield "unknown", text(b"; charset=unknown-8bit", SECRET_TEXT.encode())
    yield "nonsense", text(b"; charset=nonsense", SECRET_TEXT.encode())
    yield "codec-that-is-none", text(b"; charset=rot13", SECRET_TEXT.encode())
    yield "iso-2022", text(b"; charset=iso-2022-jp", b"\x1b(J" + SECRET_TEXT.encode() + b"\x1b(B")
    yield "iso-2022-mislabelled", text(b"; charset=utf-8", b"\x1b(J" + SECRET_TEXT.encode() + b"\x1b(B")
    yield "hz", text(b"; charset=hz-gb-2312", SECRET_TEXT.encode())
    for codec in ("utf-16-le", "cp037"):
        for kind in (b"text/html", b"text/enriched"):
            body = base64.encodebytes(SECRET_TEXT.encode(codec)).replace(b"\n", CRLF)
            yield f"{codec}-{kind.decode()}", part(b"Content-Type: " + kind + b"; charset=" + codec.encode() + CRLF + CTE + CRLF + body)


def _subjects() -> Named:
    def subject(value: bytes, more: bytes = b"") -> bytes:
        return b"From: jo@borough.gov.uk\r\nSubject: " + value + CRLF + more + b"\r\nhello\r\n"

    words = SECRET_TEXT.encode()
    coded = words.replace(b" ", b"_").replace(b",", b"=2C")
    yield "q", subject(b"=?utf-8?q?" + coded + b"?=")
    yield "Q", subject(b"=?UTF-8?Q?" + coded + b"?=")
    yield "b", subject(b"=?utf-8?b?" + base64.b64encode(words) + b"?=")
    yield "b-no-padding", subject(b"=?utf-8?b?" + base64.b64encode(words).rstrip(b"=") + b"?=")
    yield "b-junk", subject(b"=?utf-8?b?" + base64.b64encode(words)[:9] + b"-." + base64.b64encode(words)[9:] + b"?=")
    yield "each-letter", subject(b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(bytes((byte,))) + b"?=" for byte in words))
    yield (
        "mixed-charsets",
        subject(b" ".join(b"=?%s?q?=%02X?=" % ((b"utf-8", b"iso-8859-1", b"cp1252")[index % 3], byte) for index, byte in enumerate(words))),
    )
    yield "utf-7", subject(b"=?utf-7?q?" + words.replace(b" ", b"_") + b"?=")
    yield "utf-16", subject(b"=?utf-16-le?b?" + base64.b64encode(SECRET_TEXT.encode("utf-16-le")) + b"?=")
    yield "unknown-charset", subject(b"=?x-none?q?" + coded + b"?=")
    yield "language", subject(b"=?utf-8*en?q?" + coded + b"?=")
    yield "folded", subject(words.replace(b" ", b"\r\n "))
    yield "folded-often", subject(b"\r\n x" * 100 + b"\r\n " + words)
    yield "folded-blank", subject(b"\r\n \r\n " + words)
    yield "second", subject(b"Papers", b"Subject: " + words + CRLF)
    yield "first", subject(words, b"Subject: Papers\r\n")
    yield "second-coded", subject(b"Papers", b"SUBJECT: =?utf-8?q?" + coded + b"?=\r\n")
    yield "space-before-colon", b"From: jo@borough.gov.uk\r\nSubject : " + words + b"\r\n\r\nhello"
    yield "spaces-inside", subject(b"=?utf-8?q?" + words + b"?=")
    yield "after-nul", subject(b"Papers\0 " + words)
    yield "glued", subject(b"x=?utf-8?q?_" + coded + b"?=y")
    yield "raw-latin", subject(b"\xe9 " + words)
    yield "quoted-words", subject(b'"=?utf-8?q?' + coded + b'?="')
    yield "not-first-header", b"X: y\r\n" * 150 + subject(words)
    yield "in-lf-mail", subject(b"=?utf-8?q?" + coded + b"?=").replace(CRLF, b"\n")
    yield "embedded", TOP + b"Content-Type: message/rfc822\r\n\r\n" + subject(words)
