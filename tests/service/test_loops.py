"""Mail that goes round in circles is stopped by the count of its Received fields, ours among them."""

import re
from pathlib import Path

from gateway.model.settings import Limits
from gateway.service.rounds import ROUNDS
from tests.harness import letter, wire, with_notes
from tests.service.office import Office, office

JO, ANN = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk"
HOPS = Limits().received_hops
RECEIVED = b"Received: from a.example by b.example; Tue, 24 Nov 2026 10:00:00 +0000\r\n"


def after(hops: int, message: bytes = b"") -> bytes:
    return RECEIVED * hops + (message or wire(letter(JO, [ANN], "Thursday", "Can we meet?")))


async def code(at: Office, raw: bytes) -> str:
    return str(await at.send(JO, [ANN], raw))[:9]


async def test_a_message_with_more_received_fields_than_the_limit_is_a_loop(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        assert await code(at, after(HOPS)) == "250 2.0.0"
        assert await code(at, after(HOPS + 1)) == "554 5.4.6"
        assert len(at.sent("mail")) == 1
        # A field of any spelling counts, one that is not in the header does not.
        assert await code(at, after(HOPS).replace(b"Received", b"RECEIVED") + RECEIVED * 9) == "250 2.0.0"
        assert await code(at, b"X-One: 1\r\n" + after(HOPS + 1).replace(b"Received:", b"rEceived :")) == "554 5.4.6"
        assert len(at.sent("mail")) == 2


async def test_what_comes_back_is_known_by_our_own_field_and_is_not_changed_on_the_way(tmp_path: Path) -> None:
    """A next hop that hands everything back: each round adds our one field, and their two."""
    async with office(tmp_path) as at:
        first = wire(letter(JO, [ANN], "Thursday", "Can we meet?"))
        raw = first
        for number in range(1, ROUNDS + 1):
            assert await code(at, raw) == "250 2.0.0"
            raw = after(2, next(sent.raw for sent in at.sent("mail") if sent.raw.count(b"Received:") == 3 * number - 2))
        assert raw.endswith(first)
        assert await code(at, raw) == "554 5.4.6"
        assert len(at.sent("mail")) == ROUNDS


async def test_a_field_that_somebody_else_made_or_copied_does_not_count(tmp_path: Path) -> None:
    """Else whoever saw one of our fields could have a message refused, and a council with the same host name would be us."""
    async with office(tmp_path) as at:
        assert await code(at, after(0)) == "250 2.0.0"
        (sent,) = at.sent("mail")
        ours = sent.raw[: sent.about["prepended_bytes"]]
        forged = b"".join(re.sub(rb" id \S+", b" id 1H7QX-2M9KD-W4TR%d" % number, ours) for number in range(9))
        assert forged.count(b"(seal ") == 9
        assert await code(at, ours * 20 + after(0)) == "250 2.0.0"
        assert await code(at, forged + after(0)) == "250 2.0.0"


async def test_a_held_message_does_not_escape_the_count(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        message = with_notes(letter(JO, ["rita.k1964@gmail.com"], "Papers", "As agreed."))
        assert str(await at.send(JO, ["rita.k1964@gmail.com"], after(HOPS + 1, wire(message)))).startswith("554 5.4.6")
        assert await at.desk.store.holds() == ()
        await at.settle()
        assert at.sent("notice") == []
