"""Limits that counted for each file of a message and not for all: many files together were a bomb that no one of them was."""

from email.message import EmailMessage

import pytest

from gateway.mail.containers import Limits, members_of, recognise
from gateway.mail.containers.limits import MESSAGE_LIMITS, Budget
from gateway.model.findings import Reason
from gateway.workers import examine_now
from tests.files import plain_zip
from tests.mail.containers import makers as m


def message(*files: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jo@borough.gov.uk", "sam@example.org", "Plan"
    mail.set_content("As agreed.")
    for number, content in enumerate(files):
        mail.add_attachment(content, maintype="application", subtype="zip", filename=f"{number}.zip")
    return mail.as_bytes()


def zip_of(count: int) -> bytes:
    return plain_zip(**{f"note{number}_txt": b"The club is on Tuesday." for number in range(count)})


@pytest.mark.parametrize(("counts", "unchecked"), [((150,), False), ((201,), True), ((120, 120), True), ((60, 60), False)])
def test_files_in_files_are_counted_over_the_whole_message(counts: tuple[int, ...], unchecked: bool) -> None:
    findings = examine_now(message(*map(zip_of, counts))).findings
    assert (Reason.MESSAGE_UNCHECKED in findings.reasons) is unchecked


def test_what_is_unpacked_is_counted_over_all_looks() -> None:
    whole = Budget(Limits(total_bytes=1_000_000))
    content = m.by_zipfile({"a.zip": m.by_zipfile({"a.txt": bytes(100_000)}), "b.txt": bytes(400_000)})
    first = recognise(content, whole=whole)
    assert first.complete
    assert sum(len(data) for _, data in members_of(content, first, whole=whole)) > 400_000
    assert not recognise(m.by_zipfile({"c.zip": m.by_zipfile({"c.bin": bytes(700_000)}, 0)}), whole=whole).complete


def test_an_honest_zip_of_zips_is_within_the_budget() -> None:
    """What a message of 50 MB can hold of files that are packed already, in one zip in another."""
    whole = Budget(MESSAGE_LIMITS)
    noise = b"\1" + m.plain_pdf() * 10
    content = m.by_zipfile({"inner.zip": m.by_zipfile({f"{number}.pdf": noise + bytes(3_600_000) for number in range(10)}, 0)})
    outer = recognise(content, whole=whole)
    for name, inner in members_of(content, outer, whole=whole):
        within = recognise(inner, name, whole=whole)
        assert all(recognise(data, each, whole=whole).complete for each, data in members_of(inner, within, whole=whole))
        assert within.complete
    assert outer.complete
