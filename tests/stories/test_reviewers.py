"""A copier's scan waits for a reviewer: they are told, one looks, lets it go, and everybody learns what was decided."""

from pathlib import Path

from tests.files import docx
from tests.harness import Gateway, letter

SCANNER, CLERK = "scanner@borough.gov.uk", "clerk@familylaw-llp.co.uk"
LEAD, GOVERNANCE = "lead.contact@borough.gov.uk", "information.governance@borough.gov.uk"


def test_a_scan_is_announced_claimed_opened_and_let_go_by_its_reviewers_alone(gateway: Gateway, tmp_path: Path) -> None:
    scan = letter(SCANNER, [CLERK], "Scanned document", "One page.", Reply_To="jo.bell@borough.gov.uk")
    scan.add_attachment(docx("Bundle"), maintype="application", subtype="octet-stream", filename="scan0001.docx")
    gateway.send(SCANNER, [CLERK], scan)
    notices = gateway.wait_for(3, "notice")
    asked = [sent for sent in notices if b"Subject: Please check: an email to 1 person waits for you" in sent.raw]
    assert sorted(address for sent in asked for address in sent.to) == sorted((LEAD, GOVERNANCE))

    (held,) = gateway.ask("hold", "list", "--as", LEAD)
    assert (held["waits_for"], held["claimed_by"]) == ("reviewer", None)
    assert gateway.ask("hold", "list", "--as", "head.of.legal@borough.gov.uk") == []
    refused = gateway.command(
        *("hold", "release", held["id"], "--reason", "mine now", "--as", "lead.contact@merton.gov.uk"),
        *("--settings", str(gateway.folder / "gateway.yaml")),
        ok=(1,),
    )
    assert f"does not review {held['id']}: that is for {LEAD} or {GOVERNANCE}" in refused.stderr

    assert gateway.ask("hold", "claim", held["id"], "--as", LEAD)[0]["claimed_by"] == LEAD
    out = tmp_path / "held.eml"
    gateway.ask("hold", "open", held["id"], "--reason", "to decide", "--out", str(out), "--as", LEAD)
    assert b"Scanned document" in out.read_bytes()
    (first,) = gateway.ask("hold", "release", held["id"], "--reason", "the court asked for it", "--as", LEAD)
    (again,) = gateway.ask("hold", "release", held["id"], "--reason", "the court asked for it", "--as", GOVERNANCE)
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert (again["ended_by"], again["state"]) == (LEAD, "released")

    (mail,) = gateway.wait_for(1, "mail")
    assert mail.to == [CLERK]
    told = gateway.wait_for(4, "notice")[-1]
    assert told.to == ["jo.bell@borough.gov.uk"]
    assert b"Subject: Sent: your email to 1 person" in told.raw
    (story,) = gateway.ask("why", held["message"])
    events = [step["event"] for step in story["steps"]]
    assert [event for event in events if event in ("claimed", "opened", "released")] == ["claimed", "opened", "released"]
