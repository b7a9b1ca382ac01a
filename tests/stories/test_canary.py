"""What was held is found nowhere outside its encrypted content."""

from pathlib import Path

from tests.files import docx
from tests.harness import Gateway, letter

JO = "jo.bell@borough.gov.uk"
CANARIES = [b"Zebedee Quillfeather", b"Quillfeather", b"zq-body-canary-7731", b"zq-file-canary-9942"]


def test_a_planted_canary_is_in_no_database_log_record_or_notice(tmp_path: Path) -> None:
    message = letter(JO, ["rita.k1964@gmail.com"], "CONFIDENTIAL notes", "Zebedee Quillfeather zq-body-canary-7731, DOB 03/04/2015")
    message.add_attachment(docx("zq-file-canary-9942"), maintype="application", subtype="octet-stream", filename="notes.docx")
    message.add_attachment(b"zq-file-canary-9942\r\n", maintype="text", subtype="plain", filename="notes.txt")
    marked = letter(JO, ["rita.k1964@gmail.com"], "About Zebedee Quillfeather, DOB 03/04/2015", "zq-body-canary-7731")
    with Gateway(tmp_path) as gateway:
        gateway.send(JO, ["rita.k1964@gmail.com"], message)
        gateway.send(JO, ["rita.k1964@gmail.com"], marked)
        gateway.wait_for(2, "notice")
        (held,) = gateway.ask("hold", "list")
        said = gateway.command("why", held["message"], "--settings", str(tmp_path / "gateway.yaml")).stdout
        assert not any(canary.decode().lower() in said.lower() for canary in CANARIES)
    looked_at = 0
    for file in tmp_path.rglob("*"):
        if file.is_file():
            looked_at += 1
            content = file.read_bytes().lower()
            for canary in CANARIES:
                assert canary.lower() not in content, file
    assert looked_at > 5
