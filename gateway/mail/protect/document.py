"""A plain Word document from lines of text: what the words of an email become when they have to be locked."""

import io
import zipfile
from xml.sax.saxutils import escape

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
# A fixed time: the same words give the same document, and no clock is needed.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# A package under 4,096 bytes goes into the mini stream of an encrypted container, which msoffcrypto 6.1 lays out wrongly (measured).
LEAST_BYTES = 8_192
# XML 1.0 allows no other control characters.
_ALLOWED = {9, 10, 13}


def word_document(text: str) -> bytes:
    """A .docx with one paragraph for each line."""
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(_clean(line))}</w:t></w:r></w:p>' for line in text.replace("\r\n", "\n").split("\n")
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{_W}"><w:body>{paragraphs}</w:body></w:document>'
    )
    out = io.BytesIO()
    document += " " * max(0, LEAST_BYTES - len(document))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, content in (("[Content_Types].xml", _TYPES), ("_rels/.rels", _RELATIONS), ("word/document.xml", document)):
            package.writestr(zipfile.ZipInfo(name, _EPOCH), content.encode("utf-8", "replace"))
    return out.getvalue()


def _clean(line: str) -> str:
    return "".join(ch for ch in line if (ord(ch) >= 32 or ord(ch) in _ALLOWED) and ord(ch) not in (0xFFFE, 0xFFFF))
