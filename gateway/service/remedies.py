"""What the sender of a held message can have done by mail, each exactly once: PROTECT, SUBJECT, SEPARATE, RELEASE, CANCEL, WRONG.

Promises: a changed message is judged again and leaves only if every recipient may have it; otherwise it stays held and the sender is told.
Whatever is done is durable, with the notice about it, in one transaction with the move of the hold.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Client, Envelope, Recipient
from gateway.model.judgement import Remedy, Ruling, Verdict
from gateway.model.notice import NoticeContext
from gateway.model.plan import Consignment, NoticeKind
from gateway.model.store import Event, HeldMessage, HoldMove, HoldState, QueueItem, StoredContent, TakeOver
from gateway.notices import write_notice
from gateway.policy import origin_at_word
from gateway.policy.plan import consign
from gateway.service import edits, story, tell
from gateway.service.desk import Desk
from gateway.service.edits import CannotChange, Changed
from gateway.service.holds import TRIES, addresses_of, ruling_of
from gateway.service.judge import Setting, rule
from gateway.service.judged_again import original_options
from gateway.service.passwords import new_password
from gateway.service.reviewers import asked_to_look, was_called
from gateway.service.take_over import notice_item, with_extras
from gateway.service.verbs import AFTERWARDS, VERBS, addresses

# A review has two working days (contract); time never releases.
REVIEW_DAYS = 2
# Locking a large PDF is slow in its library; longer than this and the sender is better told to ask a person.
EDIT_S = 60.0


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
# All copies of a SEPARATE are made and judged in one go: as much as nesting may blow one message up to.
COPIES_BYTES = 268_435_456


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


@dataclass(frozen=True, slots=True)
class Copy:
    """A changed message and who gets it."""

    changed: Changed
    rulings: tuple[Ruling, ...]


class Remedies:
    """Carries out wishes; an ended hold answers every further wish by doing nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def carry_out(self, held: HeldMessage, wish: Wish) -> bool:
        """Do what is wished; False when the hold had ended (somebody was first) and nothing was done."""
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
            case Remedy.WRONG:
                return await self._note_wrong(held, wish)
            case _:
                return await self._change(held, wish)

    async def _cancel(self, held: HeldMessage, wish: Wish) -> bool:
        never = tuple(replace(ruling_of(recipient), verdict=Verdict.BOUNCE) for recipient in held.recipients)
        notice = self._done(held, wish, "We did not send it, and we will not.", rulings=never)
        then = self._followed_by(held, Event.CANCELLED, wish, notice)
        return await self._move(held, HoldState.CANCELLED, wish, then)

    async def _ask_reviewer(self, asked: HeldMessage, wish: Wish) -> bool:
        """Into the reviewers' queue, with two working days to decide; URGENT pages every reviewer, once."""
        desk, urgent = self._desk, wish.verb is Remedy.URGENT
        held = await desk.store.hold(asked.id) or asked
        if held.state is not HoldState.HELD:
            return False
        if held.waits_for == "reviewer" and not (urgent and not await was_called(desk.store, held)):
            return True
        now = desk.clock()
        organisation = tell.organisation_of(desk.policy, held.organisation)
        deadline = organisation.hours.after_working_days(now, REVIEW_DAYS)
        looking = asked_to_look(organisation, held, urgent=urgent)
        said = "We have told everyone who can check it." if urgent else "Your lead contact will look at it."
        notices = [
            self._done(held, wish, said, "We tell you what they decide."),
            *(self._review(held, wish, to, deadline) for to in looking),
        ]
        then = self._followed_by(held, Event.ASKED, wish, *notices)
        move = HoldMove(
            held.id, None, now, wish.actor, wish.words, then, waits_for="reviewer", deadline=deadline, recipients=addresses_of(held)
        )
        return await self._moved(move)

    async def _note_wrong(self, held: HeldMessage, wish: Wish) -> bool:
        await self._desk.store.record(story.hold_ended(held, Event.WRONG, self._desk.clock(), wish.actor, wish.recorded))
        return True

    async def _change(self, held: HeldMessage, wish: Wish) -> bool:
        """Change, judge again, and send if every recipient may now have it."""
        password = new_password() if wish.verb is Remedy.PROTECT else ""
        try:
            copies = await self._copies(held, wish, password)
        except CannotChange as trouble:
            await self._refused(held, wish, str(trouble))
            return True
        event, state = (Event.PROTECTED, HoldState.PROTECTED) if password else (Event.RELEASED, HoldState.RELEASED)
        return await self._move(held, state, wish, await with_extras(self._desk, await self._sent(held, event, wish, copies, password)))

    async def _too_late(self, held: HeldMessage, wish: Wish) -> None:
        """The hold has ended otherwise than wished: whoever asked must not believe that it was done."""
        if held.state in (HoldState.HELD, ENDS_AS.get(wish.verb)):
            return
        words = f"We could not do it: your email was already {PAST[held.state]}."
        taken = self._followed_by(held, Event.NOTICE, wish, self._done(held, wish, words, done=False))
        await self._desk.store.take_over(taken)
        self._desk.kick()

    async def _copies(self, held: HeldMessage, wish: Wish, password: str) -> tuple[Copy, ...]:
        stored = await self._desk.store.content(held.content)
        if stored is None:
            raise CannotChange("The email is no longer kept. Send it again.")
        recipients = tuple(Recipient(parse_mailbox(one.address), original_options(one)) for one in held.recipients)
        if wish.verb is Remedy.SEPARATE:
            if len(stored.raw) * len(recipients) > COPIES_BYTES:
                raise CannotChange(
                    "It is too large to make a copy for each person. Send the files another way, or to fewer people at a time."
                )
            return tuple(
                [await self._judged(held, await asyncio.to_thread(edits.for_one, stored.raw, one.address), (one,)) for one in recipients]
            )
        changed = await self._changed(held, stored.raw, wish, password)
        return (await self._judged(held, changed, recipients),)

    async def _changed(self, held: HeldMessage, raw: bytes, wish: Wish, password: str) -> Changed:
        if wish.verb is Remedy.SUBJECT:
            return await asyncio.to_thread(edits.with_subject, raw, wish.words)
        boundary = tell.boundary(self._desk.new_id())
        work = asyncio.to_thread(edits.locked, raw, password, frozenset(held.reasons), self._desk.policy.looks_for, boundary)
        try:
            async with asyncio.timeout(EDIT_S):
                return await work
        except TimeoutError as late:
            raise CannotChange("Locking the files took too long. Ask your lead contact for help.") from late

    async def _judged(self, held: HeldMessage, changed: Changed, recipients: tuple[Recipient, ...]) -> Copy:
        """What leaves is judged as any message is; a recipient who may still not have it stops the whole change."""
        desk = self._desk
        if len(changed.raw) > desk.settings.limits.message_bytes:
            raise CannotChange(
                "With its files locked the email is too large to send. Send fewer files at a time, or share them another way."
            )
        examined = await desk.examine(changed.raw, desk.policy.looks_for)
        origin = origin_at_word(desk.policy, parse_mailbox(held.sender))
        setting = Setting.of(desk.route_settings, desk.clock())
        judged = rule(desk.policy, origin, recipients, examined.message, examined.findings, setting)
        stopped = next((ruling for ruling in judged.rulings if ruling.verdict is not Verdict.DELIVER), None)
        if stopped is not None:
            raise CannotChange(next((because.says for because in stopped.because), "It may still not go like this."))
        return Copy(changed, judged.rulings)

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
            notice = self._password(held, wish, password, files)
        else:
            notice = self._done(held, wish, "Your email is on its way.", rulings=rulings)
        taken = self._followed_by(held, event, wish, notice, details={"files": list(files), "password": password} if password else {})
        return TakeOver(taken.entries, (*contents, *taken.contents), (*queue, *taken.queue))

    def _consigned(self, held: HeldMessage, rulings: Sequence[Ruling], now: datetime) -> tuple[Consignment, ...]:
        recipients = tuple(ruling.destination.recipient for ruling in rulings)
        envelope = Envelope(held.message, Client(""), parse_mailbox(held.sender), recipients, now, held.sender_options)
        return consign(envelope, rulings, self._desk.route_settings, self._desk.new_id)

    async def _refused(self, held: HeldMessage, wish: Wish, why: str) -> None:
        """Nothing was changed: the message still waits, and the sender learns why and what else can be done."""
        taken = self._followed_by(held, Event.NOTICE, wish, self._done(held, wish, why, done=False))
        await self._desk.store.take_over(taken)
        self._desk.kick()

    def _followed_by(
        self,
        held: HeldMessage,
        event: Event,
        wish: Wish,
        *notices: tuple[StoredContent, QueueItem],
        details: dict[str, object] | None = None,
    ) -> TakeOver:
        entry = story.hold_ended(held, event, self._desk.clock(), wish.actor, wish.recorded, {"verb": wish.verb.value, **(details or {})})
        return TakeOver((entry,), tuple(content for content, _ in notices), tuple(item for _, item in notices))

    async def _move(self, held: HeldMessage, to: HoldState, wish: Wish, then: TakeOver) -> bool:
        return await self._moved(HoldMove(held.id, to, self._desk.clock(), wish.actor, wish.recorded, then, recipients=addresses_of(held)))

    async def _moved(self, move: HoldMove) -> bool:
        moved = await self._desk.store.move_hold(move)
        self._desk.kick()
        return moved is not None

    # The notices about it

    def _done(
        self, held: HeldMessage, wish: Wish, *sentences: str, done: bool = True, rulings: tuple[Ruling, ...] = ()
    ) -> tuple[StoredContent, QueueItem]:
        """`rulings` where they are no longer those of the hold: the report part says what became of each recipient."""
        gone = any(ruling.verdict is Verdict.DELIVER for ruling in rulings)
        verbs = addresses(self._desk.keys, self._desk.settings.control, AFTERWARDS if gone else VERBS - {wish.verb}, held.id)
        return self._notice(held, NoticeKind.DONE, wish.by, outcome=sentences, done=done, verbs=verbs, rulings=rulings)

    def _password(self, held: HeldMessage, wish: Wish, password: str, files: tuple[str, ...]) -> tuple[StoredContent, QueueItem]:
        verbs = addresses(self._desk.keys, self._desk.settings.control, AFTERWARDS, held.id)
        return self._notice(held, NoticeKind.PROTECTED, wish.by, password=password, files=files, verbs=verbs)

    def _review(self, held: HeldMessage, wish: Wish, to: Address, deadline: datetime) -> tuple[StoredContent, QueueItem]:
        words = (f"Release it, or return it, before {deadline:%A %d %B, %H:%M}.",)
        urgent = wish.verb is Remedy.URGENT
        return self._notice(held, NoticeKind.REVIEW, to, outcome=words, deadline=deadline, urgent=urgent)

    def _notice(
        self, held: HeldMessage, kind: NoticeKind, to: Address, rulings: tuple[Ruling, ...] = (), **more: object
    ) -> tuple[StoredContent, QueueItem]:
        desk = self._desk
        id, now = desk.new_id(), desk.clock()
        about = rulings or tuple(ruling_of(recipient) for recipient in held.recipients)
        context: NoticeContext = tell.about_hold(desk, desk.policy, held, kind, to, id, rulings=about, **more)
        return notice_item(id, write_notice(context), to, held.message, held.organisation, now)


async def for_one(raw: bytes, recipient: Recipient) -> Changed:
    return await asyncio.to_thread(edits.for_one, raw, recipient.address)
