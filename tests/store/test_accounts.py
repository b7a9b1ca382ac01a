"""Accounts are kept sealed, changed with a record, and never opened by damage."""

import pytest

from gateway.model.account import Account, Role
from gateway.model.records import Event
from gateway.store import DurableStore
from tests.store.databases import PostgresDatabase, SqliteFile
from tests.store.values import entry

Raw = SqliteFile | PostgresDatabase
pytestmark = pytest.mark.parametrize(
    "raw", ["sqlite", pytest.param("postgresql", marks=pytest.mark.tools("initdb", "pg_ctl"))], indirect=True
)
ROBIN = Account("robin", "robin.hale@borough.gov.uk", Role.REVIEWER, "borough", ("legal",))
KIM = Account("kim", "kim@borough.gov.uk", Role.AUDITOR, "borough")


async def test_an_account_comes_back_as_it_was_and_each_change_is_a_record(store: DurableStore) -> None:
    assert await store.accounts() == ()
    for account in (ROBIN, KIM):
        await store.put_account(account, entry("", Event.ACCOUNT))
    assert await store.accounts() == (KIM, ROBIN)
    changed = Account("kim", "kim@borough.gov.uk", Role.ADMIN, disabled=True)
    await store.put_account(changed, entry("", Event.ACCOUNT))
    assert await store.accounts() == (changed, ROBIN)
    assert len(await store.records()) == 3
    assert await store.verify() == ()


async def test_one_that_was_tampered_with_is_disabled_and_not_gone(store: DurableStore, raw: Raw) -> None:
    """Were it gone, the gateway could seem to have no accounts, and everybody could act."""
    await store.put_account(ROBIN, entry("", Event.ACCOUNT))
    await store.put_account(KIM, entry("", Event.ACCOUNT))
    await raw.ask("UPDATE account SET body = (SELECT body FROM account WHERE name = 'robin') WHERE name = 'kim'")
    kim, robin = await store.accounts()
    assert kim.disabled and kim.role is Role.AUDITOR
    assert robin == ROBIN
