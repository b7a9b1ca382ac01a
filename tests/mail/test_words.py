"""Header text is read as every mail program shows it."""

import pytest

from gateway.mail import decode_words

USUAL = [
    (b" Papers as agreed ", "Papers as agreed"),
    (b"=?utf-8?q?Caf=C3=A9_now?=", "Caf\xe9 now"),
    (b"=?UTF-8?B?Q2Fmw6k=?= plain", "Caf\xe9 plain"),
    (b"=?iso-8859-1?q?J=F6rg?=", "J\xf6rg"),
    (b"folded\r\n over lines", "folded over lines"),
    # White space between two words is none (RFC 2047 6.2).
    (b"=?utf-8?q?Kay?= \r\n =?utf-8?q?leigh?=", "Kayleigh"),
    # A sender cut a character in two.
    (b"=?utf-8?b?Q2Fmww==?= =?utf-8?b?qQ==?=", "Caf\xe9"),
    (b"=?utf-8*en?q?hello?=", "hello"),
    (b"=?utf-7?q?+AGE-bc?=", "abc"),
    (b"raw \xc3\xa9 bytes", "raw \xe9 bytes"),
    (b"raw \xe9 bytes", "raw \xe9 bytes"),
    (b"=?utf-8?q?with space inside?=", "with space inside"),
    (b"", ""),
]


@pytest.mark.parametrize(("value", "text"), USUAL)
def test_the_usual_reading_comes_first(value, text):
    assert decode_words(value)[0] == text


READINGS = [
    (b"=?nonsense?q?Kayleigh?=", "Kayleigh"),
    (b"=?utf-8?b?S2F5bGVpZ2g?=", "Kayleigh"),
    (b"=?utf-8?b?S2F5*bGVpZ2g=?=", "Kayleigh"),
    (b"=?utf-8?x?Kayleigh?=", "=?utf-8?x?Kayleigh?="),
    (b"\x1b$B5~ET\x1b(B", "\u4eac\u90fd"),
]


@pytest.mark.parametrize(("value", "text"), READINGS)
def test_damaged_words_are_read_as_lenient_programs_do(value, text):
    assert text in decode_words(value)


@pytest.mark.parametrize("codec", ["idna", "punycode", "zlib", "rot13", "unicode_escape", "undefined", "hex"])
def test_python_codecs_that_are_no_charsets_are_not_used(codec):
    assert decode_words(b"=?%s?q?\\x41abc?=" % codec.encode())[0] == "\\x41abc"
