"""The transactions open at next hops while a client still names recipients, so that it sees the next hops' own replies.

Promises: nothing but MAIL and RCPT leaves before the message was judged; whatever is open is reset or used, exactly once.
On failure: an unreachable next hop answers the recipient with 451 and the council's server keeps the mail.
"""

from dataclasses import dataclass, field

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.judgement import Ruling
from gateway.model.plan import Consignment, Forward
from gateway.model.smtp import HopTransaction, Reply, Unreachable
from gateway.notices import replies
from gateway.policy.plan import forward
from gateway.service.desk import Desk


@dataclass(slots=True)
class Opened:
    """One open transaction and what it answered for each address."""

    hop: HopTransaction
    accepted: list[Forward] = field(default_factory=list)
    answers: dict[str, Reply] = field(default_factory=dict)


class Live:
    """At most one open transaction per way of travelling."""

    def __init__(self, desk: Desk, client: Client, sender: Address | None, options: tuple[str, ...], id: str) -> None:
        self._desk = desk
        self._client = client
        self._sender = sender
        self._options = options
        self._id = id
        self._open: dict[object, Opened | Reply] = {}

    async def offer(self, ruling: Ruling) -> Reply:
        """Offer one recipient by the way its envelope suggests. Those that cannot travel anyway are accepted here, to be told later."""
        if ruling.stopped:
            return replies.recipient_ok()
        recipient = forward(ruling.destination)
        opened = await self._opened(ruling, recipient)
        if isinstance(opened, Reply):
            return opened
        return await self._ask(opened, recipient)

    async def _opened(self, ruling: Ruling, first: Forward) -> Opened | Reply:
        destination = ruling.destination
        key = self._desk.ways.of(destination)
        known = self._open.get(key)
        if known is not None:
            return known
        try:
            hop = await self._desk.route(destination.route).open(
                self._sender,
                self._options,
                self._desk.ways.least_tls(destination),
                id=self._id,
                client=self._client,
                first=(first,),
            )
        except Unreachable:
            return replies.next_hop_down()
        if isinstance(hop, Reply):
            # The next hop refused the sender: every recipient by this way gets that answer.
            self._open[key] = hop
            return hop
        opened = Opened(hop)
        self._open[key] = opened
        return opened

    async def _ask(self, opened: Opened, recipient: Forward) -> Reply:
        mailbox = recipient.address.key
        known = opened.answers.get(mailbox)
        if known is not None:
            return known
        try:
            (reply,) = await opened.hop.recipients((recipient,))
        except Unreachable:
            return replies.next_hop_down()
        opened.answers[mailbox] = reply
        if reply.ok:
            opened.accepted.append(recipient)
        return reply

    def carrying(self, consignment: Consignment, key: object) -> HopTransaction | None:
        """The open transaction that travels the way `key` with exactly these recipients, if nothing else is open."""
        used = [opened for opened in self._open.values() if isinstance(opened, Opened) and opened.accepted]
        if len(used) != 1 or used[0] is not self._open.get(key):
            return None
        offered = [recipient.address for recipient in used[0].accepted]
        wanted = [recipient.address for recipient in consignment.recipients]
        # Nearly always in the same order, and the addresses themselves: a comparison of sets asks each for its hash, twice.
        return used[0].hop if offered == wanted or set(offered) == set(wanted) else None

    async def reopen(self, consignment: Consignment) -> HopTransaction | None:
        """The same transaction again, at a hop that went away before content left; None unless every answer is positive again."""
        await self.reset()
        try:
            hop = await self._desk.route(consignment.route).open(
                self._sender,
                self._options,
                consignment.minimum_tls,
                id=self._id,
                client=self._client,
                first=consignment.recipients,
            )
            if isinstance(hop, Reply):
                return None
            self._open[consignment.id] = Opened(hop)
            answers = await hop.recipients(consignment.recipients)
        except Unreachable:
            return None
        return hop if all(reply.ok for reply in answers) else None

    async def reset(self, keep: HopTransaction | None = None) -> None:
        """Give up every open transaction but `keep`."""
        for opened in self._open.values():
            if isinstance(opened, Opened) and opened.hop is not keep:
                await opened.hop.reset()
        self._open = {}
