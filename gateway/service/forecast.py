"""What another policy would mean for the people who work under it: what changes, and how much would be stopped, when and whose.

Promises: counts messages where people count messages (holds a day, a sender's holds), recipients where verdicts are compared.
Holds are counted as if the policy were enforced: while it only observes, this is the question that a roll-out asks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.service.replay import UNKNOWN, Change

STOPPED = ("hold", "bounce")
# Names in a line that a person reads; the JSON has them all.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """Stopped messages, if the policy were enforced: by day ('2026-11-20'), by sender, by rule; the largest number first, days in order."""

    by_day: tuple[tuple[str, int], ...]
    by_sender: tuple[tuple[str, int], ...]
    by_rule: tuple[tuple[str, int], ...]


def summary(changes: Sequence[Change]) -> dict[str, int]:
    """How many recipients would be newly held, bounced, released, marked; how many stay as they were."""
    counted = Counter(map(_kind, changes))
    names = ("would_newly_hold", "would_newly_bounce", "would_release", "otherwise_changed", "would_newly_mark", "unchanged", UNKNOWN)
    return {name: counted[name] for name in names}


def _kind(change: Change) -> str:
    if UNKNOWN in (change.before, change.after):
        return UNKNOWN
    if not change.differs:
        return "would_newly_mark" if change.added else "unchanged"
    if change.after in STOPPED and change.before not in STOPPED:
        return f"would_newly_{change.after}"
    if change.before in STOPPED and change.after not in STOPPED:
        return "would_release"
    return "otherwise_changed"


def forecast(changes: Sequence[Change], stopping: frozenset[str]) -> Forecast:
    """`stopping` are the rules that stop anything; a rule that only marks stands in no such count."""
    stopped = [change for change in changes if change.would_be in STOPPED]
    days = Counter(day for _, day in {(change.message, f"{change.at:%Y-%m-%d}") for change in stopped if change.at})
    return Forecast(
        tuple(sorted(days.items())),
        _most((change.message, change.sender) for change in stopped),
        _most((change.message, rule) for change in stopped for rule in change.rules if rule in stopping),
    )


def _most(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, int], ...]:
    """Messages by name, each counted once for a name."""
    return tuple(Counter(name for _, name in sorted(set(pairs))).most_common())
