"""The address vectors B01-B47 through SMTP: nobody is ever delivered to an address other than the one written."""

import contextlib
import smtplib
import socket
from collections.abc import Iterator

import pytest

from tests.files import docx
from tests.harness import Gateway, letter, wire

JO = "jo.bell@borough.gov.uk"
FILE = docx("The plan")

# What is written between the angle brackets, and how it must count: 'insecure' or refused at RCPT ('no'), or the address it goes to.
LOOK_ALIKES: list[tuple[str, bytes]] = [
    ("B01", b"bob@nhs.net.evil.example"),
    ("B02", b"bob@evilnhs.net"),
    ("B03", b"bob@nhs.net-evil.example"),
    ("B04", b"bob@nhs.net.cjasm.net.evil.example"),
    ("B05", b"bob@cjasm.net.evil"),
    ("B06", "bob@nhs.nét".encode()),
    ("B07", b"bob@xn--nhs-cja.net"),
    ("B08", "bob@нhs.net".encode()),
    ("B09", "bob@ｎhs.net".encode()),
    ("B10", "bob@nhs。net".encode()),
    ("B11", "bob@nhs\u200b.net".encode()),
    ("B12", "bob@nhs\u00ad.net".encode()),
    ("B13", b"bob@nhs.net\0.evil.example"),
    ("B14", b"bob@nhs.net\x7f"),
    ("B15", b"bob@nhs.net@evil.example"),
    ("B16", b'"bob@nhs.net"@evil.example'),
    ("B17", b"bob%nhs.net@evil.example"),
    ("B18", b"evil.example!bob@nhs.net"),
    ("B19", b"@evil.example:bob@nhs.net"),
    ("B20", b"@nhs.net,@x:bob@evil2.example"),
    ("B21a", b"bob(nhs.net)@evil.example"),
    ("B21b", b"bob@evil.example(@nhs.net)"),
    ("B22", b'"<bob@nhs.net>"@evil.example'),
    ("B23a", b"=?utf-8?q?bob=40evil.example=3E=0D=0ARCPT_TO=3A=3Cx?=@nhs.net"),
    ("B23b", b"=?utf-8?b?Ym9iQGV2aWwuZXhhbXBsZQ==?=@nhs.net"),
    ("B23c", b"bob@=?utf-8?q?nhs.net?="),
    ("B23d", b"=?utf-7?q?bob?=@nhs.net"),
    ("B24a", b"bob@[127.0.0.1]"),
    ("B24b", b"bob@[IPv6:::1]"),
    ("B25", b"bob@nhs.net,carol@evil.example"),
    ("B26a", b"bob@nhs.uk"),
    ("B26b", b"bob@nhs.scot"),
    ("B26c", b"bob@gsi.gov.uk.com"),
    ("B26d", b"bob@gov.uk"),
    ("B26e", b"bob@police.uk"),
    ("B26f", b"bob@notpnn.police.uk"),
    ("B27a", b"bob@merton.gov.uk.evil"),
    ("B27b", b"bob@merton-gov.uk"),
    ("B31", b"bob@nhs.net."),
    ("B32", b"bob@x.nhs.net"),
    ("empty", b""),
]
KNOWN: list[tuple[str, bytes, str]] = [
    ("B30", b"Bob.Smith@NHS.net", "Bob.Smith@NHS.net.cjasm.net"),
    ("B32", b"bob@met.pnn.police.uk", "bob@met.pnn.police.uk.cjasm.net"),
    ("B33", b"bob@nhs.net.cjasm.net", "bob@nhs.net.cjasm.net"),
    ("B34", b'"a b"@nhs.net', '"a b"@nhs.net.cjasm.net'),
    ("B35-plus", b"bob+papers@nhs.net", "bob+papers@nhs.net.cjasm.net"),
    ("B35-64", b"a" * 64 + b"@nhs.net", "a" * 64 + "@nhs.net.cjasm.net"),
]


@contextlib.contextmanager
def session(gateway: Gateway) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as raw:
        reply(raw)
        ask(raw, b"EHLO mail.borough.gov.uk")
        ask(raw, b"MAIL FROM:<" + JO.encode() + b"> SMTPUTF8")
        yield raw


def ask(raw: socket.socket, command: bytes) -> int:
    raw.sendall(command + b"\r\n")
    return reply(raw)


def reply(raw: socket.socket) -> int:
    text = b""
    while not text.endswith(b"\r\n") or text.splitlines()[-1][3:4] == b"-":
        more = raw.recv(4096)
        if not more:
            break
        text += more
    return int(text[:3] or b"0")


def papers() -> bytes:
    message = letter(JO, [JO], "Papers", "As agreed.")
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    return wire(message)


@pytest.mark.parametrize(("vector", "written"), LOOK_ALIKES, ids=[vector for vector, _ in LOOK_ALIKES])
def test_a_look_alike_is_refused_or_insecure_and_its_file_never_leaves(shared_gateway: Gateway, vector: str, written: bytes) -> None:
    before = len(shared_gateway.sent("mail"))
    with session(shared_gateway) as raw:
        code = ask(raw, b"RCPT TO:<" + written + b">")
        if code != 250:
            assert 500 <= code <= 599, code
            return
        assert ask(raw, b"DATA") == 354
        assert ask(raw, papers() + b".") == 250
    assert len(shared_gateway.sent("mail")) == before
    record = shared_gateway.ask("records", "search", "--since", "1m")[-1]
    ((verdict,)) = record["verdicts"]
    assert verdict["recipient"].encode() == written
    assert verdict["verdict"] in ("hold", "bounce")
    assert verdict["path"] in ("insecure", "refused", "retired")


@pytest.mark.parametrize(("vector", "written", "goes_to"), KNOWN, ids=[vector for vector, _, _ in KNOWN])
def test_a_registered_address_keeps_its_every_letter(shared_gateway: Gateway, vector: str, written: bytes, goes_to: str) -> None:
    before = len(shared_gateway.sent("mail"))
    with session(shared_gateway) as raw:
        assert ask(raw, b"RCPT TO:<" + written + b">") == 250
        assert ask(raw, b"DATA") == 354
        assert ask(raw, papers() + b".") == 250
    (sent,) = shared_gateway.wait_for(before + 1, "mail")[before:]
    assert sent.to == [goes_to]
    assert sent.about["recipients"][0]["original"] == written.decode()


def test_b35_an_address_that_the_suffix_makes_too_long_is_never_cut(gateway: Gateway) -> None:
    local = "a" * 64
    labels = ".".join(["b" * 60] * 2 + ["c" * 49])
    written = f"{local}@{labels}.gsi.gov.uk"
    assert 244 < len(written) <= 254
    with session(gateway) as raw:
        assert ask(raw, b"RCPT TO:<" + written.encode() + b">") == 250
        assert ask(raw, b"DATA") == 354
        assert ask(raw, papers() + b".") == 250
    assert gateway.sent("mail") == []
    (held,) = gateway.ask("hold", "list")
    assert held["recipients"] == [written]


def test_b36_secure_ones_are_served_and_the_notice_names_the_blocked(gateway: Gateway) -> None:
    message = letter(JO, ["sam.reid@nhs.net", "bob@evilnhs.net"], "Papers", "As agreed.")
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    gateway.send(JO, ["sam.reid@nhs.net", "bob@evilnhs.net"], message)
    assert gateway.wait_for(1, "mail")[0].to == ["sam.reid@nhs.net.cjasm.net"]
    (notice,) = gateway.wait_for(1, "notice")
    assert b"bob@evilnhs.net" in notice.raw


@pytest.mark.parametrize("to", ["clerk@familylaw-llp.co.uk", "sam.reid@nhs.net"])
def test_b41_a_bcc_header_waits_towards_insecure_and_is_never_stripped(gateway: Gateway, to: str) -> None:
    message = letter(JO, [to], "Thursday", "Hello", Bcc="secret.colleague@borough.gov.uk")
    raw = wire(message)
    with smtplib.SMTP("127.0.0.1", gateway.port) as client:
        client.sendmail(JO, [to], raw)
    if to.endswith("@nhs.net"):
        (sent,) = gateway.wait_for(1, "mail")
        assert sent.message == raw
    else:
        (held,) = gateway.ask("hold", "list")
        assert held["reasons"] == ["header.bcc"]


@pytest.mark.parametrize(
    ("vector", "fields", "recipient", "verdict"),
    [
        ("B40", {"To": "bob@nhs.net"}, "bob@evil.example", "hold"),
        ("B42", {"To": "Undisclosed:;"}, "bob@nhs.net", "deliver"),
        ("B42", {"To": "G: a@nhs.net, b@evil.example;"}, "bob@evil.example", "hold"),
        ("B43", {"To": '"x@nhs.net" <x@evil.example>'}, "x@evil.example", "hold"),
        ("B45", {"To": "x@nhs.net", "Reply-To": "x@evil.example", "Resent-To": "y@evil.example"}, "x@nhs.net", "deliver"),
    ],
)
def test_headers_never_decide_where_a_message_goes(
    shared_gateway: Gateway, vector: str, fields: dict[str, str], recipient: str, verdict: str
) -> None:
    message = letter(JO, [JO], "Papers", "As agreed.")
    del message["To"]
    raw = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    shared_gateway.send(JO, [recipient], raw + wire(message))
    record = shared_gateway.ask("records", "search", "--recipient", recipient)[-1]
    assert [found["verdict"] for found in record["verdicts"]] == [verdict]


@pytest.mark.parametrize("author", ["colleague.four@merton.gov.uk", "ward7@nhs.net", "a@borough.gov.uk, b@evil.example"])
def test_b47_an_author_of_elsewhere_is_no_own_sender(gateway: Gateway, author: str) -> None:
    message = letter(JO, ["clerk@familylaw-llp.co.uk"], "Papers", "As agreed.")
    message.replace_header("From", author)
    message.add_attachment(FILE, maintype="application", subtype="octet-stream", filename="plan.docx")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        gateway.send(JO, ["clerk@familylaw-llp.co.uk"], message)
    assert refused.value.smtp_code == 550
    assert gateway.sent() == []
