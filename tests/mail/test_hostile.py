"""Whatever the bytes: reading does not raise, ends soon, and tells the same story twice."""

import time

import pytest
from hypothesis import HealthCheck, given, settings

from gateway.mail import read

from .laws import check_laws
from .strategies import messages, mutated
from .vectors import all_cases

MIME = b"From: a@b.uk\r\nMIME-Version: 1.0\r\n"
SEEDS = [case.raw for case in all_cases() if len(case.raw) < 20_000][::7]


@given(messages())
@settings(max_examples=300, deadline=None)
def test_any_sequence_of_lines_can_be_read(raw):
    check_laws(raw)


@given(mutated(SEEDS))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_damage_to_a_message_can_be_read(raw):
    assert check_laws(raw) == read(raw)


@pytest.mark.parametrize("case", [all_cases()[index] for index in (0, 300, 700, 1000)], ids=lambda case: case.id)
def test_a_message_can_be_cut_anywhere(case):
    for end in range(0, len(case.raw), 3):
        check_laws(case.raw[:end])


def nested_multiparts(levels: int) -> bytes:
    parts = (b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1) for level in range(levels))
    return MIME + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(parts)


# What stops the standard library for seconds, or for good (threats H5), and what looked dangerous here.
HEAVY = {
    "50,000 quotes in To": b"To: " + b'"' * 50_000 + b"\r\n\r\nx",
    "20,000 encoded words": b"Subject: " + b" ".join([b"=?utf-8?q?abc?="] * 20_000) + b"\r\n\r\nx",
    "20,000 addresses": b"To: " + b", ".join(b"Some One <user%d@example.com>" % number for number in range(20_000)) + b"\r\n\r\nx",
    "100,000 empty parts": MIME + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 100_000,
    "2,000 multiparts in one another": nested_multiparts(2_000),
    "2,000 messages in one another": MIME + b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
    "3,000 comments": b"From: " + b"(" * 3_000 + b"\r\n\r\n",
    "a header of 10 MB": b"X: " + b"y" * 10_000_000 + b"\r\n\r\nx",
    "200,000 fields": b"X: y\r\n" * 200_000 + b"\r\nx",
    "a boundary of 200 kB": b"Content-Type: multipart/mixed; boundary=" + b"b" * 200_000 + b"\r\n\r\n--" + b"b" * 200_000 + b"\r\n",
    "a long line without a colon": b"x" * 300_000 + b"\r\n\r\nx",
    "100 kB of parameters": b"Content-Type: text/plain; " + b"; ".join(b"a%d=b" % number for number in range(12_000)) + b"\r\n\r\nx",
    "12,000 continuations of a name": b"Content-Type: text/plain; "
    + b"; ".join(b"name*%d=b" % number for number in range(12_000))
    + b"\r\n\r\nx",
    "80,000 folds of blanks": b"X: y\r\n" + b" \r\n" * 60_000 + b"\r\nx",
}


@pytest.mark.parametrize("what", HEAVY)
def test_what_hangs_other_readers_takes_under_fifty_milliseconds(what):
    best = 1.0
    for _ in range(9):
        start = time.process_time()
        read(HEAVY[what])
        best = min(best, time.process_time() - start)
    assert best < 0.05


LONG = {
    "soft breaks": (b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", b"a= \n"),
    "padding in every line of base64": (b"Content-Transfer-Encoding: base64\r\n\r\n", b"QUJD\r\nQ=\r\n"),
    "uuencode that never ends": (b"\r\n", b"begin 644 a\r\n"),
    "yEnc that never ends": (b"\r\n", b"=ybegin line=1 name=a\r\n"),
    "armour that never ends": (b"\r\n", b"-----BEGIN PGP MESSAGE-----\r\n"),
    "data: URIs": (b"Content-Type: text/html\r\n\r\n", b"data:;a=b;a=b,"),
    "almost boundaries": (b"Content-Type: multipart/mixed; boundary=aa\r\n\r\n", b"--aa"),
    "undeclared boundaries": (b"Content-Type: multipart/mixed; boundary=aa\r\n\r\n", b"--y\r\n"),
    "attachments of a calendar": (b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n", b"ATTACH;"),
    "messages of a mailbox file": (b"Content-Type: application/mbox\r\n\r\n", b"From a\nA: b\n\n"),
    "blank lines": (b"", b"\r\n"),
    "references to nothing": (b"Content-Type: text/html\r\n\r\n", b"&#97;&amp;"),
    "rows of X": (b"\r\n", b"X" * 76 + b"\r\n"),
    "rows that may be base64": (b"\r\n", b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 3 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("what", LONG)
def test_twice_the_length_takes_about_twice_the_time(what):
    fields, unit = LONG[what]

    def cost(count: int) -> float:
        raw = MIME + fields + unit * count
        start = time.process_time()
        read(raw)
        return time.process_time() - start

    few, many = min(cost(20_000) for _ in range(3)), min(cost(160_000) for _ in range(2))
    assert many < max(24 * few, 0.25)  # Eight times as long: a quadratic reader takes 64 times.
