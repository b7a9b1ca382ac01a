"""Senders whose mail is stopped, or would be, so often that nobody can look at it: billing systems, newsletters.

Asked by `gateway check`, so that they are settled before anything is enforced: a council tax run of 14,000 holds makes the
hold queue unusable for everybody (walk 11).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from gateway.model.records import Entry, Event
from gateway.model.store import Store
from gateway.policy.problems import Problem, Severity

# What one reviewer can look at in a working week beside other duties: twenty a day.
STOPS = 100
DAYS = 7
RECORDS = 100_000
_FIRST = frozenset({Event.INTENT, Event.ACCEPTED, Event.REFUSED})


def loud(entries: Iterable[Entry]) -> tuple[tuple[str, int], ...]:
    """(sender, messages stopped or to be stopped), the most first; only those that nobody could look at."""
    counts = Counter(entry.sender for entry in entries if entry.event in _FIRST and entry.reasons and entry.sender)
    return tuple((sender, count) for sender, count in counts.most_common() if count >= STOPS)


async def loud_senders(store: Store, now: datetime) -> tuple[Problem, ...]:
    """A warning for each loud sender of the last days."""
    kept = await store.records(since=now - timedelta(days=DAYS), limit=RECORDS)
    return tuple(_warning(sender, count) for sender, count in loud(record.entry for record in kept))


def _warning(sender: str, count: int) -> Problem:
    words = f"{sender} had {count:,} messages in the last {DAYS} days that are stopped, or would be when enforced"
    remedy = "Settle first what it may send: a sender group and a rule of its own (docs/roll-out.md)."
    return Problem("policy.yaml", 1, 1, words, remedy, Severity.WARNING, "sender.loud")


def has_store(url: str) -> bool:
    """Whether there are records to look at; asking must not create a database."""
    scheme, _, path = url.partition(":///")
    return scheme != "sqlite" or Path(path).exists()
