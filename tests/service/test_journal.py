"""A message sent again because our reply was lost: what of it stays the same, and that it has one copy whatever fails."""

from pathlib import Path

import pytest

from gateway.model.store import StoreUnavailable
from gateway.model.stored import TakeOver
from gateway.service.journal import without_trace
from tests.harness import letter
from tests.service.office import office

BODY = b"From: a@b.org\r\nReceived: from below\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    "trace",
    [
        b"",
        b"Received: from x by y; Sun, 22 Nov 2026 09:00:00 +0000\r\n",
        b"Received: from x\r\n\tby y;\r\n Sun\r\nRECEIVED: from z\r\n",
        b"ARC-Seal: i=1\r\nARC-Message-Signature: a\r\n b\r\nDKIM-Signature: v=1;\r\n\tb=x\r\nX-MS-Exchange-Organization-SCL: -1\r\n",
    ],
)
def test_only_the_leading_trace_block_is_left_out(trace: bytes) -> None:
    assert bytes(without_trace(trace + BODY)) == BODY


@pytest.mark.parametrize("raw", [b"", b"Received: x", b"Received: x\r\n y", b"\r\n", b"Received: x\r\n"])
def test_odd_messages_are_read_to_their_end(raw: bytes) -> None:
    assert raw.endswith(bytes(without_trace(raw)))


JO, CARER, OTHER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com", "sam.h@gmail.com"


@pytest.mark.parametrize("to", [[CARER], [CARER, OTHER]], ids=["the same recipients", "one more"])
async def test_a_store_that_fails_over_the_second_sending_makes_no_second_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: list[str]
) -> None:
    async with office(tmp_path) as at:
        message = letter(JO, [CARER], "Minutes", "As agreed.")
        assert (await at.send(JO, [CARER], message, heard=False)).ok

        async def fails(taken: TakeOver) -> None:
            raise StoreUnavailable("no space left on device")

        with monkeypatch.context() as trouble:
            trouble.setattr(at.desk.store, "take_over", fails)
            assert (await at.send(JO, to, message)).code == 451
        assert (await at.send(JO, to, message)).ok
        await at.settle()
        sent = [address for one in at.sent("mail") for address in one.to]
        assert sorted(sent) == sorted(to)
        assert (await at.send(JO, [CARER], message)).ok, "new mail now"
        await at.settle()
        assert len([one for one in at.sent("mail") if CARER in one.to]) == 2
