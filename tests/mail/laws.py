"""What holds for every message that was read, however broken."""

from gateway.mail import read, read_head
from gateway.mail.tree import flatten
from gateway.model.message import Message


def check_laws(raw: bytes) -> Message:
    """Read `raw` and assert what holds for any bytes."""
    message = read(raw)
    head = read_head(raw)
    assert message.raw is raw and message.parts == flatten(message.root)
    assert len({part.where for part in message.parts}) == len(message.parts)
    assert 0 <= message.header_end <= len(raw)
    for part in message.parts:
        assert part.span is None or part.span.end <= len(raw)
        assert part.body is None or part.body.end <= len(raw)
    for header in message.root.headers:
        assert raw[header.span.start : header.span.end].lower().startswith(header.name.encode())
    assert head.subjects == message.subjects and head.authors == message.authors and head.header_end == message.header_end
    return message
