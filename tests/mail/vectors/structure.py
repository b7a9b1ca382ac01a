"""C01-C09: header fields, line ends, boundaries and types that readers take differently."""
# ruff: noqa: E501 - a table of hostile bytes is read along its lines

import base64
import itertools
from collections.abc import Iterator

from .build import B64, CRLF, CTE, MIXED, TEXT_PART, TOP, ZIP, ZIP_TYPE, Case, both, files, part

Named = Iterator[tuple[str, bytes]]


def structure_cases() -> list[Case]:
    families = {
        "C01": (_doubled_encoding, _doubled_type, _mixed_boundaries),
        "C02": (_damaged_names,),
        "C03": (_damaged_values,),
        "C04": (_folds,),
        "C05": (_line_ends,),
        "C06": (_separators,),
        "C07": (_declarations,),
        "C08": (_boundary_lines,),
        "C09": (_types,),
    }
    return [case for family, makers in families.items() for make in makers for case in files(family, make())]


def _each(prefix: str, fields: bytes, body: bytes = B64, separator: bytes = CRLF) -> Named:
    for place, raw in both(fields, body, separator):
        yield f"{prefix}-{place}", raw


def _encoding(value: bytes) -> bytes:
    return b"Content-Transfer-Encoding: " + value + CRLF


def _doubled_encoding() -> Named:
    values = (b"base64", b"7bit", b"x-bogus", b"quoted-printable")
    for count in (2, 3):
        for index, combination in enumerate(itertools.product(values, repeat=count)):
            if b"base64" in combination and len(set(combination)) > 1 and (count == 2 or index % 3 == 0):
                fields = ZIP_TYPE + b"".join(map(_encoding, combination))
                yield from _each(f"cte{count}-{index}", fields)
    for index, value in enumerate((b"base64, quoted-printable", b"base64 quoted-printable", b"quoted-printable base64", b"7bit, base64")):
        yield from _each(f"two-values-{index}", ZIP_TYPE + _encoding(value))


def _doubled_type() -> Named:
    text = b"Content-Type: text/plain\r\n"
    for index, types in enumerate(((text, ZIP_TYPE), (ZIP_TYPE, text), (b"Content-Type: text/plain, application/zip\r\n",))):
        yield from _each(f"type-{index}", b"".join(types) + CTE)
    body = TEXT_PART + b"--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--edge--\r\n"
    for index, types in enumerate(((text, MIXED), (MIXED, text), (MIXED, b"Content-Type: message/rfc822\r\n"))):
        yield f"multipart-{index}", TOP + b"".join(types) + CRLF + body


def _mixed_boundaries() -> Named:
    zipped = ZIP_TYPE + CTE + CRLF + B64
    declarations = {
        "twice": b"Content-Type: multipart/mixed; boundary=one; boundary=two\r\n",
        "quoted": b'Content-Type: multipart/mixed; boundary="one"; boundary=two\r\n',
        "fields": b"Content-Type: multipart/mixed; boundary=one\r\nContent-Type: multipart/mixed; boundary=two\r\n",
        "case": b"Content-Type: multipart/mixed; boundary=one; BOUNDARY=two\r\n",
    }
    for name, fields in declarations.items():
        for used, decoy in ((b"one", b"two"), (b"two", b"one")):
            start = b"--" + decoy + b"\r\n\r\nnothing\r\n--" + decoy + b"--\r\n"
            hidden = b"--" + used + CRLF + zipped + b"--" + used + b"--\r\n"
            yield f"mix-{name}-{used.decode()}-after", TOP + fields + CRLF + start + hidden
            yield f"mix-{name}-{used.decode()}-before", TOP + fields + CRLF + hidden + start
            yield f"mix-{name}-{used.decode()}-alone", TOP + fields + CRLF + hidden


_NAME = b"Content-Transfer-Encoding"
_NAMES = (
    b" %s:",
    b"\0%s:",
    b"\t%s:",
    b"%s :",
    b"%s\t:",
    b"%s\0:",
    b"%s\x0b:",
    b"%s",
    b"%s::",
    b"%s;",
    b"%s=",
    b"%sxx:",
    b"xx-%s:",
    b"xx%s:",
    b"%s-:",
    b"x-%s:",
    b'"%s":',
    b"\xef\xbb\xbf%s:",
    b"\xa0%s:",
)


def _damaged_names() -> Named:
    for index, shape in enumerate(_NAMES):
        yield from _each(f"name-{index}", ZIP_TYPE + shape % _NAME + b" base64\r\n")
        yield from _each(f"name-first-{index}", shape % _NAME + b" base64\r\n" + ZIP_TYPE)
        body = TEXT_PART + b"--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--edge--\r\n"
        yield f"type-{index}", TOP + shape % b"Content-Type" + b' multipart/mixed; boundary="edge"\r\n\r\n' + body
    for name in (
        b"Content-Transfer-EncContent-Transfer-Encoding",
        b"Content-Transf\0er-Encoding",
        b"ContentTransferEncoding",
        b"Content_Transfer_Encoding",
    ):
        yield from _each(f"overlap-{name[:16].hex()}-{len(name)}", ZIP_TYPE + name + b": base64\r\n")
    for damaged in (b"nonsense without colon", b"\0", b": base64", b">From x"):
        yield from _each(f"before-{damaged.hex()[:12]}", ZIP_TYPE + damaged + CRLF + CTE)
        yield (
            f"top-before-{damaged.hex()[:12]}",
            TOP + damaged + CRLF + MIXED + CRLF + TEXT_PART + b"--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--edge--\r\n",
        )


_VALUES = (
    b"BaSe64",
    b"\0base64",
    b"ba\0se64",
    b"base64\0",
    b"base645",
    b"base64-",
    b"x-base64",
    b"",
    b"junk",
    b"base64;",
    b"base64,",
    b"base64.",
    b"\\b\\a\\s\\e64",
    b'"base64"',
    b"'base64'",
    b"(c)base64",
    b"base64(c)",
    b"(c) base64 (d)",
    b"(base64",
    b"base64)",
    b"(7bit) base64",
    b"base64 (7bit)",
    b"7bit (base64)",
    b"(base64) 7bit",
    b"(a (b) c) base64",
    b"(open\r base64",
    b"(open\n base64",
    b"(open\r\n base64",
    b"=?us-ascii?q?base64?=",
    b"base64 charset=x",
    b"\x08base64",
    b"base 64",
    b"<base64>",
)


def _damaged_values() -> Named:
    for index, value in enumerate(_VALUES):
        yield from _each(f"value-{index}", ZIP_TYPE + _encoding(value))
    yield from _each("comment-colon", ZIP_TYPE + b"Content-Transfer-Encoding (: 7bit) : base64\r\n")


_FOLDS = (
    b"Content-Transfer-Encoding:\r\n base64\r\n",
    b"Content-Transfer-Encoding:\r\n\tbase64\r\n",
    b"Content-Transfer-Encoding\r\n : base64\r\n",
    b"Content-Transfer-Encoding\r\n: base64\r\n",
    b"Content-Transfer-Encoding:\r\n \r\n base64\r\n",
    b"Content-Transfer-Encoding: \r\n\r\n base64\r\n",
    b"Content-Transfer-Encoding: base\r\n 64\r\n",
    b"Content-Transfer-Encoding: (a\r\n b) base64\r\n",
    b"Content-Transfer-Encoding:\r base64\r\n",
    b"Content-Transfer-Encoding:\n base64\r\n",
    b"Content-Transfer-Encoding:\n\r base64\r\n",
    b"Content-Transfer-\r\n Encoding: base64\r\n",
    b"Content-Transfer-Encoding:\r\nbase64\r\n",
)


def _folds() -> Named:
    for index, field in enumerate(_FOLDS):
        yield from _each(f"fold-{index}", ZIP_TYPE + field)
        yield from _each(f"fold-first-{index}", field + ZIP_TYPE)


_ENDS = (
    b"\r",
    b"\n",
    b"\n\r",
    b"\r\r\n",
    b"\r\n\n",
    b"\r\n\r",
    b"\n\r\n",
    b"\ra",
    b"a\n",
    b"\ra\n",
    b"\r ",
    b" \n",
    b"\r\na",
    b"\x0b",
    b"\x0c",
    b"\xc2\x85",
)


def _line_ends() -> Named:
    for index, end in enumerate(_ENDS):
        yield from _each(f"before-{index}", ZIP_TYPE.rstrip(CRLF) + end + CTE)
        yield from _each(f"after-{index}", ZIP_TYPE + CTE.rstrip(CRLF) + end + b"X-Other: y\r\n")
        yield from _each(f"in-x-{index}", ZIP_TYPE + b"X-Other: y" + end + CTE)


_SEPARATORS = (
    b"\r\n\r", b"\r\n\n", b"\r\r\n", b"\n\r\n", b"\r\r", b"\n\n", b"\n\r", b"\r\n", b"\r\n\r\r\n", b"\r\n\n\r\n", b"\r\n\r\n\r", b"\r\n\r\n\n",
    b"\r\n\r\n\r\n", b"\r\n \r\n", b"\r\n\t\r\n", b"\r\n\0\r\n", b"\r\na\r\n\r\n", b"\ra\n\r\n", b"", b"\r\n\x0b\r\n", b"\r\n\r\n\r\n\r\n",
)  # fmt: skip


def _separators() -> Named:
    for index, separator in enumerate(_SEPARATORS):
        yield from _each(f"separator-{index}", ZIP_TYPE + CTE.rstrip(CRLF), separator=separator)
    late = (b"\r\n" + CTE, b" " + CTE, b"\r\n " + CTE, b"\n" + CTE, b"\r\n\r\n" + CTE, b"\t\r\n" + CTE)
    for index, fields in enumerate(late):
        yield from _each(f"late-{index}", ZIP_TYPE + fields)
    for index, blank in enumerate((b"\r\n", b"\n", b"\r", b" \r\n", b"\t\r\n", b"\r\n\r\n", b"\n\n", b"\0\r\n", b"\r\r\n")):
        yield f"blank-first-{index}", part(blank + ZIP_TYPE + CTE + CRLF + B64)
        yield f"blank-first-top-{index}", blank + TOP + ZIP_TYPE + CTE + CRLF + B64
    yield "no-blank-line", part(ZIP_TYPE + CTE.rstrip(CRLF))[:-12] + CRLF + B64


# (as declared after 'boundary', as used after the dashes)
_BOUNDARIES = (
    (b"= edge", b"edge"),
    (b"=edge ", b"edge"),
    (b'=" edge"', b" edge"),
    (b'=" edge"', b"edge"),
    (b'="edge "', b"edge "),
    (b'="edge "', b"edge"),
    (b'="ed ge"', b"ed ge"),
    (b"=ed ge", b"ed"),
    (b"=ed ge", b"ed ge"),
    (b"=ed\0ge", b"ed\0ge"),
    (b"=ed\0ge", b"edge"),
    (b"=ed\0ge", b"ed"),
    (b'="edge"', b'"edge"'),
    (b"='edge'", b"edge"),
    (b"='edge'", b"'edge'"),
    (b'="ed;ge"', b"ed;ge"),
    (b'="ed;ge"', b'"ed'),
    (b"=ed;ge", b"ed"),
    (b"=ed;ge", b"ed;ge"),
    (b"=ed,ge", b"ed,ge"),
    (b"=ed,ge", b"ed"),
    (b'="ed\\"ge"', b'ed"ge'),
    (b'="ed\\"ge"', b'ed\\"ge'),
    (b'="ed\\"ge"', b"ed\\"),
    (b'="ed\\ge"', b"edge"),
    (b'="ed\\ge"', b"ed\\ge"),
    (b"=", b""),
    (b'=""', b""),
    (b"=;", b""),
    (b" =edge", b"edge"),
    (b"\r\n =edge", b"edge"),
    (b"=\r\n edge", b"edge"),
    (b'="ed\r\n ge"', b"ed ge"),
    (b'="ed\r\n ge"', b"edge"),
    (b"*=utf-8''edge", b"edge"),
    (b"*=utf-8''%65dge", b"edge"),
    (b"*=us-ascii'en'edge", b"edge"),
    (b"*0=ed; boundary*1=ge", b"edge"),
    (b"*1=ge; boundary*0=ed", b"edge"),
    (b"*0*=utf-8''e%64; boundary*1=ge", b"edge"),
    (b"*0=ed; boundary*2=ge", b"ed"),
    (b"*0=ed; boundary*2=ge", b"edge"),
    (b"*0=ed; boundary*0=ab; boundary*1=ge", b"edge"),
    (b"=plain; boundary*=utf-8''edge", b"edge"),
    (b"=plain; boundary*0=ed; boundary*1=ge", b"edge"),
    (b"=?us-ascii?q?edge?=", b"edge"),
    (b'="=?us-ascii?q?edge?="', b"edge"),
    (b'="=?us-ascii?q?edge?="', b"=?us-ascii?q?edge?="),
    (b"=edge(comment)", b"edge"),
    (b"=(comment)edge", b"edge"),
    (b"=edge (comment)", b"edge"),
    (b'="edge', b"edge"),
    (b'=edge"', b"edge"),
    (b'=edge"', b'edge"'),
    (b"=" + b"e" * 71, b"e" * 71),
    (b"=" + b"e" * 300, b"e" * 300),
    (b"=" + b"e" * 998, b"e" * 998),
    (b"=" + b"e" * 5000, b"e" * 5000),
    (b"=\xe2\x80\x9cedge\xe2\x80\x9d", b"edge"),
    (b"=\xe2\x80\x9cedge\xe2\x80\x9d", b"\xe2\x80\x9cedge\xe2\x80\x9d"),
    (b"=edge\xe9", b"edge\xe9"),
    (b"=EDGE", b"edge"),
    (b":edge", b"edge"),
    (b"-=edge", b"edge"),
    (b"x=edge", b"edge"),
    (b"=x; name=boundary=edge", b"edge"),
)  # fmt: skip


def _declarations() -> Named:
    for index, (declared, used) in enumerate(_BOUNDARIES):
        body = b"--" + used + b"\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--" + used + b"--\r\n"
        yield f"declared-{index}", TOP + b"Content-Type: multipart/mixed; boundary" + declared + CRLF + CRLF + body
        yield f"nested-{index}", part(b"Content-Type: multipart/mixed; boundary" + declared + CRLF + CRLF + body)
    body = b"--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--edge--\r\n"
    for index, declared in enumerate(
        (
            b" boundary=edge",
            b"boundary=edge",
            b",boundary=edge",
            b";;boundary=edge",
            b"; x; boundary=edge",
            b"; =x; boundary=edge",
            b'; x="a; boundary=edge',
            b"; (boundary=x) boundary=edge",
        )
    ):
        yield f"joined-{index}", TOP + b"Content-Type: multipart/mixed" + declared + CRLF + CRLF + body
    for outer, inner in ((b"edge", b"edge"), (b"edge", b"edge2"), (b"edge2", b"edge"), (b"edge", b"edge--"), (b"e", b"ed")):
        hidden = (
            b'Content-Type: multipart/mixed; boundary="'
            + inner
            + b'"\r\n\r\n--'
            + inner
            + CRLF
            + ZIP_TYPE
            + CTE
            + CRLF
            + B64
            + b"--"
            + inner
            + b"--\r\n"
        )
        top = TOP + b'Content-Type: multipart/mixed; boundary="' + outer + b'"\r\n\r\n'
        yield f"relation-{outer.decode()}-{inner.decode()}", top + b"--" + outer + CRLF + hidden + b"--" + outer + b"--\r\n"
    yield "inner-without-parameter", part(b"Content-Type: multipart/mixed\r\n\r\n--in\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--in--\r\n")
    yield "inner-uses-outer", part(b"Content-Type: multipart/mixed; boundary=none\r\n\r\n--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64)


def _boundary_lines() -> Named:
    zipped = ZIP_TYPE + CTE + CRLF + B64
    top = TOP + MIXED + CRLF
    lines = (
        b" --edge\r\n", b"\t--edge\r\n", b"--edge \r\n", b"--edge text\r\n", b"--edge\ttext\r\n", b"--edge--text\r\n", b"--edgetext\r\n",
        b"-- edge\r\n", b"- -edge\r\n", b"---edge\r\n", b"--edge-\r\n", b"--edge\n", b"--edge\r", b"\r--edge\r\n", b"x\r--edge\r\n",
        b"x\n--edge\r\n", b"--edge\0\r\n", b"\0--edge\r\n", b"--edge\x0b\r\n", b"--EDGE\r\n", b"--edge;\r\n", b'--"edge"\r\n', b"--edge\r\r\n",
        b"--edge\n\r\n", b"--edge--\r\n", b"--edge-- \r\n", b"--edge--\r\n--edge\r\n", b"--edge\r\n\r\n", b"--edge\r\n \r\n", b"--edge\r\n\n", b"> --edge\r\n",
    )  # fmt: skip
    for index, line in enumerate(lines):
        yield f"line-{index}", top + TEXT_PART + line + zipped + b"--edge--\r\n"
        yield f"line-first-{index}", top + line + zipped + b"--edge--\r\n"
        yield f"line-last-{index}", top + TEXT_PART + b"--edge--\r\n" + line + zipped
    yield "preamble", top + zipped + TEXT_PART + b"--edge--\r\n"
    yield "preamble-blank", top + CRLF + zipped + TEXT_PART + b"--edge--\r\n"
    yield "epilogue", top + TEXT_PART + b"--edge--\r\n" + zipped
    yield "epilogue-after-blank", top + TEXT_PART + b"--edge--\r\n\r\n" + zipped
    yield (
        "epilogue-multipart",
        top + TEXT_PART + b"--edge--\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + zipped + b"--b--\r\n",
    )
    yield "epilogue-far", top + TEXT_PART + b"--edge--\r\n" + b"x" * 100_000 + CRLF + zipped
    yield "epilogue-plain-base64", top + TEXT_PART + b"--edge--\r\n" + B64
    yield "after-close", top + TEXT_PART + b"--edge--\r\n--edge\r\n" + zipped + b"--edge--\r\n"
    yield "close-first", top + b"--edge--\r\n" + TEXT_PART + b"--edge\r\n" + zipped
    yield "no-close", top + TEXT_PART + b"--edge\r\n" + zipped
    yield "close-in-header", top + TEXT_PART + b"--edge\r\nX-A: b\r\n--edge--\r\n" + zipped
    yield "undeclared", top + TEXT_PART.replace(b"attached.", b"attached.\r\n--other\r\n" + zipped + b"--other--") + b"--edge--\r\n"
    yield "lf-only-line", top + TEXT_PART.rstrip(CRLF) + b"\n--edge\n" + zipped + b"--edge--\r\n"
    yield "crlf-in-lf-mail", (top + TEXT_PART).replace(CRLF, b"\n") + b"--edge\r\n" + zipped + b"--edge--\r\n"
    yield "cr-only-mail", (top + TEXT_PART + b"--edge\r\n" + zipped + b"--edge--\r\n").replace(CRLF, b"\r")


_KINDS = (
    b"multipart/x", b"multipart", b"multipart/", b"multipart/;", b"ultipart/mixed", b"x-multipart/mixed", b'"multipart/mixed"', b"=?us-ascii?q?multipart/mixed?=",
    b"multipart/mixed (c)", b"(c) multipart/mixed", b"multi(c)part/mixed", b"multipart /mixed", b"multipart/ mixed", b"MULTIPART/MIXED", b"multipart\\mixed",
    b"multipart/mixed, text/plain", b"text/plain, multipart/mixed", b"text/plain", b"text/html", b"application/octet-stream", b"multipart/mixed/x", b"multipart.mixed",
    b"", b"/", b"mixed", b"multipart/alternative", b"multipart/related", b"multipart/digest", b"multipart/parallel", b"multipart/report", b"multipart/signed",
    b"multipart/encrypted", b"multipart/form-data", b"multipart/byteranges", b"multipart\0/mixed", b"multipart/mixed\0", b"\0multipart/mixed",
)  # fmt: skip


def _types() -> Named:
    body = TEXT_PART + b"--edge\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--edge--\r\n"
    for index, kind in enumerate(_KINDS):
        yield f"kind-{index}", TOP + b"Content-Type: " + kind + b'; boundary="edge"\r\n\r\n' + body
    yield "no-type", TOP + CRLF + body
    yield "no-mime-version", TOP.replace(b"MIME-Version: 1.0\r\n", b"") + MIXED + CRLF + body
    yield "multipart-in-base64", TOP + MIXED + CTE + CRLF + base64.encodebytes(body).replace(b"\n", CRLF)
    hidden = ZIP_TYPE + CTE + CRLF + B64
    yield "partial", TOP + b"Content-Type: message/partial; id=a; number=1; total=1\r\n\r\n" + TOP + hidden
    yield "external", TOP + b"Content-Type: message/external-body; access-type=URL; URL=x\r\n\r\n" + hidden
    yield "binary", part(b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + ZIP)
    for kind in (
        b"text/plain",
        b"text/html",
        b"text/calendar",
        b"text/vcard",
        b"application/pkcs7-signature",
        b"application/pgp-signature",
        b"image/png",
        b"message/delivery-status",
        b"text/rfc822-headers",
        b"application/pgp-encrypted",
        b"text",
        b"zip",
        b"application/x; a",
        b"font/x",
    ):
        for disposition in (
            b"",
            b"Content-Disposition: inline\r\n",
            b"Content-ID: <a@b>\r\nContent-Disposition: inline; filename=a.png\r\n",
        ):
            yield f"as-{kind.decode()}-{len(disposition)}", part(b"Content-Type: " + kind + CRLF + disposition + CTE + CRLF + B64)
