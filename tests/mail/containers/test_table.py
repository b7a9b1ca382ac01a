"""Real files of real programs, each recognised as what it is."""

import pytest

from gateway.mail.containers import recognise
from tests.mail.containers.rows import ROWS, Row
from tests.mail.containers.table import PLACE, table


@pytest.mark.parametrize("row", [pytest.param(row, marks=pytest.mark.tools(*row.tools), id=row.id) for row in ROWS])
def test_a_file_is_recognised_as_what_the_program_made(row: Row) -> None:
    container = recognise(row.make(), "file.docx" if row.format == "office" else "")
    protection = container.protection
    assert (container.type, protection.state, protection.algorithm or "", protection.bits or 0) == (
        row.type,
        row.state,
        row.algorithm,
        row.bits,
    )


def test_the_page_of_the_documentation_is_this_table() -> None:
    assert PLACE.read_text(encoding="utf-8") == table()
    assert len(ROWS) >= 120
