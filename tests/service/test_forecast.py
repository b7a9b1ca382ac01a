"""What another policy would mean: counted by recipient, and by message for each day, sender and rule."""

from datetime import UTC, datetime

from gateway.service.forecast import forecast, summary
from gateway.service.replay import UNKNOWN, Change

STOPPING = frozenset({"a", "b"})


def change(
    message: str = "m", *, would_be: str = "hold", sender: str = "jo@borough.gov.uk", day: int = 20, rules: tuple[str, ...] = ("a",)
) -> Change:
    return Change(
        message, "x@y.example", "deliver", "deliver", sender=sender, at=datetime(2026, 11, day, tzinfo=UTC), would_be=would_be, rules=rules
    )


def kinds(*pairs: tuple[str, str]) -> dict[str, int]:
    counted = summary([Change("m", "x@y.example", before, after) for before, after in pairs])
    return {name: number for name, number in counted.items() if number}


def test_each_recipient_is_counted_once() -> None:
    assert kinds(
        ("deliver", "hold"), ("protect", "bounce"), ("hold", "deliver"), ("hold", "bounce"), ("hold", "hold"), ("hold", UNKNOWN)
    ) == {
        "would_newly_hold": 1,
        "would_newly_bounce": 1,
        "would_release": 1,
        "otherwise_changed": 1,
        "unchanged": 1,
        UNKNOWN: 1,
    }
    assert summary([Change("m", "x@y.example", "deliver", "deliver", added=("marked",))])["would_newly_mark"] == 1


def test_messages_are_counted_by_day_sender_and_rule_as_if_the_policy_were_enforced() -> None:
    changes = [
        change("1"),
        change("1", rules=("a", "b", "only-marks")),
        change("2", day=21, sender="sam@borough.gov.uk"),
        change("3", day=21, rules=("b",)),
        change("4", would_be="deliver"),
    ]
    ahead = forecast(changes, STOPPING)
    assert ahead.by_day == (("2026-11-20", 1), ("2026-11-21", 2))
    assert ahead.by_sender == (("jo@borough.gov.uk", 2), ("sam@borough.gov.uk", 1))
    assert dict(ahead.by_rule) == {"a": 2, "b": 2}


def test_nothing_is_forecast_of_nothing() -> None:
    assert forecast([], STOPPING).by_day == ()
    assert not any(summary([]).values())
