"""The demo's judge: it says 'as it should be' only when outbox, holds, records and notices all agree."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from gateway.cli.demo import Columns
from gateway.cli.demo_files import word_file
from gateway.cli.demo_judge import Arrived, Sent, World, what_became_of
from gateway.cli.demo_messages import JO, DemoMessage, held, locked, sent, the_week

MESSAGE = DemoMessage(
    "two people", JO, "Papers", "x\n", (sent("a@nhs.net", "a@nhs.net.cjasm.net"), held("b@croydon.gov.uk", "attachment.unprotected"))
)
RAW = b"Message-ID: <1@borough.gov.uk>\r\n\r\nx\r\n"
SENT = Sent(MESSAGE, "<1@borough.gov.uk>", RAW, "250")
MAIL = Arrived("mail", (("a@nhs.net.cjasm.net", "a@nhs.net"),), RAW)
NOTICE = Arrived("notice", ((JO, JO),), b"In-Reply-To: <1@borough.gov.uk>\r\n\r\nx\r\n")
HOLD: dict[str, object] = {"sender": JO, "recipients": ["b@croydon.gov.uk"], "reasons": ["attachment.unprotected"]}
RECORD: dict[str, object] = {
    "sender": JO,
    "recipients": ["a@nhs.net", "b@croydon.gov.uk"],
    "reasons": ["attachment.unprotected"],
    "verdicts": [
        {"recipient": "a@nhs.net", "path": "bridge", "verdict": "deliver"},
        {"recipient": "b@croydon.gov.uk", "path": "insecure", "verdict": "hold"},
    ],
}
WORLD = World((MAIL, NOTICE), (HOLD,), (RECORD,))


def test_all_is_well() -> None:
    first, second = what_became_of(SENT, WORLD)
    assert (first.outcome, first.right) == ("sent as a@nhs.net.cjasm.net", True)
    assert (second.outcome, second.right) == ("held", True)
    assert second.why.startswith("A file in the email is not locked.")


WRONG = [
    ("a copy to another address", 0, replace(WORLD, arrived=(replace(MAIL, recipients=(("a@nhs.net", "a@nhs.net"),)), NOTICE))),
    ("two copies", 0, replace(WORLD, arrived=(MAIL, MAIL, NOTICE))),
    ("other bytes", 0, replace(WORLD, arrived=(replace(MAIL, raw=RAW + b"footer\r\n"), NOTICE))),
    ("no copy", 0, replace(WORLD, arrived=(NOTICE,))),
    ("a copy of what should be held", 1, replace(WORLD, arrived=(MAIL, replace(MAIL, recipients=(("b@croydon.gov.uk",) * 2,)), NOTICE))),
    ("no hold", 1, replace(WORLD, holds=())),
    ("a hold for another reason", 1, replace(WORLD, holds=({**HOLD, "reasons": ["body.personal"]},))),
    ("no record", 1, replace(WORLD, records=())),
    ("no notice", 1, replace(WORLD, arrived=(MAIL,))),
    ("two notices", 1, replace(WORLD, arrived=(MAIL, NOTICE, NOTICE))),
    ("a notice to somebody else", 1, replace(WORLD, arrived=(MAIL, replace(NOTICE, recipients=(("x@y", "x@y"),))))),
]


@pytest.mark.parametrize(("number", "world"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_it_is_not_as_it_should_be_with(number: int, world: World) -> None:
    assert not what_became_of(SENT, world)[number].right


# A locked copy

GIVEN = "maple-otter-canal-frost-tiger-47"
CARER = DemoMessage("a plan", JO, "Placement", "x\n", (locked("rita@example.com", "attachment.unprotected"),))


def locked_world(password: str, given: str = GIVEN) -> World:
    """The carer's copy has left with a file locked by `password`; the sender was given another or the same."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(word_file(*["A line of the plan, of which there are many."] * 99))).encrypt(password, file)
    mail = EmailMessage()
    mail["Message-ID"] = "<1@borough.gov.uk>"
    mail.set_content("x")
    mail.add_attachment(file.getvalue(), maintype="application", subtype="octet-stream", filename="plan.docx")
    notice = replace(NOTICE, raw=b"In-Reply-To: <1@borough.gov.uk>\r\n\r\nThe password\r\n" + given.encode() + b"\r\n")
    return World((Arrived("mail", (("rita@example.com",) * 2,), mail.as_bytes()), NOTICE, notice), (), ())


def test_a_locked_copy_is_right_when_only_the_given_password_opens_it() -> None:
    (became,) = what_became_of(replace(SENT, message=CARER), locked_world(GIVEN))
    assert (became.outcome, became.right) == ("held, then sent with the file locked", True)


@pytest.mark.parametrize("world", [locked_world("another-one"), locked_world(GIVEN, given="no password here"), locked_world("another")])
def test_a_locked_copy_is_not_right_otherwise(world: World) -> None:
    assert not what_became_of(replace(SENT, message=CARER), world)[0].right


def test_the_demo_ends_well_and_its_table_says_why(root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "gateway.cli.demo", "--notice"], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO " not in done.stdout
    assert "Everything became what it should: 15 messages" in done.stdout
    assert re.search(
        r"^ok +sam\.reid@nhs\.net +sent as sam\.reid@nhs\.net\.cjasm\.net +They can be reached by secure email", done.stdout, re.M
    )
    assert re.search(r"^    \| Your email was not sent to \S+@\S+ and \S+@\S+$", done.stdout, re.M)


def test_a_demo_that_cannot_start_says_so(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli.demo", "--policy", str(tmp_path)], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "the gateway did not start (exit status 1)" in done.stderr


def test_no_two_messages_of_the_week_go_to_the_same_person() -> None:
    everybody = [recipient for message in the_week() for recipient in message.recipients]
    assert len(everybody) == len(set(everybody))
    assert len(the_week()) >= 12


def test_a_row_wraps_its_cells_under_each_other() -> None:
    assert Columns(2, 6, 5, 10).row("ok", "a@b.cd", "sent", "because it is fine") == "ok a@b.cd sent  because it\n                is fine"
