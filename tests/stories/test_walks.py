"""What `gateway test` says of the shipped cases is what a real gateway does with the same messages over SMTP."""

import shutil
import smtplib
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from gateway.service.case_messages import written
from gateway.service.case_runs import cases_of
from gateway.service.cases import Case
from gateway.service.policies import read_folder
from tests.harness import ROOT, Gateway

POLICIES = ROOT / "policies"
DOMAINS = {"borough": "borough.gov.uk", "oakfield": "oakfield.borough.sch.uk"}
FIRST = ("intent", "accepted", "refused")


def cases(rule_set: str, organisation: str) -> list[Case]:
    """The shipped cases of this organisation's own senders under the shipped table."""
    return [
        case
        for case in cases_of(read_folder(POLICIES))
        if case.rule_set == rule_set
        and case.table == "annex4-2009"
        and not case.mode
        and case.draft.sender is not None
        and case.draft.sender.domain == DOMAINS[organisation]
    ]


def raw_of(case: Case) -> bytes:
    """The message; each with a Message-ID of its own, so that no two count as slices of one mail."""
    raw = (POLICIES / case.draft.eml).read_bytes() if case.draft.eml else written(case.draft)
    head, sep, rest = raw.partition(b"Message-ID: <")
    return head + sep + f"{abs(hash(case.name))}.".encode() + rest


def verdicts_of(records: list[dict[str, Any]]) -> list[dict[str, tuple[str, str]]]:
    """What was recorded of each message, in the order in which they were taken: {recipient: (verdict, path)}."""
    first = [record for record in records if record["event"] in FIRST]
    first.sort(key=lambda record: record["at"])
    by_message = groupby(first, key=lambda record: record["message"])
    return [{one["recipient"]: (one["verdict"], one["path"]) for record in group for one in record["verdicts"]} for _, group in by_message]


@pytest.mark.slow
@pytest.mark.parametrize("organisation", ["borough", "oakfield"])
@pytest.mark.parametrize("rule_set", ["strict", "proportionate"])
def test_smtp_and_policy_tests_agree(rule_set: str, organisation: str, tmp_path: Path) -> None:
    policy = tmp_path / "policies"
    shutil.copytree(POLICIES, policy)
    main = policy / "policy.yaml"
    main.write_text(main.read_text().replace("rules: strict ", f"rules: {rule_set} "))
    sent = cases(rule_set, organisation)
    assert len(sent) > (5 if organisation == "oakfield" else 20)
    with Gateway(tmp_path, policy=policy, organisation=organisation) as gateway:
        with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
            for case in sent:
                recipients = [*case.draft.to, *case.draft.cc, *case.draft.bcc]
                assert client.sendmail(str(case.draft.sender), recipients, raw_of(case)) == {}
        records = gateway.ask("records", "search", "--all")
    found = verdicts_of(records)
    for case, got in zip(sent, found, strict=True):
        expected = {name: (want.verdict.word, want.path.value if want.path else got[name][1]) for name, want in case.expected}
        assert got == expected, case.name
