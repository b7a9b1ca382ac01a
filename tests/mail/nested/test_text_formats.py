"""What is carried in text: uuencode, yEnc, BinHex, armour, data: URIs, pasted base64; and files in calendars and cards."""

import base64

import pytest

from gateway.mail.nested import armour, binhex, calendar, carried, dataurl, mailfile, pasted, smime, uu, yenc
from gateway.model.message import Role

from ..vectors.formats import binhex as make_binhex
from ..vectors.formats import signed_data
from ..vectors.formats import uuencode as make_uu
from ..vectors.formats import yenc as make_yenc

ZIP = b"PK\x03\x04" + bytes(range(256))
B64 = base64.b64encode(ZIP)


def contents(found):
    return [item.content for item in found]


def test_uuencode_is_found_wherever_a_line_begins():
    text = b"Hello\r\n\r\n" + make_uu("a b.zip", ZIP) + b"\r\nand\r\n> " + make_uu("c.txt", b"quoted") + b"bye"
    first, second = uu.find(text)
    assert (first.names, first.content) == (("a b.zip",), ZIP) and second.names == ("c.txt",)


@pytest.mark.parametrize(
    "text", [b"we begin 2024 with a meeting\r\nand end it", b"begin 644\r\nx", b"begin the day", b"begin 600 people\r\ncame to us\r\nend"]
)
def test_words_about_a_beginning_are_no_file(text):
    assert contents(uu.find(text)) in ([], [b""])


def test_yenc_in_parts_is_one_file():
    assert [(item.names, item.content) for item in yenc.find(make_yenc("a.zip", ZIP, split=50))] == [(("a.zip",), ZIP)]
    assert yenc.find(b"no block at all") == ()


def test_binhex_gives_name_and_data_fork():
    assert [(item.names, item.content) for item in binhex.find(b"Words\r\n" + make_binhex("a.zip", ZIP))] == [(("a.zip",), ZIP)]


@pytest.mark.parametrize("cut", [50, 60, 80, 100, 300])
def test_binhex_that_is_cut_off_does_not_raise(cut):
    binhex.find(make_binhex("a.zip", ZIP)[:cut])


def test_each_armoured_block_is_a_part():
    text = b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\nx\n-----BEGIN PGP SIGNATURE-----\nabc\n"
    assert [item.media_type for item in armour.find(text)] == ["application/pgp-message", "application/pgp-signature"]


def test_data_addresses_are_files_and_small_pictures_are_pictures():
    page = b'<a href="data:application/zip;name=a.zip;base64,' + B64 + b'"><img src="data:image/png;base64,' + B64 + b'">'
    first, second = dataurl.find(page, markup=True)
    assert (first.content, first.names, first.disposition) == (ZIP, ("a.zip",), "attachment")
    assert (second.media_type, second.disposition) == ("image/png", "inline")


@pytest.mark.parametrize(
    "text", [b"the data: all of it, here", b"data:,x", b"data:image/gif;base64,R0lGODlhAQ", b'<p style="x">metadata: none</p>']
)
def test_words_about_data_are_no_file(text):
    assert dataurl.find(text, markup=True) == dataurl.find(text, markup=False) == ()


FOLDED = [base64.b64encode(bytes((at + step * 7) % 256 for step in range(48))) + b"\r\n         " for at in range(4)]
PROSE = [
    b"Please see https://example.org/" + b"a" * 200 + b" for more.\r\n",
    b"https://example.org/\r\n" + b"a" * 70 + b"\r\nis the token\r\n",
    b"-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\n" + (b"A" * 64 + b"\r\n") * 9 + b"-----END PGP PUBLIC KEY BLOCK-----\r\n",
    b"Kayleigh\r\n",
    b"OK",
    b"abcdefghijklmnopqrstuvwxyz1234\r\n",
    b"=" * 76 + b"\r\n" + b"-" * 76,
    # A signature's field in a header that a bounce quotes.
    b"ARC-Seal: i=1; a=rsa-sha256; cv=none;\r\n        b=" + b"".join(FOLDED) + b"X-Next: field\r\n",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_holds_no_pasted_file(text):
    assert pasted.find(text) == ()


def test_pasted_base64_is_a_file():
    lines = base64.encodebytes(ZIP)
    assert contents(pasted.find(lines)) == [ZIP]
    assert contents(pasted.find(b"Here it is:\n\n" + lines + b"\nRegards")) == [ZIP]
    assert contents(pasted.find(b"Here it is:\n\n" + B64 + b"\n\nRegards")) == [ZIP]
    assert contents(pasted.find(b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n")) == [ZIP]
    indented = b"".join(b"  " + line for line in lines.splitlines(keepends=True))
    assert contents(pasted.find(b"Here it is:\n" + indented + b"Regards")) == [ZIP]


@pytest.mark.parametrize("decoy", [b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 3 + b"\n\n", (b"X" * 76 + b"\n") * 2 + b"\n"])
def test_a_pasted_file_is_found_behind_a_thousand_lines_that_are_none(decoy):
    lines = base64.encodebytes(ZIP * 3)
    assert ZIP * 3 in contents(pasted.find(b"Here it is:\n\n" + decoy * 1_500 + lines + b"\nRegards"))


def test_filling_is_no_file():
    assert pasted.find((b"X" * 80 + b"\r\n") * 100) == ()
    assert pasted.find(b"Long enough?\r\n" + (b"X" * 80 + b"\r\n") * 100) == ()


@pytest.mark.parametrize(
    "written",
    [
        b"dAtA:application/zip;base64,",
        b"&#100;ata:application/zip;base64,",
        b"d&#X0061;ta:application/zip;b&#97se64,",
        b"data&colon;application/zip&semi;base64&comma;",
        b"data&#0058application/zip;base64,",
        b"da\r\n\tta:application/zip;base64,",
        b"d&Tab;ata&NewLine;:application/zip;base64,",
        b"&amp;#100;ata:application/zip;base64,",  # In a page within the page.
    ],
)
def test_data_addresses_are_found_however_a_browser_would_read_them(written):
    page = b'<p>A page of more than one line.</p>\r\n<a download="a.zip" href="' + written + B64 + b'">here</a>\r\n'
    assert [found.content for found in carried("text/html", (), (page,)).found] == [ZIP]


def test_a_calendar_gives_its_attachments_with_names():
    line = b"ATTACH;FMTTYPE=application/zip;X-FILENAME=a.zip;ENCODING=BASE64;VALUE=BINARY:" + B64[:60] + b"\r\n " + B64[60:]
    item = calendar.find(b"BEGIN:VCALENDAR\r\n" + line + b"\r\nATTACH:https://x.uk/y\r\nEND:VCALENDAR")[0]
    assert (item.content, item.names, item.media_type) == (ZIP, ("a.zip",), "application/zip")


@pytest.mark.parametrize("indefinite", [False, True])
def test_what_is_only_signed_is_read(indefinite):
    nest = smime.read(signed_data(b"Content-Type: text/plain\r\n\r\nhello", indefinite=indefinite))
    assert contents(nest.found) == [b"Content-Type: text/plain\r\n\r\nhello"] and nest.container


@pytest.mark.parametrize("cut", range(1, 90, 6))
def test_a_signature_that_is_cut_off_does_not_raise(cut):
    smime.read(signed_data(b"x" * 40)[:cut])


def test_compressed_content_that_is_damaged_is_unread():
    assert smime.read(signed_data(b"no zlib at all", compressed=True)).unread


def test_what_is_encrypted_stays_a_leaf(leaf):
    enveloped = signed_data(b"x").replace(bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d010703"))
    part = leaf(b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary", enveloped)
    assert part.role is Role.ATTACHMENT and part.children == () and part.content == enveloped


MAIL = b"From: a@b.uk\nSubject: x\n\nhello\n"


def test_messages_are_known_by_name_or_by_their_header():
    assert mailfile.read("application/octet-stream", ("a.EML",), MAIL).media_type == "message/rfc822"
    assert mailfile.read("application/octet-stream", (), b"Received: x\n" + MAIL).container
    assert mailfile.read("application/octet-stream", ("a.emlx",), b"31\n" + MAIL).found[0].content == MAIL
    assert mailfile.read("application/octet-stream", ("notes.txt",), b"Note: this is no mail\n").found == ()
    assert mailfile.read("application/octet-stream", ("a.eml",), b"%PDF-1.7\n").found == ()


def test_a_mailbox_file_gives_each_message():
    nest = mailfile.read("application/mbox", (), b"From a Sun\n" + MAIL + b"\nFrom b Mon\n" + MAIL)
    assert contents(nest.found) == [MAIL + b"\n", MAIL] and nest.media_type == "message/rfc822"
    many = mailfile.read("application/mbox", (), (b"From a Sun\n" + MAIL + b"\n") * 300)
    assert len(many.found) == 200 and many.unread


def test_ordinary_text_carries_nothing():
    assert carried("text/plain", (), (b"Dear Sam,\r\nthe plan is on its way.\r\n" * 40,)).found == ()
