"""Mail to the control domain ends here: replies to notices, read as wishes, never relayed.

Promises: verb and hold come from the address alone; words come from what the person wrote, never from quoted text (`written`);
automatic mail is ignored; only those who sent the held message, or stand in for its mailbox, are heard.
"""

import structlog

from gateway.mail import read
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.envelope import Client
from gateway.model.message import Message
from gateway.model.smtp import Content, Reply
from gateway.model.store import HeldMessage
from gateway.notices import replies
from gateway.notices.message import CONTROL_MAILBOX
from gateway.policy import Policy, origin_of
from gateway.service.desk import Desk
from gateway.service.remedies import Remedies, Wish
from gateway.service.tell import originators
from gateway.service.verbs import Asked
from gateway.service.written import words

log = structlog.get_logger()

# A wish is a line or two; a signature with a logo is under this.
REQUEST_BYTES = 1_048_576
WORDS_CHARS = 500


def refusal(address: Address) -> Reply:
    """Why a control address is refused: one that people try gets words that help, a forged one never does."""
    return replies.use_the_link() if address.local.lower() == CONTROL_MAILBOX else replies.control_unknown()


async def carry_out(desk: Desk, policy: Policy, client: Client, sender: Address | None, asked: Asked, content: Content) -> Reply:
    """Do what one control address asks for. A reply of 250 says that it is done, or that there is nothing (more) to do."""
    if len(content.raw) > REQUEST_BYTES:
        return replies.wish_too_large()
    message = read(content.raw)
    if message.automatic or sender is None:
        return replies.wish_taken()
    held = await desk.store.hold(asked.hold)
    by = requester(policy, client, sender, message, held)
    if held is None or by is None:
        log.info("request_refused", verb=asked.verb.value, hold=asked.hold)
        return replies.control_unknown()
    done = await Remedies(desk).carry_out(held, Wish(asked.verb, by, words(message, asked.verb)[:WORDS_CHARS]))
    log.info("request", verb=asked.verb.value, hold=asked.hold, done=done)
    return replies.wish_taken()


def requester(policy: Policy, client: Client, sender: Address, message: Message, held: HeldMessage | None) -> Address | None:
    """Who asks, if that person may: an own sender of the same organisation who stands among the hold's requesters."""
    authors = tuple(author.address for author in message.authors)
    origin = origin_of(policy, sender, authors, message.from_fields, client.organisation_by(originators(message)))
    if held is None or not origin.own or origin.organisation != held.organisation or len(authors) != 1:
        return None
    try:
        author = parse_mailbox(authors[0])
    except AddressError:
        return None
    return author if author.key in held.requesters else None
