"""Do explain, replay and SMTP say the same of every message? (`make agreement`; a short one runs in CI.)

    python -m tests.agreement [--messages 10000] [--seed 1]

Random messages of our own senders go through a running gateway; what its records say of each recipient is compared with `explain` of
the same file, with `replay` of the records under the same policy, and with the judgement called directly.
"""

import argparse
import asyncio
import random
import shutil
import smtplib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from gateway.cli.common import store_of
from gateway.cli.records import MANY
from gateway.model.address import parse_mailbox, parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.records import DisclosureRecord
from gateway.model.settings import Settings
from gateway.service.judge import Setting, judge
from gateway.service.policies import load_folder
from gateway.service.settings import load_settings
from gateway.service.shapes import disclosures
from tests.files import docx, locked_zip, plain_zip
from tests.harness import ROOT, Gateway, wire

SENDERS = (
    "jo.bell@borough.gov.uk",
    "scanner@borough.gov.uk",
    "noreply-forms@borough.gov.uk",
    "legal@borough.gov.uk",
    "Jo.Bell@BOROUGH.gov.uk",
)
RECIPIENTS = (
    "ann.lee@borough.gov.uk",
    "sam.reid@nhs.net",
    "Sam.Reid@NHS.net",
    "sam.reid@nhs.net.cjasm.net",
    "sam.reid@nhs.net.cjsm.net",
    "dc.hill@met.pnn.police.uk",
    "dc.hill@met.police.uk",
    "kim@gol.gsi.gov.uk",
    "dan.lee@croydon.gov.uk",
    "head@oakfield.borough.sch.uk",
    "lead.contact@merton.gov.uk",
    "rita.k1964@gmail.com",
    "'rita k'@btinternet.com",
    "clerk@familylaw-llp.co.uk",
    "sam.reid@nhs.nett",
    "sam.reid@nsh.net",
    "jörg@example.de",
    "parent+school@outlook.com",
)
SUBJECTS = (
    "Papers as agreed",
    "RE: Papers",
    "[secure] Papers",
    "Kayleigh Thompson DOB 03/04/2015",
    "FW: K Thompson - CP conference",
    "OFFICIAL-SENSITIVE: placement",
    "NHS 943 476 5919",
    "Re: Re: Ellie's transport",
    "",
    "Café menu for Friday – déjeuner",
)
BODIES = (
    "As agreed.",
    "Kayleigh Thompson, born 03/04/2015, NHS number 943 476 5919, lives at 14 Mill Lane, E17 4QQ.",
    "The password is maple-otter-canal-47",
    "The meeting is at 10. Bring the forms.",
    "Her National Insurance number is QQ123456C and the card is 4111 1111 1111 1111.",
    "Thanks\n\nFrom: Rita\nSent: Monday\nSubject: My son\n\nMy son Kai Thompson (DOB 03/04/2015) was off sick.",
    "See https://borough.sharepoint.com/:w:/s/case/Kayleigh",
)
# So many messages are explained by one call, within the time that the harness gives a command.
FOLDER = 500
# One connection would wait for the disk most of the time.
CONNECTIONS = 6
PASSWORD = "maple-otter-canal-47"


@cache
def files() -> tuple[tuple[str, bytes], ...]:
    return (
        ("plan.docx", docx("Kayleigh Thompson, DOB 03/04/2015, NHS 943 476 5919")),
        ("menu.docx", docx("Soup, then fish")),
        ("locked.zip", locked_zip(PASSWORD, plan_docx=docx("The plan"))),
        ("weak.zip", locked_zip(PASSWORD, 128, plan_docx=docx("The plan"))),
        ("open.zip", plain_zip(plan_docx=docx("The plan"))),
        ("Kayleigh Thompson.txt", b"Kayleigh Thompson\r\n"),
        ("odd.pdf", b"%PDF-1.7 and nothing more"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """One random message."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


def random_mail(chance: random.Random, number: int) -> Mail:
    sender = chance.choice(SENDERS)
    recipients = tuple(dict.fromkeys(chance.choices(RECIPIENTS, k=chance.choice((1, 1, 1, 2, 3, 6)))))
    mail = EmailMessage()
    mail["From"] = sender
    shown = chance.randint(1, len(recipients))
    mail["To"] = ", ".join(map(quoted, recipients[:shown]))
    if recipients[shown:]:
        mail["Cc"] = ", ".join(map(quoted, recipients[shown:]))
    mail["Subject"] = chance.choice(SUBJECTS)
    mail["Date"] = "Mon, 23 Nov 2026 09:00:00 +0000"
    mail["Message-ID"] = f"<{number}.agreement@borough.gov.uk>"
    if chance.random() < 0.1:
        mail["Auto-Submitted"] = "auto-replied"
    if chance.random() < 0.05:
        mail["Sensitivity"] = "Private"
    mail.set_content(chance.choice(BODIES))
    if chance.random() < 0.2:
        mail.add_alternative(f"<p>{chance.choice(BODIES)}</p>", subtype="html")
    for name, content in chance.sample(files(), chance.choice((0, 0, 1, 1, 2))):
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return Mail(mail["Message-ID"], sender, recipients, wire(mail.as_bytes(policy=mail.policy.clone(utf8=True))))


def quoted(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f'"{local}"@{domain}' if " " in local else address


Verdicts = dict[str, tuple[str, str]]


def through_smtp(gateway: Gateway, mails: Sequence[Mail]) -> list[Verdicts]:
    """{recipient: (verdict, path)} of each message as the records say."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert sum(pool.map(lambda first: send(gateway, mails[first::CONNECTIONS]), range(CONNECTIONS))) == len(mails)
    found = {record.entry.details["message_id"]: record.entry.verdicts for record in asyncio.run(recorded(gateway))}
    return [{recipient.lower(): (verdict, path) for recipient, _, path, verdict in found.get(mail.id, ())} for mail in mails]


def send(gateway: Gateway, mails: Sequence[Mail]) -> int:
    """How many the gateway took, on one connection."""
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=120) as client:
        client.ehlo()
        return sum(
            client.sendmail(mail.sender, list(map(quoted, mail.recipients)), mail.raw, mail_options=["SMTPUTF8"]) == {} for mail in mails
        )


async def recorded(gateway: Gateway) -> tuple[DisclosureRecord, ...]:
    async with store_of(settings_at(gateway)) as store:
        return disclosures(await store.records(limit=MANY))


def settings_at(gateway: Gateway) -> Settings:
    return load_settings(str(gateway.folder / "gateway.yaml"), {})


def by_explain(gateway: Gateway, folder: Path) -> list[Verdicts]:
    said = [line for part in sorted(folder.iterdir()) for line in gateway.ask("explain", str(part), ok=(0, 2))]
    said.sort(key=lambda one: one["file"])
    return [{one["recipient"].lower(): (one["verdict"], one["path"]) for one in message["rulings"]} for message in said]


def by_judge(gateway: Gateway, mails: Sequence[Mail]) -> list[Verdicts]:
    policy = load_folder(gateway.policy)
    setting = Setting.of(settings_at(gateway).routes, datetime.now(UTC))
    found = []
    for mail in mails:
        recipients = [Recipient(parse_recipient(quoted(address))) for address in mail.recipients]
        rulings = judge(policy, mail.raw, parse_mailbox(mail.sender), recipients, setting).rulings
        found.append({str(one.destination.recipient.address).lower(): (one.verdict.word, one.destination.path.value) for one in rulings})
    return found


def by_replay(gateway: Gateway) -> tuple[list[dict[str, Any]], dict[str, int], float]:
    """The changes, the summary and the seconds of `replay` under the policy that judged."""
    began = time.monotonic()
    *changes, last = gateway.ask("replay", "--policy", str(gateway.policy), "--since", "1d")
    return changes, last["summary"], time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared, and where they differ, in words."""

    recipients: int
    verdicts: Counter[str]
    differences: tuple[str, ...]
    replay_s: float


def compare(folder: Path, count: int, seed: int, table: str, rules: str) -> Report:
    """All four ways for `count` random messages."""
    policy = Path(shutil.copytree(ROOT / "policies", folder / "policies"))
    main = policy / "policy.yaml"
    main.write_text(main.read_text().replace("\ntable: annex4-2009", f"\ntable: {table}").replace("\nrules: strict", f"\nrules: {rules}"))
    chance = random.Random(seed)
    mails = [random_mail(chance, number) for number in range(count)]
    letters = folder / "letters"
    for number, mail in enumerate(mails):
        file = letters / f"{number // FOLDER:04}" / f"{number:06}.eml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(mail.raw)
    with Gateway(folder, policy=policy) as gateway:
        smtp = through_smtp(gateway, mails)
        said, judged = by_explain(gateway, letters), by_judge(gateway, mails)
        changes, _, replay_s = by_replay(gateway)
    lengths = {"smtp": len(smtp), "explain": len(said), "judge": len(judged)}
    differences = [] if set(lengths.values()) == {count} else [f"of {count} messages: {lengths}"]
    for number, ways in enumerate(zip(smtp, said, judged, strict=False)):
        if not ways[0] == ways[1] == ways[2]:
            differences.append(f"message {number} (seed {seed}): smtp {ways[0]}, explain {ways[1]}, judge {ways[2]}")
    differences += [f"replay: {change}" for change in changes]
    verdicts = Counter(verdict for one in smtp for verdict, _ in one.values())
    return Report(sum(map(len, smtp)), verdicts, tuple(differences), replay_s)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wrong = 0
    for table, rules in (("annex4-2009", "strict"), ("uk-modern", "proportionate")):
        with tempfile.TemporaryDirectory() as folder:
            report = compare(Path(folder), args.messages // 2, args.seed, table, rules)
        print(f"{table}, {rules}: {report.recipients:,} recipients {dict(report.verdicts)}, replay {report.replay_s:.1f} s")
        print("\n".join(report.differences[:20]) or "smtp, explain, replay and judge agree")
        wrong += len(report.differences)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
