"""`[secure]` in the subject is done by itself, also after a restart; what cannot be done is said once."""

from pathlib import Path

from gateway.service.at_once import asks, protect
from tests.harness import letter
from tests.service.office import Office, office

JO, CARER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"


async def hold(at: Office) -> str:
    message = letter(JO, [CARER], "[secure] Papers", "As agreed.")
    message.add_attachment(b"Minutes of Tuesday\r\n" * 20, maintype="application", subtype="octet-stream", filename="notes.txt")
    assert (await at.send(JO, [CARER], message)).ok
    (held,) = await at.desk.store.holds()
    assert asks(held)
    return held.id


async def test_it_is_protected_once_however_often_it_is_found(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        id = await hold(at)
        for _ in range(3):
            await protect(at.desk, id)
        await at.settle()
        assert len(at.sent("mail")) == 1
        assert [b"Subject: Sent, with locked files" in sent.raw for sent in at.sent("notice")] == [True]


async def test_what_cannot_be_done_is_said_once_and_waits(tmp_path: Path) -> None:
    async with office(tmp_path, message_bytes=1_200) as at:
        id = await hold(at)
        for _ in range(3):
            await protect(at.desk, id)
        await at.settle()
        assert at.sent("mail") == []
        assert [b"Subject: Not sent yet" in sent.raw for sent in at.sent("notice")] == [True]
        assert [held.id for held in await at.desk.store.holds()] == [id]
