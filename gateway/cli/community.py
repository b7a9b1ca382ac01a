"""`gateway community`: why an address is secure or not, and whether registered partners still look as they did."""

import argparse
from typing import Any

from gateway.cli.common import DONE, WrongUse, add_common, emit, policy_of, say, settings_of
from gateway.cli.explain import ruling_lines
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.policy import lookup
from gateway.service import shapes
from gateway.service.desk import utc_now
from gateway.service.judge import Setting


def add(subparsers: Any) -> None:
    says = "Which addresses are secure, and why."
    parser = subparsers.add_parser("community", help=says, description=says)
    below = parser.add_subparsers(dest="action", required=True, metavar="lookup")
    look = below.add_parser(
        "lookup",
        help="Why an address or a domain is secure or not.",
        description="Why an address or a domain is secure or not, with the table row.",
        epilog="Example:  gateway community lookup nhs.net --from jo.bell@borough.gov.uk",
    )
    add_common(look)
    look.add_argument("address", metavar="ADDRESS_OR_DOMAIN")
    look.add_argument("--from", dest="sender", metavar="ADDRESS", help="default: anybody at the first organisation")
    look.add_argument("--policy", metavar="DIR", help="another policy than the one in force")


def run(args: argparse.Namespace) -> int:
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
