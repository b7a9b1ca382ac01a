"""`gateway replay`: judge past mail under another policy and print the difference, before that policy is live.

Promises: nothing is sent, held or recorded; what a record no longer holds is `unknown`, never guessed.
On failure: an invalid policy is exit status 1, a file that cannot be read 2.
"""

import argparse
import asyncio
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from gateway.cli.common import DONE, WrongUse, checking_policy, command, emit, say, settings_of, store_of
from gateway.cli.explain import author, messages, recipient, visible_recipients
from gateway.cli.records import MANY, moment
from gateway.model.envelope import Recipient
from gateway.model.judgement import Verdict
from gateway.policy import Policy
from gateway.policy.decide import UNMATCHED
from gateway.service import replay, shapes
from gateway.service.desk import utc_now
from gateway.service.forecast import MOST_NAMED, Forecast, forecast, summary
from gateway.service.judge import Setting, judge, rule

DEFAULT_SINCE = "7d"


def add(subparsers: Any) -> None:
    parser = command(
        subparsers,
        "replay",
        "Judge past mail under another policy; print what would change.",
        "gateway replay --policy policies.new --since 7d",
    )
    parser.add_argument("--policy", metavar="DIR", required=True, help="the policy to try")
    parser.add_argument("--since", metavar="7d|DATE", default="", help=f"kept records from then on; default: {DEFAULT_SINCE}")
    parser.add_argument("files", nargs="*", metavar="FILE", help="messages instead of records, compared with the policy in force")


def run(args: argparse.Namespace) -> int:
    if args.files and args.since:
        raise WrongUse("name files or --since, not both")
    other = checking_policy(args, args.policy)
    setting = Setting.of(settings_of(args).routes, utc_now())
    changes = tuple(of_files(args, other, setting)) if args.files else asyncio.run(of_records(args, other, setting))
    for change in changes:
        if not change.differs:
            continue
        if args.json:
            emit(
                {
                    "message": change.message,
                    "recipient": change.recipient,
                    "before": change.before,
                    "after": change.after,
                    "says": change.says,
                }
            )
        else:
            say(f"{change.message}  {change.recipient}: {change.before} -> {change.after}  {change.says}")
    counted, ahead = summary(changes), forecast(changes, stopping(other))
    if args.json:
        stopped = {"days": dict(ahead.by_day), "senders": dict(ahead.by_sender), "rules": dict(ahead.by_rule)}
        emit({"summary": counted, "recipients": len(changes), "policy": other.digest, "stopped": stopped})
    else:
        say(f"{len(changes):,} recipients: " + ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counted.items()))
        for line in forecast_lines(ahead):
            say(line)
    return DONE


def stopping(policy: Policy) -> frozenset[str]:
    return frozenset(rule.id for rule in (*policy.rules.rules, UNMATCHED) if rule.verdict > Verdict.DELIVER)


def forecast_lines(ahead: Forecast) -> Iterator[str]:
    """What reviewers and senders would notice, in three lines; messages are counted, not recipients."""
    if ahead.by_day:
        day, most = max(ahead.by_day, key=itemgetter(1))
        every = sum(number for _, number in ahead.by_day)
        yield f"Enforced, it would stop {every:,} in all, most on {day}: {most:,}"
    for words, counted in (("Rules that stop most", ahead.by_rule), ("Senders with most", ahead.by_sender)):
        if counted:
            yield f"{words}: " + ", ".join(f"{name or '(no sender)'} {number:,}" for name, number in counted[:MOST_NAMED])


async def of_records(args: argparse.Namespace, other: Policy, setting: Setting) -> tuple[replay.Change, ...]:
    async with store_of(settings_of(args)) as store:
        records = shapes.disclosures(await store.records(since=moment(args.since or DEFAULT_SINCE), limit=MANY))
    return tuple(change for record in records for change in replay.of_record(record, other, setting))


def of_files(args: argparse.Namespace, other: Policy, setting: Setting) -> Iterator[replay.Change]:
    """The policy in force against the other one; each message is read once per set of things to look for."""
    mine = checking_policy(args)
    for name, raw in messages(args.files):
        now = judge(mine, raw, None, (), setting)
        sender = author(now.message)
        recipients = [Recipient(recipient(text)) for text in visible_recipients(now.message)]
        before = judge(mine, raw, sender, recipients, setting)
        if other.looks_for == mine.looks_for:
            after = rule(other, before.origin, recipients, before.message, before.findings, setting)
        else:
            after = judge(other, raw, sender, recipients, setting)
        for old, new in zip(before.rulings, after.rulings, strict=True):
            yield replay.of_rulings(name, old.verdict.word, new, str(sender or ""), old.extras.words)
