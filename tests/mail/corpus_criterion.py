"""Which files of the corpus are well formed, by a criterion that does not ask our reader.

Well formed is a file with a From and a Date field (RFC 5322 3.6) in which the standard library finds no defect in any part, no
Content field stands twice, and no Content field stands before the first or after the last boundary line.
`python -m tests.mail.corpus_criterion` writes the checked-in list anew.
"""

import email
import re
from email.message import Message
from pathlib import Path

LIST = Path(__file__).parent / "corpus_well_formed.txt"
_STRAY = re.compile(r"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ONCE = ("content-type", "content-transfer-encoding", "content-disposition")


def is_well_formed(raw: bytes) -> bool:
    message = email.message_from_bytes(raw)
    return bool(message["from"] and message["date"]) and all(map(_is_sound, message.walk()))


def _is_sound(part: Message) -> bool:
    if not part.is_multipart():
        part.get_payload(decode=True)  # Decoding finds the defects of encodings.
    stray = any(_STRAY.search(text or "") for text in (part.preamble, part.epilogue))
    return not part.defects and not stray and all(len(part.get_all(name, [])) < 2 for name in _ONCE)


def well_formed_files(corpus: Path) -> list[str]:
    files = sorted(path for path in (corpus / "emails").rglob("*") if path.is_file())
    return [path.relative_to(corpus).as_posix() for path in files if is_well_formed(path.read_bytes())]


if __name__ == "__main__":
    corpus = Path(__file__).resolve().parents[3] / "shared" / "corpus"
    LIST.write_text("".join(f"{name}\n" for name in well_formed_files(corpus)))
