"""Mail to the control domain ends here: replies to notices, read as wishes, never relayed.

Promises: verb and hold come from the address alone; words come from what the person wrote, never from quoted text (`written`);
automatic mail is ignored; only those who sent the held message, or stand in for its mailbox, are heard.
"""

import structlog

from gateway.mail import read
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.envelope import Client
from gateway.model.judgement import Remedy
from gateway.model.message import Message
from gateway.model.smtp import Content, Reply
from gateway.notices import replies
from gateway.notices.message import CONTROL_MAILBOX
from gateway.policy import Origin, Policy, origin_of
from gateway.service import drafts, incidents, receipts
from gateway.service.desk import Desk
from gateway.service.remedies import Remedies, Wish
from gateway.service.reviewers import answers_for
from gateway.service.tell import originators
from gateway.service.verbs import Asked, Mailbox, ReceiptFor, asked_by, mailbox_of, receipt_for
from gateway.service.written import words, written_lines
from gateway.store.keys import Keys

log = structlog.get_logger()

# A wish is a line or two; a signature with a logo is under this.
REQUEST_BYTES = 1_048_576
WORDS_CHARS = 500


def refusal(address: Address) -> Reply:
    """Why a control address is refused: one that people try gets words that help, a forged one never does."""
    return replies.use_the_link() if address.local.lower() == CONTROL_MAILBOX else replies.control_unknown()


def addressed(keys: Keys, address: Address) -> Asked | Mailbox | ReceiptFor | None:
    """What mail to this control address is for; None when it is for nothing."""
    return asked_by(keys, address) or mailbox_of(address) or receipt_for(keys, address)


async def carry_out(
    desk: Desk, policy: Policy, client: Client, sender: Address | None, asked: Asked | Mailbox | ReceiptFor, content: Content
) -> Reply:
    """Do what one control address asks for. A reply of 250 says that it is done, or that there is nothing (more) to do."""
    if len(content.raw) > REQUEST_BYTES and asked is not Mailbox.CHECK:
        return replies.wish_too_large()
    message = read(content.raw)
    if isinstance(asked, ReceiptFor):
        return await receipts.take_in(desk, asked, message)
    if message.automatic or sender is None:
        return replies.wish_taken()
    origin = origin_by(policy, client, sender, message)
    author = author_of(origin, message)
    if author is None:
        log.info("request_refused", verb=name_of(asked))
        return replies.control_unknown()
    if asked is Mailbox.CHECK:
        await drafts.answer(desk, origin, author, content.raw)
        return replies.wish_taken()
    if isinstance(asked, Mailbox):
        reference, _, why = " ".join(written_lines(message)).partition(" ")
        return await report(desk, origin, author, sender, reference.strip(".,:;").upper(), why)
    held = await desk.store.hold(asked.hold)
    if asked.verb is Remedy.REPORT:
        of = held.message if held is not None else ""
        return await report(desk, origin, author, sender, of, words(message, asked.verb))
    if held is None or origin.organisation != held.organisation or author.key not in answers_for(policy, held):
        log.info("request_refused", verb=asked.verb.value, hold=asked.hold)
        return replies.control_unknown()
    done = await Remedies(desk).carry_out(held, Wish(asked.verb, author, words(message, asked.verb)[:WORDS_CHARS]))
    log.info("request", verb=asked.verb.value, hold=asked.hold, done=done)
    return replies.wish_taken()


async def report(desk: Desk, origin: Origin, author: Address, sender: Address, message: str, why: str) -> Reply:
    known = await incidents.report(desk, origin.organisation, author, frozenset((author.key, sender.key)), message, why[:WORDS_CHARS])
    log.info("reported", id=message if known else "", known=known)
    return replies.wish_taken() if known else replies.reference_unknown()


def name_of(asked: Asked | Mailbox) -> str:
    return asked.value if isinstance(asked, Mailbox) else asked.verb.value


def origin_by(policy: Policy, client: Client, sender: Address, message: Message) -> Origin:
    authors = tuple(author.address for author in message.authors)
    return origin_of(policy, sender, authors, message.from_fields, client.organisation_by(originators(message)))


def author_of(origin: Origin, message: Message) -> Address | None:
    """The one author of an own sender's mail; nobody else is heard here."""
    if not origin.own or not origin.organisation or len(message.authors) != 1:
        return None
    try:
        return parse_mailbox(message.authors[0].address)
    except AddressError:
        return None
