"""A reply to a real notice, from any mail program: what was asked is done, with the words that the person wrote and no others."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.model.records import Event
from gateway.service.policies import load_folder
from tests.conftest import ROOT
from tests.harness import letter, with_notes
from tests.mail_programs import PROGRAMS, Program, link_in, reply
from tests.service.office import Office, office

JO, CARER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
WHY = "The family has agreed and signed the form."


def with_file() -> EmailMessage:
    return with_notes(letter(JO, [CARER], "Thursday", "See you at ten."))


async def ask(at: Office, program: Program, message: EmailMessage, verb: str, words: str) -> None:
    """Send what will be held, and answer the notice about it."""
    assert (await at.send(JO, [CARER], message)).ok
    await at.settle()
    notice = at.sent("notice")[-1]
    assert (await at.send(JO, [link_in(notice, verb)], reply(program, notice, verb, JO, words))).ok
    await at.settle()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
async def test_protect_release_and_subject_take_what_was_written(tmp_path: Path, program: Program) -> None:
    async with office(tmp_path) as at:
        await ask(at, program, with_file(), "PROTECT", "PROTECT please. SUBJECT Nothing of the sort")
        (mail,) = at.sent("mail")
        assert mail.to == [CARER]
        message = email.message_from_bytes(mail.message, policy=email.policy.default)
        assert message["Subject"] == "Thursday"
        assert [part.get_filename() for part in message.walk() if part.get_filename()] == ["notes.zip"]

        await ask(at, program, with_file(), "RELEASE", WHY)
        (asked,) = [record.entry.details for record in await at.desk.store.records() if record.entry.event is Event.ASKED]
        assert asked["why"] == WHY

        at.desk.policy = load_folder(ROOT / "policies", rules="proportionate")
        await ask(at, program, letter(JO, [CARER], "Tobi Okoro - school transport", "On our website."), "SUBJECT", "School transport")
        assert b"Subject: School transport\r\n" in at.sent("mail")[-1].message
