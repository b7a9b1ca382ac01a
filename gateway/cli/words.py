"""`gateway words`: the sentences of notices, ours and your own, and what a notice looks like with them."""

import argparse
from collections.abc import Iterator
from typing import Any

from gateway.cli.common import DONE, WrongUse, command, emit, policy_of, say
from gateway.model.organisation import Organisation
from gateway.notices.examples import examples
from gateway.notices.message import as_read
from gateway.notices.shipped import SHIPPED
from gateway.notices.wording import Voice, facts_of, has_own
from gateway.policy import Policy


def add(subparsers: Any) -> None:
    parser = command(
        subparsers,
        "words",
        "The sentences of notices, and a notice made of them.",
        "gateway words --organisation oakfield --notice stopped",
    )
    parser.add_argument("--organisation", default="", metavar="KEY", help="whose words; default: the first organisation of the policy")
    parser.add_argument("--notice", default="", metavar="NAME", help="show an example instead, such as stopped, protected or review")
    parser.add_argument("--policy", metavar="DIR", help="default: the policy of the settings")


def run(args: argparse.Namespace) -> int:
    policy = policy_of(args, args.policy)
    organisation = chosen(policy, args.organisation)
    if args.notice:
        show(policy, organisation, args)
        return DONE
    for sentence in sentences(policy, organisation):
        emit(sentence) if args.json else say("\n".join(lines(sentence)))
    return DONE


def chosen(policy: Policy, key: str) -> Organisation:
    organisation = policy.organisation(key) if key else policy.organisations[0]
    if organisation is None:
        raise WrongUse(f"the policy knows no organisation '{key}', but {', '.join(one.key for one in policy.organisations)}")
    return organisation


def show(policy: Policy, organisation: Organisation, args: argparse.Namespace) -> None:
    """An example, as its reader sees it in plain text."""
    known = examples(organisation, policy.wording.of(organisation.key))
    if args.notice not in known:
        raise WrongUse(f"there is no example '{args.notice}', but {', '.join(known)}")
    subject, text = as_read(known[args.notice])
    if args.json:
        emit({"notice": args.notice, "organisation": organisation.key, "subject": subject, "text": text})
    else:
        say(f"Subject: {subject}\n\n{text}")


def sentences(policy: Policy, organisation: Organisation) -> Iterator[dict[str, Any]]:
    """Every sentence in force, those of one's own marked."""
    own = policy.wording.of(organisation.key)
    voice = Voice(organisation, own)
    for key, shipped in SHIPPED.items():
        is_own = has_own(voice, key)
        yield {"key": key, "own": is_own, "text": own[key] if is_own else shipped, "shipped": shipped, "facts": list(facts_of(key))}


def lines(sentence: dict[str, Any]) -> Iterator[str]:
    """As it can be pasted into notices.yaml."""
    mark = "  # your own" if sentence["own"] else ""
    text = str(sentence["text"])
    if "\n" in text:
        yield f"{sentence['key']}: |{mark}"
        yield from (f"  {line}" for line in text.splitlines())
    else:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        yield f'{sentence["key"]}: "{quoted}"{mark}'
