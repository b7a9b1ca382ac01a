"""What is read of HTML files, and which of it a person who opens them would not see."""

import base64

from gateway.mail.text import extract
from gateway.model.document import Extracted


def shown(html: str) -> str:
    document = extract(html.encode(), "html")
    return "\n".join(text.text for text in document.texts if not text.hidden)


def unseen(document: Extracted) -> str:
    return "\n".join(text.text for text in document.texts if text.hidden)


def test_tags_inside_a_word_do_not_part_it_and_blocks_do() -> None:
    assert shown("<p>Kay<b>lei</b><span>gh</span> Lee</p><p>born&nbsp;2015</p>") == "Kayleigh Lee\nborn\xa02015"
    assert shown("<table><tr><td>a</td><td>b</td></tr></table>").split() == ["a", "b"]
    assert shown("one<br>two") == "one\ntwo"


def test_what_a_style_hides_is_read_as_hidden() -> None:
    for style in ("display:none", "visibility: hidden", "font-size:0px", "opacity:0", "mso-hide:all"):
        document = extract(f'<p>open</p><div style="{style}"><p>secret</p></div>'.encode(), "html")
        assert [text.text for text in document.texts] == ["open", "secret"], style
        assert document.hidden == ("some text is formatted as hidden",)
    assert extract(b'<p style="font-size:0.9em;opacity:0.5">open</p>', "html").hidden == ()


def test_comments_scripts_and_attributes_are_read() -> None:
    page = (
        b'<!-- Ann Lee --><script>var x="Bo Lee"</script><img alt="Cy Lee"><input value="Di Lee"><meta content="Ed Lee">'
        b"<title>Flo Lee</title><template><p>Gus Lee</p></template>"
    )
    document = extract(page, "html")
    assert all(name in unseen(document) for name in ("Ann Lee", "Bo Lee", "Ed Lee", "Gus Lee"))
    assert all(name in shown(page.decode()) for name in ("Cy Lee", "Di Lee", "Flo Lee"))


def test_tables_keep_their_rows_and_layout_tables_are_left_out() -> None:
    page = (
        b"<table><tr><td><table><tr><th>Name</th><th>DOB</th></tr><tr><td>Ann <b>Lee</b></td><td>2015</td></tr></table></td></tr></table>"
    )
    (table,) = extract(page, "html").tables
    assert table.rows == (("Name", "DOB"), ("Ann Lee", "2015"))


def test_files_in_data_addresses_are_handed_on_and_pictures_are_not() -> None:
    data = base64.b64encode(b"a whole file, hidden in a page").decode()
    document = extract(f'<a href="data:application/pdf;base64,{data}">x</a><img src="data:image/png;base64,{data}">'.encode(), "html")
    assert document.files == (("embedded.pdf", b"a whole file, hidden in a page"),)


def test_ten_thousand_nested_tags_are_read() -> None:
    document = extract(b"<div>" * 10_000 + b"Ann Lee", "html")
    assert "Ann Lee" in document.texts[0].text


def test_the_declared_charset_is_used_where_bytes_are_not_utf_8() -> None:
    page = '<meta charset="windows-1251"><p>Иван</p>'.encode("cp1251")
    assert "Иван" in extract(page, "html").texts[0].text
    assert "Ann" in extract("<p>Ann</p>".encode("utf-16"), "html").texts[0].text
