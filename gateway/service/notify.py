"""systemd's notification datagram (sd_notify(3)): ten lines instead of a dependency."""

import os
import socket


def notify_systemd(state: str) -> None:
    """Tell systemd, where it listens; silent otherwise."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.send(state.encode())
