"""A held message judged once more, by the table and the rules in force: what a release rests on.

Promises: a release sets aside exactly the rules that held the message; whatever else stops it now still stops it. The facts that the
record kept serve again only if this version of the program found them under the very policy in force; else the content is read anew.
"""

from gateway import __version__
from gateway.model.actions import NotPossible
from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.findings import Findings
from gateway.model.judgement import Ruling
from gateway.model.message import NO_MESSAGE
from gateway.model.records import Entry, Event
from gateway.model.stored import HeldMessage, HeldRecipient
from gateway.policy import origin_at_word
from gateway.service.desk import Desk
from gateway.service.judge import rule
from gateway.service.replay import findings_of
from gateway.service.reviewers import RECORDS_OF_ONE
from gateway.workers import Busy, Unavailable


async def judged_again(desk: Desk, held: HeldMessage) -> tuple[Ruling, ...]:
    """Rulings of today without the rules that held the message. Raises NotPossible when something else stops it."""
    findings = await kept_facts(desk, held) or await found_anew(desk, held)
    recipients = [Recipient(parse_mailbox(one.address), original_options(one)) for one in held.recipients]
    origin = origin_at_word(desk.policy, parse_mailbox(held.sender))
    setting = desk.setting()
    waived = frozenset(rule_id for one in held.recipients for rule_id, *_ in one.because)
    judged = rule(desk.policy, origin, recipients, NO_MESSAGE, findings, setting, released=waived)
    for ruling in judged.rulings:
        if ruling.stopped:
            says = next((because.says for because in ruling.because), ruling.destination.row)
            raise NotPossible(f"{ruling.destination.recipient.address} may not have it any more: {says} Return the message to its sender.")
    return judged.rulings


async def kept_facts(desk: Desk, held: HeldMessage) -> Findings | None:
    """What was found when the message came in, where looking again could find nothing else."""
    records = await desk.store.records(message=held.message, limit=RECORDS_OF_ONE)
    return next((findings_of(record.entry.details) for record in records if serves_again(record.entry, held, desk.policy.digest)), None)


def serves_again(entry: Entry, held: HeldMessage, policy: str) -> bool:
    """Checking is a function of content, policy and program: with all three the same it need not be done twice."""
    details = entry.details
    if entry.event is not Event.ACCEPTED or entry.policy != policy or details.get("version") != __version__:
        return False
    holds = details.get("holds")
    return isinstance(holds, list) and held.id in holds and details.get("complete") is True


async def found_anew(desk: Desk, held: HeldMessage) -> Findings:
    stored = await desk.store.content(held.content)
    if stored is None:
        raise NotPossible("Its content is no longer kept. Ask the sender to send it again.")
    try:
        return (await desk.examine(stored.raw, desk.policy.looks_for)).findings
    except (Busy, Unavailable) as trouble:  # one of many that are released together must not stop the others
        raise NotPossible(f"It cannot be read now: {trouble}. Try again in a minute.") from trouble


def original_options(recipient: HeldRecipient) -> tuple[str, ...]:
    """The client's own options: an ORCPT that we added for a rewritten address is made anew."""
    if recipient.deliver_to == recipient.address:
        return recipient.options
    return tuple(option for option in recipient.options if not option.upper().startswith("ORCPT="))
