"""A draft mailed to `check@` the control domain: what would happen to it is answered, nothing is sent, nothing waits.

Promises: the same judgement as a message that is sent; its recipients are those of its To and Cc, or of an email attached to it.
"""

from gateway.mail import read
from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.message import Mailbox, Message
from gateway.model.plan import NoticeKind
from gateway.model.stored import TakeOver
from gateway.notices import write_notice
from gateway.policy import Origin
from gateway.service import story, tell
from gateway.service.desk import Desk
from gateway.service.judge import rule
from gateway.service.reviewers import mailbox
from gateway.service.take_over import notice_item


async def answer(desk: Desk, origin: Origin, author: Address, raw: bytes) -> None:
    """Judge the draft and tell its author what would happen."""
    policy, now, id = desk.policy, desk.clock(), desk.new_id()
    drafted, written = draft_in(raw, desk.settings.control)
    examined = await desk.examine(drafted, policy.looks_for)
    recipients = tuple(map(Recipient, written))
    judged = rule(policy, origin, recipients, examined.message, examined.findings, desk.setting())
    context = tell.about(
        desk,
        policy,
        NoticeKind.CHECKED,
        origin.organisation,
        id,
        author,
        id,
        now,
        rulings=judged.rulings,
        findings=judged.findings.items,
        attachments=judged.findings.attachments,
        nameable=frozenset(address.key for address in written),
    )
    content, item = notice_item(id, write_notice(context), author, id, origin.organisation, now)
    entry = story.draft(origin.organisation, str(author), id, now, story.reasons_of(judged.rulings))
    await desk.store.take_over(TakeOver((entry,), (content,), (item,)))
    desk.kick()


def draft_in(raw: bytes, control: str) -> tuple[bytes, tuple[Address, ...]]:
    """The message that is meant and for whom it is: this one, or the one attached to it if this names nobody but us."""
    message = read(raw)
    written = recipients_of(message, control)
    if written:
        return raw, written
    for part in message.parts:
        if part.where and part.media_type == "message/rfc822" and part.body is not None:
            inner = part.content or raw[part.body.start : part.body.end]
            return inner, recipients_of(read(inner), control)
    return raw, ()


def recipients_of(message: Message, control: str) -> tuple[Address, ...]:
    """Everybody in To and Cc once, without ourselves."""
    boxes: tuple[Mailbox, ...] = (*message.to, *message.cc)
    addresses = (mailbox(box.address) for box in boxes)
    found = {address.key: address for address in addresses if address is not None and address.domain_key != control}
    return tuple(found.values())
