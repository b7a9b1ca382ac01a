"""Files made to cost the reader more than they cost the sender (threats.md H01): each ends within 2 s of CPU and 256 MB."""

import faulthandler
import json
import os
import resource
from pathlib import Path
from time import process_time

import pytest

from gateway.mail.text import extract, load_all
from tests.mail.text.bombs import BOMBS

SECONDS = 2.0
MEMORY_BYTES = 256 * 1024 * 1024


def cost(content: bytes, kind: str) -> tuple[bool, str, float]:
    """(complete, why, CPU seconds) of reading in a process of its own, that may not take more memory than allowed."""
    load_all()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _read_limited(content, kind, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        answer = answers.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False, "the reader was killed", 0.0  # as a worker would be: the message is unchecked
    complete, why, seconds = json.loads(answer)
    return complete, why, seconds


def _read_limited(content: bytes, kind: str, writer: int) -> None:
    faulthandler.disable()  # an abort is an answer here
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
    before = process_time()
    document = extract(content, kind)
    answer = json.dumps((document.complete, document.why, process_time() - before))
    os.write(writer, answer.encode())
    os._exit(0)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_more_than_it_may(name: str) -> None:
    kind, make = BOMBS[name]
    complete, why, seconds = cost(make(), kind)
    assert seconds < 2 * SECONDS  # on a machine that does nothing else it is SECONDS
    assert complete or why
