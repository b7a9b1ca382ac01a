"""Accounts: a name in the clear, everything about the person sealed.

On failure: a row that cannot be read is logged and counts as a disabled account, so that whoever it was cannot act.
"""

from collections.abc import Iterable, Iterator

import orjson
import structlog

from gateway.model.account import Account, Role
from gateway.store.keys import Keys, SealBroken
from gateway.store.sql import Operation, Row, Sql
from gateway.store.text import to_json

log = structlog.get_logger()

_ACCOUNT = b"account"


def put(account: Account, keys: Keys) -> Operation[None]:
    body = {
        "email": account.email,
        "role": account.role.value,
        "organisation": account.organisation,
        "groups": account.groups,
        "disabled": account.disabled,
    }
    yield Sql(
        "INSERT INTO account (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
        (account.name, keys.seal(_ACCOUNT, to_json(body), account.name.encode())),
    )


def everyone(keys: Keys) -> Operation[tuple[Account, ...]]:
    rows = yield Sql("SELECT name, body FROM account ORDER BY name")
    return tuple(_readable(rows, keys))


def _readable(rows: Iterable[Row], keys: Keys) -> Iterator[Account]:
    for name, sealed in rows:
        try:
            body = orjson.loads(keys.unseal(_ACCOUNT, sealed, name.encode()))
            groups = tuple(body["groups"])
            yield Account(name, body["email"], Role(body["role"]), body["organisation"], groups, body["disabled"])
        except (SealBroken, KeyError, ValueError, TypeError):
            log.error("row_unreadable", table="account", id=name)
            # Not left out: without this row the gateway could seem to have no accounts, and everybody could act.
            yield Account(name, "", Role.AUDITOR, disabled=True)
