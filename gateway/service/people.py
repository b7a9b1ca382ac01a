"""Who acts: the name that somebody gives, with their account where the gateway keeps accounts.

Promises: where there are accounts, nobody acts without one that is enabled and may decide; where there are none, a name is an address,
or the part of it before the @.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.model.account import Account, Role
from gateway.model.actions import NotPossible
from gateway.model.store import Store


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever answers for an action."""

    name: str
    account: Account | None = None

    @property
    def _names(self) -> frozenset[str]:
        given = self.name.strip().lower()
        return frozenset((given, self.account.email.lower())) if self.account is not None else frozenset((given,))

    def is_one_of(self, addresses: Iterable[str]) -> bool:
        """To be allowed something: with an account by its address alone."""
        if self.account is not None:
            return any(address.lower() == self.account.email.lower() for address in addresses)
        return self.may_be(addresses)

    def may_be(self, addresses: Iterable[str]) -> bool:
        """To be refused something: by anything that fits."""
        names = self._names
        return any(address.lower() in names or address.lower().partition("@")[0] in names for address in addresses)


async def looking(store: Store, name: str) -> Actor:
    """Who looks at the queue; auditors may."""
    accounts = {word: account for account in await store.accounts() for word in (account.email.lower(), account.name.lower())}
    account = accounts.get(name.strip().lower())
    if accounts and (account is None or account.disabled):
        state = "is disabled" if account is not None else "has no account here"
        raise NotPossible(f"{name} {state}: `gateway user list` shows who may act.")
    return Actor(account.name if account is not None else name, account)


async def deciding(store: Store, name: str) -> Actor:
    """Who decides about held messages."""
    who = await looking(store, name)
    if who.account is not None and who.account.role is Role.AUDITOR:
        raise NotPossible(f"{name} is an auditor, who looks and decides nothing.")
    return who
