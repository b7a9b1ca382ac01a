"""What is read of PDF files, and which of it a person who opens them would not see."""

from pathlib import Path

from gateway.mail.text import extract
from tests.mail.text.documents import pdf, shows

SCAN = "q 595 0 0 842 0 0 cm /I1 Do Q"
LOGO = "q 40 0 0 40 0 0 cm /I1 Do Q"


def test_pages_are_read_one_by_one() -> None:
    document = extract(pdf(shows("NHS number 943 476 5919"), shows("Ann Lee")), "pdf")
    assert [(text.place, text.text.strip()) for text in document.texts] == [("page 1", "NHS number 943 476 5919"), ("page 2", "Ann Lee")]
    assert document.complete
    assert not document.image_only


def test_a_scanned_page_among_text_is_image_only() -> None:
    assert extract(pdf(shows("covering letter"), SCAN), "pdf").image_only


def test_a_copiers_stamp_does_not_make_a_scan_a_text() -> None:
    assert extract(pdf(SCAN + "\n" + shows("Received 21 Nov 2026 14:02 page 1 of 3")), "pdf").image_only
    letter = "\n".join(shows("A letter of many words on paper with a picture behind.", y=700 - 14 * line) for line in range(9))
    assert not extract(pdf(SCAN + "\n" + letter), "pdf").image_only


def test_a_logo_or_an_empty_page_is_no_scan() -> None:
    assert not extract(pdf(shows("letter"), LOGO, ""), "pdf").image_only


def test_text_turned_to_outlines_counts_as_a_picture() -> None:
    letters = " ".join(f"{10 + n % 50} {n} m {20 + n % 50} {n} l {20 + n % 50} {n + 5} l f" for n in range(400))
    assert extract(pdf(letters), "pdf").image_only
    assert not extract(pdf("10 10 m 500 10 l S"), "pdf").image_only


def test_annotations_and_properties_are_read() -> None:
    note = "/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(mother is Ann)>>]"
    document = extract(pdf(shows("x"), extra=note, info="/Title(Case of Bo)/Keywords(CONFIDENTIAL)"), "pdf")
    everything = "\n".join(text.text for text in document.texts)
    assert "mother is Ann" in everything and "Case of Bo" in everything
    assert document.labels == ("CONFIDENTIAL",)


def test_sensitivity_labels_are_found() -> None:
    guid = "0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa"
    info = f"/MSIP_Label_{guid}_Enabled (true)/MSIP_Label_{guid}_Name (OFFICIAL-SENSITIVE)"
    assert set(extract(pdf(shows("x"), info=info), "pdf").labels) == {guid, "OFFICIAL-SENSITIVE"}


def test_attachments_are_handed_on(shared: Path) -> None:
    content = (shared / "corpus/attachments/qpdf/enc-XI-attachments-base.pdf").read_bytes()
    document = extract(content, "pdf")
    assert len(document.files) == 2
    assert all(name and body for name, body in document.files)


def test_a_locked_file_needs_a_password(shared: Path) -> None:
    locked = extract((shared / "corpus/attachments/qpdf/c-r6-in.pdf").read_bytes(), "pdf")
    assert (locked.complete, locked.why) == (False, "it needs a password")
    open_by_all = extract((shared / "corpus/attachments/qpdf/enc-XI-R6,V5,O=master.pdf").read_bytes(), "pdf")
    assert open_by_all.complete


def test_a_damaged_file_is_incomplete() -> None:
    assert not extract(b"%PDF-1.7 and nothing more", "pdf").complete


ROWS = [
    ("Name", "DOB", "NHS number", "Class"),
    *[(f"Ann{n} Lee", f"{n:02d}/04/2015", f"943 476 59{n:02d}", "" if n % 3 else "Year 6") for n in range(10, 28)],
]
PROSE = "Justified prose with no tables in it whatsoever but a good many words of differing lengths "


def placed(cells: tuple[str, ...], columns: tuple[int, ...], y: int) -> str:
    return "\n".join(shows(cell, x, y) for cell, x in zip(cells, columns, strict=True) if cell)


def test_a_table_is_found_by_where_its_words_stand() -> None:
    page = "\n".join(placed(row, (72, 200, 300, 450), 700 - 14 * number) for number, row in enumerate(ROWS))
    document = extract(pdf("\n".join((shows("Words before it.", y=760), page, shows("Words after it.", y=300)))), "pdf")
    (table,) = document.tables
    assert table.rows == tuple(ROWS)


def test_a_table_drawn_column_by_column_has_the_same_rows() -> None:
    columns = (72, 200, 300, 450)
    page = "\n".join(
        shows(row[column], columns[column], 700 - 14 * number) for column in range(4) for number, row in enumerate(ROWS) if row[column]
    )
    assert extract(pdf(page), "pdf").tables[0].rows == tuple(ROWS)


def test_full_cells_with_little_padding_are_parted_where_the_others_begin() -> None:
    rows = [(f"Ann{n} Lee", f"{n:02d}/04/2015", f"943 476 59{n:02d}") for n in range(10, 30)]
    page = "\n".join(placed(row, (72, 150, 218), 700 - 14 * number) for number, row in enumerate(rows))
    assert extract(pdf(page), "pdf").tables[0].rows == tuple(rows)


def test_justified_prose_is_no_table() -> None:
    lines = [f"{line % 7} Tw " + shows((PROSE * 2)[line : line + 80], 72, 750 - 14 * line) for line in range(40)]
    assert extract(pdf("\n".join(lines)), "pdf").tables == ()


def test_a_table_over_several_pages_is_one_table() -> None:
    pages = [
        "\n".join(placed(row, (72, 200, 300, 450), 700 - 14 * number) for number, row in enumerate(ROWS[start : start + 6]))
        for start in (0, 6, 12)
    ]
    (table,) = extract(pdf(*pages), "pdf").tables
    assert table.rows == tuple(ROWS[:18])
