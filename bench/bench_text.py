"""What reading documents costs, per format, and what a worker adds to it.

    python bench/bench_text.py [--rounds 5] [--json]

Prints best and median milliseconds of `extract` and the characters it gave; for PDF also pypdf's time, which gives the page texts only.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import asyncio
import csv
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pypdf

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gateway.mail.text import extract
from gateway.model.looking import LooksFor
from gateway.workers import Workers, examine_now
from tests.mail.text.documents import docx, opendocument, paragraph, pdf, pptx, rows, shows, xlsx

WORDS = "The strategy meeting agreed that Kayleigh stays with her aunt until the review on Tuesday. "
ROW = ("Ann Lee", "03/04/2015", "943 476 5919", "1 High Street", "SW1A 1AA", "07700 900123", "School", "Plan")


def documents() -> dict[str, tuple[str, bytes]]:
    """(type, content) by name: 700,000 characters of prose, tables of 20,000 rows, 100 slides, 60 pages."""
    table = [ROW] * 20_000
    lines = io.StringIO()
    csv.writer(lines).writerows(table)
    cells = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in ROW)
    sheet = f'<table:table table:name="A">{f"<table:table-row>{cells}</table:table-row>" * 20_000}</table:table>'
    page = "\n".join(shows(WORDS, y=800 - 14 * line) for line in range(54))
    prose = "".join(paragraph(WORDS[:40], WORDS[40:]) for _number in range(7_700))
    return {
        "docx, 700,000 characters": ("docx", docx(prose)),
        "xlsx, 20,000 rows of 8": ("xlsx", xlsx({"A": rows(*table)})),
        "ods, 20,000 rows of 8": ("ods", opendocument("spreadsheet", sheet)),
        "pptx, 100 slides": ("pptx", pptx(*[f"<a:p><a:r><a:t>{WORDS}</a:t></a:r></a:p>" * 12] * 100)),
        "pdf, 60 pages": ("pdf", pdf(*[page] * 60)),
        "rtf, 1.3 MB": ("rtf", b"{\\rtf1\\ansi " + (WORDS.encode() + b"{\\b x}\\par ") * 12_500 + b"}"),
        "html, 1 MB": ("html", (f"<p>{WORDS}<b>x</b></p>" * 9_000).encode()),
        "csv, 20,000 rows of 8": ("csv", lines.getvalue().encode()),
    }


def timed(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Best and median milliseconds."""
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return min(times), statistics.median(times)


def by_pypdf(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


async def hop(rounds: int) -> list[dict[str, object]]:
    """What a message costs in a worker beyond what it costs here."""
    workers = Workers(1, 20, 1 << 30, LooksFor())
    await workers.start()
    results: list[dict[str, object]] = []
    for size in (10_000, 10_000_000):
        message = EmailMessage()
        message["Subject"] = "Plan"
        message.set_content("As agreed.")
        message.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(size), maintype="image", subtype="png", filename="photo.png")
        raw = message.as_bytes()
        here = timed(lambda raw=raw: examine_now(raw), rounds)  # type: ignore[misc]
        there = []
        for _round in range(rounds):
            started = time.perf_counter()
            await workers.examine(raw)
            there.append((time.perf_counter() - started) * 1000)
        results.append(
            {"case": f"worker, {size:,} bytes attached", "here_ms": round(here[1], 2), "worker_ms": round(statistics.median(there), 2)}
        )
    await workers.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: list[dict[str, object]] = []
    for name, (kind, content) in documents().items():
        best, usual = timed(lambda kind=kind, content=content: extract(content, kind), options.rounds)  # type: ignore[misc]
        document = extract(content, kind)
        assert document.complete, document.why
        chars = sum(len(text.text) for text in document.texts)
        result: dict[str, object] = {"case": name, "best_ms": round(best, 1), "median_ms": round(usual, 1), "chars": chars}
        if kind == "pdf":
            result["pypdf_ms"] = round(timed(lambda content=content: by_pypdf(content), 1)[0], 1)  # type: ignore[misc]
        results.append(result)
    results += asyncio.run(hop(options.rounds))
    for result in results:
        print(json.dumps(result) if options.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
