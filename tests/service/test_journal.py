"""What of a message stays the same when a server sends it again."""

import pytest

from gateway.service.journal import without_trace

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
