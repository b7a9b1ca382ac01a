"""The clock was a year ahead and was put right: what is done every minute must not wait a year for its next minute."""

from datetime import timedelta
from pathlib import Path

from gateway.service import health
from gateway.service.incidents import TO_REPORT, IncidentReminders
from gateway.service.partners import verify_if_due
from gateway.service.reminders import BEFORE, Reminders
from gateway.service.reviews import Reviews
from tests.files import docx
from tests.harness import letter
from tests.service.office import office
from tests.service.test_partners import Zone

JO, SCANNER, CARER = "jo.bell@borough.gov.uk", "scanner@borough.gov.uk", "rita.k1964@gmail.com"
REPORT = "report@control.gateway.borough.gov.uk"
YEAR = timedelta(days=365)


async def test_people_are_reminded_and_reviewers_told(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        reminders, incidents, reviews = Reminders(at.desk), IncidentReminders(at.desk), Reviews(at.desk)
        at.now += YEAR
        assert [await chore.send() for chore in (reminders, incidents, reviews)] == [0, 0, 0]
        at.now -= YEAR
        for sender in (JO, SCANNER):
            message = letter(sender, [CARER], "Papers", "As agreed.")
            message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename="plan.docx")
            assert (await at.send(sender, [CARER], message)).ok
        assert await reviews.send() == 1
        held = next(held for held in await at.desk.store.holds() if held.sender == JO)
        at.now = held.deadline - BEFORE + timedelta(minutes=1)
        assert await reminders.send() >= 1
        assert (await at.send(JO, [REPORT], letter(JO, [REPORT], "Wrong person", held.message))).ok
        at.now += TO_REPORT
        assert await incidents.send() == 1


async def test_the_gateway_says_that_it_runs_and_asks_about_partners(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        at.now += YEAR
        await health.heartbeat(at.desk)
        assert await verify_if_due(at.desk, lambda: Zone({}, {}))
        at.now -= YEAR
        await health.heartbeat(at.desk)
        said = await health.serving(at.desk.store)
        assert said is not None and said.at <= at.now
        assert await verify_if_due(at.desk, lambda: Zone({}, {}))
