"""Incidents are listed, reminded of before the law's 72 hours end, and closed with what came of them; false alarms are counted."""

import json
from datetime import timedelta
from typing import Any

from gateway.model.records import Event
from gateway.service import metrics
from gateway.service.incidents import IncidentReminders
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, link, words

JO, SAM, DEE = "jo.bell@borough.gov.uk", "sam.reid@nhs.net", "dee.dunn@gmail.com"
REPORT = "report@control.gateway.borough.gov.uk"


async def reported(desk: Office, why: str = "I chose the wrong Sam") -> str:
    """A message that passed and was reported; its reference."""
    await desk.send(JO, [SAM], letter(JO, [SAM], "Papers", "Hello"))
    await desk.desk.store.drain()
    reference = next(record.entry.message for record in await desk.desk.store.records() if record.entry.message)
    assert (await desk.send(JO, [REPORT], letter(JO, [REPORT], "Wrong person", f"{reference} {why}"))).code == 250
    await desk.settle()
    return reference


def to_lead(desk: Office) -> list[str]:
    """The letters to the lead contact, oldest first."""
    return [words(sent) for sent in desk.sent("notice") if sent.to != [JO]]


async def test_incidents_are_listed_with_their_deadline(desk: Office, ask: Any) -> None:
    await desk.send(JO, [SAM], letter(JO, [SAM], "Lunch", "At one?"))
    reference = await reported(desk)
    (line,) = (await ask("records", "search", "--incidents", "--json")).splitlines()
    (incident,) = json.loads(line)["disclosure"]["incidents"]
    assert json.loads(line)["message"] == reference
    assert incident["reported_by"] == JO
    assert incident["closed_at"] is None
    assert "72 hours end" in await ask("records", "search", "--incidents")
    assert "open: 72 hours end" in await ask("status")
    assert json.loads(await ask("status", "--json"))["open_incidents"][0]["message"] == reference


async def test_the_lead_contact_is_reminded_before_the_time_ends_each_time_once(desk: Office) -> None:
    reference = await reported(desk)
    start, letters = desk.now, len(to_lead(desk))
    sent = []
    for hours in range(80):
        desk.now = start + timedelta(hours=hours)
        # Another object each time, as after a restart: the record knows.
        sent += [hours] * await IncidentReminders(desk.desk).send()
    await desk.settle()
    assert sent == [48, 68, 72]
    told = to_lead(desk)[letters:]
    assert len(told) == 3
    for said in ("A reminder. 24 hours are left", "A reminder. 4 hours are left", "A reminder. The 72 hours are over"):
        assert sum(said in text for text in told) == 1, said
    assert all(reference in text for text in told)


async def test_a_gateway_that_stood_still_reminds_once_of_the_nearest(desk: Office) -> None:
    await reported(desk)
    desk.now += timedelta(hours=70)
    assert [await IncidentReminders(desk.desk).send() for _ in range(3)] == [1, 0, 0]


async def test_closing_ends_the_reminders_and_stands_in_the_register(desk: Office, ask: Any) -> None:
    reference = await reported(desk)
    await ask("records", "close", reference, "--outcome", "Deleted unread, not reportable", "--as", "ann.lee")
    desk.now += timedelta(hours=60)
    assert await IncidentReminders(desk.desk).send() == 0
    again = json.loads(await ask("records", "close", reference, "--outcome", "something else", "--as", "bob", "--json"))
    assert (again["by"], again["repeated"]) == ("ann.lee", True)
    shown = await ask("records", "show", reference)
    assert "by ann.lee: Deleted unread, not reportable" in shown
    assert "something else" not in shown
    assert "Incident" not in await ask("status")
    assert [str(record.entry.event) for record in await desk.desk.store.records(events=(Event.CLOSED,))] == ["closed"]


async def test_what_was_not_reported_cannot_be_closed(ask: Any) -> None:
    await ask("records", "close", "DC1DT-00000-00000", "--outcome", "x", ok=2)


async def test_words_that_name_somebody_are_shown_on_request_only(desk: Office, ask: Any) -> None:
    reference = await reported(desk, "it was about Kayleigh Thompson")
    assert "Thompson" not in await ask("why", reference)
    assert "Kayleigh Thompson" in await ask("why", reference, "--words")


async def test_false_alarms_are_counted_once_for_each_hold_by_rule(desk: Office, ask: Any) -> None:
    before = sum(sample.value for sample in metrics.FALSE_ALARMS.collect()[0].samples if sample.name.endswith("_total"))
    for _ in range(2):
        mail = letter(JO, [DEE], "School transport", "The plan is attached.")
        mail.add_attachment(docx("Route 4 leaves at 8.15."), "application", "octet-stream", filename="plan.docx")
        await desk.send(JO, [DEE], mail)
        await desk.settle()
    told = desk.sent("notice")
    for _ in range(3):
        await desk.ask(link("wrong", told[0]), "It is a bus timetable.")
    await desk.ask(link("wrong", told[1]), "As well.")
    counters = [line for line in metrics.render().decode().splitlines() if line.startswith("gateway_false_alarms_total{")]
    assert counters
    assert all(float(line.rpartition(" ")[2]) == before + 2 for line in counters)
    counted = json.loads(await ask("status", "--json"))["false_alarms"]
    assert set(counted.values()) == {2}
    rule = next(iter(counted))
    assert f"False alarms of rule {rule} in the last 30 days: 2." in await ask("status")
