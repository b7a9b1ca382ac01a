"""The practitioner's way out, through SMTP and a mailbox only."""

import email
import email.policy
import io
import re
import smtplib
from email.message import EmailMessage

import msoffcrypto
import pytest
import pyzipper

from tests.files import docx
from tests.harness import Gateway, Sent, letter

JO = "jo.bell@borough.gov.uk"
CARER = "rita.k1964@gmail.com"
FILE = docx("Medication at seven")


def hold_papers(gateway: Gateway, to: list[str] | None = None, subject: str = "Placement tonight", **more: str) -> EmailMessage:
    """A message with a Word file for somebody without secure email; it waits."""
    to = to or [CARER]
    message = letter(JO, to, subject, "He arrives at seven.", **more)
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    gateway.send(JO, to, message)
    return message


def words_of(sent: Sent) -> str:
    message = email.message_from_bytes(sent.raw, policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def address_of(verb: str, sent: Sent) -> str:
    """The address that a notice names for a verb."""
    found = re.search(rf"\b{verb.lower()}\.[0-9a-z]+\.[a-z2-7]{{26}}@[a-z.]+", words_of(sent))
    assert found, words_of(sent)
    return found[0]


def reply(gateway: Gateway, address: str, text: str = "", sender: str = JO, **fields: str) -> None:
    """As a mail program replies: with words, a signature and the notice quoted."""
    quoted = "\n".join(f"> {line}" for line in ("Not sent: your email", "SUBJECT Evil", "PROTECT"))
    subject = fields.pop("subject", "RE: Not sent: your email to 1 person")
    body = f"{text}\n\nOn Friday the gateway wrote:\n{quoted}\n\n-- \nJo Bell, Social Worker\n"
    gateway.send(sender, [address], letter(sender, [address], subject, body, **fields))


def attachments(sent: Sent) -> dict[str, bytes]:
    message = email.message_from_bytes(sent.message, policy=email.policy.default)
    return {str(part.get_filename()): part.get_payload(decode=True) for part in message.walk() if part.get_filename()}  # type: ignore[misc]


def password_in(sent: Sent) -> str:
    found = re.search(r"^([a-z]+(?:-[a-z]+){4}-[0-9]{2})\r?$", words_of(sent), re.MULTILINE)
    assert found, words_of(sent)
    return found[1]


def test_protect_locks_the_word_file_in_its_own_format_and_gives_the_password_to_the_sender_alone(gateway: Gateway) -> None:
    original = hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("PROTECT", notice))
    (sent,) = gateway.wait_for(1, "mail")
    told = gateway.wait_for(2, "notice")[-1]
    assert sent.to == [CARER]
    assert told.to == [JO]
    password = password_in(told)
    ((name, locked),) = attachments(sent).items()
    assert name == "plan.docx"
    opened = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(locked))
    file.load_key(password=password, verify_password=True)
    file.decrypt(opened)
    assert opened.getvalue() == FILE
    assert password.encode() not in sent.raw
    assert b"He arrives at seven." in sent.raw
    assert str(original["Message-ID"]).encode() in sent.raw
    (held,) = gateway.ask("hold", "list", "--all")
    assert (held["state"], held["ended_by"]) == ("protected", JO)
    (story,) = gateway.ask("why", held["message"])
    assert [step["event"] for step in story["steps"]].count("protected") == 1
    assert gateway.ask("records", "verify") == [{"ok": True, "faults": []}]


def test_other_files_become_a_zip_that_only_the_password_opens(gateway: Gateway) -> None:
    message = letter(JO, [CARER], "Photographs", "As agreed.")
    message.add_attachment(b"\x89PNG\r\n\x1a\n" + b"\0" * 400, maintype="image", subtype="png", filename="garden.png")
    gateway.send(JO, [CARER], message)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("PROTECT", notice))
    (sent,) = gateway.wait_for(1, "mail")
    password = password_in(gateway.wait_for(2, "notice")[-1])
    ((name, locked),) = attachments(sent).items()
    assert name == "garden.zip"
    with pyzipper.AESZipFile(io.BytesIO(locked)) as archive:
        with pytest.raises(RuntimeError):
            archive.read("garden.png")
        archive.setpassword(password.encode())
        assert archive.read("garden.png").startswith(b"\x89PNG")


def test_words_that_were_the_reason_are_locked_too(gateway: Gateway) -> None:
    words = "Section 47 for Ellie Dunn, DOB 01/02/2019, bruising seen today."
    gateway.send(JO, ["reception@e84012.nhs.uk"], letter(JO, ["reception@e84012.nhs.uk"], "Urgent please call", words))
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("PROTECT", notice))
    (sent,) = gateway.wait_for(1, "mail")
    password = password_in(gateway.wait_for(2, "notice")[-1])
    assert b"Ellie" not in sent.message
    locked = attachments(sent)["message.docx"]
    opened = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(locked))
    file.load_key(password=password)
    file.decrypt(opened)
    assert b"Ellie Dunn" in pyzipper.ZipFile(io.BytesIO(opened.getvalue())).read("word/document.xml")


def test_secure_in_the_subject_does_it_at_once(gateway: Gateway) -> None:
    hold_papers(gateway, subject="[secure] Placement tonight")
    (sent,) = gateway.wait_for(1, "mail")
    (told,) = gateway.wait_for(1, "notice")
    assert password_in(told)
    assert list(attachments(sent)) == ["plan.docx"]
    assert gateway.ask("hold", "list") == []


def test_the_password_does_not_follow_the_file_into_the_same_inbox(gateway: Gateway) -> None:
    """Walks 22: our own password, mailed to the recipient of the locked file, comes back with advice to phone."""
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("PROTECT", notice))
    password = password_in(gateway.wait_for(2, "notice")[-1])
    gateway.send(JO, [CARER], letter(JO, [CARER], "As promised", f"Hello Rita,\n\nit is {password}\n\nJo"))
    told = gateway.wait_for(3, "notice")[-1]
    assert "Phone the person and tell them the password." in words_of(told)
    assert password not in words_of(told)
    assert len(gateway.sent("mail")) == 1
    assert gateway.ask("hold", "list") == []


def test_separate_sends_one_copy_for_each_person(gateway: Gateway) -> None:
    parents = [f"parent{number}@example.org" for number in range(16)]
    gateway.send(JO, parents, letter(JO, parents, "Club moved to the hall", "See you there."))
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("SEPARATE", notice))
    copies = gateway.wait_for(16, "mail")
    assert sorted(address for copy in copies for address in copy.to) == sorted(parents)
    for copy in copies:
        assert sum(parent.encode() in copy.message for parent in parents) == 1


def test_cancel_ends_it(gateway: Gateway) -> None:
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("CANCEL", notice))
    (held,) = gateway.ask("hold", "list", "--all")
    assert held["state"] == "cancelled"
    reply(gateway, address_of("PROTECT", notice))
    assert gateway.sent("mail") == []


def test_release_asks_a_reviewer_and_releases_nothing(gateway: Gateway) -> None:
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("RELEASE", notice), "The school has asked for it and has consent.")
    (held,) = gateway.ask("hold", "list")
    assert held["waits_for"] == "reviewer"
    gateway.wait_for(3, "notice")
    (story,) = gateway.ask("why", held["message"])
    (asked,) = [step for step in story["steps"] if step["event"] == "asked"]
    assert asked["details"]["why"] == "The school has asked for it and has consent."
    assert gateway.sent("mail") == []


@pytest.mark.parametrize("times", [2, 5])
def test_asking_again_changes_nothing(gateway: Gateway, times: int) -> None:
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    for _ in range(times):
        reply(gateway, address_of("PROTECT", notice))
    gateway.wait_for(1, "mail")
    gateway.wait_for(2, "notice")
    assert (len(gateway.sent("mail")), len(gateway.sent("notice"))) == (1, 2)


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        ("ann.lee@borough.gov.uk", {}),
        ("ward7@nhs.net", {}),
        (JO, {"From": "ann.lee@borough.gov.uk"}),
        (JO, {"From": "rita.k1964@gmail.com"}),
    ],
    ids=["colleague", "outsider", "other-author", "outside-author"],
)
def test_nobody_else_is_heard(gateway: Gateway, sender: str, fields: dict[str, str]) -> None:
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    address = address_of("PROTECT", notice)
    message = letter(sender, [address], "PROTECT", "please")
    for name, value in fields.items():
        message.replace_header(name, value)
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)):
        gateway.send(sender, [address], message)
    (held,) = gateway.ask("hold", "list")
    assert held["state"] == "held"


def test_automatic_replies_are_ignored_and_forged_addresses_refused(gateway: Gateway) -> None:
    hold_papers(gateway)
    (notice,) = gateway.wait_for(1, "notice")
    address = address_of("CANCEL", notice)
    reply(gateway, address, "I am away", Auto_Submitted="auto-replied")
    assert len(gateway.ask("hold", "list")) == 1
    local, _, domain = address.partition("@")
    forged = [local.replace("cancel", "release"), local[:-1] + ("a" if local[-1] != "a" else "b"), local.rsplit(".", 1)[0], "gateway"]
    for name in forged:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            gateway.send(JO, [f"{name}@{domain}"], letter(JO, [f"{name}@{domain}"], "x", "x"))
    assert len(gateway.ask("hold", "list")) == 1


def test_a_reply_to_the_notices_own_mailbox_says_what_to_do_instead(gateway: Gateway) -> None:
    hold_papers(gateway)
    gateway.wait_for(1, "notice")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        reply(gateway, "gateway@control.gateway.borough.gov.uk", "PROTECT")
    ((code, words),) = refused.value.recipients.values()
    assert code == 550
    assert b"Use a link in our email" in words
    assert len(gateway.ask("hold", "list")) == 1


def test_the_person_behind_a_shared_mailbox_may_answer(gateway: Gateway) -> None:
    """Walks 7: sent as mash@, written by Jo."""
    to = ["head@stmarys-academy.org.uk"]
    message = letter("mash@borough.gov.uk", to, "Strategy meeting papers", "As agreed.", Sender=JO)
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="strategy-notes.docx")
    gateway.send("mash@borough.gov.uk", to, message)
    (notice,) = gateway.wait_for(1, "notice")
    reply(gateway, address_of("PROTECT", notice))
    gateway.wait_for(1, "mail")
    assert gateway.wait_for(2, "notice")[-1].to == [JO]
