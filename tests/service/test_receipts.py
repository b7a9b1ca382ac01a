"""What comes back to the address of a message is attached to its record, believed as far as it deserves, and passed on to nobody (H5)."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.model.envelope import Client
from gateway.model.records import Entry, Event
from gateway.model.smtp import Reply
from gateway.service.policies import load_folder
from gateway.service.receipts import CLAIMS, EACH
from gateway.service.register import disclosure
from tests.conftest import ROOT
from tests.harness import letter
from tests.service.office import Office, office

JO = "jo.bell@borough.gov.uk"
SAM, EVE = "sam.reid@nhs.net", "eve@evil.example"
CJSM = f"{SAM}.cjasm.net"
OUTSIDE = Client("127.0.0.1", 4000, "borough", "mail.borough.gov.uk")
ASK = """
  - id: confirm-nhs
    says: Mail to the NHS asks for a receipt.
    when: {path: bridge, to: [nhs.net]}
    then: deliver
    receipt: true
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    policy = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    rules = policy / "rules" / "strict.yaml"
    rules.write_text(rules.read_text() + ASK)
    async with office(tmp_path, policy=load_folder(policy)) as one:
        await one.send(JO, [SAM], letter(JO, [SAM], "Papers", "Hello"))
        await one.settle()
        yield one


def address(desk: Office) -> str:
    (sent,) = desk.sent("mail")
    found = re.search(rb"receipt\.[0-9a-z]+\.[a-z2-7]{26}@control\.gateway\.borough\.gov\.uk", sent.raw)
    assert found
    return found[0].decode()


def message_id(desk: Office) -> str:
    (sent,) = desk.sent("mail")
    found = re.search(rb"(?mi)^Message-ID: (<[^>]+>)", sent.raw)
    assert found
    return found[1].decode()


def report(author: str, kind: str, fields: str, to: str) -> bytes:
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: Read: Papers\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message was read by Kayleigh Thompson.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n\r\n--b--\r\n"
    ).encode()


def read_by(author: str, who: str = SAM, *, what: str = "displayed", original: str = "", to: str = "x@y.uk") -> bytes:
    mode = "manual-action/MDN-sent-manually"
    fields = [f"Reporting-UA: outlook; {author}", f"Final-Recipient: rfc822;{who}", f"Disposition: {mode}; {what}"]
    fields += [f"Original-Message-ID: {original}"] if original else []
    return report(author, "disposition-notification", "\r\n".join(fields), to)


async def back(desk: Office, raw: bytes, to: str = "") -> Reply:
    return await desk.send("", [to or address(desk)], raw, OUTSIDE)


async def kept(desk: Office) -> list[Entry]:
    return [record.entry for record in await desk.desk.store.records(events=(Event.RECEIPT,))]


async def test_the_copy_asks_its_sender_and_the_record_to_be_told(desk: Office) -> None:
    (sent,) = desk.sent("mail")
    assert f"\r\nDisposition-Notification-To: <{JO}>, <{address(desk)}>\r\n".encode() in sent.raw.replace(b"\r\n <", b" <")


async def test_the_recipients_own_confirmation_is_attached_and_shown(desk: Office) -> None:
    assert (await back(desk, read_by(SAM, original=message_id(desk)))).code == 250
    (entry,) = await kept(desk)
    assert entry.recipients == (SAM,)
    assert (entry.details["what"], entry.details["standing"]) == ("displayed", "confirmed")
    found = disclosure(await desk.desk.store.records(message=entry.message))
    assert found is not None
    (receipt,) = found.recipients[0].receipts
    assert receipt.startswith("displayed on ")
    assert receipt.endswith("says the recipient")


async def test_nothing_is_ever_sent_because_of_a_receipt(desk: Office) -> None:
    before = len(desk.sent("mail")) + len(desk.sent("notice"))
    await back(desk, read_by(SAM))
    await back(desk, read_by(EVE))
    await desk.settle()
    assert len(desk.sent("mail")) + len(desk.sent("notice")) == before
    assert (await desk.desk.store.counts()).queued == 0


@pytest.mark.parametrize(
    ("author", "who", "standing", "recipient"),
    [
        (SAM, SAM, "confirmed", SAM),
        (CJSM, CJSM, "confirmed", SAM),
        (SAM.upper(), SAM, "confirmed", SAM),
        (EVE, SAM, "claimed", SAM),
        (EVE, EVE, "claimed", EVE),
        (SAM, EVE, "claimed", EVE),
    ],
    ids=["the recipient", "by its CJSM address", "in capitals", "somebody for it", "somebody for themselves", "it for somebody"],
)
async def test_a_receipt_is_believed_from_the_recipient_only(desk: Office, author: str, who: str, standing: str, recipient: str) -> None:
    await back(desk, read_by(author, who))
    (entry,) = await kept(desk)
    assert (entry.details["standing"], entry.recipients) == (standing, (recipient,))


async def test_a_server_reports_what_became_of_each_recipient(desk: Office) -> None:
    fields = (
        "Reporting-MTA: dns;mail.nhs.net\r\nOriginal-Envelope-Id: 7\r\n\r\n"
        f"Original-Recipient: rfc822;{SAM}\r\nFinal-Recipient: rfc822;{CJSM}\r\n"
        "Action: delivered (to mailbox)\r\nStatus: 2.0.0"
    )
    await back(desk, report("MAILER-DAEMON@nhs.net", "delivery-status", fields, "x@y.uk"))
    (entry,) = await kept(desk)
    assert entry.recipients == (SAM,)
    assert entry.details == {"what": "delivered", "standing": "reported", "by": "mail.nhs.net"}


@pytest.mark.parametrize(
    "raw",
    [
        read_by(SAM, original="<another@borough.gov.uk>"),
        read_by(SAM, what="exploded"),
        report(SAM, "disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", "x@y.uk"),
        report(SAM, "disposition-notification", "", "x@y.uk"),
        report(SAM, "delivery-status", "Reporting-MTA: dns;x", "x@y.uk"),
        bytes(letter(SAM, ["x@y.uk"], "Read: Papers", "Thank you, I have read it.")),
        b"",
        b"\xff\xfe\0" * 100,
    ],
    ids=["another message", "no such disposition", "nobody", "empty", "no recipients", "no report", "nothing", "rubbish"],
)
async def test_what_is_no_report_on_this_message_does_nothing(desk: Office, raw: bytes) -> None:
    await back(desk, raw)
    assert await kept(desk) == []


@pytest.mark.parametrize("change", [("receipt.", "receipt.x"), ("receipt.", "cancel."), (".", ".aaaa"), ("@", "a@")], ids=str)
async def test_an_address_that_we_did_not_make_is_refused(desk: Office, change: tuple[str, str]) -> None:
    forged = address(desk).replace(*change, 1)
    reply = await back(desk, read_by(SAM), forged)
    assert reply.code == 550
    assert await kept(desk) == []


async def test_a_real_address_of_a_message_that_is_not_known_is_refused(desk: Office) -> None:
    from gateway.service.verbs import receipt_address

    unknown = str(receipt_address(desk.desk.keys, desk.desk.settings.control, "DC1DT-00000-00000"))
    assert (await back(desk, read_by(SAM), unknown)).code == 550


async def test_the_same_report_counts_once_and_a_flood_ends(desk: Office) -> None:
    for _ in range(3):
        await back(desk, read_by(SAM))
    assert len(await kept(desk)) == 1
    for what in ("deleted", "dispatched", "processed", "denied", "failed"):
        await back(desk, read_by(SAM, what=what))
    assert len(await kept(desk)) == EACH
    for number in range(CLAIMS + 5):
        await back(desk, read_by(EVE, f"eve{number}@evil.example"))
    assert len(await kept(desk)) == EACH + CLAIMS
    assert await desk.desk.store.verify() == ()


async def test_what_a_report_says_in_words_is_kept_nowhere(desk: Office) -> None:
    await back(desk, read_by(SAM))
    assert "Thompson" not in str(await kept(desk))
