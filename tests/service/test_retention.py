"""When its time is over it is gone, from every byte that we keep, and the chain says what went, when, and under which rule."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gateway.model.records import Event, Keep
from gateway.model.settings import RetentionSettings
from gateway.service import retention
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, link, office

JO = "jo.bell@borough.gov.uk"
ORDINARY = "canary-aunt@example.org"
PRIVATE = "canary-dee@gmail.com"
CANARY = b"canary-"


def traces(folder: Path) -> list[str]:
    """Files of the store that still hold an address; outbox files are the next hop's."""
    files = [path for path in folder.rglob("*") if path.is_file() and "outbox" not in path.parts]
    return [path.name for path in files if CANARY in path.read_bytes()]


async def pass_time(desk: Office, **by: float) -> None:
    desk.now += timedelta(**by)
    await retention.erase(desk.desk, desk.now)


async def filled(desk: Office) -> None:
    await desk.send(JO, [ORDINARY], letter(JO, [ORDINARY], "Lunch", "At one?"))
    mail = letter(JO, [PRIVATE], "School transport", "The NHS number of Kayleigh Thompson is 943 476 5919.")
    mail.add_attachment(docx("Route 4 leaves at 8.15."), "application", "octet-stream", filename="plan.docx")
    await desk.send(JO, [PRIVATE], mail)
    await desk.settle()
    (told,) = desk.sent("notice")
    await desk.ask(link("protect", told))
    await desk.settle()


async def test_content_goes_a_week_after_its_hold_ended_and_records_by_their_class(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await filled(desk)
        store = desk.desk.store
        (held,) = await store.holds(state=None)
        await pass_time(desk, days=6)
        assert await store.content(held.content) is not None
        await pass_time(desk, days=2)
        assert await store.content(held.content) is None
        assert traces(tmp_path) == ["gateway.db"], "addresses are in the clear as long as the record is kept"
        await pass_time(desk, days=731)
        assert await store.records(address=ORDINARY) == ()
        assert {str(record.entry.event) for record in await store.records(address=PRIVATE)} >= {"accepted", "protected", "result"}
        await pass_time(desk, days=2557)
        assert await store.records(address=PRIVATE) == ()
        assert await store.holds(state=None) == ()
        assert traces(tmp_path) == []
        assert await store.verify() == ()


async def test_the_proof_says_what_went_when_and_under_which_rule(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await filled(desk)
        store = desk.desk.store
        first = (await store.records(address=ORDINARY))[0]
        await pass_time(desk, days=740)
        proofs = [record.entry for record in await store.records() if record.entry.event is Event.ERASED]
        assert proofs[0].details["hold"], "the content of the hold"
        assert proofs[1].details["rule"] == "records of ordinary mail are kept for 731 days"
        assert first.id in proofs[1].details["records"]  # type: ignore[operator]  # a mapping
        assert proofs[1].actor == "retention"
        left = await store.record_of(first.id)
        assert left is not None
        assert left.erased
        assert left.entry.message == first.entry.message


async def test_nought_days_keep_records_for_ever(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        desk.desk.use(replace(desk.desk.settings, retention=RetentionSettings(other=0, personal=0, incident=0)))
        await filled(desk)
        await pass_time(desk, days=36_500)
        assert await desk.desk.store.records(address=ORDINARY) != ()
        assert [rule.keep for rule in retention.rules(RetentionSettings(other=0), desk.now)] == [Keep.PERSONAL, Keep.INCIDENT]


async def test_a_reported_message_is_kept_as_long_as_its_incident(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        desk.desk.use(replace(desk.desk.settings, retention=RetentionSettings(incident=5_000)))
        await desk.send(JO, [ORDINARY], letter(JO, [ORDINARY], "Lunch", "At one?"))
        await desk.desk.store.drain()
        reference = (await desk.desk.store.records())[0].entry.message
        await desk.send(JO, ["report@control.gateway.borough.gov.uk"], letter(JO, ["report@x.uk"], "Wrong person", f"{reference} sorry"))
        await pass_time(desk, days=800)
        assert {str(record.entry.event) for record in await desk.desk.store.records(message=reference)} >= {"intent", "result", "incident"}
        await pass_time(desk, days=5_000)
        assert all(record.erased for record in await desk.desk.store.records(message=reference))
