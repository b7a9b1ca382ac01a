"""The shipped policy, under each table and rule set, and small helpers to ask it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import Attachment, Finding, Findings, Protection, Reason, State
from gateway.model.judgement import Destination
from gateway.policy import Policy, classify, load, origin_at_word

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@cache
def shipped_files() -> dict[str, str]:
    return {path.relative_to(POLICIES).as_posix(): path.read_text() for path in POLICIES.rglob("*") if path.is_file()}


@cache
def shipped(table: str = "annex4-2009", rules: str = "strict", mode: str = "enforce") -> Policy:
    return load(shipped_files(), table=table, rules=rules, mode=mode)


@pytest.fixture
def policy() -> Policy:
    return shipped()


@pytest.fixture
def files() -> dict[str, str]:
    """A copy of the shipped files, to change."""
    return dict(shipped_files())


def recipient(address: str) -> Recipient:
    return Recipient(parse_mailbox(address))


def place(policy: Policy, sender: str, to: str) -> Destination:
    """Where one recipient is, for a sender taken at its word."""
    (destination,) = classify(policy, origin_at_word(policy, parse_mailbox(sender)), [recipient(to)])
    return destination


def finding(reason: Reason, where: str = "body", **more: object) -> Finding:
    return Finding(reason, where, "something was found", **more)  # type: ignore[arg-type]


def attachment(state: State, where: str = "2", name: str = "plan.docx", kind: str = "docx", sha256: str = "0" * 64) -> Attachment:
    bits = 256 if state is State.STRONG else None
    return Attachment(where, name, kind, "application/octet-stream", Protection(state, None, bits), 1000, sha256)


Asked = Callable[..., Findings]
