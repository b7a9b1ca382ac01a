"""The pool: whatever happens to a worker, messages get an answer and the gateway has its workers again."""

import asyncio
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from gateway.model.findings import Reason
from gateway.model.looking import LooksFor
from gateway.workers import Busy, Unavailable, Workers, examine_now, pool
from gateway.workers.process import Nursery
from tests.workers.conftest import Start
from tests.workers.mails import mail

ATTACHED = mail(b"%PDF-1.4 not much of one")
LARGE = mail(b"%PDF-1.4" + bytes(8_000_000))


def pids(workers: Workers) -> list[int]:
    return [worker.pid for worker in workers._all]


def stopped(workers: Workers) -> Iterator[int]:
    """Halt every worker, as a parser in an endless loop would."""
    for pid in pids(workers):
        os.kill(pid, signal.SIGSTOP)
        yield pid


async def test_a_worker_finds_what_this_process_would_find(start: Start) -> None:
    workers = await start()
    for raw in (ATTACHED, LARGE, mail(), mail(text="word " * 20_000)):
        there, here = await workers.examine(raw), examine_now(raw)
        assert (there.message, there.findings) == (here.message, here.findings)
    assert workers.replaced == 0


async def test_messages_that_come_while_the_workers_start_are_examined(nursery: Nursery) -> None:
    workers = Workers(2, 20, 1 << 30, LooksFor(), nursery)
    workers.begin()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        starting = group.create_task(workers.ready())
        tasks = [group.create_task(workers.examine(ATTACHED)) for _number in range(4)]
    assert starting.done()
    assert all(task.result().findings == examine_now(ATTACHED).findings for task in tasks)
    assert workers.replaced == 0
    await workers.close()


async def test_a_worker_that_ends_while_the_pool_starts_is_replaced(nursery: Nursery) -> None:
    workers = Workers(2, 20, 1 << 30, LooksFor(), nursery)
    workers.begin()
    broken = next(iter(workers._all))
    broken._sock.shutdown(socket.SHUT_RDWR)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        tasks = [group.create_task(workers.examine(ATTACHED)) for _number in range(4)]
    await workers.ready()
    assert all(task.result().findings == examine_now(ATTACHED).findings for task in tasks)
    assert broken not in workers._all
    assert len(workers._all) == 2
    await workers.close()


async def test_small_mail_without_attachments_needs_no_worker(start: Start) -> None:
    workers = await start(wall_s=0.2)
    list(stopped(workers))
    assert Reason.MESSAGE_UNCHECKED not in (await workers.examine(mail())).findings.reasons
    assert Reason.MESSAGE_UNCHECKED in (await workers.examine(ATTACHED)).findings.reasons


async def test_a_message_that_takes_too_long_is_unchecked_and_the_worker_replaced(start: Start) -> None:
    workers = await start(wall_s=1)
    (old,) = stopped(workers)
    examined = await workers.examine(ATTACHED)
    assert examined.findings.reasons == {Reason.MESSAGE_UNCHECKED}
    assert examined.findings.visible == ("sam@example.org",)
    assert examined.message.subject == "Plan"
    assert pids(workers) != [old]
    assert Reason.MESSAGE_UNCHECKED not in (await workers.examine(ATTACHED)).findings.reasons
    assert workers.replaced == 1


async def test_a_message_that_kills_its_worker_is_unchecked_and_others_are_not(start: Start) -> None:
    workers = await start(count=2)
    halted = pids(workers)[0]
    os.kill(halted, signal.SIGSTOP)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(workers.examine(ATTACHED)) for _number in range(6)]
        await asyncio.wait(tasks, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        os.kill(halted, signal.SIGKILL)
    unchecked = [Reason.MESSAGE_UNCHECKED in task.result().findings.reasons for task in tasks]
    assert sum(unchecked) == 1
    assert len(workers._all) == 2


async def test_a_message_that_needs_too_much_memory_is_unchecked(start: Start) -> None:
    workers = await start(memory_bytes=16_000_000)
    assert (await workers.examine(LARGE)).findings.reasons == {Reason.MESSAGE_UNCHECKED}
    assert Reason.MESSAGE_UNCHECKED not in (await workers.examine(ATTACHED)).findings.reasons


async def test_a_worker_that_dies_while_idle_costs_no_message(start: Start) -> None:
    workers = await start()
    for pid in pids(workers):
        await asyncio.to_thread(kill_and_wait, pid)
    assert Reason.MESSAGE_UNCHECKED not in (await workers.examine(ATTACHED)).findings.reasons


async def test_a_nursery_that_is_lost_is_started_again(start: Start, nursery: Nursery) -> None:
    workers = await start(count=2)
    before = pids(workers)
    assert nursery._process is not None
    await asyncio.to_thread(kill_and_wait, nursery._process.pid)
    await gone(before)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(workers.examine(ATTACHED)) for _number in range(4)]
    assert all(task.result().findings == examine_now(ATTACHED).findings for task in tasks)


def kill_and_wait(pid: int) -> None:
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    wait_for_end(handle)


async def test_a_cancelled_examination_leaves_no_half_used_worker(start: Start) -> None:
    workers = await start()
    (old,) = stopped(workers)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await workers.examine(ATTACHED)
    assert old not in pids(workers)
    assert (await workers.examine(ATTACHED)).findings == examine_now(ATTACHED).findings


async def test_no_more_wait_than_may(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WAITING_PER_WORKER", 1)
    workers = await start(wall_s=1)
    list(stopped(workers))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(workers.examine(ATTACHED)) for _number in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.examine(ATTACHED)
    assert Reason.MESSAGE_UNCHECKED not in tasks[1].result().findings.reasons


async def test_nobody_waits_for_ever(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WAIT_S", 0.1)
    workers = await start(wall_s=1)
    list(stopped(workers))
    async with asyncio.TaskGroup() as group:
        group.create_task(workers.examine(ATTACHED))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.examine(ATTACHED)


async def test_other_settings_reach_the_worker(start: Start) -> None:
    workers = await start()
    wanted = LooksFor(always_personal=("Zebulon",))
    raw = mail(b"%PDF-1.4").replace(b"Subject: Plan", b"Subject: About Zebulon")
    for looks_for in (LooksFor(), wanted, LooksFor(), wanted):
        assert (await workers.examine(raw, looks_for)).findings == examine_now(raw, looks_for).findings


async def test_a_worker_inherits_nothing_it_should_not(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEYS_PASSWORD", "planted secret")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        workers = await start()
        (pid,) = pids(workers)
        assert len(open_sockets(pid)) == 1
        assert f"socket:[{os.fstat(listening.fileno()).st_ino}]" not in open_sockets(pid)
    assert "planted secret" not in about(pid, "environ")
    for name in ("Max core file size", "Max file size"):
        (line,) = (line for line in about(pid, "limits").splitlines() if line.startswith(name))
        assert line.removeprefix(name).split()[:2] == ["0", "0"]


def open_sockets(pid: int) -> list[str]:
    names = [path.readlink().as_posix() for path in Path(f"/proc/{pid}/fd").iterdir()]
    return [name for name in names if name.startswith("socket:")]


def about(pid: int, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_text()


async def gone(ended: list[int], states: str = "Z") -> None:
    """Wait until none of them is left, except in these states (a zombie waits for its parent, whoever that is by now)."""
    for _wait in range(500):
        if not any(state_of(pid) not in states for pid in ended):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still there")


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


async def test_signals_for_the_gateway_do_not_end_its_workers(start: Start) -> None:
    workers = await start()
    (pid,) = pids(workers)
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, one)
    assert (await workers.examine(ATTACHED)).findings == examine_now(ATTACHED).findings
    assert pids(workers) == [pid]


async def test_closing_ends_every_process_and_answers_those_who_wait(start: Start) -> None:
    workers = await start(count=2)
    ended = list(stopped(workers))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_unavailable(workers)) for _number in range(3)]
        await asyncio.sleep(0.05)
        await workers.close()
    assert all(task.result() for task in tasks)
    await gone(ended)
    with pytest.raises(Unavailable):
        await workers.examine(ATTACHED)


async def _unavailable(workers: Workers) -> bool:
    try:
        await workers.examine(ATTACHED)
    except Unavailable:
        return True
    return False


async def test_ended_workers_leave_no_zombies(start: Start) -> None:
    workers = await start()
    ended = pids(workers)
    await workers.close()
    await gone(ended, states="")


async def test_workers_that_cannot_start_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        await Workers(1, 1, 1 << 30, LooksFor()).start()


def test_it_works_on_uvloop(nursery: Nursery) -> None:
    async def story() -> None:
        workers = Workers(1, 2, 1 << 30, LooksFor(), nursery)
        await workers.start()
        assert (await workers.examine(LARGE)).findings == examine_now(LARGE).findings
        list(stopped(workers))
        assert (await workers.examine(ATTACHED)).findings.reasons == {Reason.MESSAGE_UNCHECKED}
        assert (await workers.examine(ATTACHED)).findings == examine_now(ATTACHED).findings
        await workers.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story())


PARENT = """
import asyncio, sys
from gateway.workers import Workers
from gateway.model.looking import LooksFor
async def main():
    workers = Workers(2, 20, 1 << 30, LooksFor())
    await workers.start()
    print(*[worker.pid for worker in workers._all], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_workers_die_with_a_parent_that_is_killed(root: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=root) as parent:
        assert parent.stdout is not None
        orphans = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(orphans) == 2
    for orphan in orphans:
        wait_for_end(orphan)


def wait_for_end(pidfd: int) -> None:
    import select

    readable, _, _ = select.select([pidfd], [], [], 10)
    os.close(pidfd)
    assert readable, "still running"


async def test_workers_killed_under_load_cost_only_what_they_held(start: Start) -> None:
    workers = await start(count=2)
    expected, killed = examine_now(LARGE).findings, 0
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(workers.examine(LARGE)) for _number in range(24)]
        while not all(task.done() for task in tasks) and killed < 8:
            await asyncio.sleep(0.05)
            for pid in pids(workers)[:1]:
                if pid:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    lost = [task.result().findings for task in tasks if task.result().findings != expected]
    assert all(findings.reasons == {Reason.MESSAGE_UNCHECKED} for findings in lost)
    assert len(lost) <= killed
    assert len(workers._all) == 2


async def test_it_is_known_whether_the_kernel_confines_the_workers(start: Start) -> None:
    workers = await start()
    assert workers.are_confined is (platform.machine() in ("x86_64", "aarch64"))
