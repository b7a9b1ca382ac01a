"""The hold queue: found by filters, done in bulk, reminded once, never released by whoever sent it."""

import argparse
import time
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli import hold as command
from gateway.model.actions import NotPossible, Outcome
from gateway.model.store import StoreUnavailable
from gateway.model.stored import HeldMessage, HoldMove, HoldState
from gateway.service.people import Actor
from gateway.service.reminders import BEFORE, Reminders
from gateway.service.selecting import Selection, chosen, in_bulk, selection
from tests.files import docx
from tests.harness import letter, wire
from tests.service.office import Office, link, office, words
from tests.service.queued import fill

JO = "jo.bell@borough.gov.uk"
FOI = "foi@borough.gov.uk"
CARER = "rita.k1964@gmail.com"


def papers(sender: str, to: str):  # type: ignore[no-untyped-def]
    message = letter(sender, [to], "Papers", "As agreed.")
    message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename="plan.docx")
    return message


async def hold(at: Office, sender: str = JO, to: str = CARER) -> None:
    assert (await at.send(sender, [to], papers(sender, to))).ok


async def test_holds_are_found_by_sender_recipient_reason_group_and_organisation(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        await hold(at, FOI, "requester@example.org")
        both = await at.desk.store.holds()
        policy = at.desk.policy
        table = {
            Selection(sender="foi@"): [FOI],
            Selection(sender="BOROUGH.gov.uk"): [JO, FOI],
            Selection(recipient="gmail.com"): [JO],
            Selection(reason="attachment.unprotected"): [JO, FOI],
            Selection(reason="attachment"): [],
            Selection(group="practitioners"): [JO, FOI],
            Selection(group="systems"): [],
            Selection(organisation="borough", sender="foi@"): [FOI],
            Selection(organisation="merton"): [],
        }
        for wanted, senders in table.items():
            assert [held.sender for held in chosen(both, wanted, policy)] == senders, wanted


@pytest.mark.parametrize("word", ["sender", "sender=", "subject=x", "=x", ""])
def test_a_filter_that_says_nothing_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is no filter"):
        selection([word])


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    return parser.parse_args(["hold", *given])


async def test_a_preview_changes_nothing_and_bulk_release_sends_each_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office(tmp_path) as at:
        for number in range(3):
            await hold(at, FOI, f"requester{number}@example.org")
        await hold(at)
        given = ("release", "--filter", "sender=foi@", "--reason", "public", "--as", "robin")
        assert await command.bulk(at.desk, arguments(*given, "--preview")) == 0
        assert capsys.readouterr().out.count("requester") == 3
        assert len(await at.desk.store.holds()) == 4
        assert await command.bulk(at.desk, arguments(*given)) == 0
        await at.settle()
        assert [held.sender for held in await at.desk.store.holds()] == [JO]
        assert len(at.sent("mail")) == 3
        assert await command.bulk(at.desk, arguments(*given)) == 0
        await at.settle()
        assert len(at.sent("mail")) == 3


async def test_of_many_each_is_told_apart_where_the_store_fails_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as at:
        for number in range(3):
            await hold(at, FOI, f"requester{number}@example.org")
        holds = await at.desk.store.holds()
        move_hold = at.desk.store.move_hold

        async def full(move: HoldMove) -> HeldMessage | None:
            if move.hold == holds[1].id:
                raise StoreUnavailable("disk full")
            return await move_hold(move)

        monkeypatch.setattr(at.desk.store, "move_hold", full)
        results = await in_bulk(holds, lambda held: at.holds.release(held, by="robin", why="public"))
        assert [isinstance(result, Outcome) for _, result in results] == [True, False, True]
        assert "Nothing was changed" in str(results[1][1])
        assert [held.id for held in await at.desk.store.holds()] == [holds[1].id]


async def test_bulk_without_a_filter_or_with_an_id_too_is_wrong_use(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for given in (("release",), ("release", "1H7QX-2M9KD-W4TRB", "--filter", "sender=x"), ("return", "--filter", "x=y")):
            with pytest.raises(command.WrongUse):
                await command.bulk(at.desk, arguments(*given, "--reason", "because"))


@pytest.mark.parametrize("name", [JO, "Jo.Bell", " jo.bell "])
async def test_nobody_releases_their_own_email(tmp_path: Path, name: str) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        (held,) = await at.desk.store.holds()
        with pytest.raises(NotPossible, match="another person"):
            await at.holds.release(held.id, by=name, why="I say so")
        await at.holds.release(held.id, by="robin.hale", why="agreed")
        await at.settle()
        assert len(at.sent("mail")) == 1


async def test_the_sender_is_reminded_once_before_the_time_is_over(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        await at.settle()
        (held,) = await at.desk.store.holds()
        reminders = Reminders(at.desk)
        assert await reminders.send() == 0
        at.now = held.deadline - BEFORE + timedelta(minutes=2)
        assert await reminders.send() == 1
        at.now += timedelta(minutes=5)
        assert await reminders.send() == 0
        assert await Reminders(at.desk).send() == 0  # after a restart
        await at.settle()
        notice = at.sent("notice")[-1]
        assert b"Subject: Still waiting: your email to 1 person" in notice.raw
        assert "it comes back to you" in words(notice)
        await at.ask(link("PROTECT", notice))
        assert await at.desk.store.holds() == ()


async def test_of_what_waits_for_reviewers_they_are_reminded_once_and_not_the_sender(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await hold(at)
        await at.settle()
        await hold(at, FOI)
        await at.settle()
        for notice in at.sent("notice"):
            await at.ask(link("RELEASE", notice), "They have consent.", sender=notice.to[0])
        await at.settle()
        before = len(at.sent("notice"))
        held = (await at.desk.store.holds())[0]
        at.now = held.deadline - timedelta(minutes=5)
        assert await Reminders(at.desk).send() == 2
        assert await Reminders(at.desk).send() == 0  # after a restart
        await at.settle()
        reminders = at.sent("notice")[before:]
        assert {sent.to[0] for sent in reminders} == {"lead.contact@borough.gov.uk", "information.governance@borough.gov.uk"}
        assert all(b"Subject: Please check: 2 emails wait for you" in sent.raw for sent in reminders)


async def test_a_thousand_holds_are_listed_searched_and_released_within_a_second_each(tmp_path: Path) -> None:
    """Text mail, as a mistake in a mailing makes it; measured on two cores, with room for a busy machine."""
    async with office(tmp_path) as at:
        await hold(at)
        await hold(at, FOI, "requester@example.org")
        (one,) = chosen(await at.desk.store.holds(), selection(["sender=foi@"]), at.desk.policy)
        await fill(at, one, wire(papers(FOI, "requester@example.org")), 999)
        started = time.process_time()
        holds = await at.desk.store.holds(limit=10_000)
        found = chosen(holds, selection(["sender=foi@", "reason=attachment.unprotected", "group=practitioners"]), at.desk.policy)
        listed = time.process_time() - started
        assert (len(holds), len(found)) == (1001, 1000)
        started = time.process_time()
        who = Actor("robin")
        results = await in_bulk(found, lambda held: at.holds.release(held, by=who, why="public", tell=False))
        await at.holds.tell_released([result.held for _, result in results if isinstance(result, Outcome)])
        released = time.process_time() - started
        assert not [result for _, result in results if isinstance(result, NotPossible)]
        assert len(await at.desk.store.holds(state=HoldState.RELEASED, limit=10_000)) == 1000
        print(f"listed and searched in {listed:.2f} s, released in {released:.2f} s of CPU")
        assert listed < 1.0
        assert released < 3.0
