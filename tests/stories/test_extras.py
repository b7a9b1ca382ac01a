"""A rule marks mail to the NHS: those copies are marked, the others leave as they came, and unmarked mail passes through untouched."""

import shutil
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT, Gateway, Sent, letter, wire

JO = "jo.bell@borough.gov.uk"
NHS, GMAIL = "sam.reid@nhs.net", "someone@gmail.com"
MARK = """
  - id: mark-nhs
    says: Mail to the NHS is marked as confidential.
    when: {path: bridge, to: [nhs.net]}
    then: deliver
    mark: true
    prefix: "CONFIDENTIAL:"
    receipt: true
"""


@pytest.fixture(scope="module")
def marking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("marking")
    policy = Path(shutil.copytree(ROOT / "policies", folder / "policies"))
    rules = policy / "rules" / "strict.yaml"
    rules.write_text(rules.read_text() + MARK)
    with Gateway(folder, policy=policy) as running:
        yield running


def new_mail(gateway: Gateway, seen: int, count: int) -> list[Sent]:
    return gateway.wait_for(seen + count, "mail")


def by_domain(sent: list[Sent]) -> dict[str, Sent]:
    return {one.to[0].partition("@")[2]: one for one in sent}


def test_one_copy_is_marked_and_the_other_leaves_as_it_came(marking: Gateway) -> None:
    before = {str(sent.about) for sent in marking.sent("mail")}
    mail = letter(JO, [NHS, GMAIL], "Papers", "Hello", DKIM_Signature="v=1; a=rsa-sha256; b=abc")
    assert marking.send(JO, [NHS, GMAIL], mail) == {}
    got = by_domain([sent for sent in new_mail(marking, len(before), 2) if str(sent.about) not in before])
    marked, plain = got["nhs.net.cjasm.net"], got["gmail.com"]
    assert plain.message == wire(mail)
    assert b"Subject: CONFIDENTIAL: Papers\r\n" in marked.message and b"Sensitivity: Company-Confidential\r\n" in marked.message
    assert b"Disposition-Notification-To: <jo.bell@borough.gov.uk>,\r\n <receipt." in marked.message
    assert b"DKIM-Signature" not in marked.message
    assert "NOTIFY=SUCCESS,FAILURE" in marked.about["recipients"][0]["options"]
    assert plain.about["recipients"][0]["options"] == []


def test_what_the_client_asked_for_stays(marking: Gateway) -> None:
    before = {str(sent.about) for sent in marking.sent("mail")}
    mail = letter(JO, [NHS], "CONFIDENTIAL: Papers", "Hello", Sensitivity="Company-Confidential", Disposition_Notification_To=JO)
    with smtplib.SMTP("127.0.0.1", marking.port, timeout=60) as client:
        assert client.sendmail(JO, [NHS], wire(mail), rcpt_options=["NOTIFY=NEVER"]) == {}
    (sent,) = [sent for sent in new_mail(marking, len(before), 1) if str(sent.about) not in before]
    assert sent.message == wire(mail)
    assert "NOTIFY=NEVER" in sent.about["recipients"][0]["options"]


def test_held_mail_is_marked_for_those_who_get_it(marking: Gateway) -> None:
    before = {str(sent.about) for sent in marking.sent("mail")}
    mail = letter(JO, [NHS, GMAIL], "Kayleigh Thompson DOB 03/04/2015", "Hello")
    marking.send(JO, [NHS, GMAIL], mail)
    (sent,) = [sent for sent in new_mail(marking, len(before), 1) if str(sent.about) not in before]
    assert sent.to == [f"{NHS}.cjasm.net"] and b"Sensitivity: Company-Confidential" in sent.message


def held_id(gateway: Gateway) -> str:
    (held,) = gateway.ask("hold", "list")
    return str(held["id"])


def test_mail_that_a_reviewer_lets_go_is_marked_too(tmp_path: Path) -> None:
    policy = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    rules = policy / "rules" / "strict.yaml"
    rules.write_text(rules.read_text() + MARK.replace("path: bridge, to: [nhs.net]", "path: insecure, to: [gmail.com]"))
    with Gateway(tmp_path, policy=policy) as gateway:
        mail = letter(JO, [GMAIL], "Papers", "Hello")
        mail.add_attachment(b"pupil\r\nA\r\n", maintype="text", subtype="csv", filename="list.csv")
        gateway.send(JO, [GMAIL], mail)
        gateway.ask("hold", "release", held_id(gateway), "--reason", "agreed by telephone", "--as", "sam.okafor")
        (sent,) = gateway.wait_for(1, "mail")
        assert sent.to == [GMAIL] and b"Subject: CONFIDENTIAL: Papers\r\n" in sent.raw and b"list.csv" in sent.raw
        assert "NOTIFY=SUCCESS,FAILURE" in sent.about["recipients"][0]["options"]
