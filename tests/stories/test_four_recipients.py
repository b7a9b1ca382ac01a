"""One message with a Word file to a colleague, the NHS, an unregistered borough and private webmail."""

import email
import email.policy

from tests.files import docx
from tests.harness import Gateway, letter

JO = "jo.bell@borough.gov.uk"
COLLEAGUE, NHS, BOROUGH, WEBMAIL = "ann.lee@borough.gov.uk", "sam.reid@nhs.net", "dan.lee@croydon.gov.uk", "rita.k1964@gmail.com"
EVERYONE = [COLLEAGUE, NHS, BOROUGH, WEBMAIL]


def test_two_are_served_two_wait_and_one_notice_says_so(gateway: Gateway) -> None:
    message = letter(JO, EVERYONE, "Transfer papers", "As agreed.")
    message.add_attachment(docx("The plan"), maintype="application", subtype="octet-stream", filename="plan.docx")
    assert gateway.send(JO, EVERYONE, message) == {}
    sent = gateway.wait_for(2, "mail")
    assert sorted(address for item in sent for address in item.to) == [COLLEAGUE, f"{NHS}.cjasm.net"]
    (notice,) = gateway.wait_for(1, "notice")
    assert notice.to == [JO]
    (held,) = gateway.ask("hold", "list")
    assert sorted(held["recipients"]) == [BOROUGH, WEBMAIL]
    assert held["waits_for"] == "sender"
    text = words_of(notice.raw)
    for address in EVERYONE:
        assert address in text
    assert "plan.docx" in text
    assert held["message"] in text
    (said,) = [record for record in gateway.ask("records", "search") if record["message"] == held["message"]]
    assert {verdict["recipient"]: verdict["verdict"] for verdict in said["verdicts"]} == {
        COLLEAGUE: "deliver",
        NHS: "deliver",
        BOROUGH: "hold",
        WEBMAIL: "hold",
    }
    assert gateway.ask("records", "verify") == [{"ok": True, "faults": []}]


def test_a_released_message_reaches_those_who_waited_unchanged(gateway: Gateway) -> None:
    message = letter(JO, EVERYONE, "Transfer papers", "As agreed.")
    message.add_attachment(docx("The plan"), maintype="application", subtype="octet-stream", filename="plan.docx")
    gateway.send(JO, EVERYONE, message)
    first = gateway.wait_for(2, "mail")
    (held,) = gateway.ask("hold", "list")
    (done,) = gateway.ask("hold", "release", held["id"], "--reason", "agreed by phone", "--as", "Ann Lee")
    assert done["state"] == "released"
    assert not done["repeated"]
    sent = gateway.wait_for(3, "mail")
    late = next(item for item in sent if item.about["id"] not in [item.about["id"] for item in first])
    assert sorted(late.to) == [BOROUGH, WEBMAIL]
    assert late.message == first[0].message
    (again,) = gateway.ask("hold", "release", held["id"], "--reason", "once more", "--as", "Bob")
    assert again["repeated"]
    assert again["ended_by"] == "Ann Lee"
    assert gateway.ask("hold", "return", held["id"], "--reason", "no", ok=(1,)) == []
    (story,) = gateway.ask("why", held["message"])
    assert "released" in [step["event"] for step in story["steps"]]
    assert len(gateway.sent("mail")) == 3


def words_of(raw: bytes) -> str:
    """The plain text of a notice."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
