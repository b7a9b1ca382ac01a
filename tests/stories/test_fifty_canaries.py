"""Fifty private values in mail that is stopped: none of them is in anything that the gateway wrote, shows or says.

Held, bounced, refused and returned messages carry them in subjects, bodies, file names and files; then every file, page and command
output is searched in many spellings. The search itself is proven first.
"""

import base64
import html
import json
import quopri
import re
import smtplib
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from itertools import chain
from pathlib import Path

import pytest

from tests.files import docx, locked_zip, plain_zip
from tests.harness import Gateway, letter
from tests.mail.text import documents

JO, RITA = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com"
SUFFIX_OF_TODAY = "sam.reid@nhs.net.cjsm.net"
"""Not an address under the table of 2009: mail to it bounces."""

NAMES = (
    "Kayleigh Bracegirdle",
    "Tobias Featherstone",
    "Imogen Hollingsworth",
    "Harriet Wigglesworth",
    "Mohammed Ramsbottom",
    "Zofia Clutterbuck",
    "Callum Higginbotham",
    "Gethin Entwistle",
    "Rosalind Satterthwaite",
    "Bartosz Szczepanski",
    "Fatima Thistlethwaite",
    "Desmond Winterbottom",
    "Priya Ravindran",
    "Yusuf Olorunfemi",
)
BIRTHDAYS = ("03/04/2015", "17 October 2011", "2009-08-29", "11.02.2014", "23/12/1987", "9 June 2018")
NHS = ("943 476 5919", "4857773456", "401-023-2137", "9449305552", "450 557 7104", "6328797966")
UPNS = ("H801200001001", "A820200006092", "T933500107013", "K302400011024", "M888200700315")
NINOS = ("AB 12 34 56 C", "JG103759A", "HN 55 20 17 D", "LP730264B", "CE 98 41 06 A")
POSTCODES = ("NW97 3QX", "LS99 8ZB", "CF83 7JW", "BD96 4TH")
PHONES = ("07700 900417", "01632 960983", "+44 7700 900255", "020 7946 0631")
PASSWORDS = ("Marmalade-4471-Otter", "Quicksilver!Teapot88", "Bramble7Lantern7Fox")
LOCAL_IDS = ("CHD-0077123-LX", "MOSAIC/5519204", "EHCP-2026-83315")
CANARIES = (*NAMES, *BIRTHDAYS, *NHS, *UPNS, *NINOS, *POSTCODES, *PHONES, *PASSWORDS, *LOCAL_IDS)
# A surname alone gives its family away; a number is one with or without its spaces.
PIECES = (*CANARIES, *(name.split()[1] for name in NAMES), *(re.sub(r"[ \-]", "", value) for value in (*NHS, *NINOS, *PHONES)))


def told(*values: str) -> str:
    """A line for each value, as a person writes it down."""
    return "\n".join(f"For the referral: {value}" for value in values)


def attached(subject: str, body: str, files: dict[str, bytes], to: str = RITA) -> EmailMessage:
    message = letter(JO, [to], subject, body)
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def eml_in_eml() -> EmailMessage:
    """A forwarded message that holds a forwarded message."""
    inner = letter(JO, [RITA], f"Re: {NAMES[4]}", told(NHS[2], PHONES[1]))
    middle = letter(JO, [RITA], f"About {NAMES[5]}", told(UPNS[2], POSTCODES[1]))
    middle.add_attachment(inner)
    outer = letter(JO, [RITA], "Papers", told(BIRTHDAYS[2]))
    outer.add_attachment(middle)
    return outer


def stopped() -> Iterator[EmailMessage]:
    """Messages to somebody without secure email; together with the bounced and the refused one they carry every canary."""
    yield attached(
        f"LAC review - {NAMES[0]}, DOB {BIRTHDAYS[0]}", told(NHS[0], UPNS[0], NINOS[0], POSTCODES[0], PHONES[0], LOCAL_IDS[0]), {}
    )
    paragraphs = [f"Child's name: {NAMES[1]}", f"DOB: {BIRTHDAYS[1]}", f"NHS number {NHS[1]}", f"UPN {UPNS[1]}", f"NI number {NINOS[1]}"]
    yield attached("Papers", "See attached.", {f"{NAMES[2]} plan.docx": docx(*paragraphs, LOCAL_IDS[1])})
    yield eml_in_eml()
    table = (
        ("Name", "DOB", "NHS number"),
        (NAMES[6], BIRTHDAYS[3], NHS[3]),
        (NAMES[7], BIRTHDAYS[4], NHS[4]),
        (NAMES[8], BIRTHDAYS[5], NHS[5]),
    )
    rows = "\r\n".join(",".join(row) for row in (("Name", "UPN"), (NAMES[9], UPNS[3]), (NAMES[10], UPNS[4]), (NAMES[11], NINOS[2])))
    files = {
        "list.xlsx": documents.xlsx({NAMES[3]: documents.rows(*table)}),
        "list.csv": f"{rows}\r\n{PHONES[2]},{POSTCODES[2]}\r\n".encode(),
    }
    files["papers.zip"] = plain_zip(**{f"{NAMES[13]} report_docx": docx(PHONES[2])})
    yield attached("The lists", "As discussed.", files)
    locked = locked_zip(PASSWORDS[0], **{f"{NAMES[12].replace(' ', '-')}_docx": docx("hello")})
    yield attached("The file", f"The password is {PASSWORDS[0]}", {"papers.zip": locked})


def bounced() -> EmailMessage:
    return attached(f"Strategy meeting {NAMES[12]}", told(NINOS[3], LOCAL_IDS[2], f"password: {PASSWORDS[1]}"), {}, SUFFIX_OF_TODAY)


def refused() -> EmailMessage:
    """A message that went in circles: refused after its content was sent."""
    message = letter(JO, [RITA], f"Section 47 {NAMES[13]}", told(NINOS[4], PHONES[3], POSTCODES[3], f"password: {PASSWORDS[2]}"))
    for hop in range(120):
        message["Received"] = f"from a{hop}.example.org by b.example.org; Sun, 22 Nov 2026 09:00:00 +0000"
    return message


def spellings(value: str) -> set[bytes]:
    """A value as programs write it down; letters in lower case but for base64."""
    low = value.lower()
    plain = {low, low.replace(" ", "_"), html.escape(low), json.dumps(low)[1:-1], urllib.parse.quote(low, safe="").lower()}
    plain |= {urllib.parse.quote_plus(low).lower(), *(text.encode().hex() for text in (value, low, value.upper()))}
    plain |= {"".join(f"={sign:02x}" for sign in text.encode()) for text in (value, low)}
    wide = {text.encode(code) for text in (low, html.escape(low)) for code in ("utf-16-le", "utf-16-be")}
    return {text.encode() for text in plain} | wide


def in_base64(value: str) -> set[bytes]:
    """What stands in base64 wherever the value begins, in three capitalisations: the signs that its neighbours do not touch."""
    found = set()
    for text in (value, value.lower(), value.upper()):
        for content in (text.encode(), text.encode("utf-16-le")):
            for before in range(3):
                coded = base64.b64encode(b"\0" * before + content)
                found.add(coded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6])
    return found


COMMANDS_AT_ONCE = 2
"""Each is a process of its own, on machines with two cores."""
SOUGHT = [(piece, spellings(piece), in_base64(piece)) for piece in PIECES]


def found_in(content: bytes) -> set[str]:
    """Which canaries stand in some bytes, in any spelling, with lines wrapped or not."""
    unwrapped = re.sub(rb"=?\r?\n[ \t]?", b"", content)
    low = [content.lower(), unwrapped.lower(), re.sub(rb"\s+", b" ", content).lower()]
    coded = [content, unwrapped]
    return {
        piece
        for piece, plain, base in SOUGHT
        if any(sign in text for sign in plain for text in low) or any(sign in text for sign in base for text in coded)
    }


@pytest.mark.parametrize("value", [NAMES[0], BIRTHDAYS[1], NHS[0], PASSWORDS[1], LOCAL_IDS[1]])
def test_the_search_finds_every_spelling(value: str) -> None:
    raw = f"Before {value} after it, and so on until the line is much longer than the seventy-six signs of a mail's line."
    around = raw.encode()
    written = [around, around.upper(), raw.encode("utf-16"), quopri.encodestring(around), around.hex().encode()]
    written += [base64.encodebytes(around[cut:]) for cut in range(3)]
    written += [
        urllib.parse.quote(raw, safe="").encode(),
        html.escape(raw).encode(),
        json.dumps(raw).encode(),
        raw.replace(" ", "\n").encode(),
    ]
    assert all(value in found_in(content) for content in written)
    assert not found_in(b"Before after it, and so on.")


def test_the_mail_carries_all_fifty() -> None:
    assert len(set(CANARIES)) == 50
    text = " ".join(chain((str(one) for one in stopped()), (str(bounced()), str(refused()))))
    in_files = {value for value in CANARIES if value not in text and not found_in(text.encode()) & {value}}
    # What stands only in a compressed document: the docx and the workbook.
    assert in_files <= {NAMES[1], NAMES[3], *NAMES[6:9], *BIRTHDAYS, *NHS, *UPNS[:2], NINOS[1], LOCAL_IDS[1]}


def said(gateway: Gateway) -> Iterator[tuple[str, bytes]]:
    """What the commands print and the pages show."""
    settings = ("--settings", str(gateway.folder / "gateway.yaml"))
    ids = sorted({record["message"] for record in gateway.ask("records", "search")})
    holds = [held["id"] for held in gateway.ask("hold", "list", "--all")]
    assert len(ids) >= 6 and len(holds) >= 3
    commands = [("status",), ("hold", "list", "--all"), ("records", "search", "--all"), ("records", "export", "--all")]
    commands += [(verb, *action, id) for id in ids for verb, action in (("why", ()), ("records", ("show",)))]
    commands.append(("hold", "show", holds[0]))
    with ThreadPoolExecutor(COMMANDS_AT_ONCE) as pool:
        runs = pool.map(lambda words: gateway.command(*words, *settings), commands)
        for words, run in zip(commands, runs, strict=True):
            yield " ".join(words), f"{run.stdout}\n{run.stderr}".encode()
    for page in ("/", "/metrics", "/healthz"):
        with urllib.request.urlopen(f"http://127.0.0.1:{gateway.console}{page}", timeout=10) as response:
            yield page, response.read()


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that the gateway left, the database and its log among them."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.name, file.read_bytes()


@pytest.mark.slow
def test_fifty_planted_values_are_in_nothing_that_the_gateway_wrote(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        for message in stopped():
            gateway.send(JO, [RITA], message)
        gateway.send(JO, [SUFFIX_OF_TODAY], bounced())
        with pytest.raises(smtplib.SMTPDataError):
            gateway.send(JO, [RITA], refused())
        gateway.wait_for(6, "notice")
        first = gateway.ask("hold", "list")[0]["id"]
        gateway.ask("hold", "return", first, "--reason", "not this way")
        gateway.wait_for(7, "notice")
        assert gateway.sent("mail") == []
        leaks = {where: found for where, content in chain(said(gateway), written(tmp_path)) if (found := found_in(content))}
    leaks |= {f"{where} at the end": found for where, content in written(tmp_path) if (found := found_in(content))}
    assert leaks == {}
