"""C10: files within files that mail programs open."""

import base64
import binascii
import zlib
from collections.abc import Iterator

from .build import B64, CRLF, CTE, TOP, ZIP, ZIP_TYPE, Case, files, part
from .formats import binhex, outlook_message, rtf_with, signed_data, tnef, uuencode, yenc

Named = Iterator[tuple[str, bytes]]
INNER = TOP + ZIP_TYPE + CTE + CRLF + B64


def nesting_cases() -> list[Case]:
    return [*files("C10", _messages()), *files("C10", _containers()), *files("C10", _cards()), *files("D03", _text())]


def _b64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", CRLF)


def _attached(kind: bytes, name: bytes, content: bytes) -> bytes:
    return part(
        b"Content-Type: "
        + kind
        + b'; name="'
        + name
        + b'"\r\nContent-Disposition: attachment; filename="'
        + name
        + b'"\r\n'
        + CTE
        + CRLF
        + _b64(content)
    )


def _messages() -> Named:
    yield "rfc822", part(b"Content-Type: message/rfc822\r\n\r\n" + INNER)
    yield "rfc822-base64", part(b"Content-Type: message/rfc822\r\n" + CTE + CRLF + _b64(INNER))
    yield "rfc822-qp", part(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + binascii.b2a_qp(INNER))
    yield "global", part(b"Content-Type: message/global\r\n\r\n" + INNER)
    yield "eml", _attached(b"application/octet-stream", b"a.eml", INNER)
    yield "eml-text", _attached(b"text/plain", b"a.eml", INNER)
    yield "eml-unnamed", part(b"Content-Type: application/octet-stream\r\n" + CTE + CRLF + _b64(b"Received: x\r\n" + INNER))
    yield (
        "mht",
        _attached(
            b"application/x-mimearchive",
            b"a.mht",
            b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" + ZIP_TYPE + CTE + CRLF + B64 + b"--r--\r\n",
        ),
    )
    yield (
        "mbox",
        _attached(
            b"application/mbox",
            b"a.mbox",
            b"From a@b Sun Nov 22\n" + TOP.replace(CRLF, b"\n") + b"\nhi\n\nFrom a@b Sun Nov 22\n" + INNER.replace(CRLF, b"\n"),
        ),
    )
    nested = INNER
    for depth in range(1, 45):
        nested = TOP + b"Content-Type: message/rfc822\r\n\r\n" + nested
        if depth in (2, 10, 25, 31, 44):
            yield f"depth-{depth}", nested
    for depth in (5, 20, 40):
        inner = ZIP_TYPE + CTE + CRLF + B64
        for level in range(depth):
            edge = f"level{level}x".encode()
            inner = b"Content-Type: multipart/mixed; boundary=" + edge + b"\r\n\r\n--" + edge + CRLF + inner + b"\r\n--" + edge + b"--\r\n"
        yield f"multiparts-{depth}", TOP + inner


def _containers() -> Named:
    yield "tnef", _attached(b"application/ms-tnef", b"winmail.dat", tnef((("case.zip", ZIP),)))
    yield "tnef-octets", _attached(b"application/octet-stream", b"x.bin", tnef((("case.zip", ZIP),)))
    yield "tnef-two", _attached(b"application/ms-tnef", b"winmail.dat", tnef((("a.txt", b"x"), ("case.zip", ZIP))))
    yield "tnef-in-tnef", _attached(b"application/ms-tnef", b"winmail.dat", tnef((("in.dat", tnef((("case.zip", ZIP),))),)))
    yield "msg", _attached(b"application/vnd.ms-outlook", b"a.msg", outlook_message("Hello", "body", (("case.zip", ZIP),)))
    yield "msg-octets", _attached(b"application/octet-stream", b"a", outlook_message("Hello", "body", (("case.zip", ZIP),)))
    yield (
        "signed-opaque",
        _attached(b"application/pkcs7-mime; smime-type=signed-data", b"smime.p7m", signed_data(ZIP_TYPE + CTE + CRLF + B64)),
    )
    yield (
        "signed-says-enveloped",
        _attached(b"application/pkcs7-mime; smime-type=enveloped-data", b"smime.p7m", signed_data(ZIP_TYPE + CTE + CRLF + B64)),
    )
    yield (
        "signed-indefinite",
        _attached(b"application/x-pkcs7-mime", b"smime.p7m", signed_data(ZIP_TYPE + CTE + CRLF + B64, indefinite=True)),
    )
    yield "signed-as-octets", _attached(b"application/octet-stream", b"a", signed_data(ZIP_TYPE + CTE + CRLF + B64))
    yield (
        "compressed",
        _attached(
            b"application/pkcs7-mime; smime-type=compressed-data",
            b"smime.p7z",
            signed_data(zlib.compress(ZIP_TYPE + CTE + CRLF + B64), compressed=True),
        ),
    )
    yield "rtf-object", _attached(b"text/rtf", b"a.rtf", rtf_with(ZIP))
    yield "binhex", part(b"Content-Type: application/mac-binhex40\r\n\r\n" + binhex("case.zip", ZIP))


def _cards() -> Named:
    attach = b"ATTACH;FMTTYPE=application/zip;ENCODING=BASE64;VALUE=BINARY:" + base64.b64encode(ZIP)
    folded = CRLF.join([attach[:70], *(b" " + attach[at : at + 70] for at in range(70, len(attach), 70))])
    for name, line in (("long", attach), ("folded", folded), ("uri", b"ATTACH:data:application/zip;base64," + base64.b64encode(ZIP))):
        body = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + line + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        yield f"ics-{name}", part(b"Content-Type: text/calendar\r\n\r\n" + body)
        yield f"ics-{name}-file", _attached(b"application/ics", b"invite.ics", body)
    photo = base64.b64encode(ZIP)
    lines = CRLF.join([photo[:70], *(b" " + photo[at : at + 70] for at in range(70, len(photo), 70))])
    for name, line in (
        ("v3", b"PHOTO;ENCODING=b;TYPE=JPEG:" + lines),
        ("v4", b"PHOTO:data:image/jpeg;base64," + photo),
        ("v21", b"PHOTO;JPEG;ENCODING=BASE64:\r\n" + b"".join(b" " + photo[at : at + 70] + CRLF for at in range(0, len(photo), 70))),
        ("group", b"item1.KEY;ENCODING=B:" + lines),
    ):
        yield f"vcf-{name}", part(b"Content-Type: text/vcard\r\n\r\nBEGIN:VCARD\r\nFN:x\r\n" + line + b"\r\nEND:VCARD\r\n")


def _text() -> Named:
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    data = base64.b64encode(ZIP)
    yield "data-link", part(html + b'<a download="a.zip" href="data:application/zip;base64,' + data + b'">x</a>')
    yield "data-image", part(html + b'<img src="data:image/png;base64,' + data + b'">')
    yield "data-css", part(html + b"<style>a{background:url(data:application/octet-stream;base64," + data + b")}</style>")
    yield "data-upper", part(html + b'<a href="DATA:application/zip;BASE64,' + data + b'">x</a>')
    yield "data-no-type", part(html + b'<a href="data:;base64,' + data + b'">x</a>')
    yield "data-entity", part(html + b'<a href="data&#58;application/zip;base64&#44;' + data + b'">x</a>')
    yield "data-percent", part(html + b'<a href="data:application/zip,' + b"".join(b"%%%02x" % byte for byte in ZIP) + b'">x</a>')
    plain = b"Content-Type: text/plain\r\n\r\nHello\r\n\r\n"
    yield "uu", part(plain + uuencode("case.zip", ZIP))
    yield "uu-two", part(plain + uuencode("a.txt", b"first") + CRLF + uuencode("case.zip", ZIP))
    yield "uu-no-end", part(plain + uuencode("case.zip", ZIP).rpartition(b"end")[0])
    yield "uu-base64", part(plain + b"begin-base64 644 case.zip\r\n" + B64 + b"====\r\n")
    for spelling in (
        b"x-uuencode",
        b"uuencode",
        b"x-uue",
        b"uue",
        b"X-UUENCODE",
        b"x-unix-uuencode",
        b"x-uu",
        b"uuencoded",
        b'"x-uuencode"',
    ):
        yield (
            f"uu-cte-{spelling.decode()}",
            part(ZIP_TYPE + b"Content-Transfer-Encoding: " + spelling + CRLF + CRLF + uuencode("case.zip", ZIP)),
        )
    yield "yenc", part(plain + yenc("case.zip", ZIP))
    yield "yenc-parts", part(plain + yenc("case.zip", ZIP, split=40))
    yield "yenc-cte", part(ZIP_TYPE + b"Content-Transfer-Encoding: x-yencode\r\n\r\n" + yenc("case.zip", ZIP))
    yield "binhex", part(plain + binhex("case.zip", ZIP))
    for spelling in (b"gzip64", b"x-gzip64", b"binhex", b"x-binhex", b"mac-binhex40", b"xxencode", b"ascii85", b"x-gzip", b"rot13"):
        yield f"cte-{spelling.decode()}", part(ZIP_TYPE + b"Content-Transfer-Encoding: " + spelling + CRLF + CRLF + B64)
    yield "pasted", part(plain + B64)
    yield "pasted-only", part(b"Content-Type: text/plain\r\n\r\n" + B64)
    yield "pasted-quoted", part(plain + b"".join(b"> " + line + CRLF for line in B64.split(CRLF) if line))
    yield "pasted-one-line", part(plain + data + CRLF)
    yield "pasted-html", part(html + b"<pre>\r\n" + B64 + b"</pre>")
