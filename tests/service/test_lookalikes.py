"""Which names one slip away from a partner's are asked about: those that a stranger could own, and no more in a day than is polite."""

from datetime import date, timedelta

import pytest

from gateway.policy import load
from gateway.service import lookalikes
from gateway.service.lookalikes import candidates, due, variants
from gateway.service.policies import read_folder
from tests.conftest import ROOT

POLICY = load(read_folder(ROOT / "policies"))
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("name", ["hs.net", "nsh.net", "nhd.net", "nhss.net", "nh-s.net"])
def test_one_slip_of_any_kind_is_a_variant(name: str) -> None:
    assert name in variants("nhs.net")


def test_all_are_one_edit_away_and_could_be_domains() -> None:
    found = variants("familylaw-llp.co.uk")
    assert "familylaw-llp.co.uk" not in found
    assert len(found) == len(set(found)) > 800
    assert all(abs(len(name) - len("familylaw-llp.co.uk")) <= 1 for name in found)
    assert not any(label.startswith("-") or label.endswith("-") or not label for name in found for label in name.split("."))
    assert "familylawllp.co.uk" in found and "familylaw-llp-co.uk" in found


def test_below_a_suffix_that_is_not_sold_only_the_dot_can_be_forged() -> None:
    assert variants("croydon.gov.uk") == ("croydon-gov.uk", "croydongov.uk")


def test_only_the_registered_label_is_varied() -> None:
    assert "mail.parntership.org" in variants("mail.partnership.org")
    assert "mial.partnership.org" not in variants("mail.partnership.org")


def test_what_the_policy_knows_is_not_asked_about() -> None:
    asked = candidates(POLICY, "nhs.net")
    assert "nsh.net" in variants("nhs.net") and "nsh.net" not in asked
    assert "nhd.net" in asked


def test_a_large_registry_takes_turns_and_everybody_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    domains = [f"partner{number}.org.uk" for number in range(12)]
    assert due(POLICY, domains, TODAY) == set(domains)
    monkeypatch.setattr(lookalikes, "PER_DAY", 2_000)
    days = [due(POLICY, domains, TODAY + timedelta(days=day)) for day in range(5)]
    assert frozenset().union(*days) == set(domains)
    assert all(0 < len(day) < 6 for day in days)
