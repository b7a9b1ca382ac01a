"""`gateway explain`: judge messages in files, without side effects, and say why in plain words.

Promises: the same rulings as the running gateway, without opening its store; the sender's domain is taken at its word.
On failure: a file that cannot be read or has no recipient is exit status 2.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, WRONG_USE, WrongUse, checking_policy, command, complain, emit, say, settings_of
from gateway.model.address import Address, AddressError, parse_mailbox, parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.findings import Reason
from gateway.model.judgement import Ruling
from gateway.model.message import Message
from gateway.notices.guidance import BEST_FIRST, remedy_words
from gateway.notices.wording import PLAIN, Speaker, Voice
from gateway.policy import Policy
from gateway.service import shapes
from gateway.service.desk import utc_now
from gateway.service.judge import Judgement, Setting, judge
from gateway.workers import examine_now

# Found by weighing evidence against the policy's threshold; the others are there or are not.
WEIGHED = frozenset((Reason.SUBJECT_PERSONAL, Reason.BODY_PERSONAL, Reason.ATTACHMENT_PERSONAL))


def add(subparsers: Any) -> None:
    parser = command(subparsers, "explain", "Judge messages without sending them.", "gateway explain --to sam.reid@nhs.net letter.eml")
    parser.add_argument("--policy", metavar="DIR", help="another policy than the one in force")
    parser.add_argument("--from", dest="sender", metavar="ADDRESS", help="the sender; default: the From header")
    parser.add_argument("--to", dest="recipients", metavar="ADDRESS", nargs="+", action="extend", help="default: To and Cc")
    parser.add_argument("files", nargs="*", metavar="FILE", help=".eml files, folders of them, or -")


def run(args: argparse.Namespace) -> int:
    sort_out(args)
    policy = checking_policy(args, args.policy)
    setting = Setting.of(settings_of(args).routes, utc_now())
    status = DONE
    for name, raw in messages(args.files):
        try:
            explain(policy, setting, name, raw, args)
        except WrongUse as wrong:
            complain(f"gateway explain: {name}: {wrong}")
            status = WRONG_USE
    return status


def sort_out(args: argparse.Namespace) -> None:
    """`--to B C FILE`: what follows --to and is a file, or is no address, belongs to the files."""
    given: list[str] = args.recipients or []
    is_file = {word: word == "-" or "@" not in word or Path(word).exists() for word in given}
    args.files = [word for word in given if is_file[word]] + args.files
    args.recipients = [word for word in given if not is_file[word]]
    if not args.files:
        raise WrongUse("name at least one file, folder or -")


def explain(policy: Policy, setting: Setting, name: str, raw: bytes, args: argparse.Namespace) -> None:
    began = time.perf_counter()
    head = examine_now(raw, policy.looks_for).message
    sender = address(args.sender) if args.sender else author(head)
    recipients = tuple(Recipient(recipient(text)) for text in args.recipients or visible_recipients(head))
    if not recipients:
        raise WrongUse("no recipient: neither --to nor a To or Cc header")
    judgement = judge(policy, raw, sender, recipients, setting)
    seconds = time.perf_counter() - began
    if args.json:
        emit(as_json(name, sender, judgement, seconds))
    else:
        for line in as_tree(name, sender, judgement, voice_of(policy, judgement)):
            say(line)


def as_json(name: str, sender: Address | None, judgement: Judgement, seconds: float) -> dict[str, object]:
    return {
        "file": name,
        "sender": str(sender) if sender else "",
        "policy": judgement.policy,
        "seconds": round(seconds, 6),
        "rulings": [shapes.ruling(ruling) for ruling in judgement.rulings],
        "findings": [shapes.finding(finding) for finding in judgement.findings.items],
        "attachments": [shapes.attachment(file) for file in judgement.findings.attachments],
    }


def voice_of(policy: Policy, judgement: Judgement) -> Voice:
    """The words in which the sender would be told."""
    key = judgement.origin.organisation
    return Voice(policy.organisation(key), policy.wording.of(key))


def as_tree(name: str, sender: Address | None, judgement: Judgement, voice: Voice) -> Iterator[str]:
    yield f"{name}: from {sender or '<> (nobody)'}"
    for finding in judgement.findings.items:
        sum_of = f", sum of weights {finding.score:.1f}" if finding.reason in WEIGHED else ""
        yield f"  found    {finding.shown} [{finding.reason.value}] in {place(finding.where)}{sum_of}"
    for file in judgement.findings.attachments:
        yield f"  file     {file.name or '(no name)'}: {file.type}, protection {file.protection.state.value} (part {file.where})"
    for ruling in judgement.rulings:
        yield from ruling_lines(ruling, voice)


def ruling_lines(ruling: Ruling, voice: Speaker = PLAIN) -> Iterator[str]:
    destination = ruling.destination
    yield f"  to {destination.recipient.address}"
    yield f"    path     {destination.path.value}{f' ({destination.row})' if destination.row else ''}"
    if destination.deliver_to != destination.recipient.address:
        yield f"    goes to  {destination.deliver_to}"
    unlike = f" (would be {ruling.would_be.word} if enforced)" if ruling.would_be is not ruling.verdict else ""
    yield f"    verdict  {ruling.verdict.word.upper()}{unlike}"
    if ruling.extras.any:
        yield f"    with     {', '.join(ruling.extras.words)}"
    for because in ruling.because:
        reason = f" [{because.reason}]" if because.reason else ""
        yield f"    because  {because.says}{reason} (rule {because.rule})"
    for remedy in sorted(ruling.remedies, key=BEST_FIRST.index):
        yield f"    do       {remedy_words(remedy, destination, voice)}"


def place(where: str) -> str:
    return f"part {where}" if where[:1].isdigit() else where or "the message"


def messages(files: list[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every message; a message saved with bare LF gets the CRLF it had on the wire."""
    for name in files:
        if name == "-":
            yield "-", on_the_wire(sys.stdin.buffer.read())
            continue
        path = Path(name)
        try:
            found = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
            for item in found:
                yield (name if item == path else str(item)), on_the_wire(item.read_bytes())
        except OSError as trouble:
            raise WrongUse(f"cannot read {name}: {trouble.strerror}") from trouble


def on_the_wire(raw: bytes) -> bytes:
    return raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")


def author(message: Message) -> Address | None:
    """The single From mailbox; None where there is none."""
    return address(message.authors[0].address) if message.authors else None


def visible_recipients(message: Message) -> tuple[str, ...]:
    """To and Cc, each once: whom a saved message was for, as far as it still says."""
    return tuple(dict.fromkeys(mailbox.address for mailbox in (*message.to, *message.cc) if mailbox.address))


def address(text: str) -> Address | None:
    if text in ("<>", ""):
        return None
    try:
        return parse_mailbox(text)
    except AddressError as wrong:
        raise WrongUse(f"{text}: {wrong}") from wrong


def recipient(text: str) -> Address:
    try:
        return parse_recipient(text)
    except AddressError as wrong:
        raise WrongUse(f"{text}: {wrong}") from wrong
