"""Exim as the council's server: with CHUNKING it pipelines BDAT, QUIT and a half close, and then waits for its replies.

Its package removes Postfix, so the tests unpack it: `dpkg -x exim4-daemon-light*.deb /opt/exim-for-tests`, or EXIM=path of exim4.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smtp.fakes import FakeHop
from tests.smtp.test_clients import folder_for_servers, less_received, run

EXIM = Path(os.environ.get("EXIM", "/opt/exim-for-tests/usr/sbin/exim4"))
CONF = """
exim_path = {exim}
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
primary_hostname = council.example
host_lookup =
trusted_users = root
keep_environment =
never_users =
begin acl
begin routers
smarthost:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  host_find_failed = defer
  transport = gateway
begin transports
gateway:
  driver = smtp
  port = {port}
  hosts_try_chunking = *
  hosts_try_dane =
  hosts_try_fastopen =
  hosts_avoid_tls = *
  allow_localhost
begin retry
* * F,2h,15m
"""
BODY = (
    b"From: jo@borough.gov.uk\nTo: b@familylaw-llp.co.uk\nSubject: Thursday\nMessage-ID: <1@borough.gov.uk>\n"
    b"Date: Mon, 02 Mar 2026 09:30:00 +0000\n\n.dots\n..\n\xc2\xa3 last\n"
)


def prepare(folder: Path, port: int) -> str:
    """The shell command that hands BODY to an Exim of our own, which relays to `port`."""
    if not EXIM.exists() or os.geteuid() != 0:
        pytest.skip("not installed: exim4 (see the top of this file)")
    for name in ("spool", "log"):
        (folder / name).mkdir()
        os.chown(folder / name, 4242, 4242)
    (folder / "exim.conf").write_text(CONF.format(exim=EXIM, folder=folder, port=port))
    # Its user must exist where it looks: a mount namespace shows it longer files than the machine has.
    (folder / "passwd").write_text(Path("/etc/passwd").read_text() + "Debian-exim:x:4242:4242::/nonexistent:/usr/sbin/nologin\n")
    (folder / "group").write_text(Path("/etc/group").read_text() + "Debian-exim:x:4242:\n")
    mounts = " && ".join(f"mount --bind {folder}/{name} /etc/{name}" for name in ("passwd", "group"))
    return f"{mounts} && exec {EXIM} -C {folder}/exim.conf -odf -f jo@borough.gov.uk b@familylaw-llp.co.uk c@familylaw-llp.co.uk"


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_for_servers() as opened:
        yield opened


@pytest.mark.tools("unshare")
@pytest.mark.parametrize("slow", [False, True])
async def test_exim_with_chunking_and_half_close(hop: FakeHop, whole: int, folder: Path, slow: bool) -> None:
    command = prepare(folder, whole)
    gate = hop.hold("END")
    if not slow:
        gate.set()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run("unshare", "-m", "sh", "-c", command, stdin=BODY))
        while slow and hop.commands[-1:] != ["DATA"]:  # noqa: ASYNC110 - waits for Exim
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2 if slow else 0)
        gate.set()
    log = (folder / "log" / "mainlog").read_text()
    assert " Completed" in log, log
    assert log.count(" => ") + log.count(" -> ") == 2, log
    assert "K" in log.partition(" => ")[2].partition("\n")[0].split(" "), log  # K: sent by CHUNKING
    assert len(hop.mails) == 1
    assert less_received(hop.last.content, 2) == BODY.replace(b"\n", b"\r\n")
