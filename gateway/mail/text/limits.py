"""Where reading a document stops, and why there.

Promises: each number bounds one resource of one document. Reaching one makes the result incomplete, never wrong.
All sizes are of bytes really read: a size that a file declares about itself is never believed.
"""

UNPACKED_BYTES = 67_108_864
"""Unpacked from one document. A 390 KB docx can unpack to 400 MB; 20,000 rows of a real workbook are 10 MB. Expat reads 64 MB
of dense cells in about the 2 s that one message may cost."""

TEXT_CHARS = 8_388_608
"""Kept of one document: twice what the checks look at (`LooksFor.text_bytes`), so that they can say that there was more."""

ENTRIES = 4_096
"""Entries of a zip package. A 300-slide presentation has about 1,500; 60,000 cost the stdlib directory reader 0.3 s."""

ELEMENTS = 1_000_000
"""XML elements of all parts together, at 1-2 us each. 20,000 rows of 20 cells have 820,000; whoever sends more sends a database."""

TAG_BYTES = 2_097_152
"""Of one tag, comment or the like. The longest in real documents are base64 pictures in one attribute, under 1 MB."""

XML_DEPTH = 256
"""Word nests tables and text boxes under 60 deep."""

ROWS = 200_000
"""Of all tables of a document together."""

CELLS = 2_000_000
"""Of all tables of a document together: about 200 MB of Python values at worst."""

REPEATED = 64
"""Times one repeated cell or row of an OpenDocument table is written out; real ones pad with a million empty ones."""

FILES = 256
"""Embedded files handed on."""

FILE_BYTES = 67_108_864
"""Embedded files handed on, together."""

PAGES = 2_000
"""Pages of a PDF. The longest court bundle seen in public guidance is 350 per volume."""

TABLE_PAGES = 100
"""Pages of a PDF whose layout is searched for tables, at 2-5 ms each; the text of later ones is still read."""

TABLE_CHARS = 20_000
"""Characters of such a page. A full page of 6-point type has 12,000."""

PAGE_OBJECTS = 20_000
"""Objects looked at on a page without text, to tell a scan from an empty page."""

DRAWN_PATHS = 300
"""Drawn shapes on a page without text from which it counts as a picture: text turned to outlines has one per letter."""

TOKENS = 1_000_000
"""RTF tokens, records of legacy files, at under 1 us each."""

HTML_NODES = 250_000
"""At 5-8 us each. A page of 5 MB has 150,000."""

ATTRIBUTES = 128
"""Of one HTML tag: the parser compares each with all before it, 40,000 cost 14 s. Real tags have under 30."""

DEPTH = 64
"""Groups of an RTF file, records of a legacy presentation, messages within messages."""

FEW_WORDS = 200
"""Characters under which the words beside a large picture are a caption, a page number or a copier's stamp."""

SCAN_BYTES = 100_000
"""A scanned page has more at 150 dots per inch; logos mostly have under 50 KB."""
