"""What is read of OpenDocument files, and which of it a person who opens them would not see."""

from gateway.mail.text import extract
from tests.mail.text.documents import PNG, opendocument, package


def test_spans_join_and_breaks_part() -> None:
    body = (
        "<office:text><text:h>Plan</text:h><text:p>Kay<text:span>leigh</text:span><text:tab/>x<text:s text:c='3'/>y"
        "<text:line-break/>z</text:p></office:text>"
    )
    document = extract(opendocument("text", body), "odt")
    assert document.texts[0].text.strip() == "Plan\nKayleigh\tx   y\nz"
    assert document.complete


def test_headers_comments_and_deletions_are_told_apart() -> None:
    body = (
        "<office:text><text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes><text:p>open<office:annotation><dc:creator>Jo</dc:creator><text:p>aside</text:p></office:annotation>"
        " text</text:p></office:text>"
    )
    styles = (
        '<d xmlns:style="s" xmlns:text="t"><style:master-page><style:header><text:p>on top</text:p></style:header></style:master-page></d>'
    )
    document = extract(opendocument("text", body, more={"styles.xml": styles}), "odt")
    found = {text.place: (text.text.strip(), text.hidden) for text in document.texts}
    assert found["text"] == ("open text", False)
    assert found["header"] == ("on top", False)
    assert found["tracked changes"] == ("gone", True)
    assert found["comments"][1] and "aside" in found["comments"][0]
    assert document.hidden == ("tracked changes keep deleted text",)


SHEET = (
    '<office:spreadsheet><table:table table:name="Staff" table:style-name="{style}"><table:table-column/>'
    '<table:table-column table:visibility="{column}" table:number-columns-repeated="2"/>'
    '<table:table-row table:visibility="{row}"><table:table-cell><text:p>Ann</text:p></table:table-cell>'
    '<table:table-cell table:number-columns-repeated="1000000"/></table:table-row>'
    '<table:table-row><table:table-cell office:date-value="2015-04-03"/><table:table-cell table:number-columns-repeated="2">'
    '<text:p>x</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    "</table:table-row></table:table></office:spreadsheet>"
)
HIDING = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'


def test_a_million_repeated_empty_cells_cost_nothing() -> None:
    document = extract(opendocument("spreadsheet", SHEET.format(style="", column="visible", row="visible")), "ods")
    assert [row[:3] for row in document.tables[0].rows] == [("Ann", "", ""), ("2015-04-03", "x", "x")]
    assert document.hidden == ()
    assert document.complete


def test_hidden_sheets_rows_and_columns_are_said() -> None:
    sheet = extract(opendocument("spreadsheet", SHEET.format(style="ta1", column="visible", row="visible"), HIDING), "ods")
    assert sheet.hidden == ("a hidden sheet has 2 rows",)
    assert sheet.tables[0].hidden
    row = extract(opendocument("spreadsheet", SHEET.format(style="", column="visible", row="filter")), "ods")
    assert row.hidden == ("1 row is hidden",)
    column = extract(opendocument("spreadsheet", SHEET.format(style="", column="collapse", row="visible")), "ods")
    assert column.hidden == ("2 columns are hidden",)


def test_slides_notes_pictures_and_properties() -> None:
    body = (
        '<office:presentation><draw:page draw:style-name="dp1"><draw:frame><text:p>Ann</text:p></draw:frame>'
        "<presentation:notes><text:p>say this</text:p></presentation:notes></draw:page></office:presentation>"
    )
    hiding = '<style:style style:name="dp1"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    meta = (
        '<d xmlns:meta="m" xmlns:dc="d"><dc:title>Case of Bo</dc:title><meta:keyword>SECRET</meta:keyword>'
        '<meta:user-defined meta:name="MSIP_Label_0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa_Name">OS</meta:user-defined></d>'
    )
    document = extract(opendocument("presentation", body, hiding, {"meta.xml": meta}), "odp")
    places = {text.place: text.text.strip() for text in document.texts}
    assert places["notes"] == "say this"
    assert places["text"] == "Ann"
    assert "Case of Bo" in places["properties"]
    assert document.labels == ("SECRET", "0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa", "OS")
    assert document.hidden == ("1 slide is hidden",)


def test_pictures_alone_are_image_only_and_embedded_files_are_handed_on() -> None:
    inner = package({"x": "y"})
    document = extract(opendocument("text", "<office:text/>", more={"Pictures/1.png": PNG, "Object 1": inner}), "odt")
    assert document.image_only
    assert document.files == (("Object 1", inner),)


def test_an_encrypted_entry_makes_it_incomplete() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    document = extract(opendocument("text", "<office:text/>", more={"META-INF/manifest.xml": manifest}), "odt")
    assert not document.complete
