"""The arguments of commands: exactly as written, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.commands import Refused, read_attributes, read_bdat, read_mail, read_recipient, to_xtext

PATHS = {
    # The path as it stood in the command -> the address, or the code that refuses it.
    "TO:<bob@nhs.net>": "bob@nhs.net",
    "to:<bob@nhs.net>": "bob@nhs.net",
    "TO: <bob@nhs.net>": "bob@nhs.net",
    'TO:<"a b"@nhs.net>': '"a b"@nhs.net',
    'TO:<"a>b"@nhs.net>': '"a>b"@nhs.net',
    "TO:bob@nhs.net": "501",
    "TO:<bob@nhs.net": "501",
    "TO:  <bob@nhs.net>": "501",
    "TO:<bob@nhs.net> <carol@evil.example>": "501",
    "TO:<bob@nhs.net>NOTIFY=NEVER": "501",
    "TO:< bob@nhs.net>": "501",
    "TO:<bob@nhs.net >": "501",
    "TO:<<bob@nhs.net>>": "501",
    "TO:<>": "501",
    "FROM:<bob@nhs.net>": "501",
    "TO:<@evil.example:bob@nhs.net>": "553",
    "TO:<bob@nhs.net@evil.example>": "553",
    "TO:<=?utf-8?q?a=0d=0aRCPT?=@nhs.net>": "553",
    "TO:<bob@nhs.net\0.evil.example>": "553",
    "TO:<bob@[127.0.0.1]>": "553",
    "TO:<b\u00f6b@nhs.net>": "553",
    "TO:<bob@nhs.net> NOTIFY=NEVER,SUCCESS": "501",
    "TO:<bob@nhs.net> NOTIFY=": "501",
    "TO:<bob@nhs.net> NOTIFY=NEVER NOTIFY=NEVER": "501",
    "TO:<bob@nhs.net> ORCPT=rfc822;a+0D+0Ab": "501",
    "TO:<bob@nhs.net> ORCPT=rfc822;a+0d": "501",
    "TO:<bob@nhs.net> ORCPT=a": "501",
    "TO:<bob@nhs.net> SIZE=3": "555",
    "TO:<bob@nhs.net> X-FOO=bar": "555",
    "TO:<bob@nhs.net>  NOTIFY=NEVER": "bob@nhs.net",
}


@pytest.mark.parametrize(("argument", "expected"), PATHS.items())
def test_recipients(argument: str, expected: str) -> None:
    try:
        assert str(read_recipient(argument, smtputf8=False).address) == expected
    except Refused as refused:
        assert str(refused.reply.code) == expected


@pytest.mark.parametrize(
    "options",
    ["SIZE=12 BODY=8BITMIME", "BODY=7bit", "SMTPUTF8", "RET=full ENVID=a+2Bb", "size=3 Ret=HDRS"],
)
def test_options_are_kept_as_written(options: str) -> None:
    assert read_mail(f"FROM:<a@b.example> {options}").options == tuple(options.split())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("SIZE=x", 501),
        ("SIZE", 501),
        ("BODY=BINARYMIME", 501),
        ("RET=NONE", 501),
        ("ENVID=a+0D+0AX", 501),
        ("ENVID=a+0", 501),
        ("ENVID=" + "a" * 101, 501),
        ("SMTPUTF8=yes", 501),
        ("REQUIRETLS", 555),
        ("BY=3;R", 555),
        ("FOO", 555),
        ("=x", 501),
        ("SIZE=1 SIZE=1", 501),
    ],
)
def test_options_that_we_do_not_carry(options: str, code: int) -> None:
    with pytest.raises(Refused) as caught:
        read_mail(f"FROM:<a@b.example> {options}")
    assert caught.value.reply.code == code


def test_the_null_sender_is_a_case_of_its_own() -> None:
    mail = read_mail("FROM:<> SIZE=10 AUTH=<>")
    assert (mail.sender, mail.size, mail.options) == (None, 10, ("SIZE=10",))


def test_requiretls_counts_where_it_was_offered() -> None:
    assert read_mail("FROM:<a@b.example> REQUIRETLS", requiretls=True).options == ("REQUIRETLS",)


@pytest.mark.parametrize("argument", ["", "x", "-1", "1 2", "1 LAST x", "1.5", "9" * 13, " 1", "1\t LAST", "\u0661"])
def test_a_chunk_size_that_is_none(argument: str) -> None:
    with pytest.raises(Refused):
        read_bdat(argument)


def test_chunk_sizes() -> None:
    assert (read_bdat("0 LAST"), read_bdat("86 last"), read_bdat("7")) == ((0, True), (86, True), (7, False))


def test_attributes_of_another_client() -> None:
    assert read_attributes("NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1 HELO=a+2Db") == {"NAME": "", "ADDR": "IPv6:2001:db8::1", "HELO": "a-b"}
    for argument in ("ADDR", "HELO=a+0D+0Ab", "NAME=a=b"):
        with pytest.raises(Refused):
            read_attributes(argument)


@given(st.text(max_size=30))
def test_xtext_is_one_printable_word(text: str) -> None:
    word = to_xtext(text)
    assert word.isascii()
    assert not word or (word.isprintable() and " " not in word and "=" not in word)


@given(st.text(max_size=60) | st.from_regex(r"TO:<[a-z@.\"\\ ]{1,20}>( [A-Z=;a-z+]{1,9})?", fullmatch=True))
def test_no_argument_makes_the_reader_stumble(argument: str) -> None:
    for read in (lambda: read_recipient(argument, smtputf8=True), lambda: read_mail(argument), lambda: read_attributes(argument)):
        try:
            read()
        except Refused as refused:
            assert refused.reply.permanent
