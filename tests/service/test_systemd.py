"""What we tell systemd; the rest of it is in tests/stories/test_systemd.py."""

from pathlib import Path

import pytest

from gateway.service.systemd import notify_systemd


def test_a_service_manager_that_does_not_listen_is_no_reason_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify_systemd("WATCHDOG=1")
