"""Who is told when mail that we took over was refused, given up or is late: a delivery status notification (RFC 3464).

Promises: it goes to the sender if it is one of ours, else to our postmaster; never about a notice; only to who wants it (RFC 3461);
it names nobody who was not in To or Cc.
On failure: None, and the log says so. What was delivered leaves the queue all the same.
"""

import re
from collections.abc import Callable, Sequence

import structlog

from gateway.model.address import AddressError, parse_mailbox
from gateway.model.notice import FailedRecipient
from gateway.model.plan import Forward, NoticeKind
from gateway.model.smtp import Reply
from gateway.model.store import StoreUnavailable
from gateway.model.stored import QueueItem, TakeOver
from gateway.service import tell
from gateway.service.desk import Desk
from gateway.service.take_over import notice_item

log = structlog.get_logger()

# A message has a record for each step; a thousand steps would be one with a thousand deliveries.
RECORDS_OF_ONE = 1_000


async def told(desk: Desk, item: QueueItem, those: Sequence[tuple[Forward, Reply]], kind: NoticeKind) -> TakeOver | None:
    """As `_notices`; a notice that cannot be written must not keep what was delivered in the queue."""
    try:
        return await _notices(desk, item, those, kind)
    except StoreUnavailable:
        raise
    except Exception as trouble:  # Delivering it again and again would be worse than not telling.
        log.error("notice_crashed", id=item.message, kind=kind.value, error=type(trouble).__name__)
        return None


async def _notices(desk: Desk, item: QueueItem, those: Sequence[tuple[Forward, Reply]], kind: NoticeKind) -> TakeOver | None:
    """A delivery status notification, to the sender if it is ours, else to our postmaster; never about a notice."""
    wanted = tuple((recipient, reply) for recipient, reply in those if wants_report(recipient, kind))
    if not wanted or item.consignment.kind == "notice":
        return None
    to = item.consignment.sender if item.organisation else None
    if to is None:
        try:
            to = parse_mailbox(desk.settings.postmaster)
        except AddressError:
            return None
    names = await _nameable(desk, item)
    said = without(item.consignment.recipients, names)
    failed = tuple(failed_recipient(recipient, reply, said(str(reply))) for recipient, reply in wanted)
    id = desk.new_id()
    raw = tell.write_failed(desk, desk.policy, kind, item, to, id, failed, names)
    content, queued = notice_item(id, raw, to, item.message, item.organisation, desk.clock())
    return TakeOver(entries=(), contents=(content,), queue=(queued,))


async def _nameable(desk: Desk, item: QueueItem) -> frozenset[str]:
    """Whom the notice may name: who stood in To or Cc, as the record of the message says."""
    records = await desk.store.records(message=item.message, limit=RECORDS_OF_ONE)
    names: set[str] = set()
    for record in records:
        visible = record.entry.details.get("visible")
        if isinstance(visible, list):
            names.update(map(str, visible))
    return frozenset(names)


def failed_recipient(recipient: Forward, reply: Reply, said: str) -> FailedRecipient:
    status = reply.status or ("5.0.0" if reply.permanent else "4.4.7")
    return FailedRecipient(str(recipient.address), str(recipient.original), status, said)


def without(recipients: Sequence[Forward], names: frozenset[str]) -> Callable[[str], str]:
    """Takes the addresses that may not be named out of a text: one reply to the content is about all, and may name whom it is for."""
    unnamed = [recipient for recipient in recipients if str(recipient.original).lower() not in names]
    hidden = {str(address) for recipient in unnamed for address in (recipient.address, recipient.original)}
    if not hidden:
        return str
    # The longest first: an address with the suffix of CJSM begins with the one without.
    any_of_them = re.compile("|".join(map(re.escape, sorted(hidden, key=len, reverse=True))), re.IGNORECASE)
    return lambda text: any_of_them.sub("(another recipient)", text)


def wants_report(recipient: Forward, kind: NoticeKind) -> bool:
    """RFC 3461 4.1: NOTIFY=NEVER wants none; a list without FAILURE (or DELAY) does not want that one."""
    for option in recipient.options:
        name, _, value = option.partition("=")
        if name.upper() == "NOTIFY":
            wanted = value.upper().split(",")
            return ("FAILURE" if kind is NoticeKind.FAILED else "DELAY") in wanted
    return True
