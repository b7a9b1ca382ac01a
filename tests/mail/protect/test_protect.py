"""A message whose files are locked: every kind of file opens with the password, in nothing without it, and the rest stays as it came."""

import email
import email.policy
import hashlib
import io
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import msoffcrypto
import pypdf
import pytest
import pyzipper

from gateway.checks import inspect_text, run
from gateway.checks.images import is_decoration
from gateway.mail import read
from gateway.mail.protect import CannotProtect, Locked, Wishes, protect
from gateway.model.findings import Reason, State
from gateway.model.looking import DEFAULT_LOOKS_FOR
from tests.files import docx, locked_zip
from tests.mail.text import documents

PASSWORD = "maple-otter-canal-frost-tiger-47"
WORDS = "The files in this email are locked with a password."
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1400).to_bytes(4, "big") + (900).to_bytes(4, "big") + b"\x08\x02\0\0\0" + b"\1" * 400
LOGO = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (120).to_bytes(4, "big") + (40).to_bytes(4, "big") + b"\x08\x02\0\0\0" + b"\1" * 400
WORD = docx("Medication at seven")
# Real ones are far larger than the 4,096 bytes below which an encrypted Office file is laid out in another way.
SETTINGS = "".join(f"<x>{hashlib.sha256(bytes([number])).hexdigest()}</x>" for number in range(250))
TYPES: dict[str, str | bytes] = {"[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'}
SHEET = documents.xlsx({"A": documents.rows(("Ann", "Lee"))}, more=TYPES | {"xl/settings.xml": f"<s>{SETTINGS}</s>"})
SLIDES = documents.pptx("<a:p><a:r><a:t>Plan</a:t></a:r></a:p>", more=TYPES | {"ppt/settings.xml": f"<s>{SETTINGS}</s>"})
PAGE = documents.pdf(documents.shows("Medication at seven"))


def locking(*, move_text: bool = False, keep: Callable[[str], bool] | None = None, one_zip: bool = False) -> Wishes:
    def harmless(name: str) -> bool:
        return not inspect_text(name, "subject").confidential

    return Wishes(WORDS, move_text, keep or harmless, lambda picture: is_decoration(picture, DEFAULT_LOOKS_FOR), "=_made", one_zip)


def wire(message: EmailMessage) -> bytes:
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def letter(body: str = "He arrives at seven.", **fields: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Jo Bell <jo.bell@borough.gov.uk>"
    message["To"] = "rita.k1964@gmail.com"
    message["Subject"] = "Placement tonight"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def with_files(*files: tuple[str, bytes], **fields: str) -> EmailMessage:
    message = letter(**fields)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def locked(message: EmailMessage | bytes, **how: object) -> Locked:
    return protect(read(message if isinstance(message, bytes) else wire(message)), PASSWORD, locking(**how))  # type: ignore[arg-type]


def parsed(result: Locked) -> EmailMessage:
    message = email.message_from_bytes(result.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def files_of(result: Locked) -> dict[str, bytes]:
    found = {}
    for part in parsed(result).walk():
        name = part.get_filename()
        if name and not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[name] = content
    return found


def text_of(result: Locked, kind: str = "plain") -> str:
    part = parsed(result).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def only_file(result: Locked) -> tuple[str, bytes]:
    ((name, content),) = files_of(result).items()
    return name, content


def opened_office(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(content))
    file.load_key(password=password, verify_password=True)
    file.decrypt(out)
    return out.getvalue()


def opened_zip(content: bytes, password: str = PASSWORD) -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        return {name: archive.read(name) for name in archive.namelist()}


# Files in their own format


@pytest.mark.parametrize(("name", "content"), [("plan.docx", WORD), ("staff.xlsx", SHEET), ("talk.pptx", SLIDES)])
def test_office_files_stay_office_files(name: str, content: bytes) -> None:
    seen, file = only_file(locked(with_files((name, content))))
    assert seen == name
    assert opened_office(file, PASSWORD) == content
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened_office(file, "maple-otter-canal-frost-tiger-48")


@pytest.mark.tools("qpdf")
def test_a_pdf_stays_a_pdf(tmp_path: Path) -> None:
    name, content = only_file(locked(with_files(("plan.pdf", PAGE))))
    file = tmp_path / "plan.pdf"
    file.write_bytes(content)
    assert name == "plan.pdf"
    assert subprocess.run(["qpdf", f"--password={PASSWORD}", "--check", str(file)], capture_output=True, check=False).returncode == 0
    assert subprocess.run(["qpdf", "--check", str(file)], capture_output=True, check=False).returncode != 0
    shown = subprocess.run(["qpdf", f"--password={PASSWORD}", "--show-encryption", str(file)], capture_output=True, text=True, check=False)
    assert "AESv3" in shown.stdout
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert not reader.decrypt("")
    assert reader.decrypt(PASSWORD)
    assert "Medication at seven" in reader.pages[0].extract_text()


# Everything else in a zip


@pytest.mark.tools("7zz", "bsdtar")
@pytest.mark.parametrize(
    ("name", "content"), [("garden.png", PNG), ("notes.txt", b"Medication at seven\r\n" * 50), ("odd", b"\0\1\2" * 99)]
)
def test_other_files_become_a_zip_that_the_usual_programs_open(tmp_path: Path, name: str, content: bytes) -> None:
    _, zipped = only_file(locked(with_files((name, content)), keep=lambda _: True))
    file = tmp_path / "locked.zip"
    file.write_bytes(zipped)
    ((inner, found),) = opened_zip(zipped).items()
    assert (inner, found) == (name, content)
    assert subprocess.run(["7zz", "t", f"-p{PASSWORD}", str(file)], capture_output=True, check=False).returncode == 0
    assert subprocess.run(["7zz", "t", "-pwrong", str(file)], capture_output=True, check=False).returncode != 0
    tar = ["bsdtar", "-xOf", str(file), "--passphrase"]
    assert subprocess.run([*tar, PASSWORD], capture_output=True, check=False).stdout == content
    assert subprocess.run([*tar, "wrong"], capture_output=True, check=False).returncode != 0


def test_an_attached_email_is_locked_whole() -> None:
    inner = with_files(("plan.docx", WORD))
    message = letter()
    message.add_attachment(inner)
    result = locked(message)
    ((name, content),) = opened_zip(only_file(result)[1]).items()
    assert name == "message.eml"
    assert b"plan.docx" in content
    assert b"plan.docx" not in result.raw
    assert text_of(result).startswith(WORDS)


def test_the_words_of_an_attached_email_are_never_taken_for_those_of_the_message() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
    message.make_mixed()
    message.add_attachment(letter("Section 47 for Ellie Dunn."))
    result = locked(message)
    assert b"Ellie" not in result.raw
    assert text_of(result).strip() == WORDS


def test_a_damaged_office_file_goes_into_a_zip() -> None:
    name, content = only_file(locked(with_files(("plan.docx", WORD[:-30]))))
    assert name == "plan.zip"
    assert opened_zip(content) == {"plan.docx": WORD[:-30]}


# Names


def test_names_stay_unless_they_tell_who_it_is_about() -> None:
    message = with_files(("plan.docx", WORD), ("Kayleigh Thompson DOB 03-04-2015.docx", WORD), ("Siân Evans NHS 943 476 5919.png", PNG))
    assert locked(message).files == ("plan.docx", "document-2.docx", "document-3.zip")
    assert b"Kayleigh" not in locked(message).raw
    assert list(opened_zip(files_of(locked(message))["document-3.zip"])) == ["document-3.png"]


@pytest.mark.parametrize("name", ["cynllun gofal – Ebrill.docx", "план.docx", 'the "plan".docx'])
def test_names_that_are_not_ascii_arrive_as_they_were(name: str) -> None:
    result = locked(with_files((name, WORD)), keep=lambda _: True)
    assert list(files_of(result)) == [name]
    assert opened_office(only_file(result)[1], PASSWORD) == WORD


# Bodies


def test_several_files_are_locked_with_one_password_and_the_words_stay() -> None:
    result = locked(with_files(("plan.docx", WORD), ("plan.pdf", PAGE), ("garden.png", PNG)))
    assert result.files == ("plan.docx", "plan.pdf", "garden.zip")
    text = text_of(result)
    assert text.startswith(WORDS)
    assert "He arrives at seven." in text


@pytest.mark.parametrize("cte", ["7bit", "quoted-printable", "base64"])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_words_are_put_before_the_body_in_its_own_encoding(kind: str, cte: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com", "Tonight"
    page = "<html><body bgcolor='white'><p>He arrives at seven = 19:00.</p></body></html>\n"
    message.set_content(page if kind == "html" else "He arrives at seven = 19:00.\n", subtype=kind, cte=cte, charset="utf-8")
    message.add_attachment(WORD, maintype="application", subtype="octet-stream", filename="plan.docx")
    text = text_of(locked(message), kind)
    assert text.index(WORDS) < text.index("He arrives at seven = 19:00.")
    if kind == "html":
        assert text.index("<body") < text.index(WORDS)


def test_both_alternatives_get_the_words() -> None:
    message = letter()
    message.add_alternative("<html><body><p>He arrives at seven.</p></body></html>", subtype="html")
    message.add_attachment(WORD, maintype="application", subtype="octet-stream", filename="plan.docx")
    result = locked(message)
    assert all(WORDS in text_of(result, kind) for kind in ("plain", "html"))


def with_picture(picture: bytes) -> EmailMessage:
    message = letter()
    message.add_alternative('<html><body><img src="cid:logo@borough"></body></html>', subtype="html")
    page = message.get_payload()[1]  # type: ignore[index]
    page.add_related(picture, "image", "png", cid="<logo@borough>", filename="image001.png", disposition="inline")  # type: ignore[union-attr]
    message.add_attachment(WORD, maintype="application", subtype="octet-stream", filename="plan.docx")
    return message


def test_the_logo_of_a_signature_stays() -> None:
    result = locked(with_picture(LOGO))
    assert result.files == ("plan.docx",)
    assert files_of(result)["image001.png"] == LOGO


def test_a_pasted_screen_does_not_stay() -> None:
    result = locked(with_picture(PNG))
    assert sorted(result.files) == ["image001.zip", "plan.docx"]
    assert PNG not in files_of(result).values()


def test_a_message_that_is_nothing_but_a_file_becomes_words_and_the_locked_file() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "scanner@borough.gov.uk", "clerk@familylaw-llp.co.uk", "Scan"
    message.set_content(PAGE, "application", "pdf", filename="scan0001.pdf", disposition="attachment")
    result = locked(message)
    assert text_of(result).startswith(WORDS)
    name, content = only_file(result)
    assert name == "scan0001.pdf"
    assert pypdf.PdfReader(io.BytesIO(content)).decrypt(PASSWORD)
    assert parsed(result)["Subject"] == "Scan"


def test_files_without_any_text_come_with_the_words() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
    message.make_mixed()
    message.add_attachment(WORD, maintype="application", subtype="octet-stream", filename="plan.docx")
    message.add_attachment(PAGE, maintype="application", subtype="pdf", filename="plan.pdf")
    result = locked(message)
    assert text_of(result).startswith(WORDS)
    assert sorted(files_of(result)) == ["plan.docx", "plan.pdf"]


def test_words_that_must_not_be_seen_go_into_a_document() -> None:
    message = with_files(("plan.pdf", PAGE))
    message.get_payload()[0].set_content("Section 47 for Ellie Dunn.\n\nBruising seen & noted <today>.")  # type: ignore[index,union-attr]
    result = locked(message, move_text=True)
    assert result.files == ("message.docx", "plan.pdf")
    assert b"Ellie" not in result.raw
    document = opened_office(files_of(result)["message.docx"], PASSWORD)
    with pyzipper.ZipFile(io.BytesIO(document)) as package:
        assert "Bruising seen &amp; noted &lt;today&gt;." in package.read("word/document.xml").decode()


# What is left alone


STRONG = locked_zip("Rainbow-Another-2026", papers_txt=b"papers")


@pytest.mark.parametrize("move_text", [False, True])
def test_a_file_that_is_strong_already_goes_along_as_it_came(move_text: bool) -> None:
    result = locked(with_files(("papers.zip", STRONG), ("plan.docx", WORD)), move_text=move_text)
    assert files_of(result)["papers.zip"] == STRONG
    assert "papers.zip" not in result.files


def test_what_was_not_edited_is_the_same_bytes() -> None:
    raw = wire(with_files(("papers.zip", STRONG), ("plan.docx", WORD), DKIM_Signature="v=1; a=rsa-sha256", X_Odd="  kept\tas it is "))
    result = locked(raw).raw
    (strong,) = [part for part in read(raw).parts if part.name == "papers.zip"]
    assert strong.span is not None
    assert raw[strong.span.start : strong.span.end] in result
    before, after = raw.partition(b"\r\n\r\n")[0].splitlines(), result.partition(b"\r\n\r\n")[0].splitlines()
    assert [line for line in before if not line.lower().startswith(b"dkim")] == after


def test_what_leaves_is_strong_and_nothing_stops_it() -> None:
    files = (("plan.docx", WORD), ("staff.xlsx", SHEET), ("talk.pptx", SLIDES), ("plan.pdf", PAGE), ("garden.png", PNG))
    findings = run(read(locked(with_files(*files)).raw))
    assert {file.protection.state for file in findings.attachments} == {State.STRONG}
    assert not {item.reason for item in findings.items} & {reason for reason in Reason if reason.value.startswith("attachment")}


def test_protecting_twice_finds_nothing_to_lock() -> None:
    once = locked(with_files(("plan.docx", WORD)))
    with pytest.raises(CannotProtect, match="no file"):
        locked(once.raw)


# What is refused, in words


def signed() -> bytes:
    return wire(with_files(("plan.docx", WORD))).replace(
        b"Content-Type: multipart/mixed;", b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";', 1
    )


def invitation() -> bytes:
    message = letter()
    message.add_alternative("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(WORD, maintype="application", subtype="octet-stream", filename="plan.docx")
    return wire(message)


def uuencoded() -> bytes:
    import binascii

    lines = [binascii.b2a_uu(WORD[at : at + 45]).decode() for at in range(0, len(WORD), 45)]
    return wire(letter("See below\n\nbegin 644 plan.docx\n" + "".join(lines) + "`\nend\n"))


def ambiguous() -> bytes:
    return wire(with_files(("plan.docx", WORD))).replace(
        b"Content-Type: multipart", b"Content-Type: text/plain\r\nContent-Type: multipart", 1
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (signed(), "signed"),
        (invitation(), "invitation"),
        (uuencoded(), "packed inside"),
        (ambiguous(), "read for certain|more than one way"),
        (wire(letter()), "no file"),
    ],
    ids=["signed", "invitation", "uuencode", "ambiguous", "no file"],
)
def test_what_cannot_be_changed_safely_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(CannotProtect, match=words):
        locked(raw)


# S/MIME and PGP: whatever was signed or encrypted for somebody stays as it is

ADDRESSED = b"From: jo.bell@borough.gov.uk\r\nTo: rita.k1964@gmail.com\r\nMIME-Version: 1.0\r\n"
PGP = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n"
CLEARSIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nSee you.\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n"
)


def smime(kind: bytes) -> bytes:
    fields = b"Content-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n" % kind
    return ADDRESSED + fields + b"\r\nMIIBAgYJKoZIhvcNAQcDoIIBADA=\r\n"


def of_parts(kind: bytes, *parts: bytes) -> bytes:
    return ADDRESSED + b"Content-Type: " + kind + b"; boundary=x\r\n\r\n" + b"".join(b"--x\r\n" + part for part in parts) + b"--x--\r\n"


FILE = b"Content-Type: application/octet-stream; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nhi there\r\n"
FOR_SOMEBODY = {
    "S/MIME encrypted": smime(b"enveloped-data"),
    "S/MIME signed": smime(b"signed-data"),
    "PGP/MIME": of_parts(
        b'multipart/encrypted; protocol="application/pgp-encrypted"',
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
        b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + PGP,
    ),
    "PGP in the text": of_parts(b"multipart/mixed", b"Content-Type: text/plain\r\n\r\n" + PGP, FILE),
    "PGP signed text": of_parts(b"multipart/mixed", b"Content-Type: text/plain\r\n\r\n" + CLEARSIGNED, FILE),
}


@pytest.mark.parametrize("one_zip", [False, True])
@pytest.mark.parametrize("raw", FOR_SOMEBODY.values(), ids=FOR_SOMEBODY.keys())
def test_what_is_signed_or_encrypted_for_somebody_is_not_touched(raw: bytes, one_zip: bool) -> None:
    with pytest.raises(CannotProtect, match="signed or encrypted already"):
        locked(raw, one_zip=one_zip)


# Everything in one zip, where the policy says so


def test_everything_goes_into_one_zip_and_the_words_stay() -> None:
    message = with_files(("plan.docx", WORD), ("Kayleigh Thompson DOB 03-04-2015.pdf", PAGE), ("plan.docx", SHEET), ("papers.zip", STRONG))
    message.get_payload()[0].add_alternative("<html><body><p>He arrives at seven.</p></body></html>", subtype="html")  # type: ignore[index,union-attr]
    result = locked(message, one_zip=True)
    assert result.files == ("files.zip",)
    assert sorted(files_of(result)) == ["files.zip", "papers.zip"]
    assert opened_zip(files_of(result)["files.zip"]) == {"plan.docx": WORD, "document-2.pdf": PAGE, "plan-2.docx": SHEET}
    assert files_of(result)["papers.zip"] == STRONG
    assert b"Kayleigh" not in result.raw
    for kind in ("plain", "html"):
        assert text_of(result, kind).count("He arrives at seven.") == 1
        assert WORDS in text_of(result, kind)


def test_one_file_is_zipped_too_where_everything_is() -> None:
    result = locked(with_files(("plan.docx", WORD)), one_zip=True)
    assert opened_zip(only_file(result)[1]) == {"plan.docx": WORD}
    assert result.files == ("files.zip",)


def test_words_that_must_not_be_seen_go_into_the_one_zip() -> None:
    message = with_files(("plan.pdf", PAGE))
    message.get_payload()[0].set_content("Section 47 for Ellie Dunn.")  # type: ignore[index,union-attr]
    result = locked(message, move_text=True, one_zip=True)
    assert result.files == ("files.zip",)
    assert b"Ellie" not in result.raw
    assert sorted(opened_zip(only_file(result)[1])) == ["message.docx", "plan.pdf"]


def test_what_went_into_the_one_zip_leaves_nothing_behind() -> None:
    result = locked(with_files(("a.txt", b"one\r\n" * 9), ("b.txt", b"two\r\n" * 9), ("c.txt", b"three\r\n" * 9)), one_zip=True)
    assert [part.get_content_type() for part in parsed(result).walk()] == ["multipart/mixed", "text/plain", "application/zip"]
    findings = run(read(result.raw))
    assert [file.protection.state for file in findings.attachments] == [State.STRONG]
