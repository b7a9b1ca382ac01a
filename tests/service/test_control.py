"""What can be asked by mail besides ending a hold: urgent help, a report of a mistake, a look at a draft."""

import asyncio
from pathlib import Path

from gateway.model.records import Event
from tests.files import docx
from tests.harness import letter
from tests.service.office import CLIENT, Office, link, office, words

JO = "jo.bell@borough.gov.uk"
CARER = "rita.k1964@gmail.com"
LEAD = "lead.contact@borough.gov.uk"
REVIEWERS = [LEAD, "information.governance@borough.gov.uk"]
CONTROL = "control.gateway.borough.gov.uk"


def with_file(sender: str = JO, to: str = CARER, **fields: str):  # type: ignore[no-untyped-def]
    message = letter(sender, [to], "Placement tonight", "He arrives at seven.", **fields)
    message.add_attachment(docx("Medication at seven"), maintype="application", subtype="octet-stream", filename="plan.docx")
    return message


async def held(at: Office, sender: str = JO):  # type: ignore[no-untyped-def]
    assert (await at.send(sender, [CARER], with_file(sender))).ok
    await at.settle()
    return at.sent("notice")[-1]


async def events(at: Office, event: Event) -> list[dict[str, object]]:
    return [record.entry.details for record in await at.desk.store.records() if record.entry.event is event]


# URGENT


async def test_urgent_tells_every_reviewer_at_once_and_releases_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        notice = await held(at)
        assert (await at.ask(link("URGENT", notice), "The child arrives tonight.")).ok
        await at.settle()
        reviews = [sent for sent in at.sent("notice") if sent.to != [JO]]
        assert sorted(sent.to[0] for sent in reviews) == sorted(REVIEWERS)
        assert all(b"Subject: Urgent: please check: an email to 1 person waits for you" in sent.raw for sent in reviews)
        (hold,) = await at.desk.store.holds()
        assert hold.waits_for == "reviewer"
        ((asked),) = await events(at, Event.ASKED)
        assert (asked["verb"], asked["why"]) == ("URGENT", "The child arrives tonight.")
        assert at.sent("mail") == []


async def test_urgent_twice_or_at_once_pages_nobody_twice(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        address = link("URGENT", await held(at))
        await asyncio.gather(*(at.ask(address, "Now") for _ in range(3)))
        await at.ask(address, "Now!")
        await at.settle()
        assert len([sent for sent in at.sent("notice") if sent.to == [LEAD]]) == 1


async def test_urgent_after_release_still_tells_everybody(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        notice = await held(at)
        await at.ask(link("RELEASE", notice), "The school has consent.")
        await at.ask(link("URGENT", notice), "It cannot wait.")
        await at.settle()
        assert sorted(sent.to[0] for sent in at.sent("notice") if sent.to != [JO]) == sorted([LEAD, *REVIEWERS])


async def test_a_reviewer_is_never_asked_to_review_their_own_email(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        notice = await held(at, LEAD)
        await at.ask(link("RELEASE", notice), "It is fine.", sender=LEAD)
        await at.settle()
        asked = [sent for sent in at.sent("notice") if b"Subject: Please check" in sent.raw]
        assert [sent.to for sent in asked] == [["information.governance@borough.gov.uk"]]


# REPORT


async def test_a_report_by_the_link_is_an_incident_once_with_72_hours(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await at.ask(link("PROTECT", await held(at)))
        await at.settle()
        address = link("REPORT", at.sent("notice")[-1])
        for _ in range(3):
            assert (await at.ask(address, "Wrong Rita, she has the same name.")).ok
        await at.settle()
        (incident,) = [record.entry for record in await at.desk.store.records() if record.entry.event is Event.INCIDENT]
        assert incident.details["why"] == "Wrong Rita, she has the same name."
        assert str(incident.details["deadline"])[:10] == "2026-11-27"
        assert (incident.actor, incident.recipients) == (JO, (CARER,))
        (told,) = [sent for sent in at.sent("notice") if sent.to == [LEAD]]
        assert b"Subject: Reported: an email to 1 person may have gone to the wrong person" in told.raw
        assert "72 hours" in words(told)
        assert f"gateway why {incident.message}" in words(told)
        assert await at.desk.store.verify() == ()


async def test_a_report_by_reference_about_mail_that_just_went(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await at.send(JO, [CARER], letter(JO, [CARER], "Thursday", "See you at ten."))
        (record,) = [record for record in await at.desk.store.records() if record.entry.event is Event.INTENT]
        reference = record.entry.message
        assert (await at.ask(f"report@{CONTROL}", f"{reference.lower()}\nIt was for another Rita.", subject="Wrong person")).ok
        await at.settle()
        (incident,) = await events(at, Event.INCIDENT)
        assert incident["why"] == "It was for another Rita."


async def test_nobody_reports_what_is_not_theirs(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await at.send(JO, [CARER], letter(JO, [CARER], "Thursday", "See you at ten."))
        reference = (await at.desk.store.records())[0].entry.message
        ann, ward = "ann.lee@borough.gov.uk", "ward7@nhs.net"
        for sender, text in ((ann, reference), (ward, reference), (JO, "no such thing"), (JO, "")):
            reply = await at.ask(f"report@{CONTROL}", text, sender=sender, subject="x")
            assert reply.code == 550
        assert await events(at, Event.INCIDENT) == []
        assert at.sent("notice") == []


# A draft


async def test_a_draft_is_answered_and_goes_nowhere(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        draft = with_file(to=f"{CARER}, sam.reid@nhs.net, check@{CONTROL}")
        assert (await at.send(JO, [f"check@{CONTROL}"], draft)).ok
        await at.settle()
        (notice,) = at.sent("notice")
        assert notice.to == [JO]
        assert b"Subject: What would happen: your draft to 2 people" in notice.raw
        text = words(notice)
        assert f"{CARER}: we would stop it and ask you what to do" in text
        assert "sam.reid@nhs.net: it would go" in text
        assert "plan.docx is not encrypted" in text
        assert at.sent("mail") == []
        assert await at.desk.store.holds() == ()
        assert {record.entry.recipients for record in await at.desk.store.records()} == {(), (JO,)}


async def test_an_attached_draft_is_the_one_that_is_meant(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        message = letter(JO, [f"check@{CONTROL}"], "Please look", "Is this all right?")
        message.add_attachment(with_file())
        await at.send(JO, [f"check@{CONTROL}"], message)
        await at.settle()
        (notice,) = at.sent("notice")
        assert f"{CARER}: we would stop it" in words(notice)


async def test_a_good_draft_may_go_and_one_for_nobody_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await at.send(JO, [f"check@{CONTROL}"], letter(JO, [CARER], "Thursday", "See you at ten."))
        await at.send(JO, [f"check@{CONTROL}"], letter(JO, [f"check@{CONTROL}"], "Thursday", "See you at ten."))
        await at.settle()
        nobody, good = sorted(map(words, at.sent("notice")))
        assert good.startswith("Your email can go like this")
        assert nobody.startswith("We found nobody in your draft to send it to")


async def test_outsiders_get_no_look_and_no_notice(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        assert (await at.send("ward7@nhs.net", [f"check@{CONTROL}"], with_file("ward7@nhs.net"))).code == 550
        assert (await at.send(JO, [f"check@{CONTROL}"], with_file("ward7@nhs.net"))).code == 550
        assert (await at.send("", [f"check@{CONTROL}"], with_file())).ok
        foreign = await at.send(JO, [f"check@{CONTROL}"], with_file(), client=type(CLIENT)("192.0.2.1"))
        assert foreign.code == 550
        await at.settle()
        assert at.sent("notice") == []
