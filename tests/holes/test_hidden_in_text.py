"""A file in the text of a message: behind a thousand decoys, or in an address that only a browser can read."""

import base64
import hashlib
import time
from urllib.parse import quote_from_bytes

import pytest

from gateway.checks import run
from gateway.mail import read
from gateway.mail.nested import dataurl
from gateway.model.findings import Reason
from tests.files import docx

HEAD = b"From: jo.bell@borough.gov.uk\r\nTo: rita@gmail.com\r\nSubject: Papers\r\nMIME-Version: 1.0\r\nContent-Type: text/"
FILE = docx("The plan")


def indented(before: bytes) -> bytes:
    return b"".join(before + line + b"\r\n" for line in base64.encodebytes(FILE).splitlines())


DECOY = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 3 + b"\r\n\r\n"
LETTERS = base64.b64encode(FILE)
LINK = b'html\r\n\r\n<p>Hello,</p>\r\n<a download="plan.docx" href="%b">here</a>\r\n'
HIDDEN = {
    "a thousand decoys": b"plain\r\n\r\nHello,\r\n\r\n" + DECOY * 1_500 + base64.encodebytes(FILE).replace(b"\n", b"\r\n"),
    "a letter written as a number": LINK % (b"&#100;ata:application/octet-stream;base64," + base64.b64encode(FILE)),
    "a line end in a word": LINK % (b"da\r\nta:application/octet-stream;base64," + base64.b64encode(FILE)),
    "lines indented by more than a line has letters": b"plain\r\n\r\nHello,\r\n" + indented(b" " * 60),
    "lines quoted sixty times below a label": b"plain\r\n\r\nHello,\r\n-----BEGIN PLAN-----\r\n" + indented(b">" * 60),
    "a page that calls itself plain text": LINK.replace(b"html", b"plain") % (b"data:a/b;base64&comma;" + LETTERS),
    "a type that is none": LINK % (b"data:x;base64," + LETTERS),
    "a parameter without a value, and blanks": LINK % (b"data:a/b;x; base64 ," + LETTERS),
    "a quote mark in a parameter": LINK % (b"data:a/b;charset=&quot;x&quot;;base64," + LETTERS),
    "a page within a page": LINK % (b'x"><iframe srcdoc="&lt;a href=&quot;data:a/b;base64,' + LETTERS + b"&quot;>here&lt;/a>"),
    "a thousand empty addresses": LINK % (b'">x</a>' + b"<a href='data:,'>" * 11_000 + b'<a href="data:a/b;base64,' + LETTERS),
}
PAGE = quote_from_bytes(b"<p>Keisha Thompson, born 5 June 2013, NHS number 943 476 5919: child protection plan").encode()


@pytest.mark.parametrize("how", HIDDEN)
def test_a_file_in_the_text_is_an_attachment_that_is_not_locked(how: str) -> None:
    found = run(read(HEAD + HIDDEN[how]))
    assert any(item.reason is Reason.ATTACHMENT_UNPROTECTED for item in found.items)
    assert any(attachment.type == "docx" for attachment in found.attachments)


@pytest.mark.parametrize("before", [b"&quot;", b"&#39;", b"&gt;", b"&lpar;&#40;", b"&#32;", b"&NewLine;", b"(hi)", b"'"])
def test_a_sign_in_an_address_does_not_end_it(before: bytes) -> None:
    found = run(read(HEAD + LINK % (b"data:text/html,%3Cp%3E" + before + PAGE)))
    assert {Reason.ATTACHMENT_UNPROTECTED, Reason.ATTACHMENT_PERSONAL} <= {item.reason for item in found.items}
    assert any("CONCERN" in item.kinds for item in found.items)


@pytest.mark.parametrize("sign", [b"data:", b"<a href='data:", b'"data:,', b"&quot;data:a,%20", b"&amp;amp;amp;quot;data:;base64,"])
def test_addresses_without_end_take_linear_time(sign: bytes) -> None:
    page, start = sign * (1_000_000 // len(sign)), time.process_time()
    dataurl.find(page, markup=True)
    assert time.process_time() - start < 5  # It takes 0.3 s; in quadratic time minutes.


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le"])
def test_a_list_as_one_line_of_base64_is_a_file(charset: str) -> None:
    rows = "Name,Born,NHS number\r\n" + "Keisha Thompson,05/06/2013,943 476 5919\r\nAmir Khan,01/02/2012,943 476 5870\r\n" * 3
    line = base64.b64encode(rows.encode(charset))
    found = run(read(HEAD + b"plain\r\n\r\nHello,\r\n\r\n" + line + b"\r\n\r\nJo\r\n"))
    assert {Reason.ATTACHMENT_UNPROTECTED, Reason.ATTACHMENT_PERSONAL} <= {item.reason for item in found.items}


def test_a_token_on_a_line_of_its_own_is_no_file() -> None:
    token = base64.b64encode(hashlib.shake_256(b"token").digest(300))
    assert read(HEAD + b"plain\r\n\r\nYour key:\r\n\r\n" + token + b"\r\n").parts[1:] == ()
