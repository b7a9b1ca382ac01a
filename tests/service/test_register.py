"""The register of disclosures: every question of an auditor has its answer, in words and as data (requirements H6-H9)."""

import csv
import io
import json
from typing import Any

import pytest

from gateway.cli.register import FORMULA
from gateway.model.records import Event
from gateway.service.register import Disclosure, disclosure
from gateway.service.shapes import SEALED
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, link

JO = "jo.bell@borough.gov.uk"
ANN = "ann.lee@borough.gov.uk"
DEE = "dee.dunn@gmail.com"
SAM = "sam.reid@nhs.net"


async def entry(desk: Office, message: str = "") -> Disclosure:
    records = await desk.desk.store.records(message=message or await first(desk), limit=100)
    found = disclosure(records)
    assert found is not None
    return found


async def first(desk: Office) -> str:
    await desk.desk.store.drain()
    return next(record.entry.message for record in await desk.desk.store.records() if record.entry.message)


def file_letter(to: list[str], body: str = "The plan is attached.") -> Any:
    mail = letter(JO, to, "School transport", body)
    mail.add_attachment(docx("Route 4 leaves at 8.15."), "application", "octet-stream", filename="plan.docx")
    return mail


async def test_what_passed_says_who_to_whom_what_when_by_which_way_and_by_whose_authority(desk: Office, ask: Any) -> None:
    body = "The NHS number of Kayleigh Thompson (DOB 12/03/2014) is 943 476 5919."
    await desk.send(JO, [SAM], file_letter([SAM], body))
    await desk.settle()
    found = await entry(desk)
    assert (found.sender, found.organisation) == (JO, "borough")
    (to,) = found.recipients
    assert (to.recipient, to.path, to.deliver_to, to.route) == (SAM, "bridge", f"{SAM}.cjasm.net", "cjsm")
    assert (to.outcome, to.protection) == ("delivered", "CJSM")
    assert to.reply.startswith("250")
    (file,) = found.files
    assert (file.name, file.type, file.protection) == ("plan.docx", "docx", "none")
    assert len(file.sha256) == 64
    assert found.found["NHS"] == 1
    assert found.identifiers == 2
    assert [one.by for one in found.authorised] == ["the policy"]
    shown = await ask("records", "show", found.reference)
    for words in (
        JO,
        f"{SAM}: delivered",
        "CJSM",
        "plan.docx",
        file.sha256,
        "an NHS number in 1 place",
        "a date of birth in 1 place",
        "2 different numbers",
        "the policy",
    ):
        assert words in shown, words
    assert "943 476 5919" not in shown
    assert "Kayleigh" not in shown
    (data,) = [json.loads(line) for line in (await ask("why", found.reference, "--json")).splitlines()]
    assert data["disclosure"]["recipients"][0]["outcome"] == "delivered"
    assert data["disclosure"]["files"][0]["sha256"] == file.sha256


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ("943 476 5919", True),
        ("9434765919", True),
        ("THOMPSON, Kayleigh 12 March 2014", True),
        ("943 476 5870", False),
        ("Kayleigh Thompson 13/03/2014", False),
    ],
)
async def test_a_person_is_found_however_they_are_written(desk: Office, ask: Any, asked: str, finds: bool) -> None:
    await desk.send(JO, [SAM], letter(JO, [SAM], "Review", "Kayleigh Thompson, DOB 12/03/2014, NHS number 943 476 5919, is well."))
    await desk.send(JO, [SAM], letter(JO, [SAM], "Lunch", "At one?"))
    lines = (await ask("records", "search", "--subject", asked, "--json")).splitlines()
    assert len(lines) == int(finds)
    assert all(json.loads(line)["then"] == ["delivered"] for line in lines)


async def test_a_name_alone_is_wrong_use(ask: Any) -> None:
    await ask("records", "search", "--subject", "Kayleigh Thompson", ok=2)


async def test_a_released_message_says_on_which_ground_and_by_whom(desk: Office, ask: Any) -> None:
    await desk.send(JO, [DEE], file_letter([DEE]))
    await desk.settle()
    (told,) = desk.sent("notice")
    await desk.ask(link("release", told), "Mum gave consent by phone.")
    (held,) = await desk.desk.store.holds()
    await desk.holds.release(held.id, by=ANN, why="Section 47, Kayleigh Thompson is at risk")
    await desk.settle()
    found = await entry(desk, held.message)
    assert found.recipients[0].outcome == "delivered"
    assert found.recipients[0].protection == "none"
    assert [(said.by, said.words) for said in found.why] == [(JO, "Mum gave consent by phone."), (ANN, SEALED)]
    assert found.grounds == ("consent", "vital interests", "public task")
    assert [(one.by, one.how) for one in found.authorised] == [(ANN, "released")]
    for command in (("records", "show"), ("why",)):
        shown = await ask(*command, held.message)
        assert "Thompson" not in shown
        assert "consent: Mum gave consent" in shown
        assert f"{ANN}: released" in shown
        assert "Kayleigh Thompson is at risk" in await ask(*command, held.message, "--words")
    assert "Thompson" not in await ask("records", "export")
    assert "Thompson" not in await ask("records", "show", held.message, "--json")
    assert "Thompson" not in await ask("why", held.message, "--json")


async def test_a_protected_message_says_how_it_was_locked(desk: Office) -> None:
    await desk.send(JO, [DEE], file_letter([DEE]))
    await desk.settle()
    (told,) = desk.sent("notice")
    await desk.ask(link("protect", told))
    await desk.settle()
    found = await entry(desk)
    assert found.recipients[0].protection == "files locked by the gateway (AES-256)"
    assert found.recipients[0].outcome == "delivered"
    assert [(one.by, one.how) for one in found.authorised] == [(JO, "protect")]


async def test_what_is_held_returned_or_refused_never_looks_delivered(desk: Office) -> None:
    await desk.send(JO, [SAM, DEE], file_letter([SAM, DEE]))
    await desk.settle()
    assert {one.recipient: one.outcome for one in (await entry(desk)).recipients} == {SAM: "delivered", DEE: "held"}
    (held,) = await desk.desk.store.holds()
    await desk.holds.return_to_sender(held.id, by=ANN, why="ask first")
    await desk.settle()
    found = await entry(desk)
    assert {one.recipient: one.outcome for one in found.recipients} == {SAM: "delivered", DEE: "returned, not sent"}


async def test_the_second_slice_of_a_mail_tells_what_became_of_the_hold_that_it_joined(desk: Office, ask: Any) -> None:
    mail = file_letter([DEE, "tom@yahoo.com"]).as_bytes()
    await desk.send(JO, [DEE], mail)
    await desk.send(JO, ["tom@yahoo.com"], mail)
    (held,) = await desk.desk.store.holds()
    second = next(
        record.entry.message for record in await desk.desk.store.records(recipient="tom@yahoo.com") if record.entry.message != held.message
    )
    await desk.holds.release(held.id, by=ANN, why="It is in the public interest")
    await desk.settle()
    shown = await ask("why", second)
    assert "tom@yahoo.com: delivered" in shown
    assert f"{ANN}: released" in shown
    assert "public interest" in shown


async def test_the_export_can_be_opened_by_a_spreadsheet_whatever_people_wrote(desk: Office, ask: Any) -> None:
    """Hostile values in every field that somebody outside, or a practitioner, can choose."""
    await desk.send(JO, [DEE], file_letter([DEE]))
    await desk.settle()
    (held,) = await desk.desk.store.holds()
    await desk.holds.release(held.id, by="=cmd|'/c calc'!A1", why='@SUM(1+9)*cmd\r\n=1+1\t"quoted", and a comma')
    for hostile in ("=1+1@gmail.com", "+44@gmail.com", "-2@gmail.com"):
        await desk.send(JO, [hostile], file_letter([hostile]))
    await desk.settle()
    rows = list(csv.DictReader(io.StringIO(await ask("records", "export", "--words"), newline="")))
    assert len(rows) == 4
    assert all(None not in row and None not in row.values() for row in rows), "a cell has become two"
    unsafe = [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]
    assert unsafe == []
    released = next(row for row in rows if row["deliveries"].startswith(DEE))
    assert "@SUM(1+9)*cmd" in released["why"]
    assert released["authorised_by"] == "'=cmd|'/c calc'!A1"
    assert {row["recipients"] for row in rows} >= {"'=1+1@gmail.com", "'+44@gmail.com", "'-2@gmail.com"}
    for line in (await ask("records", "export", "--json")).splitlines():
        assert json.loads(line)["disclosure"]["recipients"]


async def test_search_by_either_address_and_by_reference(desk: Office, ask: Any) -> None:
    await desk.send(JO, [SAM], letter(JO, [SAM], "Lunch", "At one?"))
    await desk.send(ANN, [JO], letter(ANN, [JO], "Lunch", "At one?"))
    assert len((await ask("records", "search", "--address", JO)).splitlines()) == 2
    assert len((await ask("records", "search", "--address", SAM)).splitlines()) == 1
    assert len((await ask("records", "search", "--message", await first(desk))).splitlines()) == 1


async def test_an_automatic_reply_that_was_made_neutral_says_so(desk: Office, ask: Any) -> None:
    mail = letter(JO, [DEE], "Automatic reply: Kayleigh Thompson LAC review", "I am on leave.", **{"Auto-Submitted": "auto-replied"})
    await desk.send(JO, [DEE], mail)
    await desk.settle()
    found = await entry(desk)
    assert found.neutral
    assert "made neutral" in await ask("why", found.reference)


async def test_no_step_of_any_story_is_left_out_of_the_chain(desk: Office) -> None:
    await desk.send(JO, [SAM, DEE], file_letter([SAM, DEE]))
    await desk.settle()
    assert {record.entry.event for record in await desk.desk.store.records()} >= {Event.ACCEPTED, Event.RESULT}
    assert await desk.desk.store.verify() == ()
