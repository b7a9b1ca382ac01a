"""Random messages of our own senders: explain, replay, SMTP and the judgement called directly say the same of every recipient."""

from pathlib import Path

import pytest

from tests.agreement import compare


@pytest.mark.parametrize(("table", "rules"), [("annex4-2009", "strict"), ("uk-modern", "proportionate")])
def test_every_way_to_judge_agrees(table: str, rules: str, tmp_path: Path) -> None:
    report = compare(tmp_path, 50, 2026, table, rules)
    assert report.differences == ()
    assert report.recipients > 50
    assert min(report.verdicts[verdict] for verdict in ("deliver", "hold", "bounce")) > 5
