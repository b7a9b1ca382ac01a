"""The policy changes while mail flows: live within seconds, nothing lost, one version for each message, and back again."""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import ROOT, Gateway, letter, wire

SENDER = "jo.bell@borough.gov.uk"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def until(happened: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def loaded(gateway: Gateway) -> int:
    return gateway.log().count('"policy_loaded"')


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_saved_file_is_live_a_broken_one_is_refused_and_an_old_one_comes_back(tmp_path: Path, policy: Path) -> None:
    with Gateway(tmp_path, policy=policy) as gateway:
        (first,) = gateway.ask("policy", "versions")
        change(policy / "policy.yaml", "mode: enforce", "mode: observe")
        until(lambda: loaded(gateway) == 1)
        change(policy / "policy.yaml", "\nmode: observe", "\nmode: obsreve")
        until(lambda: '"policy_refused"' in gateway.log())
        assert "policy.yaml:12:7" in gateway.log()
        until(lambda: len(gateway.ask("policy", "versions")) == 2)
        assert gateway.ask("status")[0]["mode"] == "observe"
        diff = gateway.command("policy", "show", first["digest"][7:19], "--settings", str(tmp_path / "gateway.yaml")).stdout
        assert "-mode: obsreve" in diff and "+mode: enforce" in diff
        (restored,) = gateway.ask("policy", "restore", first["digest"][7:19])
        assert restored["changed"] == ["policy.yaml"]
        until(lambda: loaded(gateway) == 2)
        until(lambda: gateway.ask("policy", "versions")[0]["digest"] == first["digest"])
        gateway.ask("policy", "restore", "ffff", ok=(2,))


def test_another_borough_is_reached_by_verified_tls_under_the_table_of_today(tmp_path: Path, policy: Path) -> None:
    change(policy / "policy.yaml", "\ntable: annex4-2009", "\ntable: uk-modern")
    with Gateway(tmp_path, policy=policy) as gateway:
        mail = letter(SENDER, ["dan.lee@croydon.gov.uk"], "Transfer-in conference", "Kayleigh Thompson, born 03/04/2015")
        assert gateway.send(SENDER, ["dan.lee@croydon.gov.uk"], mail) == {}
        (sent,) = gateway.wait_for(1, "mail")
        assert sent.to == ["dan.lee@croydon.gov.uk"] and sent.message == wire(mail)
        (record,) = gateway.ask("records", "search")
        assert [(one["verdict"], one["path"]) for one in record["verdicts"]] == [("deliver", "assured")]


def test_sighup_reads_the_policy_at_once(tmp_path: Path, policy: Path) -> None:
    with Gateway(tmp_path, policy=policy) as gateway:
        change(policy / "policy.yaml", "mode: enforce", "mode: notify")
        assert gateway.process is not None
        gateway.process.send_signal(signal.SIGHUP)
        until(lambda: loaded(gateway) == 1)
