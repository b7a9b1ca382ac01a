"""The copies that PROTECT, SUBJECT and SEPARATE make of a held message: changed, and judged again as any message is.

Promises: a copy is made only if every one of its recipients may have it; otherwise `CannotChange` says why, and nothing is made.
"""

import asyncio
from dataclasses import dataclass, replace

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Recipient
from gateway.model.judgement import Remedy, Ruling, Tls, Verdict
from gateway.model.stored import HeldMessage
from gateway.notices.guidance import how_to_open
from gateway.notices.wording import Voice
from gateway.policy import origin_at_word
from gateway.service import edits, tell
from gateway.service.desk import Desk
from gateway.service.edits import CannotChange, Changed
from gateway.service.judge import rule
from gateway.service.judged_again import original_options
from gateway.workers import CannotLock, Locking

# All copies of a SEPARATE are made and judged in one go: as much as nesting may blow one message up to.
COPIES_BYTES = 268_435_456


@dataclass(frozen=True, slots=True)
class Copy:
    """A changed message and who gets it."""

    changed: Changed
    rulings: tuple[Ruling, ...]


async def copies(desk: Desk, held: HeldMessage, verb: Remedy, words: str, password: str) -> tuple[Copy, ...]:
    """One for all, or for SEPARATE one for each. `words` are a new subject, `password` locks the files."""
    stored = await desk.store.content(held.content)
    if stored is None:
        raise CannotChange("The email is no longer kept. Send it again.")
    recipients = tuple(Recipient(parse_mailbox(one.address), original_options(one)) for one in held.recipients)
    if verb is Remedy.SEPARATE:
        return await _one_each(desk, held, stored.raw, recipients)
    if verb is Remedy.SUBJECT:
        changed = await asyncio.to_thread(edits.with_subject, stored.raw, words)
    elif (hop := protecting_hop(desk)) is not None:
        return (await _handed_on(desk, held, stored.raw, recipients, hop),)
    else:
        changed = await _locked(desk, held, stored.raw, password)
    return (await _judged(desk, held, changed, recipients),)


async def _one_each(desk: Desk, held: HeldMessage, raw: bytes, recipients: tuple[Recipient, ...]) -> tuple[Copy, ...]:
    if len(raw) * len(recipients) > COPIES_BYTES:
        raise CannotChange("It is too large to make a copy for each person. Send the files another way, or to fewer people at a time.")
    made = []
    for one in recipients:
        changed = await asyncio.to_thread(edits.for_one, raw, one.address)
        made.append(await _judged(desk, held, changed, (one,)))
    return tuple(made)


def protecting_hop(desk: Desk) -> str | None:
    """The route whose hop protects mail itself (`protects: true`), where the settings have one: PROTECT hands the message to it."""
    return next((route.name for route in desk.settings.routes if route.protects), None)


async def _handed_on(desk: Desk, held: HeldMessage, raw: bytes, recipients: tuple[Recipient, ...], hop: str) -> Copy:
    """The message as it is for a hop that protects it; what protection does not mend still stops it."""
    mended = frozenset(because[0] for one in held.recipients for because in one.because if _mends(desk, because[0]))
    copy = await _judged(desk, held, Changed(raw), recipients, mended)
    # It goes in the clear as far as that hop: as a secure route does (contract, Settings).
    to_hop = tuple(replace(one, destination=replace(one.destination, route=hop, minimum_tls=Tls.VERIFY)) for one in copy.rulings)
    return Copy(copy.changed, to_hop)


def _mends(desk: Desk, rule_id: str) -> bool:
    rule_of_policy = desk.policy.rule(rule_id)
    return rule_of_policy is not None and Remedy.PROTECT in rule_of_policy.remedies


async def _locked(desk: Desk, held: HeldMessage, raw: bytes, password: str) -> Changed:
    move_text = any(reason.value in held.reasons for reason in edits.IN_THE_TEXT)
    whose = tell.organisation_of(desk.policy, held.organisation)
    words = how_to_open(Voice(whose, desk.policy.wording.of(whose.key)))
    locking = Locking(password, move_text, words, tell.boundary(desk.new_id()), desk.policy.one_zip)
    try:
        locked = await desk.lock(raw, locking, desk.policy.looks_for)
    except CannotLock as trouble:
        raise CannotChange(str(trouble)) from trouble
    return Changed(locked.raw, locked.files, frozenset(locked.digests))


async def _judged(
    desk: Desk, held: HeldMessage, changed: Changed, recipients: tuple[Recipient, ...], mended: frozenset[str] = frozenset()
) -> Copy:
    """What leaves is judged as any message is, but for rules `mended` elsewhere; a recipient who may still not have it stops the change."""
    if len(changed.raw) > desk.settings.limits.message_bytes:
        raise CannotChange("With its files locked the email is too large to send. Send fewer files at a time, or share them another way.")
    examined = await desk.examine(changed.raw, desk.policy.looks_for, changed.sealed)
    origin = origin_at_word(desk.policy, parse_mailbox(held.sender))
    setting = desk.setting()
    judged = rule(desk.policy, origin, recipients, examined.message, examined.findings, setting, released=mended)
    stopped = next((ruling for ruling in judged.rulings if ruling.verdict is not Verdict.DELIVER), None)
    if stopped is not None:
        raise CannotChange(next((because.says for because in stopped.because), "It may still not go like this."))
    return Copy(changed, judged.rulings)
