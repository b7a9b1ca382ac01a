"""`gateway community`: why an address is secure or not, and whether registered partners still look as they did.

Promises: says only; the registry is changed by people. An address is judged as a message to it would be.
On failure: exit status 1 if a partner's domain has vanished or takes no mail, 2 for what is no address or cannot be read.
"""

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, NO, WrongUse, action, command, complain, emit, policy_of, say, settings_of, store_of
from gateway.cli.explain import ruling_lines
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.policy import lookup
from gateway.service import registry_rows, shapes
from gateway.service.desk import utc_now
from gateway.service.judge import Setting
from gateway.service.partners import Seen, verify
from gateway.service.registry_rows import Voucher, imported
from gateway.smtp.resolve import Resolver


def add(subparsers: Any) -> None:
    parser = command(subparsers, "community", "Which addresses are secure, and why.", "gateway community lookup nhs.net")
    below = parser.add_subparsers(dest="action", required=True, metavar="lookup|verify|import")
    look = action(
        below,
        "lookup",
        "Why an address or a domain is secure or not, with the table row.",
        "gateway community lookup nhs.net --from jo.bell@borough.gov.uk",
    )
    look.add_argument("address", metavar="ADDRESS_OR_DOMAIN")
    look.add_argument("--from", dest="sender", metavar="ADDRESS", help="default: anybody at the first organisation")
    check = action(
        below, "verify", "Ask DNS about every registered partner; a change is reported, never applied.", "gateway community verify --json"
    )
    rows = action(
        below,
        "import",
        "Rows for registry.yaml from a list of domains: a CSV file with the domain first (DCB1596), or one a line.",
        "gateway community import dcb1596.csv --verified-by ig@borough.gov.uk --evidence 'NHS list of 1 November'",
    )
    rows.add_argument("file", metavar="FILE")
    rows.add_argument("--verified-by", metavar="ADDRESS", required=True, help="who answers for it")
    rows.add_argument("--evidence", metavar="TEXT", required=True, help="how that is known")
    for each in (look, check, rows):
        each.add_argument("--policy", metavar="DIR", help="another policy than the one in force")


def run(args: argparse.Namespace) -> int:
    if args.action == "import":
        return rows_of(args)
    if args.action == "verify":
        return asyncio.run(verified(args))
    return looked_up(args)


async def verified(args: argparse.Namespace) -> int:
    """Exit status 1 if a partner's domain has vanished or takes no mail."""
    settings = settings_of(args)
    async with store_of(settings) as store:
        seen = await verify(policy_of(args, args.policy), Resolver(settings.dns), store, utc_now().date())
    for partner, changed in seen:
        if args.json:
            emit({**asdict(partner), "takes_mail": partner.takes_mail, "changes": list(changed)})
            continue
        say(f"{partner.domain}: {', '.join(partner_words(partner))}")
        for words in changed:
            say(f"  changed  {words}")
    return DONE if all(partner.takes_mail for partner, _ in seen) else NO


def partner_words(partner: Seen) -> Iterator[str]:
    if partner.exists is None:
        yield "DNS did not answer"
    elif not partner.takes_mail:
        yield "the domain has vanished" if partner.exists is False else "the domain takes no mail"
    else:
        yield f"mail goes to {', '.join(partner.hosts or ())}"
    if partner.bridge_hosts == ():
        yield "with the suffix it is not in DNS"
    if partner.lookalikes:
        yield f"look-alikes in DNS: {', '.join(partner.lookalikes)}"
    if partner.mta_sts:
        yield "MTA-STS"
    if partner.dane:
        yield "DANE"


def rows_of(args: argparse.Namespace) -> int:
    """Rows on standard output, what was left out on standard error; the registry is written by people only."""
    file = Path(args.file)
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise WrongUse(f"{args.file} is not UTF-8 text") from wrong
    found = imported(policy_of(args, args.policy), file.name, text)
    voucher = Voucher(args.verified_by, utc_now().date(), args.evidence)
    if args.json:
        emit({"domains": list(found.domains), "left_out": [{"line": line, "words": words} for line, words in found.left_out]})
    else:
        for row in registry_rows.rows(found.domains, voucher):
            say(row)
    for line, words in found.left_out:
        complain(f"{args.file}:{line}: left out: {words}")
    return DONE


def looked_up(args: argparse.Namespace) -> int:
    policy = policy_of(args, args.policy)
    setting = Setting.of(settings_of(args).routes, utc_now())
    try:
        ruling = lookup(policy, args.address, sender_of(args.sender), today=setting.today, assuring=setting.assuring)
    except AddressError as wrong:
        raise WrongUse(f"{args.address}: {wrong}") from wrong
    if args.json:
        emit(shapes.ruling(ruling))
    else:
        for line in ruling_lines(ruling):
            say(line.removeprefix("  "))
    return DONE


def sender_of(text: str | None) -> Address | None:
    if text is None:
        return None
    try:
        return parse_mailbox(text if "@" in text else f"someone@{text}")
    except AddressError as wrong:
        raise WrongUse(f"{text}: {wrong}") from wrong
