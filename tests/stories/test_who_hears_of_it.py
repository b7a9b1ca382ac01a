"""Notices stay in the house, strangers hear nothing but the reply in the session, automatic replies are never lost on the way."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model.envelope import UNPROVEN
from tests.files import docx
from tests.harness import Sent, letter, wire
from tests.service.office import CLIENT, Office, office

JO = "jo.bell@borough.gov.uk"
ANN = "ann.lee@borough.gov.uk"
WEBMAIL = "rita.k1964@gmail.com"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        yield opened


def papers(sender: str, *to: str) -> bytes:
    """What nobody may send to webmail as it is."""
    message = letter(sender, to, "Papers", "As agreed.")
    message.add_attachment(docx("The plan"), maintype="application", subtype="octet-stream", filename="plan.docx")
    return wire(message)


async def a_notice(here: Office) -> Sent:
    assert (await here.send(JO, [WEBMAIL], papers(JO, WEBMAIL))).code == 250
    await here.settle()
    (notice,) = here.sent("notice")
    return notice


# -- notices ----------------------------------------------------------------------------------------------------------


FORWARDED = {
    "as it is": (b"", b""),
    "with a trace of its own": (b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000\r\nResent-From: jo.bell@borough.gov.uk\r\n", b""),
    "with a footer": (b"", b"\r\nDisclaimer\r\n"),
}


async def test_a_notice_that_a_mailbox_forwards_by_itself_never_leaves(here: Office) -> None:
    """It says what was found in a message; the forwarding rule of its reader must not carry that out of the house."""
    raw = (await a_notice(here)).raw
    outside = ("jo.private@gmail.com", "sam.reid@nhs.net", "office@oakfield.borough.sch.uk", "x@unheard-of.example")
    for to, sender, how in itertools.product(outside, ("", JO, "jo.bell=srs0@borough.gov.uk"), FORWARDED):
        before, behind = FORWARDED[how]
        assert (await here.send(sender, [to], before + raw + behind)).code == 550, (to, sender, how)
    await here.settle()
    assert here.sent("mail") == []
    assert len(here.sent("notice")) == 1


async def test_a_marker_that_is_not_ours_is_stopped_like_one_that_is(here: Office) -> None:
    raw = letter(JO, [WEBMAIL], "Thursday", "Can we meet?", X_Gateway_Notice="v1.forged")
    assert (await here.send(JO, [WEBMAIL], raw)).code == 550
    assert here.sent("mail") == []


async def test_fields_of_a_gateway_buy_nothing_and_stay_where_they_are(here: Office) -> None:
    """A28: ignored, never trusted, never stripped."""
    forged = b"X-Gateway-Verdict: deliver\r\nX-Gateway-Released: yes\r\nX-CJSM-Checked: yes\r\nReceived: from gateway.borough.gov.uk; x\r\n"
    assert (await here.send(JO, [WEBMAIL], forged + papers(JO, WEBMAIL))).code == 250
    ordinary = forged + wire(letter(JO, [WEBMAIL], "Thursday", "Can we meet?"))
    assert (await here.send(JO, [WEBMAIL], ordinary)).code == 250
    await here.settle()
    (sent,) = here.sent("mail")
    assert sent.message == ordinary
    assert len(await here.desk.store.holds()) == 1


# -- strangers ----------------------------------------------------------------------------------------------------------


STRANGERS = (
    # envelope sender, author, whose server it is
    ("ward7@nhs.net", "ward7@nhs.net", "borough"),
    ("someone@gmail.com", "someone@gmail.com", "borough"),
    ("ward7@nhs.net", JO, "borough"),
    (JO, "ward7@nhs.net", "borough"),
    ("", JO, "borough"),
    ("", "ward7@nhs.net", "borough"),
    (JO, JO, "merton"),
    (JO, JO, UNPROVEN),
)


async def test_who_is_not_our_own_sender_hears_only_the_reply(here: Office) -> None:
    """A30: also the null sender, whose bounce may carry a file. Delivered or refused: nothing is accepted and then kept quiet about."""
    delivered = 0
    for (envelope, author, organisation), to in itertools.product(STRANGERS, (WEBMAIL, "sam.reid@nhs.nett", "sam.reid@nhs.net.cjsm.net")):
        reply = await here.send(envelope, [to], papers(author, to), replace(CLIENT, organisation=organisation))
        delivered += reply.ok
        await here.settle()
        assert reply.code == 550 or (reply.ok and to != WEBMAIL), (envelope, author, organisation, to)
        assert len(here.sent("mail")) == delivered, (envelope, author, organisation, to)
    assert here.sent("notice") == []
    assert await here.desk.store.holds() == ()


# -- automatic replies ----------------------------------------------------------------------------------------------------

AWAY = {
    # subject, text -> the reply to it, and its subject when it leaves
    "ordinary": ("Automatic reply: Thursday", "I am away until Monday.", 250, "Automatic reply: Thursday"),
    "a name in the subject": ("Automatic reply: Kayleigh Thompson - missed", "I am away until Monday.", 250, "Automatic reply"),
    "a child in the text": ("Automatic reply", "Kayleigh Thompson, born 4 May 2014, NHS number 943 476 5919, is with me.", 550, None),
}


@pytest.mark.parametrize("sender", ["", JO])
@pytest.mark.parametrize("subject, text, code, leaves_as", AWAY.values(), ids=AWAY)
async def test_an_out_of_office_reply_leaves_or_is_refused_never_swallowed(
    here: Office, sender: str, subject: str, text: str, code: int, leaves_as: str | None
) -> None:
    raw = letter(JO, [WEBMAIL], subject, text, Auto_Submitted="auto-replied")
    reply = await here.send(sender, [WEBMAIL], raw)
    await here.settle()
    sent = here.sent("mail")
    if leaves_as is not None:
        assert (reply.code, len(sent)) == (250, 1)
        assert f"Subject: {leaves_as}\r\n".encode() in sent[0].message
    elif sender:
        # Its owner is told, or a hold shows it: somebody knows.
        assert (reply.code, sent) == (250, [])
        assert here.sent("notice") or await here.desk.store.holds()
    else:
        assert (reply.code, sent) == (code, [])


async def test_the_record_says_for_whom_a_listed_peer_spoke(here: Office) -> None:
    filter_ = replace(CLIENT, forwarded=(("ADDR", "10.1.2.3"), ("HELO", "pc7.borough.gov.uk"), ("NAME", "")))
    await here.send(JO, [WEBMAIL], letter(JO, [WEBMAIL], "Thursday", "Can we meet?"), filter_)
    await here.desk.store.drain()
    clients = [record.entry.details["client"] for record in await here.desk.store.records() if "client" in record.entry.details]
    assert clients == ["mail.borough.gov.uk [127.0.0.1] for pc7.borough.gov.uk [10.1.2.3]"]
