"""Locking in a worker: what comes back opens with the password alone, and nothing of it stays behind."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from gateway.mail import read
from gateway.mail.containers import opens_with, recognise
from gateway.mail.containers.office_opening import VELVET_SWEATSHOP
from gateway.mail.protect.office import locked_package
from gateway.model.findings import Reason, State
from gateway.model.looking import LooksFor
from gateway.workers import CannotLock, Locking, Unavailable, Workers, lock, pool
from gateway.workers.process import Nursery
from tests.files import docx
from tests.harness import letter, wire
from tests.mail.containers.makers import plain_pdf
from tests.workers.conftest import Start
from tests.workers.mails import mail

PASSWORD = "Winter-Garden-41"
JO, CARER = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
WORDS = docx("Medication at seven") * 4
LOCKING = Locking(PASSWORD, False, "Ask the sender for the password.", "a-boundary-of-ours")


async def only(workers: Workers, nursery: Nursery) -> None:
    """The nursery has no child left but the workers of this pool."""
    assert nursery._process is not None
    children = Path(f"/proc/{nursery._process.pid}/task/{nursery._process.pid}/children")
    for _wait in range(500):
        if set(map(int, children.read_text().split())) <= {worker.pid for worker in workers._all}:  # noqa: ASYNC240 - it is in memory
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the worker that knew the password is still there")


@pytest.mark.parametrize(("content", "name"), [(docx("The plan"), "plan.docx"), (plain_pdf(), "plan.pdf"), (b"a plan", "plan.txt")])
async def test_what_a_worker_locked_opens_with_the_password_alone(content: bytes, name: str, start: Start, nursery: Nursery) -> None:
    workers = await start()
    locked = await workers.lock(mail(content, name), LOCKING, LooksFor())
    assert locked.files[0].startswith("plan.")
    (part,) = (part for part in read(locked.raw).parts if part.names)
    container = recognise(part.content, part.name)
    assert container.protection.state is State.STRONG
    assert opens_with(part.content, container, ("wrong", PASSWORD)) == PASSWORD
    await only(workers, nursery)
    assert workers.replaced == 0


async def test_the_judge_of_the_copy_tries_no_password_on_what_was_locked_and_every_one_on_the_rest(start: Start) -> None:
    """A file that Office opens by itself, and one whose password stands beside it, are found in the same message as ever."""
    workers = await start()
    locked = await workers.lock(mail(docx("The plan"), "plan.docx"), LOCKING, LooksFor())
    (part,) = (part for part in read(locked.raw).parts if part.names)
    assert locked.digests == (hashlib.sha256(part.content).hexdigest(),)
    velvet, beside = locked_package(WORDS, VELVET_SWEATSHOP), locked_package(WORDS, "Rainbow2026")
    message = letter(JO, [CARER], "Plans", f"{PASSWORD} or Rainbow2026 opens it, see you.")
    for content in (part.content, velvet, beside):
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename="plan.docx")
    raw, sealed = wire(message), frozenset(locked.digests)
    findings = (await workers.examine(raw, LooksFor(), sealed)).findings
    states = [attachment.protection.state for attachment in findings.attachments]
    assert states == [State.STRONG, State.OPENABLE, State.STRONG]
    assert (Reason.PASSWORD_INCLUDED, findings.attachments[2].where) in {(found.reason, found.where) for found in findings.items}
    # That one look over, it is a file like any other: its password stands in the message.
    again = (await workers.examine(raw, LooksFor())).findings
    assert (Reason.PASSWORD_INCLUDED, findings.attachments[0].where) in {(found.reason, found.where) for found in again.items}


async def test_what_cannot_be_locked_says_why(start: Start) -> None:
    workers = await start()
    with pytest.raises(CannotLock, match="There is no file"):
        await workers.lock(mail(), LOCKING, LooksFor())


async def test_locking_that_takes_too_long_is_given_up_and_other_mail_never_waits(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = await start()
    monkeypatch.setattr(pool, "LOCK_S", 0.001)
    with pytest.raises(CannotLock, match="took too long"):
        await workers.lock(mail(plain_pdf()), LOCKING, LooksFor())
    assert (await workers.examine(mail(plain_pdf()))).findings.attachments
    assert workers.replaced == 0


async def test_closed_workers_lock_nothing(start: Start) -> None:
    workers = await start()
    await workers.close()
    with pytest.raises(Unavailable):
        await workers.lock(mail(plain_pdf()), LOCKING, LooksFor())


def test_the_password_is_not_shown() -> None:
    assert PASSWORD not in repr(LOCKING)
    assert PASSWORD not in repr(CannotLock("The email is signed."))


@pytest.mark.parametrize(
    "answer",
    [b"", b"\n", b"[]\nraw", b'["",[]]\nraw', b'["",["a"],["b"]]\n', b'["",["a"]]\nraw', b'["",["a"],[1]]\nraw', b'[1,["a"],["b"]]\nraw'],
)
def test_nonsense_is_not_a_locked_message(answer: bytes) -> None:
    with pytest.raises(ValueError):
        lock.locked_of(answer)
