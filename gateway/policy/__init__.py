"""What a message's facts mean: policy texts -> Policy, recipients -> Destinations, findings -> Rulings, rulings -> Plan.

Promises: pure (no clock, disk, network, randomness); the same policy, message and day give the same rulings anywhere.
On failure: `PolicyErrors` with every problem's file, line, column and remedy; there is no half-loaded policy.
"""

from gateway.policy.classify import classify, origin_at_word, origin_of
from gateway.policy.decide import DEFAULT_VERBS, decide
from gateway.policy.lint import warnings
from gateway.policy.loading import load, read
from gateway.policy.lookup import lookup
from gateway.policy.policy import Policy
from gateway.policy.problems import PolicyErrors, Problem, Severity
from gateway.policy.senders import Origin

__all__ = [
    "DEFAULT_VERBS",
    "Origin",
    "Policy",
    "PolicyErrors",
    "Problem",
    "Severity",
    "classify",
    "decide",
    "load",
    "lookup",
    "origin_at_word",
    "origin_of",
    "read",
    "warnings",
]
