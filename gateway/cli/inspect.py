"""`gateway inspect`: what the checks see in a message, a file, or lines of text."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from gateway.checks import inspect_text
from gateway.cli.common import DONE, WRONG_USE, WrongUse, checking_policy, command, complain, emit, say
from gateway.cli.explain import messages, place
from gateway.mail import read
from gateway.mail.containers import recognise
from gateway.model.looking import LooksFor
from gateway.model.message import Message, Part
from gateway.policy.problems import PolicyErrors
from gateway.service import shapes
from gateway.workers import Examined, examine_now

CHANNELS = ("subject", "body", "attachment")


def add(subparsers: Any) -> None:
    parser = command(subparsers, "inspect", "Show what the checks see.", "gateway inspect --attachment papers.zip")
    parser.add_argument("--attachment", action="store_true", help="the files are attachments, not messages")
    parser.add_argument("--jsonl", action="store_true", help='read {"id","channel","text"} lines on standard input')
    parser.add_argument("files", nargs="*", metavar="FILE")


def run(args: argparse.Namespace) -> int:
    if args.jsonl:
        return inspect_lines(looks_for(args))
    if not args.files:
        raise WrongUse("name at least one file")
    if args.attachment:
        return inspect_attachments(args)
    for name, raw in messages(args.files):
        inspect_message(name, raw, looks_for(args), args.json)
    return DONE


def looks_for(args: argparse.Namespace) -> LooksFor:
    """The lists of the policy in force; the built-in ones where no policy can be read."""
    try:
        return checking_policy(args).looks_for
    except (PolicyErrors, OSError):
        return LooksFor()


def inspect_lines(wanted: LooksFor) -> int:
    status = DONE
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            given = orjson.loads(line)
            channel, text = given["channel"], given["text"]
            if channel not in CHANNELS or not isinstance(text, str):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            complain(f'gateway inspect: line {number} is not {{"id","channel":"subject"|"body"|"attachment","text"}}')
            status = WRONG_USE
            continue
        seen = inspect_text(text, channel, wanted)
        found = [{"kind": span.kind, "start": span.start, "end": span.end, "shown": span.shown} for span in seen.findings]
        emit(
            {
                "id": given.get("id"),
                "confidential": seen.confidential,
                "score": round(seen.score, 3),
                "people": seen.people,
                "findings": found,
            }
        )
    return status


def inspect_attachments(args: argparse.Namespace) -> int:
    status = DONE
    for name in args.files:
        try:
            content = Path(name).read_bytes()
        except OSError as trouble:
            complain(f"gateway inspect: cannot read {name}: {trouble.strerror}")
            status = WRONG_USE
            continue
        seen = recognise(content, Path(name).name)
        if args.json:
            members = [shapes.member(item) for item in seen.members]
            more = {"complete": seen.complete, "names_visible": seen.names_visible, "notes": list(seen.notes)}
            emit({"file": name, "type": seen.type, "protection": shapes.protection(seen.protection), "members": members, **more})
            continue
        strength = " ".join(
            str(word) for word in (seen.protection.algorithm, seen.protection.bits and f"{seen.protection.bits} bit") if word
        )
        say(f"{name}: {seen.type}, protection {seen.protection.state.value}{f' ({strength})' if strength else ''}")
        for item in seen.members:
            say(f"  {item.name}: {item.type}, protection {item.protection.state.value}")
        for note in seen.notes:
            say(f"  note: {note}")
    return status


def inspect_message(name: str, raw: bytes, wanted: LooksFor, as_json: bool) -> None:
    message, examined = read(raw), examine_now(raw, wanted)
    if as_json:
        emit(message_json(name, message, examined))
        return
    say(f"{name}:")
    for line in message_lines(message, examined):
        say(line)


def message_json(name: str, message: Message, examined: Examined) -> dict[str, object]:
    findings = examined.findings
    return {
        "file": name,
        "parts": [part_json(part) for part in message.parts],
        "defects": [
            {
                "code": defect.code,
                "where": defect.where,
                "words": defect.words,
                "ambiguous": defect.ambiguous,
                "unchecked": defect.unchecked,
            }
            for defect in message.defects
        ],
        "findings": [shapes.finding(finding) for finding in findings.items],
        "attachments": [shapes.attachment(file) for file in findings.attachments],
        "signed": message.signed,
        "automatic": message.automatic,
        "seconds": round(examined.seconds, 6),
    }


def part_json(part: Part) -> dict[str, object]:
    return {
        "where": part.where,
        "media_type": part.media_type,
        "role": part.role.value,
        "names": list(part.names),
        "size": len(part.content),
        "readings": len(part.contents),
    }


def message_lines(message: Message, examined: Examined) -> Iterator[str]:
    for part in message.parts:
        name = f" {part.name!r}" if part.name else ""
        yield f"  part {part.where or '(message)'}: {part.media_type} {part.role.value}{name}, {len(part.content):,} bytes"
    for defect in message.defects:
        kind = "ambiguous" if defect.ambiguous else "unchecked" if defect.unchecked else "odd"
        yield f"  {kind}: {defect.words} [{defect.code}] in {place(defect.where)}"
    for finding in examined.findings.items:
        yield f"  found: {finding.shown} [{finding.reason.value}] in {place(finding.where)}"
