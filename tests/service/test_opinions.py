"""Rulings remembered are the rulings that would be made."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import Finding, Findings, Reason
from gateway.model.judgement import Verdict
from gateway.model.message import NO_MESSAGE
from gateway.policy import Policy, origin_at_word
from gateway.service import opinions
from gateway.service.judge import Judgement, Setting, rule
from gateway.service.opinions import FEW, MOST, Opinions
from tests.policy.conftest import shipped

TODAY = Setting(date(2026, 3, 2))
NOTHING = Findings()


def to(address: str) -> tuple[Recipient, ...]:
    return (Recipient(parse_mailbox(address)),)


CLERK = to("clerk@familylaw-llp.co.uk")


class Asking:
    """Opinions on the mail of one sender, and how often a ruling was really made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opinions = Opinions()
        self.made = 0
        monkeypatch.setattr(opinions, "rule", self._rule)

    def _rule(self, *asked: object, **named: object) -> Judgement:
        self.made += 1
        return rule(*asked, **named)  # type: ignore[arg-type]

    def ask(
        self, recipients: tuple[Recipient, ...] = CLERK, findings: Findings = NOTHING, policy: Policy | None = None, day: Setting = TODAY
    ) -> Judgement:
        policy = policy or shipped()
        origin = origin_at_word(policy, parse_mailbox("jo.bell@borough.gov.uk"))
        given = self.opinions.rule(policy, origin, recipients, NO_MESSAGE, findings, day)
        assert given == rule(policy, origin, recipients, NO_MESSAGE, findings, day)
        return given


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(monkeypatch)


def test_the_same_question_is_answered_once(asking: Asking) -> None:
    assert asking.ask() == asking.ask()
    assert asking.made == 1


def test_every_part_of_a_question_counts(asking: Asking) -> None:
    asking.ask()
    asking.ask(to("Clerk@familylaw-llp.co.uk"))
    asking.ask((replace(CLERK[0], options=("NOTIFY=NEVER",)),))
    asking.ask(findings=Findings(visible=("clerk@familylaw-llp.co.uk",)))
    asking.ask(findings=Findings(signed=True))
    asking.ask(day=Setting(date(2026, 3, 3)))
    asking.ask(day=replace(TODAY, assuring=frozenset({"default"})))
    assert asking.made == 7


def test_another_policy_is_asked_anew_and_the_first_one_is_forgotten(asking: Asking) -> None:
    asking.ask()
    asking.ask(policy=shipped(mode="observe"))
    asking.ask()
    assert asking.made == 3


def test_what_was_found_is_judged_each_time(asking: Asking) -> None:
    personal = Findings(items=(Finding(Reason.SUBJECT_PERSONAL, "subject", "a name like K*** T***"),))
    assert asking.ask(findings=personal).rulings[0].verdict is not Verdict.DELIVER
    asking.ask(findings=personal)
    assert asking.made == 2


def test_a_newsletter_is_not_remembered(asking: Asking) -> None:
    crowd = tuple(to(f"reader{number}@example.com")[0] for number in range(FEW + 1))
    asking.ask(crowd)
    asking.ask(crowd)
    assert asking.made == 2


def test_memory_is_bounded(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions, "MOST", 3)
    for number in range(10):
        asking.ask(to(f"reader{number}@example.com"))
        assert len(asking.opinions._known) <= 3
    assert MOST >= 1_000
