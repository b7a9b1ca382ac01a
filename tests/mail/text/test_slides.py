"""PowerPoint presentations."""

from gateway.mail.text import extract
from tests.mail.text.documents import A, pptx

LINE = "<a:p><a:r><a:t>{}</a:t></a:r><a:r><a:t>{}</a:t></a:r></a:p>"


def test_slides_are_read_in_order_with_split_runs_joined() -> None:
    slides = [LINE.format(f"Ann {number}", " Lee") for number in range(1, 12)]
    document = extract(pptx(*slides), "pptx")
    assert [text.place for text in document.texts] == [f"slide {number}" for number in range(1, 12)]
    assert document.texts[9].text.strip() == "Ann 10 Lee"
    assert document.complete


def test_notes_and_hidden_slides_are_hidden() -> None:
    content = pptx(
        "<p:cSld/>",
        more={
            "ppt/slides/slide2.xml": f'<p:sld {A} show="0">{LINE.format("Bo", " Lee")}</p:sld>',
            "ppt/notesSlides/notesSlide1.xml": f"<p:notes {A}>{LINE.format('Cy', ' Lee')}</p:notes>",
        },
    )
    document = extract(content, "pptx")
    assert {text.text.strip(): text.hidden for text in document.texts} == {"Bo Lee": True, "Cy Lee": True}
    assert document.hidden == ("1 slide is hidden",)


def test_tables_comments_and_alternative_text_are_read() -> None:
    cell = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    table = f"<a:tbl><a:tr>{cell.format('Name')}{cell.format('DOB')}</a:tr><a:tr>{cell.format('Ann')}{cell.format('2015')}</a:tr></a:tbl>"
    document = extract(
        pptx(
            table + '<p:pic><p:nvPicPr><p:cNvPr id="2" descr="photo of Di"/></p:nvPicPr></p:pic>',
            more={"ppt/comments/comment1.xml": f"<p:cmLst {A}><p:cm><p:text>ask Bo</p:text></p:cm></p:cmLst>"},
        ),
        "pptx",
    )
    assert document.tables[0].rows == (("Name", "DOB"), ("Ann", "2015"))
    everything = "\n".join(text.text for text in document.texts)
    assert "photo of Di" in everything and "ask Bo" in everything and "Ann\t2015" in everything
