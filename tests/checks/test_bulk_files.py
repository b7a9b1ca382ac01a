"""Lists of people in real files, sent as real messages: counted within a fifth; lists of numbers alarm nobody.

More than the suite looks at: `python -m tests.checks.test_bulk_files 400`.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest

from gateway.checks import inspect_text
from gateway.model.findings import Reason
from gateway.model.looking import DEFAULT_LOOKS_FOR
from gateway.workers import examine_now
from tests.checks.lists import FAMILY, FORMATS, GIVEN, Listed, birthday, nhs, of_people, of_things

LOOKS_FOR = replace(DEFAULT_LOOKS_FOR, bulk_people=5)
"""Half of what the shipped policy allows, so that a list of ten that is counted short still tells its count."""
IN_SUITE = 24
"""Lists of each format: 96 of people and 96 of things, a few seconds."""
WITHIN, ENOUGH = 0.2, 0.95


def counted(raw: bytes) -> int:
    """The people that the findings about a message speak of."""
    return max((one.count for one in examine_now(raw, LOOKS_FOR).findings.items if one.reason is Reason.BULK_PERSONAL), default=0)


def with_file(content: bytes, name: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Jo Bell <jo.bell@borough.gov.uk>", "team@ymca-east.org.uk", "The list"
    message["Message-ID"], message["Date"] = "<1@borough.gov.uk>", "Mon, 02 Nov 2026 10:00:00 +0000"
    message.set_content("As discussed.\n")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def off(make: Callable[[int], Listed], format: str, files: int) -> list[tuple[int, int, int]]:
    """(seed, people, counted) of every file whose count is more than a fifth off."""
    wrong = []
    for seed in range(files):
        listed = make(seed)
        count = counted(with_file(FORMATS[format](listed.rows, seed), f"list.{format}"))
        if abs(count - listed.people) > WITHIN * listed.people:
            wrong.append((seed, listed.people, count))
    return wrong


@pytest.mark.parametrize("format", FORMATS)
def test_people_in_a_file_are_counted_within_a_fifth(format: str) -> None:
    assert len(off(of_people, format, IN_SUITE)) <= (1 - ENOUGH) * IN_SUITE


@pytest.mark.parametrize("format", FORMATS)
def test_invoices_stock_phones_and_meters_alarm_nobody(format: str) -> None:
    assert off(of_things, format, IN_SUITE) == []


def body_only(text: str) -> bytes:
    return f"From: jo.bell@borough.gov.uk\r\nTo: a@ymca-east.org.uk\r\nSubject: Papers\r\n\r\n{text}".replace("\n", "\r\n").encode()


def told(seed: int) -> str:
    """Twelve people as a person types them."""
    chance = random.Random(seed)
    pairs = chance.sample([(given, family) for given in GIVEN for family in FAMILY], 12)
    return "\n".join(f"{given} {family}, born {birthday(chance, seed % 6, 2011)}, NHS number {nhs(chance)}" for given, family in pairs)


@pytest.mark.parametrize("seed", range(6))
def test_people_told_one_per_line_in_a_text_are_a_list(seed: int) -> None:
    assert counted(body_only(f"Hello,\n\nthe children are:\n\n{told(seed)}\n\nBest wishes\nJo\n")) == 12


def test_a_person_and_a_birthday_are_both_told() -> None:
    verdict = inspect_text("Oliver Bancroft, born 01/02/2014", "body")
    assert verdict.personal and {"PERSON", "DOB"} <= set(verdict.kinds)


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else IN_SUITE
    for name, make in (("people", of_people), ("things", of_things)):
        for format in FORMATS:
            wrong = off(make, format, files)
            print(f"{name:8}{format:6}{files - len(wrong):5} of {files} right", *wrong[:12])


if __name__ == "__main__":
    main()
