"""Hand-made messages for tests of the checks: raw text through the real reader."""

from email.message import EmailMessage

from gateway.mail import read
from gateway.model.message import Message


def mail(
    subject: str = "Papers",
    body: str = "See attached.",
    *,
    files: tuple[tuple[str, bytes], ...] = (),
    html: str = "",
    to: str = "keyworker@ymca-east.org.uk",
    sender: str = "Jo Bell <jo.bell@borough.gov.uk>",
    headers: tuple[tuple[str, str], ...] = (),
) -> Message:
    """A message as a mail program writes it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"], made["Date"] = "<1@borough.gov.uk>", "Mon, 02 Nov 2026 10:00:00 +0000"
    for name, value in headers:
        made[name] = value
    made.set_content(body)
    if html:
        made.add_alternative(html, subtype="html")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return read(made.as_bytes())
