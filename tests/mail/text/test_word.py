"""What is read of Word documents, and which of it a person who opens them would not see."""

from gateway.mail.text import extract
from gateway.model.document import Extracted
from tests.mail.text.documents import PNG, W, docx, package, paragraph


def seen(document: Extracted) -> str:
    return "\n".join(text.text for text in document.texts if not text.hidden)


def unseen(document: Extracted) -> str:
    return "\n".join(text.text for text in document.texts if text.hidden)


def test_a_number_split_over_runs_is_one_number() -> None:
    document = extract(docx(paragraph("NHS number 943 ", "476", " 5919")), "docx")
    assert "NHS number 943 476 5919" in seen(document)
    assert document.complete


def test_headers_footers_notes_and_text_boxes_are_read() -> None:
    part = f"<w:x {W}><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:x>"
    document = extract(
        docx(
            "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>",
            header1_xml=part % "on top",
            footer2_xml=part % "at the foot",
            footnotes_xml=part % "in a note",
            endnotes_xml=part % "at the end",
        ),
        "docx",
    )
    assert {text.place for text in document.texts} == {"text", "header", "footer", "footnotes", "endnotes"}
    assert all(words in seen(document) for words in ("in a box", "on top", "at the foot", "in a note", "at the end"))


def test_comments_are_hidden_text() -> None:
    comments = f'<w:comments {W}><w:comment w:author="Jo"><w:p><w:r><w:t>mother is Ann</w:t></w:r></w:p></w:comment></w:comments>'
    assert "mother is Ann" in unseen(extract(docx(paragraph("plan"), comments_xml=comments), "docx"))


def test_deleted_text_of_a_tracked_change_is_hidden_and_said() -> None:
    body = (
        "<w:p><w:r><w:t>Kay</w:t></w:r><w:del><w:r><w:delText>GONE</w:delText></w:r></w:del><w:r><w:t>leigh</w:t></w:r>"
        "<w:ins><w:r><w:t> new</w:t></w:r></w:ins></w:p>"
    )
    document = extract(docx(body), "docx")
    assert seen(document).strip() == "Kayleigh new"
    assert "GONE" in unseen(document)
    assert document.hidden == ("tracked changes keep deleted text",)


def test_text_formatted_as_hidden_is_hidden_and_said() -> None:
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>open</w:t></w:r>"
        "<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr></w:p>"
    )
    document = extract(docx(body), "docx")
    assert (seen(document).strip(), unseen(document).strip()) == ("open", "secret")
    assert document.hidden == ("some text is formatted as hidden",)


def test_a_table_keeps_its_rows_and_stands_in_the_text() -> None:
    cell = "<w:tc>{}</w:tc>".format
    body = (
        f"<w:tbl><w:tr>{cell(paragraph('Name'))}{cell(paragraph('DOB'))}</w:tr>"
        f"<w:tr>{cell(paragraph('Ann ', 'Lee') + paragraph('(twin)'))}{cell(paragraph('03/04/2015'))}</w:tr></w:tbl>"
    )
    document = extract(docx(body), "docx")
    assert document.tables[0].rows == (("Name", "DOB"), ("Ann Lee (twin)", "03/04/2015"))
    assert "Ann Lee (twin)\t03/04/2015" in seen(document)


def test_tabs_and_line_breaks_part_words() -> None:
    body = "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Name:</w:t><w:tab/><w:t>Ann</w:t><w:br/><w:t>Age</w:t></w:r></w:p>"
    assert seen(extract(docx(body), "docx")).strip() == "Name:\tAnn\nAge"


def test_labels_and_markings_come_from_the_properties() -> None:
    guid = "0d7a2ca4-2b9e-4a10-9a8b-1e9e02c5f1aa"
    custom = (
        f'<Properties><property name="MSIP_Label_{guid}_Enabled"><lpwstr>true</lpwstr></property>'
        f'<property name="MSIP_Label_{guid}_Name"><lpwstr>OFFICIAL-SENSITIVE</lpwstr></property></Properties>'
    )
    core = "<coreProperties><title>Ann Lee</title><keywords>Confidential</keywords></coreProperties>"
    new_label = '<labelList><label id="{AAAAAAAA-2b9e-4a10-9a8b-1e9e02c5f1aa}" enabled="1"/></labelList>'
    document = extract(
        package(
            {
                "word/document.xml": f"<w:document {W}/>",
                "docProps/custom.xml": custom,
                "docProps/core.xml": core,
                "docMetadata/LabelInfo.xml": new_label,
            }
        ),
        "docx",
    )
    assert set(document.labels) == {guid, "OFFICIAL-SENSITIVE", "Confidential", "AAAAAAAA-2b9e-4a10-9a8b-1e9e02c5f1aa"}
    assert "Ann Lee" in seen(document)


def test_embedded_files_are_handed_on_whatever_their_name() -> None:
    inner = package({"a": "b"})
    document = extract(docx(paragraph("x"), embeddings__sheet_xlsx=inner, media__image1_png=inner, media__image2_png=PNG), "docx")
    assert sorted(document.files) == [("image1.png", inner), ("sheet.xlsx", inner)]


def test_a_document_of_pictures_only_is_image_only() -> None:
    assert extract(docx("<w:p/>", media__image1_png=PNG), "docx").image_only
    assert not extract(docx(paragraph("words"), media__image1_png=PNG), "docx").image_only


def test_hardly_a_word_beside_a_scan_is_image_only() -> None:
    scan = PNG + bytes(120_000)
    assert extract(docx(paragraph("Scan 1"), media__image1_png=scan), "docx").image_only
    assert not extract(docx(paragraph("many words " * 30), media__image1_png=scan), "docx").image_only


def test_alternative_texts_of_pictures_are_read() -> None:
    body = '<w:p><w:r><w:drawing><wp:docPr xmlns:wp="x" id="1" descr="photo of Ann Lee"/></w:drawing></w:r></w:p>'
    assert "photo of Ann Lee" in unseen(extract(docx(body), "docx"))


def test_prefixes_cdata_and_utf_16_do_not_hide_text() -> None:
    body = f"<x:document xmlns:x='{W[9:-1]}'><x:p><x:r><x:t><![CDATA[Ann &]]>#x20;Lee</x:t></x:r></x:p></x:document>"
    document = extract(package({"word/document.xml": ('<?xml version="1.0" encoding="UTF-16"?>' + body).encode("utf-16")}), "docx")
    assert "Ann &#x20;Lee" in seen(document)
    assert document.complete


def test_a_broken_part_is_salvaged_and_incomplete() -> None:
    document = extract(docx(paragraph("Ann Lee") + "<w:p><w:oops></w:p>"), "docx")
    assert "Ann Lee" in seen(document)
    assert not document.complete


def test_entities_are_refused() -> None:
    bomb = (
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>' + f"<w:document {W}><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:document>"
    )
    document = extract(package({"word/document.xml": bomb}), "docx")
    assert not document.complete


def test_the_main_document_may_lie_anywhere() -> None:
    part = f"<w:document {W}>{paragraph('Ann Lee')}</w:document>"
    for path in ("document.xml", "word\\document.xml", "/word/document2.xml", "elsewhere/main.xml"):
        assert "Ann Lee" in seen(extract(package({path: part}), "docx")), path


def test_an_encrypted_package_needs_a_password() -> None:
    assert extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "docx").why == "it needs a password"
