"""A case's draft -> the bytes that a mail program would send.

Promises: the same draft gives the same message, except for what encryption draws anew.
"""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from gateway.service.cases import Calendar, Draft
from gateway.service.made_files import Described, made

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "scan": "application/pdf",
    "png": "image/png",
    "zip": "application/zip",
    "txt": "text/plain",
    "ics": "text/calendar",
}
DATE = "Mon, 23 Nov 2026 09:10:00 +0000"


def written(draft: Draft) -> bytes:
    """The message with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    if draft.author:
        message["From"] = draft.author
    for header, addresses in (("To", draft.to), ("Cc", draft.cc)):
        if addresses:
            message[header] = ", ".join(addresses)
    message["Subject"] = draft.subject
    message["Date"] = DATE
    message["Message-ID"] = "<case@policy.test>"
    for name, value in draft.headers:
        if name.lower() in ("subject", "from", "to", "cc"):
            del message[name]
        message[name] = value
    message.set_content(draft.body or "Good morning.\n")
    inline = [file for file, shown in draft.attach if shown]
    if draft.html or inline:
        _add_html(message, draft.html, inline)
    if draft.calendar is not None:
        message.add_alternative(calendar_text(draft.calendar), subtype="calendar", params={"method": draft.calendar.method})
    for file, shown in draft.attach:
        if not shown:
            _attach(message, file)
    return message.as_bytes()


def _add_html(message: EmailMessage, html: str, inline: list[Described]) -> None:
    """The text as HTML, which shows the inline pictures by their content id."""
    pictures = "".join(f'<img src="cid:picture{number}@policy.test">' for number, _ in enumerate(inline))
    message.add_alternative(f"<html><body>{html or '<p>Good morning.</p>'}{pictures}</body></html>", subtype="html")
    parts: Any = message.get_payload()  # A list, now that there is an alternative.
    for number, file in enumerate(inline):
        maintype, _, subtype = MEDIA[file.kind].partition("/")
        content_id = f"<picture{number}@policy.test>"
        parts[-1].add_related(made(file), maintype=maintype, subtype=subtype, cid=content_id, filename=file.name, disposition="inline")


def _attach(message: EmailMessage, file: Described) -> None:
    maintype, _, subtype = MEDIA.get(file.kind, "application/octet-stream").partition("/")
    message.add_attachment(made(file), maintype=maintype, subtype=subtype, filename=file.name)


def calendar_text(calendar: Calendar) -> str:
    """An iCalendar object as Outlook sends it (RFC 5545)."""
    lines = ["BEGIN:VCALENDAR", "PRODID:-//policy test//EN", "VERSION:2.0", f"METHOD:{calendar.method}", "BEGIN:VEVENT"]
    lines += ["UID:1@policy.test", "DTSTART:20261126T100000Z", "DTEND:20261126T110000Z", f"SUMMARY:{calendar.summary}"]
    if calendar.description:
        lines.append(f"DESCRIPTION:{calendar.description}")
    if calendar.attach:
        lines.append(f"ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY;X-FILENAME={calendar.attach}:UEsDBAo=")
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])
