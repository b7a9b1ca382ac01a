"""Alarms on real and odd messages of public projects are those in corpus_alarms.txt, no more."""

from pathlib import Path

from gateway.checks import run
from gateway.mail import read
from gateway.model.findings import Reason

PERSONAL = (
    Reason.SUBJECT_PERSONAL,
    Reason.SUBJECT_MARKED,
    Reason.BODY_PERSONAL,
    Reason.BODY_MARKED,
    Reason.BULK_PERSONAL,
    Reason.ATTACHMENT_PERSONAL,
    Reason.PASSWORD_INCLUDED,
    Reason.LABEL_CONFIDENTIAL,
)

# All four are malware: a zip of scripts called .pdf, a zip with a .jpg.exe, a 7z called .zip, a rar called .gz.
MISNAMED = {
    "mail_parser/mail_test_11",
    "mail_parser/mail_malformed_1",
    "mimekit/issue1189.mbox.txt.000.eml",
    "rspamd/rar-date-bad-ext.eml",
}


def judged() -> set[tuple[str, str]]:
    lines = (Path(__file__).parent / "corpus_alarms.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" : ") for line in lines if line and not line.startswith("#"))
    return {(pair[0], pair[1]) for pair in pairs}


def test_every_alarm_on_real_mail_was_looked_at(shared: Path) -> None:
    emails = shared / "corpus" / "emails"
    alarms, misnamed = set(), set()
    for file in sorted(emails.glob("*/*")):
        findings = run(read(file.read_bytes()))
        assert not any("did not finish" in finding.shown for finding in findings.items), file
        alarms |= {(f"{file.parent.name}/{file.name}", str(one.reason)) for one in findings.items if one.reason in PERSONAL}
        if Reason.ATTACHMENT_MISNAMED in findings.reasons:
            misnamed.add(f"{file.parent.name}/{file.name}")
    assert alarms <= judged()
    assert misnamed == MISNAMED
