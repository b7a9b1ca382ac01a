"""The databases that the tests run on, and a way past the store to tamper with them."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.store.session import connect

Rows = list[tuple[Any, ...]]


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path

    async def ask(self, statement: str) -> Rows:
        connection = connect(self._path)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()


class PostgresDatabase:
    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(self, statement: str) -> Rows:
        import asyncpg

        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server of our own on loopback; the address of its database `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    # PostgreSQL refuses to run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c deadlock_timeout=50ms"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*user, "initdb", "-D", data, "-A", "trust", "-U", "gateway", "--no-sync"], **quiet)  # type: ignore[call-overload]
    subprocess.run([*user, "pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"], **quiet)  # type: ignore[call-overload]
    try:
        yield f"postgresql://gateway@127.0.0.1:{port}"
    finally:
        subprocess.run([*user, "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder)
