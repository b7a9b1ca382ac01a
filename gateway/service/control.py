"""Mail to the control domain ends here: replies to notices, read as wishes, never relayed.

Promises: verb and hold come from the address alone; words come from the first lines that the person wrote, never from quoted text;
automatic mail is ignored; only those who sent the held message, or stand in for its mailbox, are heard.
"""

from collections.abc import Iterator

import structlog

from gateway.mail import read
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.envelope import Client
from gateway.model.judgement import Remedy
from gateway.model.message import Message, Role
from gateway.model.smtp import Content, Reply
from gateway.model.store import HeldMessage
from gateway.notices import replies
from gateway.policy import Policy, origin_of
from gateway.service.desk import Desk
from gateway.service.remedies import Remedies, Wish
from gateway.service.tell import originators
from gateway.service.verbs import Asked

log = structlog.get_logger()

# A wish is a line or two; a signature with a logo is under this.
REQUEST_BYTES = 1_048_576
# Where mail programs begin to quote: what follows is not what the person wrote now.
QUOTE_MARKS = ("-----", "________", "from:", "sent from", "get outlook", "begin forwarded", "-- ")
WORDS_CHARS = 500


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
    words = subject_line(message) if asked.verb is Remedy.SUBJECT else " ".join(written_lines(message))
    done = await Remedies(desk).carry_out(held, Wish(asked.verb, by, words[:WORDS_CHARS]))
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


def subject_line(message: Message) -> str:
    """The new subject: what stands in the Subject of the request, or on its first line if that was left as we wrote it."""
    given = message.subject.strip()
    while given.lower().startswith(("re:", "fw:", "fwd:")):
        given = given.partition(":")[2].strip()
    word, _, rest = given.partition(" ")
    if word.upper() == Remedy.SUBJECT.value:
        given = rest.strip(" :")
    elif given.lower().startswith("not sent"):
        given = ""
    return given or next(written_lines(message), "")


def written_lines(message: Message) -> Iterator[str]:
    """The lines that the person wrote, up to the first quoted one or the signature."""
    body = next((part for part in message.parts if part.role is Role.BODY and part.media_type == "text/plain" and part.texts), None)
    for line in body.texts[0].splitlines() if body is not None else ():
        text = line.strip()
        if text.startswith(">") or line.lower().startswith(QUOTE_MARKS) or line in ("--", "-- ") or text.endswith("wrote:"):
            return
        if text:
            yield text
