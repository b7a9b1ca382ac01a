"""Ordinary mail leaves as it came: byte-identical after our one Received field."""

import smtplib

import pytest

from tests.harness import Gateway, letter, wire

JO = "jo.bell@borough.gov.uk"
TO = "clerk@familylaw-llp.co.uk"

ORDINARY = letter(JO, [TO], "Thursday", "Can we meet on Thursday?").as_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        ORDINARY,
        ORDINARY + b".\n..\n.leading dot\n\n\n",
        ORDINARY + b"x" * 5_000 + b"\n",
        ORDINARY + "Grüße, £5 an hour\n".encode(),
        ORDINARY + bytes(value for value in range(1, 256) if value not in (10, 13)) + b"\n",
        ORDINARY.rstrip(b"\n"),
        b"From: jo.bell@borough.gov.uk\n\n",
    ],
    ids=["ordinary", "dots", "long-line", "utf-8", "eight-bit", "no-final-line-end", "nearly-empty"],
)
def test_what_arrives_in_the_outbox_is_what_was_sent(gateway: Gateway, raw: bytes) -> None:
    raw = wire(raw)
    gateway.send(JO, [TO], raw)
    (sent,) = gateway.wait_for(1)
    # DATA ends with CRLF whether or not the content did (RFC 5321 4.1.1.4).
    assert sent.message == (raw if raw.endswith(b"\r\n") else raw + b"\r\n")
    added = sent.raw[: sent.about["prepended_bytes"]]
    assert added.startswith(b"Received: ")
    assert added.count(b"\r\nReceived:") == 0
    assert sent.about["sender"] == JO


def test_options_travel_with_their_own_recipient(gateway: Gateway) -> None:
    with smtplib.SMTP("127.0.0.1", gateway.port) as client:
        client.ehlo("mail.borough.gov.uk")
        assert client.has_extn("dsn")
        client.docmd(f"MAIL FROM:<{JO}> RET=HDRS ENVID=Qq1")
        assert client.docmd("RCPT TO:<sam.reid@nhs.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Sam.Reid@nhs.net")[0] == 250
        assert client.docmd("RCPT TO:<ann.lee@met.pnn.police.uk> NOTIFY=NEVER")[0] == 250
        client.docmd("DATA")
        client.send(wire(ORDINARY) + b".\r\n")
        assert client.getreply()[0] == 250
    (sent,) = gateway.wait_for(1)
    options = {recipient["original"]: recipient["options"] for recipient in sent.about["recipients"]}
    assert options["sam.reid@nhs.net"] == ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Sam.Reid@nhs.net"]
    assert options["ann.lee@met.pnn.police.uk"] == ["NOTIFY=NEVER", "ORCPT=rfc822;ann.lee@met.pnn.police.uk"]
    assert sent.about["options"] == ["RET=HDRS", "ENVID=Qq1"]


def test_the_same_mailbox_twice_gets_one_copy(gateway: Gateway) -> None:
    """A32."""
    recipients = ["sam.reid@nhs.net", "SAM.REID@nhs.net", "sam.reid@nhs.net.cjasm.net"]
    assert gateway.send(JO, recipients, ORDINARY) == {}
    (sent,) = gateway.wait_for(1)
    assert len(sent.to) == 1


def test_bounces_of_our_own_people_pass_with_their_null_sender(gateway: Gateway) -> None:
    raw = letter("postmaster@borough.gov.uk", ["x@example.org"], "Undelivered", "Sorry.", Auto_Submitted="auto-replied")
    gateway.send("", ["x@example.org"], raw)
    (sent,) = gateway.wait_for(1)
    assert sent.about["sender"] is None


def test_a_stranger_may_not_relay(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("closed")
    port_rules = [{"from": "192.0.2.0/24", "organisation": "borough"}]
    gateway = Gateway(folder)
    gateway.settings_file()
    gateway.more = {"listen": [{"address": "127.0.0.1", "port": gateway.port, "clients": port_rules}]}
    gateway.launch()
    try:
        assert gateway.first_words() == 554
    finally:
        gateway.stop()
