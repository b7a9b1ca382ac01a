"""Replies that nobody can edit lose the words they repeat, and nothing else."""

import pytest

from gateway.mail import read
from gateway.service.neutral import neutral, without_free_text

OUT_OF_OFFICE = (
    b"From: jo.bell@borough.gov.uk\r\nTo: senco@stmarys-academy.org.uk\r\nSubject: Automatic reply: Kayleigh Thompson - missed\r\n"
    b"Thread-Topic: Kayleigh Thompson\r\nAuto-Submitted: auto-replied\r\n\r\nI am away until Monday.\r\n"
)
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY;LANGUAGE=en:Accepted: Ellie Du\r\n nn - TAC\r\n"
    b"DESCRIPTION:CP conference\\, Ellie\r\n\tDunn\r\nDTSTART:20261126T090000Z\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:jo@x\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
ACCEPTED = (
    b"From: jo.bell@borough.gov.uk\r\nTo: senco@stmarys-academy.org.uk\r\nSubject: Accepted: Ellie Dunn - TAC meeting\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\r\n'
    b"--b\r\nContent-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n" + CALENDAR + b"\r\n--b--\r\n"
)


def test_an_out_of_office_reply_keeps_everything_but_its_subject() -> None:
    changed = neutral(OUT_OF_OFFICE)
    assert changed is not None
    assert read(changed).subject == "Automatic reply"
    assert b"Kayleigh" not in changed
    assert changed.endswith(b"Auto-Submitted: auto-replied\r\n\r\nI am away until Monday.\r\n")


def test_an_accepted_invitation_says_so_and_no_more() -> None:
    changed = neutral(ACCEPTED)
    assert changed is not None
    message = read(changed)
    assert message.subject == "Accepted: your meeting"
    (calendar,) = [part for part in message.parts if part.media_type == "text/calendar"]
    assert b"PARTSTAT=ACCEPTED" in calendar.content
    assert b"Dunn" not in calendar.content
    assert message.calendar_method == "REPLY"


def test_folded_lines_go_with_the_line_they_continue() -> None:
    kept = without_free_text(CALENDAR)
    assert b"Dunn" not in kept
    assert b"nn - TAC" not in kept
    assert kept.startswith(b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n")
    assert kept.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")


@pytest.mark.parametrize("raw", [b"Subject: Ellie Dunn\r\n\r\nHello\r\n", b"", OUT_OF_OFFICE.replace(b"auto-replied", b"no")])
def test_what_a_person_wrote_is_left_alone(raw: bytes) -> None:
    assert neutral(raw) is None
