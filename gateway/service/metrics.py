"""Counters for Prometheus: what became of messages and recipients. No label ever holds an address.

Documented in docs/operations.md; a name once shipped keeps its meaning.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
MESSAGES = Counter("gateway_messages", "Messages by what we answered", ["answer"], registry=REGISTRY)
RECIPIENTS = Counter("gateway_recipients", "Recipients by path and verdict", ["path", "verdict"], registry=REGISTRY)
DELIVERIES = Counter("gateway_deliveries", "Recipients of queued mail by outcome", ["outcome"], registry=REGISTRY)
FALSE_ALARMS = Counter("gateway_false_alarms", "Held messages of which somebody said that the rule was wrong", ["rule"], registry=REGISTRY)
CHECK_SECONDS = Histogram(
    "gateway_check_seconds", "Time to read and check a message", buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30), registry=REGISTRY
)

# Finding the counter of some labels costs more than counting: there are few, and they stay.
messages = cache(MESSAGES.labels)
recipients = cache(RECIPIENTS.labels)


def render() -> bytes:
    return generate_latest(REGISTRY)
