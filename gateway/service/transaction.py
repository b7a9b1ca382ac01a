"""The life of one message, top to bottom, from MAIL to our reply.

Promises: 250 only after the next hop took the message, or after everything that is to happen is durable. What is sent is what was judged.
A message is judged by the policy that was in force at MAIL.
On failure: an exception rises to the listener, which answers 451; the council's server keeps the mail.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.model.address import Address
from gateway.model.envelope import Client, Envelope, Recipient
from gateway.model.findings import Findings
from gateway.model.judgement import Destination, Extras, Verdict
from gateway.model.message import NO_MESSAGE, Message
from gateway.model.plan import Answer, Plan
from gateway.model.smtp import Capabilities, Content, HopTransaction, OutcomeUnknown, Reply, Unreachable
from gateway.model.store import StoreUnavailable
from gateway.model.stored import JournalKey, TakeOver
from gateway.notices import replies
from gateway.policy import Origin, origin_at_word, origin_of
from gateway.policy.plan import Circumstances, make_plan
from gateway.service import control, extras, journal, metrics, receipts, rounds, story
from gateway.service.desk import Desk
from gateway.service.judge import Judgement, may_be_neutral, rule
from gateway.service.live import Live
from gateway.service.neutral import neutral
from gateway.service.take_over import take_over
from gateway.service.tell import originators, who_may_be_told
from gateway.service.under_way import Turn
from gateway.service.verbs import Asked, Mailbox, ReceiptFor
from gateway.smtp.trace import received_line
from gateway.smtp.wire import content_of

log = structlog.get_logger()

# At RCPT nothing of the message is known yet: the recipient is judged by its envelope alone.
NOTHING_YET = Findings()
NO_COPIES: Mapping[Extras, bytes] = {}


class MailTransaction:
    """One mail transaction with one client (the `Transaction` that the listener talks to)."""

    def __init__(self, desk: Desk, client: Client, sender: Address | None, options: tuple[str, ...]) -> None:
        self._desk = desk
        self._policy = desk.policy
        self._client = client
        self._sender = sender
        self._options = options
        self._id = desk.new_id()
        self._accepted: list[Recipient] = []
        self._classified: list[Destination] = []
        self._asked: Asked | Mailbox | ReceiptFor | None = None
        self._live = Live(desk, client, sender, options, self._id)
        # Who wrote the message is known only with its header; until then the envelope sender is taken at its word.
        self._guess = origin_at_word(self._policy, sender)
        self._setting = desk.setting()
        self._judgement: Judgement | None = None
        self._doubt: journal.Doubt | None = None
        self._doubtful: journal.Doubt | None = None
        self._turn: Turn | None = None

    async def recipient(self, recipient: Recipient) -> Reply:
        if recipient.address.domain_key == self._desk.settings.control or self._asked is not None:
            return self._ask(recipient)
        guess = self._desk.opinions.rule(self._policy, self._guess, (recipient,), NO_MESSAGE, NOTHING_YET, self._setting)
        reply = await self._live.offer(guess.rulings[0])
        if reply.ok:
            self._accepted.append(recipient)
            self._classified += guess.destinations
        return reply

    def _ask(self, recipient: Recipient) -> Reply:
        """A control address stands alone in its transaction: what it asks for has one outcome and one reply."""
        if self._accepted or self._asked is not None:
            return replies.wish_alone()
        self._asked = control.addressed(self._desk.keys, recipient.address)
        return replies.recipient_ok() if self._asked is not None else control.refusal(recipient.address)

    async def content(self, content: Content) -> Reply:
        if self._asked is not None:
            return await control.carry_out(self._desk, self._policy, self._client, self._sender, self._asked, content)
        envelope = Envelope(self._id, self._client, self._sender, tuple(self._accepted), self._desk.clock(), self._options)
        try:
            reply = await self._carry(envelope, content)
        except StoreUnavailable:
            log.error("store_unavailable", id=self._id)
            return replies.store_unavailable()
        finally:
            await self._live.reset()
            if self._turn is not None:
                self._desk.under_way.replied(self._turn)
        self._doubtful = self._doubt if reply.ok else None
        if reply.ok and self._judgement is not None:
            self._desk.acquaintances.remember(self._judgement)
        return reply

    async def _carry(self, envelope: Envelope, received: Content) -> Reply:
        content = received
        examined = await self._desk.examine(content.raw, self._policy.looks_for)
        message = examined.message
        if self._goes_round(message):
            return replies.too_many_hops()
        authors = tuple(author.address for author in message.authors)
        organisation = self._client.organisation_by(originators(message))
        origin = origin_of(self._policy, self._sender, authors, message.from_fields, organisation)
        # The guess of the envelope is right for nearly all mail, and who its recipients are does not depend on what is in it.
        classified = self._classified if origin == self._guess else ()
        judgement = self._desk.opinions.rule(
            self._policy, origin, envelope.recipients, message, examined.findings, self._setting, classified=classified
        )
        if may_be_neutral(judgement):
            content, judgement = await self._neutral(origin, envelope, content, judgement)
        copies = NO_COPIES
        if any(ruling.extras.any for ruling in judgement.rulings):
            judgement, copies = await self._extras(envelope, origin, content, judgement)
        self._judgement = judgement = await self._desk.acquaintances.noted(self._desk.store, judgement)
        plan = self._plan(envelope, judgement, message)
        count(plan, examined.seconds)
        log.info("judged", id=self._id, answer=plan.answer.value, verdicts=[ruling.verdict.word for ruling in plan.rulings])
        if plan.answer is Answer.REFUSE:
            return await self._refuse(plan, judgement)
        prefix = self._trace(plan)
        self._doubt = await journal.Doubt.about(self._desk.keys, plan, message, received.raw)
        if self._doubt is not None:
            self._turn = await self._desk.under_way.enter(*self._doubt.likeness)
        served = await journal.served_before(self._desk.store, self._doubt, envelope.received_at)
        if served:
            return await self._answer_again(plan, judgement, served, prefix, content, copies)
        if plan.answer is Answer.PASS_THROUGH and not copies:
            hop = self._live.carrying(plan.consignments[0], self._desk.ways.of(plan.rulings[0].destination))
            if hop is not None:
                return await self._pass_through(plan, judgement, hop, prefix, content)
        # The envelope's way is not the judged one (or there are several): give up what is open and own the message.
        return await self._own(plan, judgement, prefix, content, copies)

    async def _neutral(self, origin: Origin, envelope: Envelope, content: Content, judgement: Judgement) -> tuple[Content, Judgement]:
        """An automatic reply that would be stopped for the words it repeats: without them, if that is enough."""
        changed = neutral(content.raw)
        if changed is None:
            return content, judgement
        examined = await self._desk.examine(changed, self._policy.looks_for)
        again = rule(self._policy, origin, envelope.recipients, examined.message, examined.findings, self._setting)
        if again.is_stopped:
            return content, judgement
        log.info("made_neutral", id=self._id)
        return content_of(changed, by_bdat=content.by_bdat), replace(again, neutral=True)

    async def _extras(
        self, envelope: Envelope, origin: Origin, content: Content, judgement: Judgement
    ) -> tuple[Judgement, Mapping[Extras, bytes]]:
        """Copies for those whose rule asks for a mark or a confirmation. Each is judged again; one that might not go is not made."""
        copies: dict[Extras, bytes] = {}
        for asked in extras.wanted(judgement.rulings):
            confirm = receipts.confirm_to(self._desk, envelope.sender, self._id)
            changed = await asyncio.to_thread(extras.added, content.raw, asked, confirm)
            if changed is None:
                continue
            examined = await self._desk.examine(changed, self._policy.looks_for)
            recipients = extras.recipients(judgement.rulings, asked)
            if not rule(self._policy, origin, recipients, examined.message, examined.findings, self._setting).is_stopped:
                copies[asked] = changed
        return extras.settled(judgement, copies, envelope.sender), copies

    async def _own(
        self,
        plan: Plan,
        judgement: Judgement,
        prefix: bytes,
        content: Content,
        copies: Mapping[Extras, bytes] = NO_COPIES,
        answered: tuple[JournalKey, ...] = (),
    ) -> Reply:
        """Everything durable in one transaction, then 250; the courier does the rest."""
        await self._live.reset()
        await take_over(self._desk, self._policy, plan, judgement, prefix, content, copies, self._doubt, answered)
        self._desk.kick()
        if plan.holds and all(ruling.verdict is Verdict.PROTECT for ruling in plan.holds[0].rulings):
            # `[secure]` in the subject: done once this is answered, and again after a crash, for it waits as a hold.
            self._desk.to_protect.put_nowait(plan.holds[0].id)
        return replies.taken_over(self._id)

    async def _answer_again(
        self,
        plan: Plan,
        judgement: Judgement,
        served: tuple[JournalKey, ...],
        prefix: bytes,
        content: Content,
        copies: Mapping[Extras, bytes],
    ) -> Reply:
        """A resubmission after a lost reply: those served before get no second copy. It is answered so once, as soon as that is durable."""
        rest = journal.unserved(plan, served)
        log.info("answered_from_journal", id=self._id, served=len(served), left=len(rest.rulings))
        if rest.rulings:
            return await self._own(rest, judgement, prefix, content, copies, served)
        reply = replies.already_accepted(self._id)
        entry = story.result(plan, judgement, self._desk.clock(), reply, "served before", self._doubt)
        await self._desk.store.take_over(TakeOver((entry,), answered=served))
        return reply

    def _plan(self, envelope: Envelope, judgement: Judgement, message: Message) -> Plan:
        settings = self._desk.settings
        circumstances = Circumstances(
            policy=judgement.policy,
            may_be_told=who_may_be_told(self._policy, judgement.origin, message),
            own=judgement.origin.own,
            now=envelope.received_at,
            hold_s=settings.limits.hold_s,
            ways=self._desk.ways,
            marked=is_marked(message),
            bounce_in_session=settings.bounce_in_session or self._policy.bounce_in_session,
        )
        return make_plan(envelope, judgement.rulings, circumstances, self._desk.new_id)

    def _trace(self, plan: Plan) -> bytes:
        # A single recipient may be named (RFC 5321 4.4). Not one of several, which would leak a Bcc; nor one of a held message, whose
        # later slices bring others.
        envelope = plan.envelope
        only = envelope.recipients[0].address if len(envelope.recipients) == 1 and not plan.holds else None
        seal = rounds.seal(self._desk.keys, self._id)
        return received_line(self._client, self._desk.settings.hostname, self._id, envelope.received_at, only, seal)

    def _goes_round(self, message: Message) -> bool:
        if message.received_count > self._desk.settings.limits.received_hops:
            return True
        # Fewer fields than that cannot hold so many of ours.
        if message.received_count < rounds.ROUNDS:
            return False
        return rounds.rounds(self._desk.keys, message.headers("received")) >= rounds.ROUNDS

    async def _refuse(self, plan: Plan, judgement: Judgement) -> Reply:
        await self._desk.store.record(story.refused(plan, judgement, self._desk.clock()))
        return refusal(plan, judgement.origin.own, is_marked(judgement.message))

    async def _pass_through(self, plan: Plan, judgement: Judgement, hop: HopTransaction, prefix: bytes, content: Content) -> Reply:
        """INTENT durable, then content leaves, then the next hop's reply, then ours; RESULT in the next group commit."""
        store = self._desk.store
        await store.intend(story.intent(plan, judgement, self._desk.clock()))
        reply, outcome = await self._send(hop, plan, prefix, content)
        store.conclude(story.result(plan, judgement, self._desk.clock(), reply, outcome, self._doubt))
        return reply

    async def _send(self, hop: HopTransaction, plan: Plan, prefix: bytes, content: Content) -> tuple[Reply, str]:
        """Hand the message on; the reply for our client and, for the record, what became of it.

        A next hop that went away before content left (it closes idle connections sooner than a client may upload) is opened again.
        """
        # A next hop may take as long as it likes: large content leaves from its file, and the memory is for the next message.
        content.let_go()
        reopened: HopTransaction | None = hop
        for _ in range(2):
            if reopened is None:
                return replies.next_hop_changed_its_mind(), "not sent"
            try:
                reply = await reopened.content(prefix, content)
            except Unreachable:
                reopened = await self._live.reopen(plan.consignments[0])
            except OutcomeUnknown:
                return replies.outcome_unknown(), "unknown"
            else:
                return reply, "delivered" if reply.ok else "refused by the next hop"
        return replies.next_hop_down(), "not sent"

    async def answered(self, delivered: bool) -> None:
        """Our positive reply may be lost: a resubmission will then be answered without a second copy."""
        if self._doubtful is not None and not delivered:
            await journal.arm(self._desk.store, self._doubtful.keys, self._desk.clock())
        if self._turn is not None:
            self._desk.under_way.leave(self._turn)

    async def abandon(self) -> None:
        await self._live.reset()


def count(plan: Plan, seconds: float) -> None:
    metrics.messages(plan.answer.value).inc()
    metrics.CHECK_SECONDS.observe(seconds)
    for ruling in plan.rulings:
        metrics.recipients(ruling.destination.path.value, ruling.verdict.word).inc()


def is_marked(message: Message) -> bool:
    """The message bears the marker of a notice, genuine or not."""
    return bool(message.headers("x-gateway-notice"))


def refusal(plan: Plan, own: bool, marked: bool) -> Reply:
    """The words of a refusal in the session: never what was found, for the peer may be anybody."""
    if marked:
        return replies.marker_leaving()
    if own and all(ruling.verdict is Verdict.BOUNCE for ruling in plan.rulings):
        words = next((because.says for ruling in plan.rulings for because in ruling.because), "")
        return replies.bounced_in_session(plan.envelope.id, words)
    return replies.stopped_foreign(plan.envelope.id)


class Door:
    """The `FrontDoor` of the listener: admits, advertises, begins transactions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.paused_until: datetime | None = None

    def capabilities(self) -> Capabilities | None:
        return self._desk.capabilities()

    def admits(self, client: Client) -> Reply | None:
        if self.paused_until is not None and self._desk.clock() < self.paused_until:
            return replies.paused()
        return None

    async def begin(self, client: Client, sender: Address | None, options: tuple[str, ...]) -> MailTransaction | Reply:
        return MailTransaction(self._desk, client, sender, options)
