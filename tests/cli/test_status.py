"""`gateway status`: what waits, and what waits for the operator."""

import json
import sqlite3
from pathlib import Path

import pytest

from gateway.cli.main import main


def test_a_queued_message_that_cannot_be_read_is_counted_as_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"store: sqlite:///{tmp_path}/gateway.db\nkeys: {tmp_path}/keys\npolicy: policies/\n")
    command = ["status", "--settings", str(settings)]
    assert main(command) == 0
    assert "set aside" not in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "gateway.db") as database:
        database.execute("INSERT INTO consignment VALUES ('Q', 'M', 'C', 0, 0, 0, '', 0, 0, 0, 0, 1, x'00')")
    database.close()
    assert main(command) == 0
    assert "1 queued message(s) could not be read and are set aside" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["set_aside"] == 1
