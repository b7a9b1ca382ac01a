"""Each reviewer has a queue: what is in it, who decides about it, and who is told that something waits."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli import hold as command
from gateway.cli.main import main
from gateway.model.account import Account, Role
from gateway.model.actions import NotPossible
from gateway.model.address import Address
from gateway.model.judgement import Ruling
from gateway.model.records import Entry, Event
from gateway.model.stored import HeldMessage, HoldState
from gateway.policy import Policy, load
from gateway.service import letters
from gateway.service.desk import Desk
from gateway.service.holds import CLAIM
from gateway.service.judged_again import judged_again
from gateway.service.people import Actor
from gateway.service.policies import read_folder
from gateway.service.reviewers import sees
from gateway.service.reviews import EVERY, GATHER, Reviews
from tests.conftest import ROOT
from tests.harness import letter, wire, with_notes
from tests.service.office import Office, link, office, words
from tests.service.queued import fill

JO = "jo.bell@borough.gov.uk"
LEGAL = "legal@borough.gov.uk"
SCANNER = "scanner@borough.gov.uk"
CARER = "rita.k1964@gmail.com"
LEAD, GOVERNANCE = "lead.contact@borough.gov.uk", "information.governance@borough.gov.uk"
HEAD_OF_LEGAL = "head.of.legal@borough.gov.uk"
AGREED = "agreed by phone"


async def hold(at: Office, sender: str = JO, to: str = CARER, **fields: str) -> HeldMessage:
    known = {held.id for held in await at.desk.store.holds()}
    message = with_notes(letter(sender, [to], "Papers", "As agreed.", **fields))
    assert (await at.send(sender, [to], message)).ok
    (held,) = [held for held in await at.desk.store.holds() if held.id not in known]
    return held


def with_changes(*changes: tuple[str, str, str]) -> Policy:
    """The shipped policy, with texts of its files replaced."""
    files = read_folder(ROOT / "policies")
    for name, old, new in changes:
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    return load(files)


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    return parser.parse_args(["hold", *given])


# Queues


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (LEAD, {JO}),
        ("information.governance", {JO}),
        (HEAD_OF_LEGAL, {LEGAL}),
        ("Head.of.Legal", {LEGAL}),
        ("lead.contact@merton.gov.uk", set()),
        ("head@oakfield.borough.sch.uk", set()),
        ("robin.hale", {JO}),
    ],
)
async def test_everyone_sees_their_own_queue_alone(tmp_path: Path, name: str, seen: set[str]) -> None:
    async with office(tmp_path) as at:
        holds = [await hold(at), await hold(at, LEGAL)]
        assert {held.sender for held in holds if sees(at.desk.policy, held, Actor(name))} == seen
        for held in holds:
            if held.sender in seen:
                await at.holds.release(held.id, by=name, why=AGREED)
            else:
                for refused in (at.holds.release, at.holds.return_to_sender, at.holds.cancel, at.holds.protect):
                    with pytest.raises(NotPossible, match=f"does not review {held.id}: that is for .*@borough.gov.uk"):
                        await refused(held.id, by=name, why=AGREED)  # type: ignore[operator]
        assert {held.sender for held in await at.desk.store.holds(state=HoldState.RELEASED)} == seen


async def test_a_privileged_author_is_privileged_by_whatever_mailbox(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at, JO, Sender=LEGAL)
        with pytest.raises(NotPossible, match=r"head\.of\.legal@"):
            await at.holds.release(held.id, by=GOVERNANCE, why=AGREED)


async def test_the_list_of_a_reviewer_has_their_queue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        theirs = await hold(at, LEGAL)
        capsys.readouterr()
        await command.show_queue(at.desk, arguments("list", "--as", HEAD_OF_LEGAL))
        assert capsys.readouterr().out.split("  ")[0] == theirs.id
        await command.show_queue(at.desk, arguments("list"))
        assert len(capsys.readouterr().out.splitlines()) == 2
        with pytest.raises(NotPossible, match="does not review"):
            await command.show_one(at.desk, arguments("show", theirs.id, "--as", LEAD))
        await command.bulk(at.desk, arguments("release", "--filter", "recipient=gmail.com", "--reason", "x", "--as", LEAD))
        assert [held.id for held in await at.desk.store.holds()] == [theirs.id]


# Four eyes


async def test_one_pair_of_eyes_is_enough_where_the_policy_says_so(tmp_path: Path) -> None:
    two = ("organisations.yaml", "cjsm_member: true", "cjsm_member: true\n    four_eyes: false")
    async with office(tmp_path, policy=with_changes(two)) as at:
        held = await hold(at, LEAD)
        outcome = await at.holds.release(held.id, by=LEAD, why=AGREED)
    assert outcome.held.state is HoldState.RELEASED


async def test_a_delegate_answers_notices_and_never_releases(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at, "mash@borough.gov.uk")
        await at.settle()
        notice = at.sent("notice")[0]
        with pytest.raises(NotPossible, match="another person must release it"):
            await at.holds.release(held.id, by="sam.lee", why=AGREED)
        assert (await at.ask(link("CANCEL", notice), sender="ann.lee@borough.gov.uk")).code == 550
        assert (await at.ask(link("CANCEL", notice), sender="sam.lee@borough.gov.uk")).code == 250
        (ended,) = await at.desk.store.holds(state=HoldState.CANCELLED)
        assert ended.ended_by == "sam.lee@borough.gov.uk"


async def test_the_password_goes_to_the_delegate_who_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at, "mash@borough.gov.uk")
        await at.settle()
        await at.ask(link("PROTECT", at.sent("notice")[0]), sender="sam.lee@borough.gov.uk")
        await at.settle()
        assert at.sent("notice")[-1].to == ["sam.lee@borough.gov.uk"]
        assert b"Subject: Sent, with locked files" in at.sent("notice")[-1].raw


async def test_a_delegate_of_one_mailbox_is_nobody_for_another(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at, "admissions@borough.gov.uk")
        await at.settle()
        assert (await at.ask(link("CANCEL", at.sent("notice")[0]), sender="sam.lee@borough.gov.uk")).code == 550


# Claims


async def test_while_one_looks_at_it_the_others_leave_it(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at)
        claimed = (await at.holds.claim(held.id, by=LEAD)).held
        assert (claimed.claimed_by, claimed.state) == (LEAD, HoldState.HELD)
        await at.holds.claim(held.id, by=LEAD)
        for refused in (at.holds.claim(held.id, by=GOVERNANCE), at.holds.release(held.id, by=GOVERNANCE, why=AGREED)):
            with pytest.raises(NotPossible, match=f"{LEAD} looks at {held.id} until"):
                await refused
        at.now += CLAIM + timedelta(minutes=1)
        await at.holds.release(held.id, by=GOVERNANCE, why=AGREED)
        with pytest.raises(NotPossible, match="already released"):
            await at.holds.claim(held.id, by=LEAD)


async def test_a_claim_made_while_another_reviewers_release_is_prepared_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as at:
        held = await hold(at)

        async def meanwhile(desk: Desk, asked: HeldMessage) -> Sequence[Ruling]:
            await at.holds.claim(asked.id, by=LEAD)
            return await judged_again(desk, asked)

        queued = (await at.desk.store.counts()).queued
        monkeypatch.setattr("gateway.service.holds.judged_again", meanwhile)
        with pytest.raises(NotPossible, match=f"{LEAD} looks at {held.id} until"):
            await at.holds.release(held, by=GOVERNANCE, why=AGREED)
        assert await at.desk.store.holds(state=HoldState.RELEASED) == ()
        assert (await at.desk.store.counts()).queued == queued


async def test_a_claim_keeps_its_sender_from_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at)
        await at.settle()
        await at.holds.claim(held.id, by=LEAD)
        await at.ask(link("CANCEL", at.sent("notice")[0]))
        assert [one.id for one in await at.desk.store.holds(state=HoldState.CANCELLED)] == [held.id]


# What reviewers and senders are told


async def test_reviewers_are_told_once_of_what_waits_for_them_from_the_start(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at, SCANNER)
        assert held.waits_for == "reviewer"
        reviews = Reviews(at.desk)
        assert await reviews.send() == 1
        assert await Reviews(at.desk).send() == 0, "after a restart"
        await at.settle()
        asked = [sent for sent in at.sent("notice") if b"Please check" in sent.raw]
        assert sorted(address for sent in asked for address in sent.to) == sorted((LEAD, GOVERNANCE))
        text = words(asked[0])
        assert f"- {held.id}: from {SCANNER} to 1 person, since 10:00 on Tuesday 24 November 2026." in text
        assert "If nobody acts, it goes back at 10:00 on Wednesday 25 November 2026." in text
        assert f"gateway hold release {held.id} --reason TEXT" in text
        for secret in (b"Papers", b"notes.txt", b"As agreed"):
            assert secret not in asked[0].raw


async def test_many_in_ten_minutes_share_a_letter_and_each_queue_has_its_own(tmp_path: Path) -> None:
    privileged = ("policy.yaml", "senders: [legal@borough.gov.uk]", 'senders: ["scanner-legal@*"]')
    unattended = ("policy.yaml", 'unattended: ["scanner@*"', 'unattended: ["scanner@*", "scanner-legal@*"')
    async with office(tmp_path, policy=with_changes(privileged, unattended)) as at:
        reviews = Reviews(at.desk)
        await hold(at, SCANNER)
        assert await reviews.send() == 1
        for number in range(3):
            await hold(at, SCANNER, f"clerk{number}@familylaw-llp.co.uk")
        at.now += EVERY
        assert await reviews.send() == 0
        await hold(at, "scanner-legal@borough.gov.uk")
        at.now += EVERY
        assert await reviews.send() == 1, "another queue does not wait for this one"
        at.now += GATHER
        assert await reviews.send() == 3
        await at.settle()
        to_legal = [sent for sent in at.sent("notice") if sent.to == [HEAD_OF_LEGAL]]
        assert [b"Please check: an email to 1 person" in sent.raw for sent in to_legal] == [True]
        assert sum(b"Subject: Please check: 3 emails wait for you" in sent.raw for sent in at.sent("notice")) == 2


async def test_thousands_are_one_letter_and_hide_nothing_that_came_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.service.reviews.AT_ONCE", 4)
    unattended = ("policy.yaml", 'unattended: ["scanner@*"', 'unattended: ["scanner@*", "legal@*"')
    async with office(tmp_path, policy=with_changes(unattended)) as at:
        first = await hold(at, SCANNER)
        await fill(at, first, wire(letter(SCANNER, [CARER], "Scan", "One page.")), 9)
        await hold(at, LEGAL)
        assert await Reviews(at.desk).send() == 11
        await at.settle()
        asked = [sent for sent in at.sent("notice") if b"Subject: Please check" in sent.raw]
        assert sorted((sent.to[0], b"10 emails wait" in sent.raw) for sent in asked) == [
            (HEAD_OF_LEGAL, False),
            (GOVERNANCE, True),
            (LEAD, True),
        ]
        assert await at.desk.store.holds_unannounced() == ()


async def test_one_letter_that_cannot_be_written_keeps_no_other_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review = letters.review

    def broken(desk: Desk, those: Sequence[HeldMessage], to: Address, *outcome: str) -> letters.Letter:
        if str(to) == LEAD:
            raise ValueError("no words")
        return review(desk, those, to, *outcome)

    unattended = ("policy.yaml", 'unattended: ["scanner@*"', 'unattended: ["scanner@*", "legal@*"')
    async with office(tmp_path, policy=with_changes(unattended)) as at:
        await hold(at, SCANNER)
        await hold(at, LEGAL)
        reviews = Reviews(at.desk)
        monkeypatch.setattr(letters, "review", broken)
        assert await reviews.send() == 1
        monkeypatch.setattr(letters, "review", review)
        at.now += EVERY
        assert await reviews.send() == 1


async def test_what_waits_for_its_sender_is_not_announced(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        assert await Reviews(at.desk).send() == 0


async def test_a_queue_without_reviewers_is_announced_to_nobody_and_forgotten(tmp_path: Path) -> None:
    """Everybody who could review it sent it: the log says so once, and the queue of the others goes on."""
    async with office(tmp_path) as at:
        held = await hold(at, SCANNER)
        people = (LEAD, GOVERNANCE, *held.requesters)
        await at.desk.store.take_over(
            _taken(replace(held, id="X", message="X", requesters=people, deadline=held.deadline + timedelta(hours=1)))
        )
        assert await Reviews(at.desk).send() == 2
        await at.settle()
        assert sum(b"Please check" in sent.raw for sent in at.sent("notice")) == 2


def _taken(held: HeldMessage):  # type: ignore[no-untyped-def]
    from gateway.model.stored import TakeOver

    return TakeOver((), holds=(held,))


async def test_the_sender_is_told_of_a_release_once_and_how_to_report_it(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at)
        await at.holds.release(held.id, by=LEAD, why="a reason that is not for the sender")
        again = await at.holds.release(held.id, by=LEAD, why="again")
        assert again.repeated
        await at.settle()
        (told,) = [sent for sent in at.sent("notice") if b"Subject: Sent: your email to 1 person" in sent.raw]
        assert told.to == [JO]
        assert "A reviewer checked it and let it go." in words(told)
        assert b"not for the sender" not in told.raw and LEAD.encode() not in told.raw.replace(b"lead.contact@borough.gov.uk.", b"")
        assert (await at.ask(link("REPORT", told), "wrong person")).code == 250


async def test_systems_whose_mailbox_nobody_reads_are_told_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held = await hold(at, "noreply-revenues@borough.gov.uk")
        await at.settle()
        before = len(at.sent("notice"))
        await at.holds.release(held.id, by=LEAD, why=AGREED)
        await at.settle()
        assert len(at.sent("notice")) == before


async def test_many_let_go_together_are_one_letter_to_each_sender(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for number in range(3):
            await hold(at, JO, f"clerk{number}@familylaw-llp.co.uk")
        await hold(at, "foi@borough.gov.uk", "requester@example.org")
        given = arguments("release", "--filter", "reason=attachment.unprotected", "--reason", AGREED, "--as", LEAD)
        assert await command.bulk(at.desk, given) == 0
        await at.settle()
        told = {sent.to[0]: sent.raw for sent in at.sent("notice") if b"Subject: Sent" in sent.raw}
        assert b"Subject: Sent: 3 emails of yours that waited" in told.pop(JO)
        assert b"Subject: Sent: your email to 1 person" in told.pop("foi@borough.gov.uk")
        assert not told
        assert len(at.sent("mail")) == 4


# Passwords


async def test_a_password_is_shown_again_with_a_record_and_nowhere_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office(tmp_path) as at:
        held = await hold(at)
        with pytest.raises(NotPossible, match="No password"):
            await command.show_password(at.desk, arguments("password", held.id, "--reason", "lost", "--as", LEAD))
        await at.settle()
        await at.ask(link("PROTECT", at.sent("notice")[0]))
        await at.settle()
        with pytest.raises(NotPossible, match="does not review"):
            await command.show_password(at.desk, arguments("password", held.id, "--reason", "lost", "--as", HEAD_OF_LEGAL))
        capsys.readouterr()
        await command.show_password(at.desk, arguments("password", held.id, "--reason", "Jo lost it", "--as", LEAD))
        shown = capsys.readouterr().out.strip()
        assert shown in words(at.sent("notice")[-1])
        records = await at.desk.store.records(message=held.message)
        (asked,) = [record.entry for record in records if record.entry.event is Event.PASSWORD]
        assert (asked.actor, asked.details["why"]) == (LEAD, "Jo lost it")
        assert shown not in str(asked)
        settings = tmp_path / "settings.yaml"
        settings.write_text(f"store: sqlite:///{tmp_path}/gateway.db\nkeys: {tmp_path}/keys\n")
        for words_ in (
            ("why", held.message),
            ("why", held.message, "--words", "--json"),
            ("records", "show", held.message),
            ("records", "show", held.message, "--json"),
            ("records", "export", "--all", "--json"),
            ("hold", "show", held.id, "--json"),
        ):
            assert await asyncio.to_thread(main, [*words_, "--settings", str(settings)]) == 0
        said = capsys.readouterr().out
        assert "protected" in said and shown not in said


async def test_opening_a_message_is_for_its_reviewers_and_on_record(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        held, out = await hold(at, LEGAL), tmp_path / "held.eml"
        given = ("open", held.id, "--reason", "to decide", "--out", str(out))
        with pytest.raises(NotPossible, match="does not review"):
            await command.open_message(at.desk, arguments(*given, "--as", LEAD))
        assert not out.exists()
        assert await command.open_message(at.desk, arguments(*given, "--as", HEAD_OF_LEGAL)) == 0
        assert b"Subject: Papers" in out.read_bytes()
        assert out.stat().st_mode & 0o777 == 0o600
        with pytest.raises(command.WrongUse, match="exists already"):
            await command.open_message(at.desk, arguments(*given, "--as", HEAD_OF_LEGAL))
        records = await at.desk.store.records(message=held.message)
        assert [record.entry.actor for record in records if record.entry.event is Event.OPENED] == [HEAD_OF_LEGAL]


# Accounts


def _entry(at: Office) -> Entry:
    return Entry("", Event.ACCOUNT, at.clock(), "borough", "", ())


async def test_where_there_are_accounts_nobody_acts_without_one(tmp_path: Path) -> None:
    accounts = (
        Account("robin", LEAD, Role.REVIEWER, "borough"),
        Account("sam", "sam.okafor@merton.gov.uk", Role.REVIEWER, "merton"),
        Account("lawyer", "second.lawyer@borough.gov.uk", Role.REVIEWER, "borough", ("legal",)),
        Account("kim", "kim@borough.gov.uk", Role.AUDITOR, "borough"),
        Account("pat", "pat@borough.gov.uk", Role.ADMIN),
        Account("gone", GOVERNANCE, Role.REVIEWER, "borough", disabled=True),
    )
    async with office(tmp_path) as at:
        ordinary, legal = await hold(at), await hold(at, LEGAL)
        for account in accounts:
            await at.desk.store.put_account(account, _entry(at))
        assert await at.desk.store.accounts() == tuple(sorted(accounts, key=lambda one: one.name))
        table = {
            (ordinary.id, "robin"): "",
            (ordinary.id, LEAD): "",
            (ordinary.id, "pat"): "",
            (ordinary.id, "sam"): "does not review",
            (ordinary.id, "lawyer"): "does not review",
            (ordinary.id, "kim"): "auditor",
            (ordinary.id, "gone"): "disabled",
            (ordinary.id, GOVERNANCE): "disabled",
            (ordinary.id, "root"): "no account",
            (legal.id, "robin"): "does not review",
            (legal.id, "lawyer"): "",
            (legal.id, "pat"): "does not review",
        }
        for (id, name), words_ in table.items():
            if words_:
                with pytest.raises(NotPossible, match=words_):
                    await at.holds.claim(id, by=name)
            else:
                await at.holds.claim(id, by=name)
                at.now += CLAIM


async def test_an_account_that_cannot_be_read_opens_nothing(tmp_path: Path) -> None:
    import sqlite3

    async with office(tmp_path) as at:
        held = await hold(at)
        await at.desk.store.put_account(Account("robin", LEAD, Role.REVIEWER, "borough"), _entry(at))
        with sqlite3.connect(tmp_path / "gateway.db") as database:
            database.execute("UPDATE account SET body = substr(body, 1, 12)")
        for name in ("robin", "root"):
            with pytest.raises(NotPossible, match=r"no account|disabled"):
                await at.holds.release(held.id, by=name, why=AGREED)
