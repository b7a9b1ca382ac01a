"""Every decoder's reading of a body is among ours; what cannot all be listed is said."""

import base64
import binascii
import contextlib
import random

import pybase64
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.bodies import decode_base64, decode_quoted_printable, hidden_base64

LETTERS = base64.b64encode(b"The plan for Thursday, in full.")


@settings(deadline=None)
@given(st.binary(max_size=3_000), st.sampled_from([76, 60, 4, 72]), st.sampled_from([b"\r\n", b"\n"]))
def test_clean_base64_has_one_reading(content, width, newline):
    flat = base64.b64encode(content)
    body = b"".join(flat[at : at + width] + newline for at in range(0, len(flat), width))
    assert decode_base64(body).contents == (content,)
    assert not decode_base64(body).unsettled


@pytest.mark.parametrize("lines", [3, 400])
def test_one_skipped_character_anywhere_is_seen(lines):
    content = random.Random(1).randbytes(57 * lines)
    body = bytearray(base64.encodebytes(content).replace(b"\n", b"\r\n"))
    for at in random.Random(2).sample(range(len(body) - 2), 60):
        changed = bytes(body[:at]) + b"-" + bytes(body[at + 1 :])
        assert decode_base64(changed).unsettled, at


def lenient(body: bytes) -> list[bytes]:
    """What decoders in use make of it: the stdlib's stops at padding, pybase64's skips junk."""
    readings = [binascii.a2b_base64(body + b"==")]
    with contextlib.suppress(ValueError, binascii.Error):
        readings.append(pybase64.b64decode(body))
    return readings


BROKEN = [
    LETTERS[:8] + b"=" + LETTERS[8:],
    LETTERS[:8] + b"==\r\n" + LETTERS[8:],
    LETTERS[:20] + b"\r\n" + LETTERS[20:].rstrip(b"="),
    LETTERS[:21] + b"\r\n" + LETTERS[21:40] + b"\r\n" + LETTERS[40:],
    LETTERS[:9] + b"*" + LETTERS[9:],
    LETTERS + b"\r\n-- \r\nfooter",
]


@pytest.mark.parametrize("body", BROKEN)
def test_the_readings_of_other_decoders_are_given(body):
    decoded = decode_base64(body)
    for reading in lenient(body):
        assert reading in decoded.contents or decoded.unsettled


def test_the_body_is_found_within_the_message():
    data = b"before " + LETTERS + b" after"
    assert decode_base64(data, 7, 7 + len(LETTERS)).contents == (b"The plan for Thursday, in full.",)


def test_a_body_that_is_broken_everywhere_is_unsettled_and_cheap():
    assert decode_base64(b"QUJD=\r\n" * 20_000).unsettled
    assert decode_base64(b"QUJD-" * 2_000_000).unsettled and len(decode_base64(b"QUJD-" * 2_000_000).contents) == 1
    assert decode_quoted_printable(b"a=\t\r\n" * 20_000).unsettled


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_clean_quoted_printable_has_one_reading(content):
    decoded = decode_quoted_printable(binascii.b2a_qp(content, istext=False))
    assert decoded.contents == (content,)


def test_base64_that_nobody_declared_is_seen_and_words_are_not():
    assert hidden_base64(base64.encodebytes(bytes(range(60)))) == bytes(range(60))
    assert hidden_base64(b"Dear Sam, the plan is on its way to you.") is None
    assert hidden_base64(b"WORD" * 5) is None
    assert hidden_base64(base64.encodebytes(b"4010232137\n" * 20)) == b"4010232137\n" * 20
    assert hidden_base64(b"X" * 80 + b"\r\n") is None  # What a load generator fills its messages with is no file.
    assert hidden_base64(b"") is None
