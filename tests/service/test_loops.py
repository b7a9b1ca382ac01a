"""Mail that goes round in circles is stopped by the count of its Received fields, ours among them."""

from pathlib import Path

from gateway.model.settings import Limits
from tests.harness import letter, wire
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


async def test_what_comes_back_again_and_again_ends_and_is_not_changed_on_the_way(tmp_path: Path) -> None:
    """A next hop that hands everything back: each round adds our one field."""
    async with office(tmp_path) as at:
        first = wire(letter(JO, [ANN], "Thursday", "Can we meet?"))
        raw, rounds = first, 0
        while await code(at, raw) == "250 2.0.0":
            rounds += 1
            raw = next(sent.raw for sent in at.sent("mail") if sent.raw.count(b"Received:") == rounds)
        assert rounds == HOPS + 1
        assert raw.endswith(first)
        assert await code(at, raw) == "554 5.4.6"


async def test_a_held_message_does_not_escape_the_count(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        message = letter(JO, ["rita.k1964@gmail.com"], "Papers", "As agreed.")
        message.add_attachment(b"Minutes\r\n" * 20, maintype="application", subtype="octet-stream", filename="notes.txt")
        assert str(await at.send(JO, ["rita.k1964@gmail.com"], after(HOPS + 1, wire(message)))).startswith("554 5.4.6")
        assert await at.desk.store.holds() == ()
        await at.settle()
        assert at.sent("notice") == []
