"""Messages for the workers' tests."""

from email.message import EmailMessage


def mail(attachment: bytes = b"", name: str = "plan.pdf", text: str = "As agreed.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jo@borough.gov.uk", "Sam <sam@Example.org>", "Plan"
    message.set_content(text)
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
