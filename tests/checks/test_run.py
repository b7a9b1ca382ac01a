"""Whole messages through the real reader: which facts come out."""

import base64
import io
import struct
import zlib
from dataclasses import replace

import pytest
import pyzipper

from gateway.checks import CHECKS, run
from gateway.model.findings import Reason, Request, State
from gateway.model.looking import LooksFor
from gateway.model.message import Message
from tests.checks.mails import mail

CLEAN_TEXT = b"The agenda for Thursday is below."


def locked(name: str = "papers.txt", password: str = "Rainbow2026", bits: int = 256) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=bits)
        archive.writestr(name, b"child protection plan " * 40)
    return out.getvalue()


def png(width: int, height: int, size: int = 2000) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return start + b"\x00" * max(0, size - len(start))


def reasons(message: Message, looks_for: LooksFor | None = None) -> set[str]:
    return {str(reason) for reason in run(message, looks_for or LooksFor()).reasons}


def test_an_ordinary_mail_has_no_findings() -> None:
    findings = run(mail("Papers for Thursday", "Shall we meet at ten?"))
    assert findings.items == () and findings.attachments == ()
    assert findings.visible == ("keyworker@ymca-east.org.uk",)


def test_a_plain_file_is_unprotected() -> None:
    findings = run(mail(files=(("agenda.txt", CLEAN_TEXT),)))
    assert findings.reasons == {Reason.ATTACHMENT_UNPROTECTED}
    assert findings.attachments[0].protection.state is State.NONE
    assert findings.items[0].shown == "agenda.txt is not encrypted"


def test_a_strongly_locked_file_is_no_finding() -> None:
    findings = run(mail(files=(("papers.zip", locked()),)))
    assert findings.items == () and findings.attachments[0].protection.state is State.STRONG


def test_128_bits_are_weak() -> None:
    assert reasons(mail(files=(("papers.zip", locked(bits=128)),))) == {"attachment.weak"}


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with pyzipper.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_dot_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("caf.docx", zipped(a_dot_txt=CLEAN_TEXT)),
        ("report.pdf", zipped(a_dot_txt=CLEAN_TEXT)),
        ("papers.zip", CLEAN_TEXT),
        ("papers.zip.exe", CLEAN_TEXT),
        ("caf\u202efdp.docx", CLEAN_TEXT),
        # also a member, and a strongly locked file
        ("papers.zip", zipped(caf_dot_docx=zipped(a_dot_txt=CLEAN_TEXT))),
        ("papers.zip", locked("letter.pdf.exe")),
        ("papers.docx", locked()),
    ],
)
def test_a_name_that_misleads_is_found(name: str, content: bytes) -> None:
    assert "attachment.misnamed" in reasons(mail(files=((name, content),)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.jpg", png(300, 200)),
        ("export.xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>"),
        ("export.xls", b"a,b\n1,2\n3,4\n"),
        ("letter.doc", b"{\\rtf1\\ansi The agenda for Thursday.}"),
        ("agenda", CLEAN_TEXT),
        ("agenda.dat", zipped(a_dot_txt=CLEAN_TEXT)),
        ("agenda.txt. ", CLEAN_TEXT),
        # damaged on the way: it cannot be read, and the name is right
        ("report.docx", zipped(a_dot_txt=CLEAN_TEXT)[:-30]),
    ],
)
def test_a_sloppy_name_is_no_finding(name: str, content: bytes) -> None:
    assert "attachment.misnamed" not in reasons(mail(files=((name, content),)))


def test_personal_data_in_a_file_is_found() -> None:
    text = b"Kayleigh Thompson, DOB 03/04/2015, NHS number 943 476 5919"
    assert reasons(mail(files=(("plan.txt", text),))) == {"attachment.unprotected", "attachment.personal"}


def test_a_name_in_a_file_name_is_found_and_not_repeated() -> None:
    findings = run(mail(files=(("Kayleigh Thompson LAC review.txt", CLEAN_TEXT),)))
    assert Reason.ATTACHMENT_PERSONAL in findings.reasons
    assert not any("Kayleigh" in item.shown for item in findings.items)


def test_names_of_members_in_a_locked_zip_can_be_read_by_anyone() -> None:
    assert reasons(mail(files=(("papers.zip", locked("Kayleigh Thompson LAC review.txt")),))) == {"attachment.names_visible"}


def test_files_inside_a_plain_zip_are_read() -> None:
    out = io.BytesIO()
    with pyzipper.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"NHS number 943 476 5919")
    found = run(mail(files=(("caf.docx", out.getvalue()),)))
    assert {"attachment.unprotected", "attachment.personal"} <= {str(reason) for reason in found.reasons}
    assert found.attachments[0].type == "zip"


def test_the_password_beside_the_file_is_found_by_words_and_by_proof() -> None:
    # walk 18, then without any label: only trying it shows that the word is the password
    assert "password.included" in reasons(mail(body="Password is Rainbow2026", files=(("papers.zip", locked()),)))
    assert "password.included" in reasons(mail(body="Rainbow2026 rings a bell?", files=(("papers.zip", locked()),)))
    assert "password.included" in reasons(mail(body="See you.", files=(("papers Rainbow2026.zip", locked()),)))
    assert "password.included" in reasons(mail(body="See you.", files=(("papers.zip", locked()), ("note.txt", b"it is Rainbow2026"))))


def test_a_promised_password_is_none() -> None:
    # walk 21
    found = reasons(mail("CONFIDENTIAL: papers for Thursday", "I will ring you with the password.", files=(("papers.zip", locked()),)))
    assert found == {"subject.marked"}


def test_our_own_password_in_a_mail_alone_is_found() -> None:
    # walk 22
    assert reasons(mail("Password", "maple-otter-canal-47")) == {"password.included"}


def test_subject_and_marking_are_told_apart() -> None:
    assert reasons(mail("Health assessment for Kayleigh Thompson, DOB 03/04/2015")) == {"subject.personal"}
    found = run(mail("SECRET: papers"))
    assert found.having(Reason.SUBJECT_MARKED)[0].kinds == ("SECRET",)


def test_a_cjsm_thread_is_known_at_the_start_only() -> None:
    assert reasons(mail("RE: [CJSM] Thursday")) == {"thread.cjsm"}
    assert reasons(mail("[CJSM] Thursday")) == {"thread.cjsm"}
    assert reasons(mail("a question about [CJSM]")) == set()


def test_requests_are_no_findings() -> None:
    for word in ("[secure]", "[ENCRYPT]", "[encrypted]", "[RW4Encrypt]"):
        found = run(mail(f"{word} Papers"))
        assert found.requests == (Request.SECURE,) and found.items == ()
    assert run(mail("secure Papers")).requests == ()


def test_sensitivity_and_own_labels_are_confidential() -> None:
    assert reasons(mail(headers=(("Sensitivity", "Company-Confidential"),))) == {"label.confidential"}
    assert reasons(mail(headers=(("Sensitivity", "Normal"),))) == set()
    guid = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"
    label = (("msip_labels", f"MSIP_Label_{guid}_Enabled=true; MSIP_Label_{guid}_Name=Confidential"),)
    assert reasons(mail(headers=label)) == set()
    assert reasons(mail(headers=label), LooksFor(label_ids=(guid.upper(),))) == {"label.confidential"}


def test_a_bcc_field_is_found() -> None:
    assert reasons(mail(headers=(("Bcc", "a@b.org"),))) == {"header.bcc"}


def test_file_links_that_anyone_can_open() -> None:
    assert reasons(mail(body="Here: https://wetransfer.com/downloads/abc123")) == {"body.file_link"}
    tenant = "See https://borough.sharepoint.com/:w:/s/team/abc"
    assert reasons(mail(body=tenant)) == {"body.file_link"}
    assert reasons(mail(body=tenant), LooksFor(sign_in_link_domains=("borough.sharepoint.com",))) == set()
    assert reasons(mail(body="Our site: https://www.gov.uk/childcare")) == set()


def test_a_large_inline_picture_is_an_attachment_and_a_logo_is_none() -> None:
    # walk 17
    def with_picture(picture: bytes) -> Message:
        encoded = base64.encodebytes(picture).decode()
        raw = (
            "From: jo.bell@borough.gov.uk\r\nTo: a@b.org\r\nSubject: Quick look?\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p><img src="cid:1">\r\n'
            "--b\r\nContent-Type: image/png\r\nContent-ID: <1>\r\nContent-Disposition: inline\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}"
            "\r\n--b--\r\n"
        )
        from gateway.mail import read

        return read(raw.encode())

    assert reasons(with_picture(png(120, 60))) == set()
    assert "attachment.unreadable" in reasons(with_picture(png(1400, 900, 180_000)))
    assert "attachment.unreadable" in reasons(with_picture(png(1400, 900)))


def test_an_invitation_is_judged_like_a_mail() -> None:
    # walk 14
    event = "BEGIN:VEVENT\r\nSUMMARY:{summary}\r\nDESCRIPTION:{text}\r\n{more}END:VEVENT\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n{event}END:VCALENDAR\r\n"

    def invitation(summary: str = "Meeting", text: str = "At ten", more: str = "") -> Message:
        from gateway.mail import read

        head = "From: a@borough.gov.uk\r\nTo: b@c.org\r\nSubject: Meeting\r\nMIME-Version: 1.0\r\n"
        head += "Content-Type: text/calendar; method=REQUEST\r\n\r\n"
        return read((head + calendar.format(summary=summary, text=text, more=more)).encode())

    assert reasons(invitation()) == set()
    assert run(invitation()).calendar
    assert reasons(invitation(summary="LAC review Ellie Dunn")) == {"subject.personal"}
    assert reasons(invitation(text="CP conference\\, Ellie Dunn\\, DOB 01/02/2019")) == {"body.personal"}
    report = base64.b64encode(b"The agenda of Thursday.").decode()
    assert "attachment.unprotected" in reasons(invitation(more=f"ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain:{report}\r\n"))


def test_quoted_words_of_one_person_are_named_as_theirs() -> None:
    # walk 6
    quoted = "Thank you, we will ring on Tuesday.\n\nFrom: dee.dunn@gmail.com\nSubject: your email\n\nEllie, NHS 943 476 5919, has autism"
    found = run(mail("RE: your email", quoted, to="dee.dunn@gmail.com")).having(Reason.BODY_PERSONAL)
    assert [one.quoted_from for one in found] == ["dee.dunn@gmail.com"]
    own = run(mail("RE: your email", "Ellie's NHS number is 943 476 5919.\n\n" + quoted)).having(Reason.BODY_PERSONAL)
    assert [one.quoted_from for one in own] == [""]


def test_a_quotation_may_name_its_author_without_an_address() -> None:
    body = "We will ring.\n\nOn Tue, 3 Nov 2026 at 10:00, Dee Dunn wrote:\n> Ellie, NHS 943 476 5919, has autism"
    found = run(mail("RE: your email", body, to="Dee Dunn <dee.dunn@gmail.com>")).having(Reason.BODY_PERSONAL)
    assert [one.quoted_from for one in found] == ["dee.dunn@gmail.com"]


def test_correspondents_may_be_named_in_the_subject() -> None:
    assert reasons(mail("Call with Sam Reid", to="Sam Reid <sam.reid@nhs.net>")) == set()
    assert reasons(mail("Call with Sam Reid", to="x@nhs.net")) == {"subject.personal"}
    assert reasons(mail("Call with Sam Reid", to="x@nhs.net"), LooksFor(staff_names=("Reid, Sam",))) == set()


def test_a_damaged_archive_is_not_checked() -> None:
    out = io.BytesIO()
    with pyzipper.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"hello " * 400)
    damaged = bytearray(out.getvalue())
    damaged[60:80] = b"\0" * 20
    assert {"message.unchecked", "attachment.unreadable"} & reasons(mail(files=(("papers.zip", bytes(damaged)),)))


def test_a_recipients_own_name_in_the_subject_is_said_to_be_theirs() -> None:
    # walk 13 (and 5, where the subject is about a child)
    found = run(mail("Interview invitation - Priya Shah", "Dear Priya", to="pshah88@hotmail.com")).having(Reason.SUBJECT_PERSONAL)
    assert [one.quoted_from for one in found] == ["pshah88@hotmail.com"]
    found = run(mail("RE: Tobi Okoro - school transport", "See our website.", to="t.okoro@yahoo.co.uk")).having(Reason.SUBJECT_PERSONAL)
    assert [one.quoted_from for one in found] == [""]


def test_a_forwarded_message_is_an_unprotected_file() -> None:
    from email.message import EmailMessage

    from gateway.mail import read

    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"], inner["From"], inner["To"] = "LAC review Kayleigh Thompson", "a@b.org", "c@d.org"
    inner.set_content("Hello")
    outer["Subject"], outer["From"], outer["To"] = "FW", "a@b.org", "c@d.org"
    outer.set_content("See attached.")
    outer.add_attachment(inner)
    found = run(read(outer.as_bytes()))
    assert {"attachment.unprotected", "attachment.personal"} <= {str(reason) for reason in found.reasons}
    assert [attachment.type for attachment in found.attachments] == ["eml"]


def test_a_check_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(desk: object) -> tuple[()]:
        raise RuntimeError("Kayleigh")

    monkeypatch.setattr("gateway.checks.CHECKS", (("texts", broken), *CHECKS))
    found = run(mail("SECRET: papers"))
    assert Reason.MESSAGE_UNCHECKED in found.reasons and Reason.SUBJECT_MARKED in found.reasons
    assert "Kayleigh" not in str(found.items)


def test_defects_become_findings() -> None:
    from gateway.model.message import Defect

    message = replace(
        mail(),
        defects=(Defect("x", "", "two readings", ambiguous=True), Defect("y", "", "too deep", unchecked=True), Defect("z", "", "odd")),
    )
    assert reasons(message) == {"message.ambiguous", "message.unchecked"}
