"""The policy's commands: check, test, schema, community lookup; exit status, --json, positions."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.cli.main import main
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_shipped_policy_is_checked_without_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_an_error_has_its_place_and_exit_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "policy.yaml"
    path.write_text(path.read_text().replace("mode: enforce", "mode: enforced"))
    line = path.read_text().splitlines().index(next(line for line in path.read_text().splitlines() if line.startswith("mode:"))) + 1
    assert main(["check", str(folder), "--json"]) == 1
    (problem,) = lines(capsys)
    assert (problem["file"], problem["line"], problem["column"], problem["severity"]) == ("policy.yaml", line, 7, "error")
    assert problem["remedy"] == "Did you mean 'enforce'?"


def test_warnings_are_told_and_are_no_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "registry.yaml"
    path.write_text(path.read_text().replace("review_by: 2027-11-02", "review_by: 2026-11-03"))
    assert main(["check", str(folder)]) == 0
    assert "registry.stale" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none")]) == 1
    assert "there is no such policy folder" in capsys.readouterr().out


def test_policy_tests_read_like_a_checklist(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for path in folder.glob("*.test.yaml"):
        if path.name != "guidance.test.yaml":
            path.unlink()
    report = tmp_path / "report.xml"
    assert main(["test", str(folder), "--junit", str(report)]) == 0
    out = capsys.readouterr().out
    assert "  ok   the four suffixes of the table, and a subdomain (strict)" in out
    assert "rules met by a case" in out
    assert "  never met: retired-address" in out
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("failures"), len(suite)) == ("0", int(suite.get("tests") or 0))


def test_a_failing_case_prints_its_trace(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = folder / "guidance.test.yaml"
    path.write_text(path.read_text().replace("rita.k1964@gmail.com: {verdict: hold", "rita.k1964@gmail.com: {verdict: deliver"))
    report = tmp_path / "report.xml"
    assert main(["test", str(folder), "--only", "two of them served", "--junit", str(report)]) == 1
    out = capsys.readouterr().out
    assert "FAIL one message to four people, two of them served (strict)" in out
    assert "rita.k1964@gmail.com: expected verdict deliver, got hold" in out
    assert "(rule attachment-not-locked)" in out
    failure = ElementTree.parse(report).getroot().find("testcase/failure")
    assert failure is not None
    assert "expected verdict deliver" in (failure.get("message") or "")


def test_what_a_waiver_lets_pass_is_counted_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiver = (
        "waivers:\n  - {id: w, rules: [attachment-not-locked], from: ['*'], to: [gmail.com], owner: me, reason: x, until: 2999-01-01}\n"
    )
    (folder / "waivers.yaml").write_text(waiver)
    assert main(["test", str(folder), "--only", "two of them served"]) == 0
    assert "0 failed, 1 rulings by waiver" in capsys.readouterr().out


def test_no_tests_at_all_is_no_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in folder.glob("*.test.yaml"):
        path.unlink()
    assert main(["test", str(folder)]) == 1
    assert "holds no test case" in capsys.readouterr().err


def test_an_unknown_rule_in_a_test_is_an_error_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "walks.test.yaml"
    path.write_text(path.read_text().replace("rules: [many-people-listed]", "rules: [many-people-lysted]"))
    assert main(["test", str(folder)]) == 1
    assert "Did you mean 'many-people-listed'?" in capsys.readouterr().err


REAL = """From: Maria Delgado <maria.delgado@borough.gov.uk>
To: Rosa Lindqvist <rosa.lindqvist1971@gmail.com>
Cc: ward.sister@nhs.net
Subject: CONFIDENTIAL: Oliver Bancroft, DOB 17/06/2013
Date: Mon, 23 Nov 2026 09:10:00 +0000
Message-ID: <real@borough.gov.uk>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Oliver Bancroft, born 17/06/2013, NHS number 943 476 5870, was seen today at 9 Harrow Lane.
Write to rosa.lindqvist1971@gmail.com.
"""


def test_a_new_case_is_ruled_as_its_message_and_names_nobody(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    message = tmp_path / "real.eml"
    message.write_text(REAL)
    assert main(["test", str(folder), "--new-from", str(message)]) == 0
    written = capsys.readouterr()
    for word in ("Delgado", "delgado", "Rosa", "rosa", "Bancroft", "17/06/2013", "943 476 5870"):
        assert word not in written.out + written.err
    assert "@gmail.com" in written.out
    (folder / "new.test.yaml").write_text(written.out)
    assert main(["test", str(folder), "--only", "from real"]) == 0


def test_results_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder), "--only", "walk 30: a school", "--json"]) == 0
    results = lines(capsys)
    assert [result["rules"] for result in results] == ["strict", "proportionate"]
    assert all(result["passed"] for result in results)


# arguments, path, verdict
LOOKUPS = [
    (["nhs.net"], "bridge", "deliver"),
    (["sam.reid@nhs.net", "--from", "office@oakfield.borough.sch.uk"], "insecure", "deliver"),
    (["a@met.pnn.police.uk", "--from", "nhs.net"], "secure", "deliver"),
    (["nhs.nett"], "refused", "bounce"),
    (["gmail.com"], "insecure", "deliver"),
]


@pytest.mark.parametrize(("arguments", "path", "verdict"), LOOKUPS)
def test_a_lookup_is_a_ruling_with_its_row(arguments: list[str], path: str, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["community", "lookup", *arguments, "--policy", str(ROOT / "policies"), "--json"]) == 0
    (ruling,) = lines(capsys)
    assert (ruling["path"], ruling["verdict"]) == (path, verdict)
    assert ruling["row"]


def test_a_lookup_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["community", "lookup", "a@gol.gsi.gov.uk", "--policy", str(ROOT / "policies")]) == 0
    out = capsys.readouterr().out
    assert "gsi.gov.uk with its subdomains is registered" in out
    assert "a@gol.gsi.gov.uk.cjasm.net" in out


def test_a_lookup_of_rubbish_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["community", "lookup", "no address@", "--policy", str(ROOT / "policies")]) == 2
    assert capsys.readouterr().err


def test_schemas_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    (schemas,) = lines(capsys)
    assert {"policy", "rules", "table", "registry", "organisations", "waivers"} <= schemas.keys()
    assert main(["schema", "rules", "--out", str(tmp_path)]) == 0
    written = json.loads((tmp_path / "rules.schema.json").read_text())
    assert written == schemas["rules"]
