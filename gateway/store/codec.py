"""Holds and consignments as sealed bodies, and back: what a WHERE needs stands in columns, everything else in here.

On failure: `CorruptRow`, and the caller sets the row aside; one bad row never stops the others.
"""

from typing import Any

import orjson

from gateway.model.address import Address, AddressError
from gateway.model.judgement import Tls
from gateway.model.plan import Consignment, Forward
from gateway.model.stored import HeldMessage, HeldRecipient, HoldState, QueueItem
from gateway.store.keys import Keys, SealBroken
from gateway.store.sql import Row
from gateway.store.text import to_json
from gateway.store.times import moment, stamp

_HOLD = b"hold"
_CONSIGNMENT = b"consignment"

HOLD_COLUMNS = "id, message, organisation, state, slice_group, held_at, deadline, ended_at, content, content_erased, body"
CONSIGNMENT_COLUMNS = (
    "id, message, content, created_at, next_at, attempts, lease_owner, leased_until, started, possible_duplicate, warned, set_aside, body"
)


class CorruptRow(Exception):
    """A row does not hold what we wrote."""


def hold_row(hold: HeldMessage, keys: Keys) -> Row:
    ended_at = stamp(hold.ended_at) if hold.ended_at else None
    place = (hold.id, hold.message, hold.organisation, str(hold.state), hold.group, stamp(hold.held_at), stamp(hold.deadline))
    return (*place, ended_at, hold.content, 0, hold_body(hold, keys))


def hold_body(hold: HeldMessage, keys: Keys) -> bytes:
    body = {
        "sender": hold.sender,
        "sender_options": hold.sender_options,
        "recipients": hold.recipients,
        "reasons": hold.reasons,
        "waits_for": hold.waits_for,
        "ended_by": hold.ended_by,
        "ended_why": hold.ended_why,
        "requesters": hold.requesters,
        "nameable": hold.nameable,
        "told": hold.told,
        "message_id": hold.message_id,
        "claimed_by": hold.claimed_by,
        "claimed_until": None if hold.claimed_until is None else stamp(hold.claimed_until),
    }
    return keys.seal(_HOLD, to_json(body), hold.id.encode())


def hold_of(row: Row, keys: Keys) -> HeldMessage:
    id_, message, organisation, state, group, held_at, deadline, ended_at, content, _, sealed = row
    try:
        body = orjson.loads(keys.unseal(_HOLD, sealed, id_.encode()))
        return HeldMessage(
            id=id_,
            message=message,
            organisation=organisation,
            state=HoldState(state),
            sender=body["sender"],
            sender_options=tuple(body["sender_options"]),
            recipients=tuple(map(_held_recipient, body["recipients"])),
            reasons=tuple(body["reasons"]),
            held_at=moment(held_at),
            deadline=moment(deadline),
            waits_for=body["waits_for"],
            content=content,
            group=group,
            ended_at=None if ended_at is None else moment(ended_at),
            ended_by=body["ended_by"],
            ended_why=body["ended_why"],
            requesters=tuple(body.get("requesters", ())),
            nameable=tuple(body.get("nameable", ())),
            told=body.get("told", body["sender"]),
            message_id=body.get("message_id", ""),
            claimed_by=body.get("claimed_by", ""),
            claimed_until=None if body.get("claimed_until") is None else moment(body["claimed_until"]),
        )
    except (SealBroken, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CorruptRow(f"hold {id_}") from error


def _held_recipient(body: dict[str, Any]) -> HeldRecipient:
    return HeldRecipient(
        address=body["address"],
        deliver_to=body["deliver_to"],
        route=body["route"],
        minimum_tls=body["minimum_tls"],
        options=tuple(body["options"]),
        verdict=body["verdict"],
        because=tuple((rule, reason, where, says) for rule, reason, where, says in body["because"]),
        remedies=tuple(body["remedies"]),
        community=body["community"],
        path=body["path"],
    )


def consignment_row(item: QueueItem, keys: Keys) -> Row:
    times = stamp(item.created_at), stamp(item.next_at)
    flags = 0, int(item.possible_duplicate), int(item.warned), 0
    return (item.consignment.id, item.message, item.content, *times, item.attempts, "", 0, *flags, consignment_body(item, keys))


def consignment_body(item: QueueItem, keys: Keys) -> bytes:
    consignment = item.consignment
    body = {
        "organisation": item.organisation,
        "route": consignment.route,
        "minimum_tls": int(consignment.minimum_tls),
        "sender": None if consignment.sender is None else _parts(consignment.sender),
        "sender_options": consignment.sender_options,
        "recipients": [(_parts(to.address), _parts(to.original), to.options) for to in consignment.recipients],
        "kind": consignment.kind,
        "last_reply": item.last_reply,
    }
    return keys.seal(_CONSIGNMENT, to_json(body), consignment.id.encode())


def item_of(row: Row, keys: Keys) -> QueueItem:
    id_, message, content, created_at, next_at, attempts, _, _, _, possible_duplicate, warned, _, sealed = row
    try:
        body = orjson.loads(keys.unseal(_CONSIGNMENT, sealed, id_.encode()))
        consignment = Consignment(
            id=id_,
            route=body["route"],
            minimum_tls=Tls(body["minimum_tls"]),
            sender=None if body["sender"] is None else Address(*body["sender"]),
            sender_options=tuple(body["sender_options"]),
            recipients=tuple(Forward(Address(*to), Address(*original), tuple(options)) for to, original, options in body["recipients"]),
            kind=body["kind"],
        )
        return QueueItem(
            consignment=consignment,
            message=message,
            organisation=body["organisation"],
            content=content,
            attempts=attempts,
            created_at=moment(created_at),
            next_at=moment(next_at),
            last_reply=body["last_reply"],
            possible_duplicate=bool(possible_duplicate),
            warned=bool(warned),
        )
    except (SealBroken, AddressError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CorruptRow(f"consignment {id_}") from error


def _parts(address: Address) -> tuple[str, str]:
    return address.local, address.domain
