"""A thousand hiding places, sent through SMTP to someone insecure: not one reaches the outbox."""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.harness import Gateway
from tests.mail.vectors import all_cases

COMMANDS = b"MAIL FROM:<jo@borough.gov.uk>\r\nRCPT TO:<dee@example.org>\r\nDATA\r\n"
ORDINARY = b"From: jo@borough.gov.uk\r\nTo: dee@example.org\r\nSubject: Club\r\n\r\nThe club is on Tuesday.\r\n"


# Commits are shared by the connections that wait for one.
CONNECTIONS = 16


class Client:
    """A mail server without manners: it sends the bytes of a message as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.replies = self.socket.makefile("rb")
        self.reply()
        self.ask(b"EHLO outlook.borough.gov.uk\r\n")

    def reply(self) -> int:
        while line := self.replies.readline():
            if line[3:4] != b"-":
                return int(line[:3])
        raise AssertionError("the gateway closed the connection")

    def ask(self, command: bytes) -> int:
        self.socket.sendall(command)
        return self.reply()

    def send(self, raw: bytes) -> int:
        """The reply to the message, or to the command that was refused."""
        stuffed = raw.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        for command in COMMANDS.splitlines(keepends=True):
            code = self.ask(command)
            if code >= 400:
                self.ask(b"RSET\r\n")
                return code
        return self.ask(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")

    def close(self) -> None:
        self.replies.close()
        self.socket.close()


def send_all(port: int, messages: Sequence[bytes]) -> list[int]:
    """The replies, over as many connections as it takes: many errors end one, and so does CR CR LF before the final dot."""
    client = Client(port)
    replies = []
    for raw in messages:
        replies.append(client.send(raw))
        if replies[-1] == 421 or raw.endswith((b"\r", b"\r\r\n")):
            client.close()
            client = Client(port)
    client.close()
    return replies


@pytest.mark.slow
def test_what_is_hidden_never_leaves(tmp_path: Path) -> None:
    raws = [case.raw for case in all_cases()]
    with Gateway(tmp_path) as gateway, ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = pool.map(send_all, [gateway.port] * CONNECTIONS, [raws[share::CONNECTIONS] for share in range(CONNECTIONS)])
        replies = [code for share in shares for code in share]
        assert send_all(gateway.port, [ORDINARY]) == [250]
        (control,) = gateway.wait_for(1, "mail")
        assert control.message == ORDINARY
    # Most are taken over and held; those with bare line ends are refused where they stand.
    assert replies.count(250) > 0.8 * len(replies)
    assert set(replies) <= {250, 421, 550, 554}
