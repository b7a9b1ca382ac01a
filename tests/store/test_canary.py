"""What must not be readable in any file of the store: planted words are looked for in every byte of it."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gateway.model.records import Event, Keep, Retention
from gateway.model.stored import HoldMove, HoldState, JournalKey
from gateway.store import DurableStore
from gateway.store.session import connect
from tests.store.values import NOON, content, entry, held_recipient, hold, item, taken

CANARY = "canary-4f1d9b"
RAW = (
    f"Subject: {CANARY}\r\nFrom: a@b.org\r\n\r\n{CANARY}\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(f"  {CANARY} in an attachment".encode()).decode()
    + "\r\n"
).encode()
TRACES = [CANARY.encode(), CANARY.encode("utf-16-le"), *(base64.b64encode(b" " * pad + CANARY.encode())[4:-4] for pad in range(3))]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def found(folder: Path) -> list[str]:
    return [name for name, data in everything(folder).items() if any(trace in data for trace in TRACES)]


async def plant(store: DurableStore) -> None:
    """The canary in every field that is not an address, a reason, a rule's name or a policy's digest."""
    because = (("rule", "attachment.unprotected", CANARY, CANARY),)
    held = hold(recipients=(replace(held_recipient(), because=because, remedies=(CANARY,)),))
    accepted = entry("m1", Event.ACCEPTED, details={"subject": CANARY, "files": [CANARY]})
    notice = replace(content("n1", RAW * 100), prefix=RAW)
    queued = item(last_reply=f"451 {CANARY}")
    await store.take_over(taken(entries=(accepted,), contents=(content(raw=RAW), notice), holds=(held,), queue=(queued, item("q2", "n1"))))
    await store.settle("q1", done=["a@b.org.cjsm.net"], entries=(), next_at=NOON, last_reply=f"550 {CANARY}")
    await store.intend(entry("m2", details={"subject": CANARY}))
    await store.put("pause", CANARY)
    await store.journal_arm([JournalKey("borough", "a@b.org", "c@d.org", CANARY)], f"250 {CANARY}", NOON + timedelta(days=1))


async def test_nothing_planted_is_readable_in_any_file(store: DurableStore, tmp_path: Path) -> None:
    await plant(store)
    await store.move_hold(HoldMove("h1", HoldState.RETURNED, NOON, "ann", CANARY, taken(entries=(), contents=())))
    assert "var/gateway.db-wal" in everything(tmp_path)
    assert found(tmp_path) == []
    await store.close()
    assert found(tmp_path) == []
    assert b"sam.reid@nhs.net" in everything(tmp_path)["var/gateway.db"], "the search itself works"


async def test_erased_content_is_gone_from_the_files_even_encrypted(store: DurableStore, tmp_path: Path, database: Path) -> None:
    """Whoever steals the keys later finds nothing of it."""
    await store.take_over(taken(contents=(content(raw=RAW),), holds=(hold(),)))
    connection = connect(database)
    pieces = [bytes(sealed) for (sealed,) in connection.execute("SELECT sealed FROM content_piece UNION SELECT wrapped_key FROM content")]
    connection.close()
    assert [name for name, data in everything(tmp_path).items() if pieces[0] in data] != []
    await store.move_hold(HoldMove("h1", HoldState.RETURNED, NOON, "ann", "", taken(entries=(), contents=())))
    assert await store.erase_content(NOON + timedelta(days=7)) == 1
    assert [name for name, data in everything(tmp_path).items() if any(piece in data for piece in pieces)] == []


async def test_erased_records_are_gone_from_the_files_all_but_their_digests(store: DurableStore, tmp_path: Path, database: Path) -> None:
    """Addresses stand in the clear while a record is kept; afterwards neither they nor what was sealed are in the database or its log."""
    addresses = [f"{CANARY}-{number}@example.org" for number in range(40)]
    planted = [
        replace(entry(f"m{number}", Event.INTENT, address, details={"files": [CANARY]}, reasons=(CANARY,)), sender=address)
        for number, address in enumerate(addresses)
    ]
    await store.record(*planted)
    connection = connect(database)
    sealed = [bytes(one) for row in connection.execute("SELECT details, salt FROM record") for one in row]
    connection.close()
    assert found(tmp_path) != []
    before = everything(tmp_path)
    assert all(any(piece in data for data in before.values()) for piece in sealed), "the search itself works"
    assert await store.erase_records(Retention(Keep.OTHER, NOON + timedelta(days=1), "a year")) == 40
    assert found(tmp_path) == []
    after = everything(tmp_path)
    assert [name for name, data in after.items() if any(piece in data for piece in sealed)] == []
    assert await store.verify() == ()
