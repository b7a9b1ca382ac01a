"""What is read of Excel workbooks, and which of it a person who opens them would not see."""

import pytest

from gateway.mail.text import extract
from gateway.mail.text.numbers import format_of, shown_number
from tests.mail.text.documents import S, package, rows, xlsx


def test_cells_are_a_table_and_text() -> None:
    document = extract(xlsx({"Staff": rows(("Name", "Age"), ("Ann Lee", "9"))}), "xlsx")
    assert document.complete
    (table,) = document.tables
    assert (table.place, table.rows, table.hidden) == ("sheet Staff", (("Name", "Age"), ("Ann Lee", "9")), False)
    assert any("Ann Lee\t9" in text.text for text in document.texts)


def test_shared_strings_with_split_runs_are_joined() -> None:
    strings = f"<sst {S}><si><r><t>Ann </t></r><r><t>Lee</t></r><rPh><t>kana</t></rPh></si></sst>"
    sheet = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    document = extract(xlsx({"A": sheet}, more={"xl/sharedStrings.xml": strings}), "xlsx")
    assert document.tables[0].rows == (("Ann Lee",),)


def test_gaps_keep_columns_in_their_place() -> None:
    document = extract(xlsx({"A": rows(("Name", "", "NHS"), ("", "", "943"))}), "xlsx")
    assert document.tables[0].rows == (("Name", "", "NHS"), ("", "", "943"))


def test_a_birthday_stored_as_a_number_is_a_date() -> None:
    styles = (
        f'<styleSheet {S}><numFmts><numFmt numFmtId="164" formatCode="[$-809]dd\\ mmmm\\ yyyy"/>'
        '<numFmt numFmtId="165" formatCode="00000000000"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
    )
    sheet = (
        '<sheetData><row r="1"><c r="A1" s="1"><v>42097</v></c><c r="B1" s="2"><v>42097</v></c><c r="C1" s="3"><v>7700900123</v></c>'
        '<c r="D1"><v>9434765919</v></c></row></sheetData>'
    )
    document = extract(xlsx({"A": sheet}, more={"xl/styles.xml": styles}), "xlsx")
    assert document.tables[0].rows == (("03/04/2015", "03/04/2015", "07700900123", "9434765919"),)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("9.434765919E9", "", "9434765919"),
        ("42097.5", "d/m/yy", "03/04/2015"),
        ("42097", '"day" 0', "42097"),
        ("1", "00", "01"),
        ("1.5", "0.00", "1.5"),
        ("word", "", "word"),
        ("1e400", "", "1e400"),
        ("nan", "dd", "nan"),
        ("99999999999", "dd", "99999999999"),
    ],
)
def test_numbers_are_shown_as_people_see_them(value: str, code: str, shown: str) -> None:
    assert shown_number(value, format_of("164", code)) == shown


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_and_its_rows_counted(state: str) -> None:
    names = [(f"Person {number}",) for number in range(1204)]
    document = extract(xlsx({"Open": rows(("x",)), "Staff": rows(*names)}, {"Staff": state}), "xlsx")
    assert document.hidden == ("a hidden sheet has 1,204 rows",)
    assert [table.hidden for table in document.tables] == [False, True]
    assert all(text.hidden for text in document.texts if "Person 7" in text.text)


def test_hidden_rows_and_columns_are_said_only_where_they_hold_something() -> None:
    hidden_rows = extract(xlsx({"A": rows(("Ann Lee",), ("Bo Lee",), attributes='hidden="1"')}), "xlsx")
    assert hidden_rows.hidden == ("2 rows are hidden",)
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    assert extract(xlsx({"A": columns + rows(("a", "b", "c"))}), "xlsx").hidden == ("2 columns are hidden",)
    assert extract(xlsx({"A": columns + rows(("a",))}), "xlsx").hidden == ()


def test_a_pivot_cache_is_hidden_text() -> None:
    cache = f'<pivotCacheDefinition {S}><sharedItems><s v="Ann Lee"/></sharedItems></pivotCacheDefinition>'
    records = f'<pivotCacheRecords {S}><r><s v="Bo Lee"/></r></pivotCacheRecords>'
    document = extract(
        xlsx({"A": rows(("x",))}, more={"xl/pivotCache/pivotCacheDefinition1.xml": cache, "xl/pivotCache/pivotCacheRecords1.xml": records}),
        "xlsx",
    )
    assert document.hidden == ("a pivot table keeps a copy of its source rows",)
    assert "Ann Lee" in hidden_text(document) and "Bo Lee" in hidden_text(document)


def hidden_text(document: object) -> str:
    return "\n".join(text.text for text in document.texts if text.hidden)  # type: ignore[attr-defined]


def test_comments_drawings_headers_and_formulas_are_read() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1"><f>"Cy "&amp;"Lee"</f></c></row></sheetData>'
        '<headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Di &amp;&amp; Lee&amp;CSECRET</oddHeader></headerFooter>'
    )
    document = extract(
        xlsx(
            {"A": sheet},
            more={
                "xl/comments1.xml": f"<comments {S}><comment><text><r><t>Ann </t></r><r><t>Lee</t></r></text></comment></comments>",
                "xl/drawings/drawing1.xml": '<d xmlns:a="x"><a:col>7</a:col>'
                "<a:p><a:r><a:t>Bo </a:t></a:r><a:r><a:t>Lee</a:t></a:r></a:p></d>",
            },
        ),
        "xlsx",
    )
    everything = "\n" + "\n".join(text.text for text in document.texts)
    assert all(words in everything for words in ("Ann Lee", "\nBo Lee", "Cy ", "Di & Lee\nSECRET"))


def test_a_sheet_at_an_odd_path_is_found_by_its_relation() -> None:
    content = package(
        {
            "xl/workbook.xml": f'<workbook {S}><sheets><sheet name="N" r:id="r1" state="hidden"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="/odd/one.xml"/></Relationships>',
            "odd/one.xml": f"<worksheet {S}>{rows(('Ann Lee',))}</worksheet>",
        }
    )
    document = extract(content, "xlsx")
    assert document.tables[0].rows == (("Ann Lee",),)
    assert document.hidden == ("a hidden sheet has 1 row",)


def test_words_of_a_formula_are_read_beside_the_value_it_had() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1" t="str"><f>"Ann "&amp;B1</f><v>nothing</v></c>'
        '<c r="B1"><f>SUM(C1:C9)</f><v>7</v></c></row></sheetData>'
    )
    document = extract(xlsx({"A": sheet}), "xlsx")
    assert document.tables[0].rows == (("nothing", "7"),)
    assert '"Ann "&B1' in hidden_text(document)
    assert "SUM" not in hidden_text(document)
