"""`gateway user`: the people who may act on held messages.

Promises: every change is on record with who made it; an account is disabled, never deleted, so that its name keeps its meaning.
There are no passwords: whoever can run this command on the machine is trusted to say who they are (`--as`).
"""

import argparse
import asyncio
import getpass
import re
from dataclasses import replace
from typing import Any

from gateway.cli.common import DONE, WrongUse, action, command, complain, emit, policy_of, say, settings_of, store_of
from gateway.model.account import Account, Role
from gateway.model.address import AddressError, parse_mailbox
from gateway.model.records import Entry, Event
from gateway.model.store import Store
from gateway.policy import Policy
from gateway.service.desk import utc_now

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def add(subparsers: Any) -> None:
    adds = "gateway user add robin --email robin.hale@borough.gov.uk --role reviewer --organisation borough"
    parser = command(subparsers, "user", "Accounts: who may act on held messages.", adds)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = action(actions, "add", "Make an account, or change one.", adds)
    adding.add_argument("name")
    adding.add_argument("--email", required=True, metavar="ADDRESS", help="their mail address; nobody releases what they sent")
    adding.add_argument("--role", required=True, choices=[role.value for role in Role], help="reviewer, auditor (looks only) or admin")
    adding.add_argument("--organisation", default="", metavar="KEY", help="an organisation of the policy; only an admin may have none")
    adding.add_argument("--group", action="append", default=[], metavar="NAME", help="only mail of this sender group; may be repeated")
    disable = action(actions, "disable", "They may not act any more.", "gateway user disable robin")
    disable.add_argument("name")
    action(actions, "list", "Who may act.", "gateway user list")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(act(args))


async def act(args: argparse.Namespace) -> int:
    async with store_of(settings_of(args)) as store:
        accounts = await store.accounts()
        if args.action == "list":
            for account in accounts:
                show(account, args)
            return DONE
        account = wanted(policy_of(args), args) if args.action == "add" else disabled(accounts, args.name)
        refuse_twin(accounts, account)
        await keep(store, account)
        if not accounts:
            complain("From now on only people with an account act on held messages.")
    show(account, args)
    return DONE


def wanted(policy: Policy, args: argparse.Namespace) -> Account:
    if NAME.fullmatch(args.name) is None:
        raise WrongUse(f"'{args.name}' is no name: write small letters, digits, dots, dashes")
    try:
        email = str(parse_mailbox(args.email))
    except AddressError as error:
        raise WrongUse(f"'{args.email}' is no mail address: {error.words}") from error
    role, keys = Role(args.role), [one.key for one in policy.organisations]
    if args.organisation not in (*keys, *(("",) if role is Role.ADMIN else ())):
        raise WrongUse(f"--organisation must be one of {', '.join(keys)}")
    groups = [group.name for group in policy.senders.groups]
    unknown = sorted(set(args.group) - set(groups))
    if unknown:
        raise WrongUse(f"the policy knows no sender group '{unknown[0]}', but {', '.join(groups)}")
    return Account(args.name, email, role, args.organisation, tuple(dict.fromkeys(args.group)))


def refuse_twin(accounts: tuple[Account, ...], account: Account) -> None:
    """An address is one person's: it would not be known which of two accounts acts."""
    twin = next((one for one in accounts if one.email.lower() == account.email.lower() and one.name != account.name), None)
    if twin is not None:
        raise WrongUse(f"{account.email} is {twin.name}'s already")


def disabled(accounts: tuple[Account, ...], name: str) -> Account:
    found = next((account for account in accounts if account.name == name), None)
    if found is None:
        raise WrongUse(f"there is no account '{name}'")
    return replace(found, disabled=True)


async def keep(store: Store, account: Account) -> None:
    details: dict[str, object] = {
        "account": account.name,
        "role": account.role.value,
        "groups": list(account.groups),
        "disabled": account.disabled,
    }
    await store.put_account(
        account, Entry("", Event.ACCOUNT, utc_now(), account.organisation, "", (), actor=getpass.getuser(), details=details)
    )


def show(account: Account, args: argparse.Namespace) -> None:
    if args.json:
        emit(
            {
                "name": account.name,
                "email": account.email,
                "role": account.role.value,
                "organisation": account.organisation or None,
                "groups": list(account.groups),
                "disabled": account.disabled,
            }
        )
        return
    where = account.organisation or "every organisation"
    groups = f", groups {', '.join(account.groups)}" if account.groups else ""
    state = "  (disabled)" if account.disabled else ""
    say(f"{account.name:16}  {account.role.value:8}  {account.email}  {where}{groups}{state}")
