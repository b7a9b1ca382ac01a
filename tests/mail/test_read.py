"""Ordinary mail is read as every reader does; the facts of its header stand where the house expects them."""

import base64

import pytest

from gateway.mail import read, read_head
from gateway.model.message import Mailbox, ReadLimits, Role

from .conftest import HEAD

ZIP = b"PK\x03\x04" + bytes(range(256)) * 3
ZIP_PART = b'Content-Type: application/zip; name="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(ZIP).replace(
    b"\n", b"\r\n"
)
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
INNER = b"Content-Type: multipart/mixed; boundary=x_1\r\n\r\n--x_1\r\n\r\nhi\r\n--x_1--"
TEXT_PART = b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello"


def doubtful(message):
    return [defect.code for defect in message.defects if defect.ambiguous or defect.unchecked]


def test_a_plain_message_is_one_body():
    message = read(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello \xc3\xa9\r\n")
    assert [(part.where, part.role, part.texts) for part in message.parts] == [("", Role.BODY, ("hello \xe9\r\n",))]
    assert message.subjects == ("Papers",) and message.message_id == "<1@borough.gov.uk>" and message.from_fields == 1
    assert message.authors == (Mailbox("Jo Bell", "jo.bell@borough.gov.uk"),) and message.to == (Mailbox("", "dee.dunn@example.org"),)
    assert not message.defects


def test_a_message_without_any_mime_is_text():
    assert read(b"From: a@b\nSubject: x\n\nhello\n").root.texts == ("hello\n",)


def test_an_attachment_lies_at_its_path_with_name_and_content(mixed):
    message = mixed(TEXT_PART, ZIP_PART)
    assert [(part.where, part.role) for part in message.parts] == [("", Role.CONTAINER), ("1", Role.BODY), ("2", Role.ATTACHMENT)]
    part = message.parts[2]
    assert part.contents == (ZIP,) and part.names == ("a.zip",) and part.encoding == "base64" and part.media_type == "application/zip"
    assert not message.defects


def test_spans_cut_the_original_bytes(mixed):
    message = mixed(TEXT_PART, ZIP_PART)
    first = message.parts[1]
    assert message.raw[first.span.start : first.span.end] == TEXT_PART
    assert message.raw[first.body.start : first.body.end] == b"hello"
    assert message.raw[message.header_end :].startswith(b"--edge")


def test_multiparts_nest(mixed):
    inner = b"Content-Type: multipart/alternative; boundary=in\r\n\r\n"
    inner += b"--in\r\n\r\nplain\r\n--in\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--in--"
    message = mixed(inner, ZIP_PART)
    assert [part.where for part in message.parts] == ["", "1", "1/1", "1/2", "2"]
    assert [part.content for part in message.parts[2:4]] == [b"plain", b"<b>x</b>"]


@pytest.mark.parametrize("encoding", [b"7bit", b"base64"])
def test_a_forwarded_message_is_read_through(mixed, encoding):
    inner = HEAD + b'Content-Type: multipart/mixed; boundary="in"\r\n\r\n--in\r\n' + ZIP_PART + b"\r\n--in--\r\n"
    body = inner if encoding == b"7bit" else base64.encodebytes(inner).replace(b"\n", b"\r\n")
    fields = b'Content-Type: message/rfc822; name="fw.eml"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: ' + encoding
    message = mixed(TEXT_PART, fields + b"\r\n\r\n" + body)
    roles = {part.where: part.role for part in message.parts}
    assert roles["2"] is Role.CONTAINER and roles["2/1"] is Role.CONTAINER and roles["2/1/1"] is Role.ATTACHMENT
    assert message.parts[2].names == ("fw.eml",) and message.parts[2].media_type == "message/rfc822"
    found = next(part for part in message.parts if part.where == "2/1/1")
    assert found.content == ZIP and (found.span is None) == (encoding == b"base64")
    # The subject of what is forwarded is text that the receiver reads.
    assert [part.texts for part in message.parts if part.where == "2/2"] == [("Papers",)]


ROLES = [
    (b"Content-Type: text/plain", b"x", Role.BODY),
    (b"Content-Type: text/html", b"<p>x", Role.BODY),
    (b'Content-Type: text/plain; name="a.txt"', b"x", Role.ATTACHMENT),
    (b"Content-Type: text/html\r\nContent-Disposition: attachment", b"x", Role.ATTACHMENT),
    (b"Content-Type: text/csv", b"a,b", Role.ATTACHMENT),
    (b"Content-Type: application/octet-stream", b"x", Role.ATTACHMENT),
    (b"Content-Type: image/png", b"\x89PNG", Role.ATTACHMENT),
    (b"Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", Role.CALENDAR),
    (b"Content-Type: text/vcard", b"BEGIN:VCARD\r\nEND:VCARD", Role.VCARD),
    (b"Content-Type: application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\r\n", Role.SIGNATURE),
    (b"Content-Type: message/delivery-status", b"Reporting-MTA: dns; x\r\n", Role.REPORT),
    # A type that lies does not make a file less of a file.
    (b"Content-Type: text/calendar", ZIP, Role.ATTACHMENT),
    (b"Content-Type: text/vcard", ZIP, Role.ATTACHMENT),
    (b"Content-Type: application/pkcs7-signature", ZIP, Role.ATTACHMENT),
    (b"Content-Type: message/disposition-notification", ZIP, Role.ATTACHMENT),
    (b"Content-Type: text/plain", ZIP, Role.ATTACHMENT),
    (b"Content-Type: text/plain", b"\x00\x01\x00\x00Standard ACE DB and much else", Role.ATTACHMENT),
    (b"Content-Type: text/plain; charset=utf-16", "hello".encode("utf-16"), Role.BODY),
]


@pytest.mark.parametrize(("fields", "body", "role"), ROLES)
def test_a_leaf_has_the_role_that_a_person_sees(leaf, fields, body, role):
    assert leaf(fields, body).role is role


def test_an_image_that_the_html_shows_is_inline_and_another_is_not(mixed):
    page = b'Content-Type: text/html\r\n\r\n<img src="cid:logo@x">'
    image = b"Content-Type: image/png\r\nContent-ID: <%s>\r\n%s\r\n\x89PNG"
    message = mixed(page, image % (b"logo@x", b""), image % (b"other@x", b""), image % (b"logo@x", b"Content-Disposition: attachment\r\n"))
    assert [part.role for part in message.leaves[1:]] == [Role.INLINE_IMAGE, Role.ATTACHMENT, Role.ATTACHMENT]


def test_every_subject_and_author_counts():
    message = read(b"Subject: one\r\nFrom: a@x\r\nSubject: =?utf-8?q?tw=C3=B6?=\r\nFrom: B <b@y>, c@z\r\n\r\nx")
    assert message.subjects == ("one", "tw\xf6") and message.from_fields == 2
    assert [author.address for author in message.authors] == ["a@x", "b@y", "c@z"]


AUTOMATIC = [
    (b"Auto-Submitted: auto-replied", True),
    (b"Auto-Submitted: no", False),
    (b"Auto-Submitted: auto-generated; x=y", True),
    (b"X-Autoreply: yes", True),
    (b"Precedence: auto_reply", True),
    (b"Precedence: bulk", False),
    (b"X-Auto-Response-Suppress: All", False),
    (b"X-Auto-Response-Suppress: All\r\nSubject: Automatic reply: away", True),
    (b"Content-Type: multipart/report; boundary=x", True),
]


@pytest.mark.parametrize(("field", "automatic"), AUTOMATIC)
def test_an_answer_by_a_machine_is_known(field, automatic):
    assert read(field + b"\r\nFrom: a@b\r\n\r\nx").automatic is automatic


SIGNED = [
    (b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\ny\r\n--x--", True),
    (b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\ny\r\n--x--", True),
    (b"Content-Type: application/pkcs7-mime\r\n\r\n0", True),
    (b"Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n", True),
    (b"Content-Type: application/octet-stream; name=smime.p7m\r\n\r\n0", True),
    (b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\ny\r\n", True),
    (b"Content-Type: text/plain\r\n\r\nnothing", False),
    # Sealed is what is attached, not the message.
    (b"Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\ny\r\n--x--", False),
    (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/pkcs7-mime; name=a.p7m\r\n\r\n0\r\n--x--", False),
]


@pytest.mark.parametrize(("rest", "signed"), SIGNED)
def test_sealed_mail_is_known(rest, signed):
    assert read(HEAD + rest).signed is signed


def test_other_facts_of_the_header():
    message = read(
        b"Received: a\r\nReceived: b\r\nDKIM-Signature: v=1\r\nBcc: x@y\r\nDate: Sun,\r\n 22 Nov\r\nCc: z@y\r\n" + HEAD + b"\r\nx"
    )
    assert message.received_count == 2 and message.dkim_signed and message.has_bcc and message.date == "Sun, 22 Nov"
    assert message.bcc == (Mailbox("", "x@y"),) and message.cc == (Mailbox("", "z@y"),)


def test_the_method_of_an_invitation_is_known(mixed):
    body = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR"
    assert mixed(b"Content-Type: text/calendar\r\n\r\n" + body).calendar_method == "REQUEST"
    assert mixed(b"Content-Type: text/calendar; method=reply\r\n\r\n" + body).calendar_method == "REPLY"


def test_the_head_alone_has_the_same_facts_and_says_that_the_rest_is_unread(mixed):
    whole = mixed(TEXT_PART, ZIP_PART)
    head = read_head(whole.raw)
    assert (head.authors, head.to, head.subjects, head.message_id, head.header_end) == (
        whole.authors,
        whole.to,
        whole.subjects,
        whole.message_id,
        whole.header_end,
    )
    assert doubtful(head) == ["message.unread"] and len(head.parts) == 1


HONEST = [
    ("lines end with LF only", HEAD.replace(b"\r\n", b"\n") + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n--x--\n"),
    ("the closing boundary line is missing", MIXED + b"--x\r\n\r\nhi"),
    ("8-bit header", HEAD + b"X-Name: J\xf6rg\r\n\r\nhi"),
    ("a stray CR in a body", HEAD + b"\r\nhi\rthere\r\n"),
    ("a mailbox file's first line", b"From a@b Sun Nov 22\r\n" + HEAD + b"\r\nhi"),
    ("an unquoted boundary with equals signs", MIXED.replace(b"=x", b"=--=_1.2") + b"----=_1.2\r\n\r\nhi\r\n----=_1.2--"),
    ("an inner boundary that begins as the outer", MIXED + b"--x\r\n" + INNER + b"\r\n--x--"),
    ("a header alone", HEAD),
    ("a name with blanks and no quotes", HEAD + b"Content-Type: application/pdf; name=my file.pdf\r\n\r\n%PDF"),
    ("a comment in the type", HEAD + b"Content-Type: text/plain (plain); charset=us-ascii\r\n\r\nhi"),
    ("the usual preamble", MIXED + b"This is a multi-part message in MIME format.\r\n--x\r\n\r\nhi\r\n--x--"),
    ("transport padding after a boundary", MIXED + b"--x  \r\n\r\nhi\r\n--x-- \r\n"),
    ("base64 with a line of blanks at its end", HEAD + b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n \r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "raw"), HONEST)
def test_honest_oddities_make_nobody_look(what, raw):
    assert doubtful(read(raw)) == []


LIMITS = [
    ("limit.header", HEAD + b"X: " + b"y" * 500 + b"\r\n\r\nhi", ReadLimits(header_bytes=300)),
    ("limit.header", b"X: y\r\n" * 50 + b"\r\nhi", ReadLimits(header_fields=40)),
    ("limit.parts", MIXED + b"--x\r\n\r\nhi\r\n" * 30, ReadLimits(parts=20)),
    ("limit.depth", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 9 + b"hi", ReadLimits(depth=5)),
    ("limit.decoded", HEAD + b"\r\n" + b"x" * 2000, ReadLimits(decoded_bytes=1000)),
    ("limit.subject", b"Subject: " + b"s" * 300 + b"\r\n\r\nhi", ReadLimits(subject_chars=200)),
]


@pytest.mark.parametrize(("code", "raw", "limits"), LIMITS)
def test_a_limit_that_is_reached_is_said(code, raw, limits):
    assert doubtful(read(raw, limits)) == [code]


def test_pieces_and_pointers_are_unchecked(mixed):
    message = mixed(
        b"Content-Type: message/partial; id=x; number=1; total=2\r\n\r\nSubject: y\r\n", b"Content-Type: message/external-body\r\n\r\nx"
    )
    assert doubtful(message) == ["part.elsewhere", "part.elsewhere"]
