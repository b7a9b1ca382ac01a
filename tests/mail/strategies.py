"""Hypothesis strategies for messages: from tidy to nonsense, so that shrinking gives readable failures."""
# ruff: noqa: E501 - fragments are read along their lines

from hypothesis import strategies as st

LINE_ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b""])
FRAGMENTS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=edge", b'Content-Type: multipart/mixed; boundary="in"', b"Content-Type: text/plain; charset=utf-7",
        b"Content-Type: message/rfc822", b"Content-Type: application/ms-tnef", b"Content-Type: text/calendar", b"Content-Type: text/html",
        b"Content-Type: application/pkcs7-mime", b"Content-Type: application/mac-binhex40", b"Content-Type: message/partial", b"Content-Type: ;;=",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: x-uuencode", b"Content-Transfer-Encoding: x-yencode",
        b"Content-Transfer-Encoding: (a", b"Content-Disposition: attachment; filename*0*=utf-8''a; filename*1=b", b"Content-ID: <a@b>",
        b"Subject: =?utf-8?b?QUJD?= =?x?q?=41?=", b"From: A <a@b>, (c (d) e) f@g;", b"To: x: a@b, c@d;", b"Received: x", b"Auto-Submitted: auto-replied",
        b"--edge", b"--edge--", b"--in", b"--in--", b"QUJDRA==", b"begin 644 a", b"#0V]D", b"end", b"=ybegin line=1 size=1 name=a", b"=yend size=1",
        b"BEGIN:VCALENDAR", b"ATTACH;ENCODING=BASE64:QUJD", b'<img src="cid:a@b"><a href="data:;base64,QUJDREVGR0hJSktMTU5PUA==">', b"=41=\t", b"x", b" folded", b"\t", b"",
        b"(This file must be converted with BinHex 4.0)", b":$f*TEQKPH", b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----", b"From a@b Sun",
        b"\x78\x9f\x3e\x22\x01\x00\x01\x04\x90\x06\x00\x08\x00\x00\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80",
    ]
)  # fmt: skip
LINES = st.one_of(FRAGMENTS, st.binary(max_size=30))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Lines that mean something, in an order that need not."""
    usual = draw(st.sampled_from([b"\r\n", b"\n"]))
    lines = draw(st.lists(st.tuples(LINES, st.one_of(st.just(usual), LINE_ENDS)), max_size=30))
    return b"".join(line + end for line, end in lines)


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """One of `seeds` with a few bytes changed, cut out, doubled or put in."""
    raw = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 12))
        new = draw(st.one_of(st.binary(max_size=8), FRAGMENTS, st.just(bytes(raw[at : at + 40]))))
        raw[at : at + length] = new
    return bytes(raw)
