"""A teacher, a file and a parent without secure email: from the first email to the opened file, by SMTP and a mailbox only.

She uses no program of ours: she gets emails, writes emails, and phones the password through. What the operator sees is asked at the end.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.files import docx
from tests.harness import Gateway, letter
from tests.mail.text import documents
from tests.mail_programs import OUTLOOK, link_in, reply
from tests.opening import Reader, by_7z, by_bsdtar, by_msoffcrypto, by_pdfium, by_pypdf, by_pyzipper, by_qpdf, by_unzip
from tests.stories.test_remedies import attachments, password_in

TEACHER, PARENT = "a.teacher@oakfield.borough.sch.uk", "dee.dunn@gmail.com"
SECRET = "Medication at seven"
FILES = {
    "care-plan.docx": docx(SECRET),
    "trip.pdf": documents.pdf(documents.shows(SECRET)),
    "allergies.csv": f"Pupil,Note\r\n1,{SECRET}\r\n".encode(),
}


@dataclass(frozen=True)
class Arrived:
    """What the parent has in the end: locked files, and the password by phone."""

    files: dict[str, bytes]
    password: str


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with Gateway(tmp_path_factory.mktemp("school"), organisation="oakfield") as running:
        yield running


def send_files(school: Gateway) -> None:
    message = letter(f"A Teacher <{TEACHER}>", [PARENT], "The trip on Thursday", "Dear parent, here are the papers. A Teacher")
    for name, content in FILES.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    school.send(TEACHER, [PARENT], message)


@pytest.fixture(scope="module")
def arrived(school: Gateway) -> Arrived:
    """The walk with swaks, the barest of mail clients: one email to the link."""
    send_files(school)
    (notice,) = school.wait_for(1, "notice")
    assert notice.to == [TEACHER]
    assert school.sent("mail") == []
    swaks(school, link_in(notice, "PROTECT"))
    (mail,) = school.wait_for(1, "mail")
    told = school.wait_for(2, "notice")[-1]
    assert (mail.to, told.to) == ([PARENT], [TEACHER])
    assert b"here are the papers" in mail.message
    return Arrived(attachments(mail), password_in(told))


def swaks(school: Gateway, to: str) -> None:
    command = ["swaks", "--silent", "3", "--server", "127.0.0.1", "--port", str(school.port), "--from", TEACHER, "--to", to]
    words = ["--header", "Subject: PROTECT", "--body", "(nothing)"]
    done = subprocess.run([*command, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


OPENED: list[tuple[str, Reader, str]] = [
    ("care-plan.docx", by_msoffcrypto, ""),
    ("trip.pdf", by_pdfium, ""),
    ("trip.pdf", by_pypdf, ""),
    ("trip.pdf", by_qpdf, "qpdf"),
    ("allergies.zip", by_pyzipper, ""),
    ("allergies.zip", by_7z, "7zz"),
    ("allergies.zip", by_bsdtar, "bsdtar"),
]


@pytest.mark.tools("swaks", "qpdf", "7zz", "bsdtar")
@pytest.mark.parametrize(("name", "reader"), [case[:2] for case in OPENED], ids=[f"{name} {reader.__name__}" for name, reader, _ in OPENED])
def test_the_file_opens_with_the_password_from_the_notice_and_with_nothing_else(
    arrived: Arrived, tmp_path: Path, name: str, reader: Reader
) -> None:
    locked = arrived.files[name]
    opened = reader(locked, arrived.password, tmp_path)
    original = FILES.get(name, FILES["allergies.csv"])
    assert opened is not None
    assert opened == original or (name.endswith(".pdf") and SECRET.encode() in opened)
    for wrong in ("", arrived.password[:-1], arrived.password.upper(), arrived.password.replace("-", " ")):
        assert reader(locked, wrong, tmp_path) is None


@pytest.mark.tools("swaks", "unzip", "qpdf")
def test_no_locked_file_holds_a_word_of_the_original_in_the_clear(arrived: Arrived, tmp_path: Path) -> None:
    assert sorted(arrived.files) == ["allergies.zip", "care-plan.docx", "trip.pdf"]
    for locked in arrived.files.values():
        for word in (SECRET.encode(), SECRET.encode("utf-16-le"), b"Pupil,Note", arrived.password.encode()):
            assert word not in locked
    assert by_unzip(arrived.files["allergies.zip"], arrived.password, tmp_path) is None


def when_told(school: Gateway, message: str, steps: int) -> dict[str, Any]:
    """The story once it has so many steps: a delivery is on record a moment after it is in the mailbox."""
    for _ in range(10):
        (story,) = school.ask("why", message)
        if len(story["steps"]) >= steps:
            break
    return dict(story)


@pytest.mark.tools("swaks")
def test_the_register_shows_every_step_and_never_the_password(school: Gateway, arrived: Arrived) -> None:
    held = next(hold for hold in school.ask("hold", "list", "--all") if hold["state"] == "protected")
    story = when_told(school, held["message"], steps=5)
    steps = [(step["event"], step["actor"]) for step in story["steps"]]
    events = [event for event, _ in steps]
    assert events[:2] == ["accepted", "result"], "taken over and held, and she was told"
    assert ("protected", TEACHER) in steps[2:]
    assert sorted(events[3:]) == ["result", "result"], "the parent has the files, she has the password"
    (protected,) = [step for step in story["steps"] if step["event"] == "protected"]
    assert protected["details"]["files"] == ["care-plan.docx", "trip.pdf", "allergies.zip"]
    said = school.command("why", held["message"], "--settings", str(school.folder / "gateway.yaml")).stdout
    shown = school.command("records", "show", held["message"], "--settings", str(school.folder / "gateway.yaml")).stdout
    assert arrived.password not in said + shown + str(story) + school.log()
    assert TEACHER in shown and PARENT in shown


def test_a_mail_program_that_quotes_and_signs_is_served_as_well_with_another_password(
    school: Gateway, arrived: Arrived, tmp_path: Path
) -> None:
    send_files(school)
    notice = school.wait_for(3, "notice")[-1]
    asked = reply(OUTLOOK, notice, "PROTECT", TEACHER, "PROTECT please, as we agreed. SUBJECT Nothing of the sort")
    school.send(TEACHER, [link_in(notice, "PROTECT")], asked)
    mail = school.wait_for(2, "mail")[-1]
    password = password_in(school.wait_for(4, "notice")[-1])
    assert password != arrived.password
    assert by_msoffcrypto(attachments(mail)["care-plan.docx"], password, tmp_path) == FILES["care-plan.docx"]
    assert by_msoffcrypto(attachments(mail)["care-plan.docx"], arrived.password, tmp_path) is None
    assert mail.message.count(b"Subject: The trip on Thursday") == 1
