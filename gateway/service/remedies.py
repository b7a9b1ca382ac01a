"""What the sender of a held message can have done by mail, each exactly once: PROTECT, SUBJECT, SEPARATE, RELEASE, URGENT, CANCEL, WRONG.

Promises: a changed message is judged again and leaves only if every recipient may have it; otherwise it stays held and the sender is told.
Whatever is done is durable, with the notice about it, in one transaction with the move of the hold. Nobody is told the same twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Client, Envelope
from gateway.model.judgement import Remedy, Ruling, Verdict
from gateway.model.plan import Consignment, NoticeKind
from gateway.model.records import Event
from gateway.model.stored import HeldMessage, HoldMove, HoldState, QueueItem, StoredContent, TakeOver
from gateway.policy.plan import consign
from gateway.service import changing, letters, metrics, reviewers, story, tell
from gateway.service.changing import Copy
from gateway.service.desk import Desk
from gateway.service.edits import CannotChange
from gateway.service.held import addresses_of, rulings_of
from gateway.service.letters import Letter
from gateway.service.passwords import new_password
from gateway.service.take_over import with_extras
from gateway.service.verbs import AFTERWARDS, VERBS

# Slices of a mail join its hold within a minute of each other; a third that comes while two are being handled is not real.
TRIES = 3
# A review has two working days (contract); time never releases.
REVIEW_DAYS = 2
# Verbs whose words are a reason, written to be kept.
GIVE_A_REASON = frozenset((Remedy.RELEASE, Remedy.URGENT))
# What each verb wishes for; a wish for what has happened anyway needs no answer.
ENDS_AS = {
    Remedy.PROTECT: HoldState.PROTECTED,
    Remedy.SUBJECT: HoldState.RELEASED,
    Remedy.SEPARATE: HoldState.RELEASED,
    Remedy.RELEASE: HoldState.RELEASED,
    Remedy.CANCEL: HoldState.CANCELLED,
}
PAST = {
    HoldState.RELEASED: "sent",
    HoldState.PROTECTED: "sent with locked files",
    HoldState.RETURNED: "returned to you, and not sent",
    HoldState.CANCELLED: "cancelled, and not sent",
}


# A hop of the settings protects mail itself: there is no password of ours.
HANDED_ON = "A service for secure email locks it and tells people how to open it."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks of a hold: by whom, with which words. `by` is told the result; `reviewer` is set when a reviewer asks instead."""

    verb: Remedy
    by: Address
    words: str = ""
    reviewer: str = ""

    @property
    def recorded(self) -> str:
        """What the record may keep: a reason; never a new subject or the text of a mail."""
        return self.words if self.reviewer or self.verb in GIVE_A_REASON else self.verb.value

    @property
    def actor(self) -> str:
        return self.reviewer or str(self.by)


class Remedies:
    """Carries out wishes; an ended hold answers every further wish by doing nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def carry_out(self, held: HeldMessage, wish: Wish) -> bool:
        """Do what is wished; False when the hold had ended (somebody was first) and nothing was done."""
        if wish.verb is Remedy.WRONG:
            return await self._note_wrong(held, wish)
        for _ in range(TRIES):
            if held.state is not HoldState.HELD:
                break
            if await self._once(held, wish):
                return True
            held = await self._desk.store.hold(held.id) or held
        await self._too_late(held, wish)
        return False

    async def _once(self, held: HeldMessage, wish: Wish) -> bool:
        """False when somebody was first, or another slice of the mail joined the hold meanwhile."""
        match wish.verb:
            case Remedy.CANCEL:
                return await self._cancel(held, wish)
            case Remedy.RELEASE | Remedy.URGENT:
                async with self._desk.groups.holding(f"ask {held.id}"):
                    return await self._ask_reviewer(held, wish)
            case _:
                return await self._change(held, wish)

    async def _cancel(self, held: HeldMessage, wish: Wish) -> bool:
        never = tuple(replace(ruling, verdict=Verdict.BOUNCE) for ruling in rulings_of(held))
        letter = self._done(held, wish, "We did not send it, and we will not.", rulings=never)
        return await self._move(held, HoldState.CANCELLED, wish, self._followed_by(held, Event.CANCELLED, wish, letter))

    async def _ask_reviewer(self, asked: HeldMessage, wish: Wish) -> bool:
        """Into the reviewers' queue, with two working days to decide; URGENT pages every reviewer, once."""
        desk, urgent = self._desk, wish.verb is Remedy.URGENT
        held = await desk.store.hold(asked.id) or asked
        if held.state is not HoldState.HELD:
            return False
        if held.waits_for == "reviewer" and not (urgent and not await reviewers.was_called(desk.store, held)):
            return True
        now = desk.clock()
        deadline = tell.organisation_of(desk.policy, held.organisation).hours.after_working_days(now, REVIEW_DAYS)
        looking = reviewers.asked_to_look(desk.policy, held, everybody=urgent)
        answer = self._done(held, wish, *who_looks(looking, urgent=urgent))
        asking = [letters.review(desk, (held,), to, deadline=deadline, urgent=urgent) for to in looking]
        then = self._followed_by(held, Event.ASKED, wish, answer, *asking)
        move = HoldMove(
            held.id, None, now, wish.actor, wish.words, then, waits_for="reviewer", deadline=deadline, recipients=addresses_of(held)
        )
        return await self._moved(move)

    async def _note_wrong(self, held: HeldMessage, wish: Wish) -> bool:
        """Counted once for each hold, whatever has become of it; nothing is sent for it, and nothing ends."""
        async with self._desk.groups.holding(f"ask {held.id}"):
            if not await self.was_said(held, Event.WRONG, wish):
                still = ("Your email still waits.",) if held.state is HoldState.HELD else ()
                letter = self._done(held, wish, "Thank you. We have counted it as a false alarm.", *still)
                await self._take(self._followed_by(held, Event.WRONG, wish, letter))
                for rule in story.rules_of(held):
                    metrics.FALSE_ALARMS.labels(rule).inc()
        return True

    async def _change(self, held: HeldMessage, wish: Wish) -> bool:
        """Change, judge again, and send if every recipient may now have it."""
        protects = wish.verb is Remedy.PROTECT
        password = new_password() if protects and changing.protecting_hop(self._desk) is None else ""
        try:
            copies = await changing.copies(self._desk, held, wish.verb, wish.words, password)
        except CannotChange as trouble:
            letter = self._done(held, wish, str(trouble), done=False)
            await self._take(self._followed_by(held, Event.NOTICE, wish, letter, details={"refused": True}))
            return True
        event, state = (Event.PROTECTED, HoldState.PROTECTED) if protects else (Event.RELEASED, HoldState.RELEASED)
        return await self._move(held, state, wish, await with_extras(self._desk, await self._sent(held, event, wish, copies, password)))

    async def _too_late(self, held: HeldMessage, wish: Wish) -> None:
        """The hold has ended otherwise than wished: whoever asked must not believe that it was done. Said once."""
        if held.state in (HoldState.HELD, ENDS_AS.get(wish.verb)):
            return
        async with self._desk.groups.holding(f"ask {held.id}"):
            if not await self.was_said(held, Event.NOTICE, wish, late=True):
                letter = self._done(held, wish, f"We could not do it: your email was already {PAST[held.state]}.", done=False)
                await self._take(self._followed_by(held, Event.NOTICE, wish, letter, details={"late": True}))

    async def was_said(self, held: HeldMessage, event: Event, wish: Wish, **details: object) -> bool:
        """The record says that this was answered already: `late`, or `refused` because it could not be done."""
        wanted = {"hold": held.id, "verb": wish.verb.value, **details}
        records = await self._desk.store.records(message=held.message, limit=reviewers.RECORDS_OF_ONE)
        entries = (record.entry for record in records if record.entry.event is event)
        return any(wanted.items() <= entry.details.items() for entry in entries if all(name in entry.details for name in wanted))

    async def _sent(self, held: HeldMessage, event: Event, wish: Wish, copies: Sequence[Copy], password: str) -> TakeOver:
        """Contents, consignments, the record and the notice about it."""
        now = self._desk.clock()
        stored = await self._desk.store.content(held.content)
        prefix, by_bdat = (stored.prefix, stored.by_bdat) if stored is not None else (b"", False)
        contents, queue = [], []
        for copy in copies:
            content = StoredContent(self._desk.new_id(), copy.changed.raw, prefix, by_bdat)
            contents.append(content)
            queue += [
                QueueItem(consignment, held.message, held.organisation, content.id, 0, now, now)
                for consignment in self._consigned(held, copy.rulings, now)
            ]
        files = copies[0].changed.files
        rulings = tuple(ruling for copy in copies for ruling in copy.rulings)
        if password:
            letter = self._password(held, wish, password, files)
        else:
            handed_on = (HANDED_ON,) if wish.verb is Remedy.PROTECT else ()
            letter = self._done(held, wish, "Your email is on its way.", *handed_on, rulings=rulings)
        taken = self._followed_by(held, event, wish, letter, details=self._how(wish, password, files))
        return TakeOver(taken.entries, (*contents, *taken.contents), (*queue, *taken.queue))

    def _how(self, wish: Wish, password: str, files: tuple[str, ...]) -> dict[str, object]:
        """How it was protected, for the record: by our lock, or by the hop that it was handed to."""
        if password:
            return {"files": list(files), "password": password}
        return {"handed_to": changing.protecting_hop(self._desk)} if wish.verb is Remedy.PROTECT else {}

    def _consigned(self, held: HeldMessage, rulings: Sequence[Ruling], now: datetime) -> tuple[Consignment, ...]:
        recipients = tuple(ruling.destination.recipient for ruling in rulings)
        envelope = Envelope(held.message, Client(""), parse_mailbox(held.sender), recipients, now, held.sender_options)
        return consign(envelope, rulings, self._desk.ways, self._desk.new_id)

    def _followed_by(
        self, held: HeldMessage, event: Event, wish: Wish, *following: Letter, details: dict[str, object] | None = None
    ) -> TakeOver:
        entry = story.hold_ended(held, event, self._desk.clock(), wish.actor, wish.recorded, {"verb": wish.verb.value, **(details or {})})
        return letters.with_letters(TakeOver((entry,)), following)

    async def _take(self, taken: TakeOver) -> None:
        await self._desk.store.take_over(taken)
        self._desk.kick()

    async def _move(self, held: HeldMessage, to: HoldState, wish: Wish, then: TakeOver) -> bool:
        now, theirs = self._desk.clock(), addresses_of(held)
        move = HoldMove(held.id, to, now, wish.actor, wish.recorded, then, recipients=theirs, heeds_claims=bool(wish.reviewer))
        return await self._moved(move)

    async def _moved(self, move: HoldMove) -> bool:
        moved = await self._desk.store.move_hold(move)
        self._desk.kick()
        return moved is not None

    # The letters about it

    def _done(self, held: HeldMessage, wish: Wish, *sentences: str, done: bool = True, rulings: tuple[Ruling, ...] = ()) -> Letter:
        became = rulings or rulings_of(held)
        if any(ruling.verdict is Verdict.DELIVER for ruling in became):
            left = AFTERWARDS
        else:
            left = VERBS - {wish.verb} if any(ruling.verdict is Verdict.HOLD for ruling in became) else frozenset()
        verbs = letters.links(self._desk, held, left)
        return letters.about(self._desk, held, NoticeKind.DONE, wish.by, became, outcome=sentences, done=done, verbs=verbs)

    def _password(self, held: HeldMessage, wish: Wish, password: str, files: tuple[str, ...]) -> Letter:
        verbs = letters.links(self._desk, held, AFTERWARDS)
        return letters.about(self._desk, held, NoticeKind.PROTECTED, wish.by, password=password, files=files, verbs=verbs)


def who_looks(looking: Sequence[Address], *, urgent: bool) -> tuple[str, ...]:
    """What the sender is told about who will look at it."""
    if not looking:
        return ("Nobody but you can check it. Ask IT who can help.",)
    return ("We have told everyone who can check it." if urgent else "A reviewer will look at it.", "We tell you what they decide.")
