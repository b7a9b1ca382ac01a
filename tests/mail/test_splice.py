"""Edits change what they name and nothing else."""

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.mail import read, splice
from gateway.model.message import Span, Splice

from .conftest import HEAD

TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello"


def test_a_new_field_stands_at_the_top():
    message = read(HEAD + b"\r\nhi")
    raw = splice.apply(message.raw, [splice.insert_header(message, "X-New", "caf\xe9")])
    assert raw == b"X-New: =?utf-8?b?Y2Fmw6k=?=\r\n" + message.raw


def test_the_order_of_insertions_is_kept_and_edits_do_not_disturb_one_another():
    assert splice.apply(b"abcdef", [Splice(Span(4, 6), b"X"), Splice(Span(2, 2), b"1"), Splice(Span(2, 2), b"2")]) == b"ab12cdX"


@pytest.mark.parametrize("pair", [(Span(0, 3), Span(2, 4)), (Span(5, 9), Span(9, 9))])
def test_edits_that_overlap_or_leave_the_message_are_refused(pair):
    with pytest.raises(ValueError, match="splices"):
        splice.apply(b"abcdef", [Splice(span, b"") for span in pair])


def test_a_field_is_replaced_and_its_doubles_go():
    message = read(b"Subject: one\r\nFrom: a@b\r\nSubject: two\r\n folded\r\n\r\nhi")
    raw = splice.apply(message.raw, splice.replace_header(message, "Subject", "three"))
    assert raw == b"Subject: three\r\nFrom: a@b\r\n\r\nhi"
    assert splice.apply(raw, splice.replace_header(read(raw), "Cc", "x@y")) == b"Cc: x@y\r\n" + raw


def test_fields_are_removed_with_their_folds():
    message = read(b"A: 1\r\nDKIM-Signature: x\r\n y\r\nB: 2\r\ndkim-signature: z\r\n\r\nhi")
    assert splice.apply(message.raw, splice.remove_headers(message, ["DKIM-Signature"])) == b"A: 1\r\nB: 2\r\n\r\nhi"


@pytest.mark.parametrize("value", ["a\r\nBcc: x@y", "a\nb", "nul\0"])
def test_a_value_cannot_smuggle_a_field(value):
    with pytest.raises(ValueError, match="header field"):
        splice.field_bytes("X-New", value)


def test_a_long_field_is_folded():
    folded = splice.field_bytes("Subject", "word " * 40 + "end")
    assert max(len(line) for line in folded.split(b"\r\n")) <= 78
    assert read(folded + b"\r\n").subject == "word " * 40 + "end"


def test_a_part_is_replaced_and_its_neighbours_stay(mixed):
    message = mixed(TEXT, b"Content-Type: application/pdf\r\n\r\n%PDF", TEXT)
    new = b"Content-Type: application/zip\r\n\r\nPK"
    raw = splice.apply(message.raw, [splice.replace_part(message, "2", new)])
    assert raw == message.raw.replace(b"Content-Type: application/pdf\r\n\r\n%PDF", new)


def test_a_part_that_came_out_of_another_cannot_be_replaced(mixed):
    inner = base64.encodebytes(HEAD + b"\r\nhi")
    message = mixed(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner)
    with pytest.raises(ValueError, match="no place"):
        splice.replace_part(message, "1/1", b"")
    with pytest.raises(ValueError, match="no such part"):
        splice.replace_part(message, "7", b"")


def test_a_message_of_one_part_becomes_a_multipart():
    message = read(HEAD + b"Content-Type: text/plain\r\nX-Last: 1\r\n\r\nhi")
    raw = splice.apply(
        message.raw, splice.replace_root(message, b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n\r\nho\r\n--x--\r\n")
    )
    assert [part.content for part in read(raw).leaves] == [b"ho"] and read(raw).headers("x-last") == (b" 1",)


ENCODED = [
    (b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello", "N\xf6te\n\nhello"),
    (b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhello", "N\xf6te\n\nhello"),
    (b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=", "N\xf6te\n\nhello"),
    (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<body>hello", "<body><p>N\xf6te</p>\nhello"),
    (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGJvZHk+aGVsbG8=", "<body><p>N\xf6te</p>\nhello"),
]


@pytest.mark.parametrize(("part", "text"), ENCODED)
def test_words_are_put_before_a_body_in_its_own_encoding(mixed, part, text):
    part = part.replace(b"utf-8\r\n\r\n", b"utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
    message = mixed(part, b"Content-Type: application/pdf\r\n\r\n%PDF")
    edited = read(splice.apply(message.raw, splice.prepend_text(message, "N\xf6te")))
    assert edited.parts[1].texts[0].replace("\r\n", "\n") == text
    assert edited.parts[2].content == b"%PDF"


@pytest.fixture(scope="module")
def signer():
    """Signs with a fresh key, and verifies against it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    class Signer:
        def sign(self, raw: bytes, canonical: tuple[bytes, bytes]) -> bytes:
            return (
                dkim.sign(raw, b"s", b"borough.gov.uk", private, canonicalize=canonical, include_headers=[b"From", b"To", b"Subject"]) + raw
            )

        def verifies(self, raw: bytes) -> bool:
            return bool(dkim.verify(raw, dnsfunc=lambda *_, **__: record))

    return Signer()


@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"relaxed")])
def test_a_signature_over_what_is_untouched_still_verifies(signer, canonical):
    body = b"--edge\r\n" + TEXT + b"  \r\n\r\n--edge\r\nContent-Type: application/pdf\r\n\r\n%PDF \xe9\r\n--edge--\r\n\r\nepilogue"
    message = read(signer.sign(HEAD + b'Content-Type: multipart/mixed;\r\n\tboundary="edge"\r\n\r\n' + body, canonical))
    assert signer.verifies(message.raw)
    edits = [splice.insert_header(message, "X-Checked", "yes"), *splice.remove_headers(message, ["message-id"])]
    assert signer.verifies(splice.apply(message.raw, edits))
    assert not signer.verifies(splice.apply(message.raw, splice.replace_header(message, "Subject", "other")))
    assert not signer.verifies(splice.apply(message.raw, [splice.replace_part(message, "1", b"\r\nnew")]))
