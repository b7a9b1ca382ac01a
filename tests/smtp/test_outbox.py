"""The embedded outbox."""

import hashlib
import json
from pathlib import Path

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Limits, RouteSettings
from gateway.model.smtp import Content, Reply, Unreachable
from gateway.smtp import make_route

RAW = b"Subject: x\r\n\r\n.body\nbare\r\n"


async def put(folder: Path, sender: str | None = "jo@borough.gov.uk") -> Reply:
    route = make_route(RouteSettings("cjsm", outbox=str(folder)), "gateway.example", Limits())
    transaction = await route.open(parse_mailbox(sender) if sender else None, ("RET=HDRS",), Tls.DANE, id="A1/b", kind="notice")
    assert not isinstance(transaction, Reply)
    to = Forward(parse_mailbox("b@x.gov.uk.cjsm.net"), parse_mailbox("b@x.gov.uk"), ("NOTIFY=NEVER",))
    assert all(reply.ok for reply in await transaction.recipients([to]))
    reply = await transaction.content(b"Received: us\r\n", Content(RAW, by_bdat=True))
    await transaction.reset()
    return reply


async def test_content_and_description_lie_side_by_side(tmp_path: Path) -> None:
    reply = await put(tmp_path / "new" / "outbox")
    assert (reply.code, reply.from_peer) == (250, True)
    content, words = sorted((tmp_path / "new" / "outbox").iterdir())
    assert content.suffix == ".eml"
    assert content.stem == words.stem
    assert content.stem.endswith("-A1-b")
    assert content.read_bytes() == b"Received: us\r\n" + RAW
    assert json.loads(words.read_bytes()) == {
        "id": "A1/b",
        "kind": "notice",
        "route": "cjsm",
        "sender": "jo@borough.gov.uk",
        "options": ["RET=HDRS"],
        "recipients": [{"address": "b@x.gov.uk.cjsm.net", "original": "b@x.gov.uk", "options": ["NOTIFY=NEVER"]}],
        "prepended_bytes": 14,
        "sha256": hashlib.sha256(RAW).hexdigest(),
    }


async def test_the_null_sender_is_null(tmp_path: Path) -> None:
    await put(tmp_path, None)
    _, words = sorted(tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs
    assert json.loads(words.read_bytes())["sender"] is None


async def test_a_folder_that_cannot_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unreachable, match="file"):
        await put(tmp_path / "file")
