"""Opens what PROTECT makes in LibreOffice and Poppler, with the password and without (`make readers`).

Too heavy for every run: LibreOffice is 50 packages. The suite itself opens such files with the libraries and programs of `tests.opening`.
Needs, on Debian: libreoffice-writer-nogui libreoffice-calc-nogui python3-uno poppler-utils.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.demo_files import excel_file
from gateway.mail.protect.document import word_document
from gateway.mail.protect.files import lock
from gateway.service.passwords import new_password
from tests.conftest import ROOT
from tests.files import docx
from tests.harness import free_port
from tests.mail.text import documents
from tests.opening import by_poppler

SECRET = "Medication at seven"
SYSTEM_PYTHON = "/usr/bin/python3"
FILES = {
    "plan.docx": docx(SECRET),
    "message.docx": word_document(SECRET),
    "list.xlsx": excel_file(((SECRET, "1"), *((f"row {number}", f"{number**9}") for number in range(400)))),
    "plan.pdf": documents.pdf(documents.shows(SECRET)),
}


@contextlib.contextmanager
def libreoffice(folder: Path) -> Iterator[int]:
    """A LibreOffice that listens, with a profile of its own."""
    port = free_port()
    accept = f"--accept=socket,host=127.0.0.1,port={port};urp;"
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={(folder / 'profile').as_uri()}", accept]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield port
    finally:
        # soffice is a script around the program: both are one session.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def in_libreoffice(port: int, file: Path, password: str) -> bytes | None:
    command = [SYSTEM_PYTHON, str(ROOT / "tests" / "uno_reader.py"), str(port), str(file), password]
    run = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return run.stdout if run.returncode == 0 else None


def main() -> int:
    password, faults = new_password(), 0
    with tempfile.TemporaryDirectory() as name, libreoffice(Path(name)) as port:
        for wanted, content in FILES.items():
            locked = lock(wanted, content, password)
            file = Path(name) / locked.name
            file.write_bytes(locked.content)
            for tried in (password, "", "maple-otter-canal-frost-tiger-00"):
                pdf = wanted.endswith(".pdf")
                read = by_poppler(locked.content, tried, Path(name)) if pdf else in_libreoffice(port, file, tried)
                right = read is not None and SECRET.encode() in read if tried == password else read is None
                faults += not right
                by, with_ = "Poppler" if pdf else "LibreOffice", "the password" if tried == password else "another" if tried else "none"
                print(
                    f"{'ok   ' if right else 'WRONG'}  {locked.name} in {by} with {with_}: {'opened' if read is not None else 'not opened'}"
                )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
