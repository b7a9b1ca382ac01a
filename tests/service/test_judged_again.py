"""A release rests on what is true today: kept facts serve only where looking again could find nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model.actions import NotPossible
from gateway.model.findings import Attachment, Finding, Findings, Member, Protection, Reason, State
from gateway.service.judged_again import found_anew, kept_facts
from gateway.service.policies import load_folder
from gateway.service.story import is_complete
from gateway.workers import Busy, Examined
from tests.conftest import ROOT
from tests.files import docx
from tests.harness import letter
from tests.service.office import Office, office

JO, CARER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
FILE = Attachment("2", "plan.docx", "docx", "application/octet-stream", Protection(State.NONE), 10, "00" * 32)


async def hold(at: Office, name: str = "plan.docx") -> None:
    message = letter(JO, [CARER], "Papers", "As agreed.")
    message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename=name)
    assert (await at.send(JO, [CARER], message)).ok


async def test_kept_facts_judge_as_the_content_does(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        (held,) = await at.desk.store.holds()
        kept, anew = await kept_facts(at.desk, held), await found_anew(at.desk, held)
        assert kept is not None
        assert kept.items == anew.items
        assert [(file.name, file.type, file.protection) for file in kept.attachments] == [
            (file.name, file.type, file.protection) for file in anew.attachments
        ]


@pytest.mark.parametrize("name", ["plan.docx", "Kayleigh Thompson DOB 03-04-2015.docx"])
async def test_a_file_whose_name_the_record_left_out_is_looked_at_anew(tmp_path: Path, name: str) -> None:
    async with office(tmp_path) as at:
        await hold(at, name)
        (held,) = await at.desk.store.holds()
        assert (await kept_facts(at.desk, held) is None) == (name != "plan.docx")


async def test_under_another_policy_the_content_is_read_again(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        (held,) = await at.desk.store.holds()
        at.desk.policy = load_folder(ROOT / "policies", rules="proportionate")
        assert await kept_facts(at.desk, held) is None
        with pytest.raises(NotPossible, match="no longer kept"):
            await at.holds.release(replace(held, content="gone"), by="robin.hale", why="agreed")
        await at.holds.release(held.id, by="robin.hale", why="agreed")
        await at.settle()
        assert len(at.sent("mail")) == 1


async def test_facts_of_another_version_serve_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        (held,) = await at.desk.store.holds()
        monkeypatch.setattr("gateway.service.judged_again.__version__", "0.0.0")
        assert await kept_facts(at.desk, held) is None


def test_what_a_rule_could_miss_is_not_complete() -> None:
    assert is_complete(Findings(attachments=(FILE,)))
    assert not is_complete(Findings(attachments=(replace(FILE, members=(Member("a.txt"),)),)))
    assert not is_complete(Findings(items=(Finding(Reason.MESSAGE_UNCHECKED, "", "not checked"),)))


async def test_no_worker_to_read_it_is_not_the_fault_of_the_message(tmp_path: Path) -> None:
    async def nobody(raw: bytes, looks_for: object, sealed: object = None) -> Examined:
        raise Busy("no check worker became free")

    async with office(tmp_path) as at:
        await hold(at)
        (held,) = await at.desk.store.holds()
        at.desk.examine = nobody
        with pytest.raises(NotPossible, match="cannot be read now: no check worker became free"):
            await found_anew(at.desk, held)
