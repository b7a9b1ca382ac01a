"""A file in the text of a message: behind a thousand decoys, or in an address that only a browser can read."""

import base64

import pytest

from gateway.checks import run
from gateway.mail import read
from gateway.model.findings import Reason
from tests.files import docx

HEAD = b"From: jo.bell@borough.gov.uk\r\nTo: rita@gmail.com\r\nSubject: Papers\r\nMIME-Version: 1.0\r\nContent-Type: text/"
FILE = docx("The plan")
DECOY = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 3 + b"\r\n\r\n"
LINK = b'html\r\n\r\n<p>Hello,</p>\r\n<a download="plan.docx" href="%b">here</a>\r\n'
HIDDEN = {
    "a thousand decoys": b"plain\r\n\r\nHello,\r\n\r\n" + DECOY * 1_500 + base64.encodebytes(FILE).replace(b"\n", b"\r\n"),
    "a letter written as a number": LINK % (b"&#100;ata:application/octet-stream;base64," + base64.b64encode(FILE)),
    "a line end in a word": LINK % (b"da\r\nta:application/octet-stream;base64," + base64.b64encode(FILE)),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_file_in_the_text_is_an_attachment_that_is_not_locked(how: str) -> None:
    found = run(read(HEAD + HIDDEN[how]))
    assert any(item.reason is Reason.ATTACHMENT_UNPROTECTED for item in found.items)
    assert any(attachment.type == "docx" for attachment in found.attachments)
