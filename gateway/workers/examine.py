"""One message examined: read, then checked.

Promises: the same answer in this process and in a worker. The message comes back slim: facts, no bytes.
On failure: a check that raises is the finding `message.unchecked`; only running out of memory rises, so that the process that
met it is replaced.
"""

from time import perf_counter

from gateway.checks import run
from gateway.checks.reading import readers_of_copy
from gateway.mail import read, read_head
from gateway.model.findings import Finding, Findings, Reason
from gateway.model.frozen import frozen
from gateway.model.looking import DEFAULT_LOOKS_FOR, LooksFor
from gateway.model.message import Message, Role


@frozen
class Examined:
    """A message's facts. `message` is slim (`Message.slim`)."""

    message: Message
    findings: Findings
    seconds: float


NOTHING_SEALED: frozenset[str] = frozenset()
"""Every message but the copy that PROTECT makes: no file in it was locked by us a moment ago."""
_RAISED = "the message could not be checked to the end"


def examine_now(raw: bytes, looks_for: LooksFor = DEFAULT_LOOKS_FOR, sealed: frozenset[str] = NOTHING_SEALED) -> Examined:
    """Examine a message here and now."""
    started = perf_counter()
    return judge(read(raw), looks_for, started, sealed)


def judge(message: Message, looks_for: LooksFor, started: float, sealed: frozenset[str] = NOTHING_SEALED) -> Examined:
    """Check a message that was read."""
    try:
        findings = run(message, looks_for, readers_of_copy(sealed) if sealed else None)
    except MemoryError:
        raise
    except Exception:  # Whatever a check trips over: the message is unchecked and held, the process goes on.
        return Examined(message.slim(), unchecked(message, _RAISED), perf_counter() - started)
    return Examined(message.slim(), findings, perf_counter() - started)


def given_up(raw: bytes, words: str, seconds: float) -> Examined:
    """What is known of a message whose examination was stopped: its header, and that it is unchecked."""
    head = read_head(raw)
    return Examined(head.slim(), unchecked(head, words), seconds)


def unchecked(message: Message, words: str) -> Findings:
    """Findings of a message that nobody looked at to the end: towards insecure recipients it is held."""
    return Findings(
        items=(Finding(Reason.MESSAGE_UNCHECKED, "", words),),
        visible=tuple(dict.fromkeys(mailbox.address.lower() for mailbox in (*message.to, *message.cc) if mailbox.address)),
        signed=message.signed,
        automatic=message.automatic,
        calendar=bool(message.calendar_method) or any(part.role is Role.CALENDAR for part in message.parts),
    )
