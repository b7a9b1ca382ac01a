"""The policy changes while mail flows: live within seconds, nothing lost, one version for each message, and back again."""

import shutil
import signal
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import ROOT, Gateway, Sent, letter, wire

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


# The three changes of docs/policy.md: a waiver until a date, spreadsheets to webmail, mail to the NHS.
WAIVER = """waivers:
  - id: transport-lists-autumn
    rules: [attachment-not-locked]
    from: [jo.bell@borough.gov.uk]
    to: [greencabs.example]
    owner: lead.contact@borough.gov.uk
    reason: Route lists without names, until the new portal opens
    until: 2099-12-18
"""
SHEETS = """
  - id: no-spreadsheets-to-webmail
    says: Spreadsheets do not go to private webmail unlocked.
    when:
      path: insecure
      to: [webmail.txt]
      attachments: {any: {type: [xlsx, xls, csv], state: [none, openable, partial]}}
    reason: attachment.unprotected
    then: hold
    remedies: [PROTECT, phone, post]
"""
MARK = """
  - id: mark-nhs
    says: Mail to the NHS is marked as confidential.
    when: {path: bridge, to: [nhs.net]}
    then: deliver
    mark: true
    prefix: "CONFIDENTIAL:"
"""
CABS, GMAIL, NHS = "desk@greencabs.example", "rita.k1964@gmail.com", "sam.reid@nhs.net"


def sent_until(gateway: Gateway, over: threading.Event, accepted: list[tuple[str, str]], refused: list[str]) -> None:
    """One mail server that sends without a pause, on one connection, to the three recipients in turn."""
    table = b"pupil,route\r\nA,7.45 by Mill Lane\r\n"
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
        while not over.is_set():
            for to in (CABS, GMAIL, NHS):
                mail = letter(SENDER, [to], "Papers", "Hello")
                if to != NHS:
                    mail.add_attachment(table, maintype="text", subtype="csv", filename="routes.csv")
                try:
                    client.sendmail(SENDER, [to], wire(mail))
                    accepted.append((str(mail["Message-ID"]), to))
                except smtplib.SMTPException as trouble:
                    refused.append(str(trouble))


def disclosed(gateway: Gateway) -> list[dict[str, object]]:
    return [one for one in gateway.ask("records", "search", "--all") if one["event"] in ("intent", "accepted", "refused")]


@pytest.mark.slow
def test_three_changes_under_load_lose_nothing_and_replay_over_a_thousand_takes_seconds(tmp_path: Path, policy: Path) -> None:
    change(policy / "policy.yaml", "\nrules: strict", "\nrules: proportionate")
    with Gateway(tmp_path, policy=policy) as gateway:
        over = threading.Event()
        accepted: list[tuple[str, str]] = []
        refused: list[str] = []
        threads = [threading.Thread(target=sent_until, args=(gateway, over, accepted, refused)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            rules = policy / "rules" / "proportionate.yaml"
            for number, (file, text) in enumerate(
                ((policy / "waivers.yaml", WAIVER), (rules, rules.read_text() + SHEETS), (rules, MARK)), 1
            ):
                file.write_text(text if text != MARK else rules.read_text() + MARK)
                until(lambda number=number: loaded(gateway) == number)  # type: ignore[misc]  # the default binds this round's number
                came = len(accepted)
                until(lambda came=came: len(accepted) >= came + 30)  # type: ignore[misc]
            until(lambda: len(accepted) >= 1_000, 180)
        finally:
            over.set()
            for thread in threads:
                thread.join(60)
        assert refused == []
        records = disclosed(gateway)
        assert len(records) == len(accepted)
        assert Counter(one["policy"] for one in records).keys() == {one["digest"] for one in gateway.ask("policy", "versions")}
        last = gateway.ask("status")[0]["policy"]
        now = Counter(
            (verdict["recipient"], verdict["verdict"])
            for one in records
            if one["policy"] == last
            for verdict in one["verdicts"]  # type: ignore[attr-defined]
        )
        assert now.keys() == {(CABS, "deliver"), (GMAIL, "hold"), (NHS, "deliver")}
        arrived = Counter(line.split(b">")[0] for sent in all_sent(gateway, records) for line in [sent.raw.partition(b"Message-ID: <")[2]])
        assert set(arrived.values()) == {1}
        began = time.monotonic()
        *_, summary = gateway.ask("replay", "--policy", str(policy), "--since", "1d")
        assert summary["recipients"] >= 1_000 and time.monotonic() - began < 10
        assert b"Sensitivity: Company-Confidential" in [one for one in gateway.sent("mail") if one.to == [f"{NHS}.cjasm.net"]][-1].raw


def all_sent(gateway: Gateway, records: list[dict[str, object]]) -> list[Sent]:
    """What left, once everything that was to be delivered has."""
    due = sum(verdict["verdict"] == "deliver" for one in records for verdict in one["verdicts"])  # type: ignore[attr-defined]
    found = gateway.wait_for(due, "mail", 60)
    assert len(found) == due
    return found
