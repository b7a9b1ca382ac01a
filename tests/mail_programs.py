"""Replies to our notices as the mail programs of schools and councils write them: quoting, signing, adding what nobody asked for."""

import email
import email.policy
import html
import re
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote

from tests.harness import Sent, letter

AUTHOR = "A Teacher"
SIGNATURE = f"{AUTHOR}\nYear 6 | Oakfield Primary School\nTel: 020 7946 0300"
DISCLAIMER = (
    "This email and any files transmitted with it are confidential and intended solely for the use of the individual to whom they are "
    "addressed. Please consider the environment before printing."
)
HEADER = f"From: Mail gateway\nSent: 20 November 2026 18:05\nTo: {AUTHOR}\nSubject: Not sent: your email to 1 person"

Program = Callable[[EmailMessage, str, str], None]
"""Fills a message with a few words, and with what the program makes of the notice it answers: (message, the notice's text, words)."""


def reply(program: Program, notice: Sent, verb: str, sender: str, words: str) -> EmailMessage:
    """A reply whose address was taken from the link of `verb`."""
    original = parsed(notice)
    message = letter(f"{AUTHOR} <{sender}>", [link_in(notice, verb)], f"Re: {original['Subject']}", "")
    message["In-Reply-To"] = message["References"] = str(original["Message-ID"])
    program(message, words_in(notice), words)
    return message


def parsed(sent: Sent) -> EmailMessage:
    message = email.message_from_bytes(sent.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def words_in(sent: Sent, kind: str = "plain") -> str:
    part = parsed(sent).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_in(notice: Sent, verb: str) -> str:
    """The address to which a click on a link of the page writes."""
    found = re.search(rf'href="mailto:({verb.lower()}\.[^"?]+)\?subject={verb}"', words_in(notice, "html"))
    assert found, f"no link for {verb}"
    return unquote(html.unescape(found[1]))


def quoted(text: str) -> str:
    return "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines())


def outlook(message: EmailMessage, notice: str, words: str) -> None:
    """Desktop Outlook: HTML with the signature and the notice below it, and plain text made from that."""
    message.set_content(f"{words}\n\n{SIGNATURE}\n\n{HEADER}\n\n{notice}")
    message.add_alternative(outlook_page(notice, words), subtype="html")


def outlook_page(notice: str, words: str) -> str:
    header = html.escape(HEADER).replace("\n", "<br>")
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body lang="EN-GB">'
        f'<div class="WordSection1"><p class="MsoNormal">{words}<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        f'<p class="MsoNormal"><b>{AUTHOR}</b><o:p></o:p></p><p class="MsoNormal">Year 6 | Oakfield Primary School<o:p></o:p></p>'
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">{header}</p></div>'
        f'<p class="MsoNormal">{html.escape(notice)}</p></div></body></html>'
    )


def outlook_without_plain_text(message: EmailMessage, notice: str, words: str) -> None:
    message.set_content(outlook_page(notice, words), subtype="html")


def outlook_and_the_servers_footer(message: EmailMessage, notice: str, words: str) -> None:
    """A rule of the mail server puts a marking above and its footer below everything."""
    message.set_content(f"OFFICIAL\n\n{words}\n\n{HEADER}\n\n{notice}\n\n{'_' * 40}\n{DISCLAIMER}\n")


def new_email_and_the_servers_footer(message: EmailMessage, notice: str, words: str) -> None:
    """A click on the link quotes nothing: the server's footer is all that follows."""
    message.set_content(f"{words}\n\n{DISCLAIMER}\n")


def thunderbird(message: EmailMessage, notice: str, words: str) -> None:
    """Flowed text; the quotation below, the signature behind '-- '."""
    message.set_content(f"{words}\n\nOn 20/11/2026 18:05, Mail gateway wrote:\n{quoted(notice)}\n-- \n{SIGNATURE}\n")
    message.set_param("format", "flowed")


def mutt(message: EmailMessage, notice: str, words: str) -> None:
    intro = "On Fri, Nov 20, 2026 at 06:05:00PM +0000, Mail gateway wrote:"
    message.set_content(f"{words}\n\n{intro}\n{quoted(notice)}\n-- \n{SIGNATURE}\n")


def iphone(message: EmailMessage, notice: str, words: str) -> None:
    intro = "> On 20 Nov 2026, at 18:05, Mail gateway <gateway@control.example> wrote:"
    message.set_content(f"{words}\n\nSent from my iPhone\n\n{intro}\n> \n{quoted(notice)}")


def gmail(message: EmailMessage, notice: str, words: str) -> None:
    intro = "On Fri, 20 Nov 2026 at 18:05, Mail gateway <\ngateway@control.example> wrote:"
    message.set_content(f"{words}\n\n{intro}\n\n{quoted(notice)}")
    page = (
        f'<div dir="ltr">{words}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Fri wrote:'
        f'<br></div><blockquote class="gmail_quote">{html.escape(notice)}</blockquote></div>'
    )
    message.add_alternative(page, subtype="html")


OUTLOOK: Program = outlook
PROGRAMS: tuple[Program, ...] = (
    outlook,
    outlook_without_plain_text,
    outlook_and_the_servers_footer,
    new_email_and_the_servers_footer,
    thunderbird,
    mutt,
    iphone,
    gmail,
)
