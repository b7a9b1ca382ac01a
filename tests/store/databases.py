"""The databases that the tests run on, and a way past the store to tamper with them."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class PostgresServer:
    """A server of our own on loopback."""

    url: str
    control: tuple[str, ...]
    options: str

    def start(self) -> None:
        self._run("-w", "-o", self.options, "start")

    def crash(self) -> None:
        self._run("-m", "immediate", "stop")

    def _run(self, *what: str) -> None:
        subprocess.run([*self.control, *what], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
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
    initdb = [*user, "initdb", "-D", data, "-A", "trust", "-U", "gateway", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/")
    control = (*user, "pg_ctl", "-D", data, "-l", str(folder / "log"))
    server = PostgresServer(f"postgresql://gateway@127.0.0.1:{port}/postgres", control, options)
    server.start()
    try:
        yield server
    finally:
        server.crash()
        shutil.rmtree(folder)
