"""Every example of the 2009 guidance: those of our own organisation through SMTP, all of them through `gateway explain`."""

from pathlib import Path
from typing import Any

import pytest

from tests.files import docx, locked_zip
from tests.harness import Gateway, letter, wire

JO = "jo.bell@borough.gov.uk"
FILE = ("plan.docx", docx("The plan"))


def explain(gateway: Gateway, tmp_path: Path, sender: str, recipient: str, **more: Any) -> dict[str, Any]:
    """The one ruling of a message with a Word file."""
    message = letter(sender, [recipient], "Papers as agreed", "As agreed.")
    name, content = more.get("file", FILE)
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    file = tmp_path / "message.eml"
    file.write_bytes(wire(message))
    (said,) = gateway.ask("explain", "--from", sender, "--to", recipient, str(file))
    (ruling,) = said["rulings"]
    return dict(ruling)


@pytest.mark.parametrize(
    ("line", "sender", "recipient", "path", "verdict"),
    [
        ("C1", "colleague.one@nhs.net", "colleague.two@nhs.net", "internal", "deliver"),
        ("C1", "colleague.three@merton.gov.uk", "colleague.four@merton.gov.uk", "internal", "deliver"),
        ("C3", "colleague.five@met.pnn.police.uk", "colleague.one@nhs.net", "secure", "deliver"),
        ("C3", "colleague.one@nhs.net", "colleague.five@met.pnn.police.uk", "secure", "deliver"),
        ("C16", "colleague.one@nhs.net", "younglondonmatters@gol.gsi.gov.uk", "secure", "deliver"),
        ("C4", "colleague.one@nhs.net", "colleague.four@merton.gov.uk", "insecure", "hold"),
        ("C4", "colleague.four@merton.gov.uk", "colleague.one@nhs.net", "insecure", "hold"),
        ("C5", "colleague.four@merton.gov.uk", "someone@croydon.gov.uk", "insecure", "hold"),
        ("C8", JO, "joe.bloggs@nhs.net", "bridge", "deliver"),
        ("C8", JO, "joe.bloggs@met.pnn.police.uk", "bridge", "deliver"),
        ("C8", JO, "joe.bloggs@gsi.gov.uk", "bridge", "deliver"),
        ("C8", JO, "joe.bloggs@gsx.gov.uk", "bridge", "deliver"),
        ("C16", JO, "younglondonmatters@gol.gsi.gov.uk", "bridge", "deliver"),
        ("C10", JO, "someone@croydon.gov.uk", "insecure", "hold"),
        ("C12", "colleague.four@merton.gov.uk", "colleague.one@nhs.net.cjasm.net", None, "bounce"),
    ],
)
def test_the_guidance_says_who_can_be_reached_securely(
    shared_gateway: Gateway, tmp_path: Path, line: str, sender: str, recipient: str, path: str | None, verdict: str
) -> None:
    ruling = explain(shared_gateway, tmp_path, sender, recipient)
    assert ruling["verdict"] == verdict, ruling
    if path:
        assert ruling["path"] == path, ruling
    if path == "bridge":
        assert ruling["deliver_to"] == f"{recipient}.cjasm.net"
        assert ruling["route"] == "cjsm"
    else:
        assert ruling["deliver_to"] == recipient


def test_c12_a_sender_without_a_cjsm_address_is_told_so(shared_gateway: Gateway, tmp_path: Path) -> None:
    ruling = explain(shared_gateway, tmp_path, "colleague.four@merton.gov.uk", "colleague.one@nhs.net.cjasm.net")
    assert "cjsm.sender_not_member" in [because["reason"] for because in ruling["because"]]


def test_c13_a_locked_file_to_cjsm_comes_back_at_once(shared_gateway: Gateway, tmp_path: Path) -> None:
    file = ("papers.zip", locked_zip("maple-otter-canal", plan_docx=FILE[1]))
    ruling = explain(shared_gateway, tmp_path, JO, "sam.reid@nhs.net", file=file)
    assert (ruling["path"], ruling["verdict"]) == ("bridge", "bounce")
    assert "cjsm.encrypted_attachment" in [because["reason"] for because in ruling["because"]]
    assert "send_unlocked" in ruling["remedies"]


@pytest.mark.parametrize(
    "suffixed", ["joe.bloggs@nhs.net", "joe.bloggs@met.pnn.police.uk", "joe.bloggs@gsi.gov.uk", "joe.bloggs@gsx.gov.uk"]
)
def test_c9_the_suffix_is_appended_to_the_whole_domain_once(gateway: Gateway, suffixed: str) -> None:
    for recipient in (suffixed, f"{suffixed}.cjasm.net"):
        assert gateway.send(JO, [recipient], letter(JO, [recipient], "Thursday", "See you then.")) == {}
    first, second = gateway.wait_for(2, "mail")
    assert first.to == second.to == [f"{suffixed}.cjasm.net"]
    assert first.about["route"] == "cjsm"


def test_the_unregistered_borough_is_never_rewritten_and_a_file_for_it_is_held(gateway: Gateway) -> None:
    """C10, C11: an ordinary word passes to the address as written; a file waits, with advice to ask for a secure address."""
    to = "dan.lee@croydon.gov.uk"
    gateway.send(JO, [to], letter(JO, [to], "Thursday", "Can we meet on Thursday?"))
    assert gateway.wait_for(1, "mail")[0].to == [to]
    message = letter(JO, [to], "Transfer-in conference", "As agreed.")
    message.add_attachment(FILE[1], maintype="application", subtype="octet-stream", filename="report.docx")
    gateway.send(JO, [to], message)
    (held,) = gateway.ask("hold", "list")
    assert held["recipients"] == [to]
    assert "attachment.unprotected" in held["reasons"]
    (notice,) = gateway.wait_for(1, "notice")
    assert notice.to == [JO]
    assert len(gateway.sent("mail")) == 1
