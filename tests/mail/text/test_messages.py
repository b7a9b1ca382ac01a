"""Messages, calendars and contacts that lie inside other files."""

import base64
from email.message import EmailMessage

from gateway.mail.text import extract


def message() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jo@borough.gov.uk", "Ann Lee <ann@example.org>", "About Bo"
    mail.set_content("plain words")
    mail.add_alternative("<p>marked-up <b>wo</b>rds</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    return mail.as_bytes()


def test_a_message_gives_its_words_and_its_files() -> None:
    document = extract(message(), "eml")
    everything = "\n".join(text.text for text in document.texts)
    assert all(words in everything for words in ("About Bo", "Ann Lee", "plain words", "marked-up words"))
    assert document.files == (("a.pdf", b"%PDF-1.4"),)
    assert document.complete


def test_a_mailbox_gives_every_message() -> None:
    document = extract(b"From a Mon\n" + message().replace(b"Bo", b"Cy") + b"\n\nFrom b Mon\n" + message(), "mbox")
    assert len(document.files) == 2
    assert sum("plain words" in text.text for text in document.texts) == 2


def test_an_ambiguous_message_is_incomplete() -> None:
    raw = b"Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nAnn\n--x--\n"
    assert not extract(raw, "eml").complete


def test_calendars_and_contacts_are_unfolded_and_their_files_handed_on() -> None:
    data = base64.b64encode(b"a report, whole and long enough").decode()
    entry = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:CP conference\\, El\r\n lie Dunn\r\n"
        f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{data}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    document = extract(entry.encode(), "ics")
    assert "CP conference, Ellie Dunn" in document.texts[0].text
    assert [content for _name, content in document.files] == [b"a report, whole and long enough"]


def test_bytes_that_are_no_message_file_are_incomplete() -> None:
    assert not extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "msg").complete
