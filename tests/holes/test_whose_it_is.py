"""Mail and incidents are those of one organisation: no From of somebody else, and no account of another one, changes that."""

import asyncio
import csv
import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli import hold, register
from gateway.cli.common import WrongUse
from gateway.cli.main import main
from gateway.model.account import Account, Role
from gateway.model.address import parse_mailbox
from gateway.model.findings import Findings, Reason
from gateway.model.judgement import Mode, Verdict
from gateway.model.records import Entry, Event
from gateway.policy import Origin, classify, decide, load
from tests.conftest import ROOT
from tests.harness import letter
from tests.policy.conftest import finding, recipient, shipped_files
from tests.service.office import Office, office

JO, SAM = "jo.bell@borough.gov.uk", "sam.reid@nhs.net"
REPORT = "report@control.gateway.borough.gov.uk"


@pytest.mark.parametrize(("own", "rest"), [("enforce", "observe"), ("observe", "enforce")])
def test_a_from_of_somebody_else_is_no_way_out_of_enforcement(own: str, rest: str) -> None:
    files = dict(shipped_files())
    files["organisations.yaml"] = files["organisations.yaml"].replace("    reviewers: [head@", f"    mode: {own}\n    reviewers: [head@")
    policy = load(files, mode=rest)
    office_of = next(one.key for one in policy.organisations if one.mode is Mode(own))
    foreign = Origin(parse_mailbox("office@oakfield.borough.sch.uk"), "", own=False, connection=office_of)
    destinations = classify(policy, foreign, [recipient("rita.k1964@gmail.com")])
    (ruling,) = decide(policy, foreign, destinations, Findings((finding(Reason.BODY_PERSONAL),)))
    assert ruling.verdict is ruling.would_be
    assert ruling.verdict > Verdict.DELIVER


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as one:
        yield one


async def test_only_an_account_of_its_organisation_that_may_decide_closes_an_incident(
    desk: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await desk.send(JO, [SAM], letter(JO, [SAM], "Papers", "Hello"))
    await desk.desk.store.drain()
    reference = next(record.entry.message for record in await desk.desk.store.records() if record.entry.message)
    await desk.send(JO, [REPORT], letter(JO, [REPORT], "Wrong person", f"{reference} I chose the wrong Sam"))
    await desk.settle()
    for account in (
        Account("robin", "robin@borough.gov.uk", Role.REVIEWER, "borough"),
        Account("sam", "sam.okafor@merton.gov.uk", Role.REVIEWER, "merton"),
        Account("kim", "kim@borough.gov.uk", Role.AUDITOR, "borough"),
        Account("gone", "gone@borough.gov.uk", Role.REVIEWER, "borough", disabled=True),
    ):
        await desk.desk.store.put_account(account, Entry("", Event.ACCOUNT, desk.clock(), "borough", "", ()))
    await desk.desk.store.drain()
    settings = desk.folder / "settings.yaml"
    paths = {"store": f"sqlite:///{desk.folder}/gateway.db", "keys": f"{desk.folder}/keys", "policy": f"{ROOT}/policies"}
    settings.write_text(json.dumps(paths))
    said = ["records", "close", reference, "--outcome", "dealt with", "--settings", str(settings), "--as"]
    codes = {name: await asyncio.to_thread(main, [*said, name]) for name in ("sam", "kim", "gone", "root", "robin")}
    assert codes == {"sam": 1, "kim": 1, "gone": 1, "root": 1, "robin": 0}
    (closed,) = await desk.desk.store.records(events=(Event.CLOSED,))
    assert closed.entry.actor == "robin"


def test_an_export_shown_on_a_terminal_does_nothing_to_it() -> None:
    out = io.StringIO()
    csv.writer(out).writerow([register.safe_cell("plan\x1b]0;title\x07\x9b31m\u202e.docx"), register.safe_cell("\t=1+1")])
    assert out.getvalue() == "plan?]0;title??31m?.docx,?=1+1\r\n"


def test_a_message_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(WrongUse, match="terminal"):
        hold.refuse_place("-")
