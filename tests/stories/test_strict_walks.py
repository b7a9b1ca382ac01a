"""The rows of a council's week that the strict rule set must get right from day one, through SMTP and through explain."""

from pathlib import Path
from typing import Any

import pytest

from tests.files import docx, locked_zip, plain_zip
from tests.harness import Gateway, letter, wire

JO = "jo.bell@borough.gov.uk"
DOCX = docx("The plan")
LOCKED = locked_zip("maple-otter-canal-47", plan_docx=DOCX)


def case(
    row: str, to: str, subject: str, body: str, *files: tuple[str, bytes], verdict: str, reason: str = "", at: str = "", sender: str = JO
) -> Any:
    return pytest.param(sender, to, subject, body, files, verdict, reason, at or to, id=row)


ROWS = [
    case(
        "1",
        "sam.reid@nhs.net",
        "Health assessment for Kayleigh Thompson, DOB 03/04/2015",
        "As agreed, plan attached.",
        ("caf-plan.docx", DOCX),
        verdict="deliver",
        at="sam.reid@nhs.net.cjasm.net",
    ),
    case(
        "2", "sam.reid@nhs.net", "Papers as agreed", "Hello", ("papers.zip", LOCKED), verdict="bounce", reason="cjsm.encrypted_attachment"
    ),
    case(
        "18",
        "keyworker@ymca-east.org.uk",
        "Papers",
        "Password is Rainbow2026",
        ("papers.zip", locked_zip("Rainbow2026", plan_docx=DOCX)),
        verdict="bounce",
        reason="password.included",
    ),
    case(
        "21",
        "keyworker@ymca-east.org.uk",
        "CONFIDENTIAL: papers for Thursday",
        "I will ring you with the password.",
        ("papers.zip", LOCKED),
        verdict="deliver",
    ),
    case(
        "21-text-only",
        "keyworker@ymca-east.org.uk",
        "CONFIDENTIAL: papers for Thursday",
        "See you.",
        verdict="hold",
        reason="subject.marked",
    ),
    case(
        "24",
        "dan.lee@croydon.gov.uk",
        "Transfer-in conference",
        "Hello",
        ("report.docx", DOCX),
        verdict="hold",
        reason="attachment.unprotected",
    ),
    case("27-nett", "sam.reid@nhs.nett", "Thursday", "Hello", verdict="bounce", reason="recipient.lookalike"),
    case("27-nsh", "sam.reid@nsh.net", "Thursday", "Hello", verdict="bounce", reason="recipient.lookalike"),
    case("29-gol", "a@gol.gsi.gov.uk", "Thursday", "Hello", ("r.docx", DOCX), verdict="deliver", at="a@gol.gsi.gov.uk.cjasm.net"),
    case("29-essex", "b@essex.pnn.police.uk", "Thursday", "Hello", ("r.docx", DOCX), verdict="hold", reason="attachment.unprotected"),
    case("twin", "sam.reid@nhs.net.cjsm.net", "Thursday", "Hello", verdict="bounce", reason="recipient.twin_suffix"),
    case(
        "zipped",
        "dan.lee@croydon.gov.uk",
        "Papers",
        "Hello",
        ("p.zip", plain_zip(p_docx=DOCX)),
        verdict="hold",
        reason="attachment.unprotected",
    ),
    case(
        "weak",
        "dan.lee@croydon.gov.uk",
        "Papers",
        "Hello",
        ("p.zip", locked_zip("x9-otter-canal", 128, p_docx=DOCX)),
        verdict="hold",
        reason="attachment.weak",
    ),
]


@pytest.mark.parametrize(("sender", "to", "subject", "body", "files", "verdict", "reason", "at"), ROWS)
def test_a_row_comes_out_right_and_explain_agrees(
    shared_gateway: Gateway, tmp_path: Path, sender: str, to: str, subject: str, body: str, files: Any, verdict: str, reason: str, at: str
) -> None:
    message = letter(sender, [to], subject, body)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    file = tmp_path / "message.eml"
    file.write_bytes(wire(message))
    (said,) = shared_gateway.ask("explain", str(file))
    (ruling,) = said["rulings"]
    assert ruling["verdict"] == verdict, ruling
    if reason:
        assert reason in [because["reason"] for because in ruling["because"]], ruling
    before = len(shared_gateway.sent("mail"))
    shared_gateway.send(sender, [to], message)
    (record,) = shared_gateway.ask("records", "search", "--recipient", to)[-1:]
    assert [found["verdict"] for found in record["verdicts"]] == [verdict]
    if verdict == "deliver":
        assert shared_gateway.wait_for(before + 1, "mail")[-1].to == [at]
    else:
        assert len(shared_gateway.sent("mail")) == before


def test_row_9_a_schools_medical_list_waits_for_its_sender(tmp_path: Path) -> None:
    office = "office@oakfield.borough.sch.uk"
    rows = "\n".join(f"Pupil {n} Example{n},0{n % 9 + 1}/04/2015,nut allergy" for n in range(28))
    message = letter(office, ["lead@greenoutdoor.co.uk"], "Year 6 residential", "As agreed.")
    message.add_attachment(f"Name,DOB,Allergy\n{rows}\n".encode(), maintype="text", subtype="csv", filename="medical-list.csv")
    with Gateway(tmp_path, organisation="oakfield") as gateway:
        gateway.send(office, ["lead@greenoutdoor.co.uk"], message)
        (held,) = gateway.ask("hold", "list")
        assert held["waits_for"] == "sender"
        assert "attachment.unprotected" in held["reasons"]
        (notice,) = gateway.wait_for(1, "notice")
        assert notice.to == [office]


def test_row_30_a_school_without_cjsm_is_not_rewritten_and_a_typed_suffix_is_explained(tmp_path: Path) -> None:
    office = "office@oakfield.borough.sch.uk"
    with Gateway(tmp_path, organisation="oakfield") as gateway:
        for to in ("nurse@nhs.net", "nurse@nhs.net.cjasm.net"):
            gateway.send(office, [to], letter(office, [to], "Tuesday", "Can we move Tuesday?"))
        (sent,) = gateway.wait_for(1, "mail")
        assert sent.to == ["nurse@nhs.net"]
        gateway.wait_for(1, "notice")
        (record,) = gateway.ask("records", "search", "--recipient", "nurse@nhs.net.cjasm.net")
        assert "cjsm.sender_not_member" in record["reasons"]


def test_a_foreign_sender_is_refused_in_the_session_and_never_gets_a_notice(gateway: Gateway) -> None:
    """Row 23: mail redirected by an inbox rule keeps its foreign sender."""
    import smtplib

    message = letter("ward7@nhs.net", ["jo.private@gmail.com"], "Discharge summary", "Attached.")
    message.add_attachment(DOCX, maintype="application", subtype="octet-stream", filename="discharge.docx")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        gateway.send("ward7@nhs.net", ["jo.private@gmail.com"], message)
    assert refused.value.smtp_code == 550
    (record,) = gateway.ask("records", "search", "--recipient", "jo.private@gmail.com")
    assert record["event"] == "refused"
    assert gateway.sent() == []
    assert gateway.ask("hold", "list") == []


def test_row_16_an_out_of_office_reply_goes_out_with_a_neutral_subject(gateway: Gateway) -> None:
    to = "senco@stmarys-academy.org.uk"
    message = letter(
        JO, [to], "Automatic reply: Kayleigh Thompson, DOB 03/04/2015", "I am away until Monday.", Auto_Submitted="auto-replied"
    )
    gateway.send("", [to], message)
    (sent,) = gateway.wait_for(1, "mail")
    assert b"Subject: Automatic reply\r\n" in sent.message
    assert b"Kayleigh" not in sent.message
    assert gateway.sent("notice") == []


def test_row_15_an_accepted_invitation_reaches_its_organiser_without_the_childs_name(gateway: Gateway) -> None:
    to = "senco@stmarys-academy.org.uk"
    message = letter(JO, [to], "Accepted: Ellie Dunn, DOB 01/02/2019 - TAC meeting", "")
    calendar = "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Ellie Dunn DOB 01/02/2019\nEND:VEVENT\nEND:VCALENDAR\n"
    message.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    gateway.send(JO, [to], message)
    (sent,) = gateway.wait_for(1, "mail")
    assert b"Subject: Accepted: your meeting\r\n" in sent.message
    assert b"Ellie" not in sent.message
