"""The log of a running gateway: it never gets in the way of mail."""

import json
import os

from gateway.cli.logs import Lines


def test_a_line_that_cannot_be_written_is_lost_counted_and_told() -> None:
    reader, writer = os.pipe()
    lines = Lines(writer)
    lines.info(b"first")
    kept = os.dup(writer)
    with open("/dev/full", "wb") as full:
        os.dup2(full.fileno(), writer)
    lines.error(b"lost")
    lines.warning(b"lost too")
    os.dup2(kept, writer)
    lines.info(b"again")
    os.close(writer)
    os.close(kept)
    with open(reader, "rb") as log:
        first, told, again = log.read().splitlines()
    assert (first, again) == (b"first", b"again")
    assert json.loads(told) == {"event": "log_lines_lost", "level": "warning", "lines": 2}
