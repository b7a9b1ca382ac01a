"""The mark, the word before the subject and the request to confirm: added where they are missing, and nothing else is touched."""

import pytest

from gateway.mail import read
from gateway.model.address import parse_mailbox
from gateway.model.judgement import Extras
from gateway.service.extras import added

JO = parse_mailbox("jo.bell@borough.gov.uk")
HEAD = b"From: jo.bell@borough.gov.uk\r\nTo: sam.reid@nhs.net\r\nSubject: Papers\r\n"
BODY = b"\r\nHello  \r\n.dot \xe9\r\n"
ALL = Extras(mark=True, prefix="CONFIDENTIAL: ", receipt=True)


def test_everything_that_is_asked_for_is_added_and_the_rest_stays() -> None:
    raw = added(HEAD + BODY, ALL, (JO,))
    assert raw is not None
    message = read(raw)
    assert b"Sensitivity: Company-Confidential\r\n" in raw
    assert b"Disposition-Notification-To: <jo.bell@borough.gov.uk>\r\n" in raw
    assert message.subject == "CONFIDENTIAL: Papers"
    assert raw.endswith(BODY)
    assert b"From: jo.bell@borough.gov.uk\r\nTo: sam.reid@nhs.net\r\n" in raw


def test_what_is_there_already_is_not_added_again() -> None:
    raw = added(HEAD + BODY, ALL, (JO,))
    assert raw is not None
    assert added(raw, ALL, (JO,)) is None


def test_a_weaker_sensitivity_gives_way_and_a_reply_keeps_one_prefix() -> None:
    raw = added(HEAD.replace(b"Papers", b"RE: CONFIDENTIAL: Papers") + b"Sensitivity: Personal\r\n" + BODY, ALL, ())
    assert raw is not None
    assert raw.count(b"Sensitivity:") == 1 and b"Sensitivity: Company-Confidential\r\n" in raw
    assert read(raw).subject == "RE: CONFIDENTIAL: Papers"
    assert b"Disposition" not in raw


def test_signatures_that_no_longer_fit_go() -> None:
    raw = added(b"DKIM-Signature: v=1; a=rsa-sha256\r\nARC-Seal: i=1\r\n" + HEAD + BODY, Extras(mark=True), (JO,))
    assert raw is not None
    assert b"DKIM" not in raw and b"ARC-Seal" not in raw


@pytest.mark.parametrize(
    "head",
    [
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b"\r\n',
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n",
    ],
)
def test_signed_mail_is_never_changed(head: bytes) -> None:
    assert added(HEAD + b"MIME-Version: 1.0\r\n" + head + BODY, ALL, (JO,)) is None


def test_a_message_that_can_be_read_in_two_ways_is_never_changed() -> None:
    assert added(HEAD + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n" + BODY, ALL, (JO,)) is None
