"""Every labelled container of public projects (../shared/corpus) is recognised as its label says, or the label is shown wrong here."""

import json
from pathlib import Path

from gateway.mail.containers import recognise

MEANS = {"encrypted": "strong", "plain": "none", "signed": "none", "compressed": "none"}
# Labels that the bytes contradict; the reasons are in docs/containers.md.
WRONG_LABELS = {
    "qpdf/enc-XI-R6,V5,U=attachment,encrypted-attachments.pdf": "partial",
    "pikepdf/378014596.pdf": "none",
}


def test_every_label_of_the_corpus_is_met(shared: Path) -> None:
    index = shared / "corpus" / "index.jsonl"
    rows = [json.loads(line) for line in index.read_text().splitlines()]
    labelled = [row for row in rows if row["kind"] == "attachment"]
    wrong = []
    for row in labelled:
        path = shared / "corpus" / row["file"]
        state = recognise(path.read_bytes(), path.name).protection.state.value
        if state != WRONG_LABELS.get(row["id"], MEANS.get(row["label"], row["label"])):
            wrong.append((row["id"], row["label"], state))
    assert len(labelled) > 100
    assert wrong == []


def test_our_own_format_agrees_with_the_label_of_the_corpus(shared: Path) -> None:
    formats = {"rar4": "rar", "rar5": "rar", "rar": "rar", "pdf": "pdf", "tnef": "tnef"}
    for line in (shared / "corpus" / "index.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("format") in formats and row["source"] != "mimekit":
            assert recognise((shared / "corpus" / row["file"]).read_bytes()).type == formats[row["format"]], row["id"]
