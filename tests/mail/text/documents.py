"""Documents made for the tests: the smallest packages that hold what a case is about."""

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
S = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def package(members: dict[str, str | bytes]) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    return out.getvalue()


def docx(body: str, **more: str | bytes) -> bytes:
    """A Word document with this body; further parts as `header1_xml='...'` (under word/, '_' for '.')."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
    }
    for name, content in more.items():
        members[f"word/{name.replace('__', '/').replace('_', '.')}"] = content
    return package(members)


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def xlsx(sheets: dict[str, str], states: dict[str, str] | None = None, more: dict[str, str | bytes] | None = None) -> bytes:
    """A workbook with the sheetData (or whole worksheet inner XML) of each sheet, shared strings and styles from `more`."""
    states = states or {}
    entries = "".join(
        f'<sheet name="{name}" sheetId="{number}" state="{states.get(name, "visible")}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="worksheet" Target="worksheets/sheet{number}.xml"/>' for number in range(1, len(sheets) + 1)
    )
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f"<workbook {S}><sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
    }
    for number, inner in enumerate(sheets.values(), 1):
        members[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {S}>{inner}</worksheet>"
    return package(members | (more or {}))


def rows(*cells: tuple[str, ...], attributes: str = "") -> str:
    """Rows of inline strings."""
    lines = []
    for number, row in enumerate(cells, 1):
        inner = "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for column, cell in enumerate(row) if cell
        )
        lines.append(f'<row r="{number}" {attributes}>{inner}</row>')
    return f"<sheetData>{''.join(lines)}</sheetData>"


def pptx(*slides: str, more: dict[str, str | bytes] | None = None) -> bytes:
    """A presentation with these slides' inner XML."""
    members: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": f"<p:presentation {A}/>"}
    for number, inner in enumerate(slides, 1):
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld {A}>{inner}</p:sld>"
    return package(members | (more or {}))


def opendocument(kind: str, body: str, styles: str = "", more: dict[str, str | bytes] | None = None) -> bytes:
    """An OpenDocument file with this body and these automatic styles."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "style", "draw", "presentation", "meta", "dc", "xlink")
    )
    content = (
        f"<office:document-content {namespaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body>{body}</office:body></office:document-content>"
    )
    return package({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content} | (more or {}))


def pdf(*pages: str, extra: str = "", info: str = "") -> bytes:
    """A PDF with these page content streams, font /F1 and a 200x200 picture /I1."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body if isinstance(body, bytes) else body.encode("latin-1"))
        return len(objects)

    catalog, tree = add(b""), add(b"")
    font = add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    image = add(
        b"<</Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8/Length 64>>stream\n"
        + bytes(range(64))
        + b"\nendstream"
    )
    kids = []
    for content in pages:
        stream = add(f"<</Length {len(content)}>>stream\n{content}\nendstream")
        kids.append(
            add(
                f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 595 842]/Contents {stream} 0 R"
                f"/Resources<</Font<</F1 {font} 0 R>>/XObject<</I1 {image} 0 R>>>>{extra}>>"
            )
        )
    information = add(f"<<{info}>>")
    objects[catalog - 1] = f"<</Type/Catalog/Pages {tree} 0 R>>".encode()
    objects[tree - 1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, catalog, information, start)
    return bytes(out)


def shows(text: str, x: int = 72, y: int = 700) -> str:
    """A content stream that writes a line."""
    return f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET"
