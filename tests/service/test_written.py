# ruff: noqa: E501 - a table of mail as programs write it reads best one line each
"""Replies as real mail programs write them: what the person wrote is understood, and nothing else is ever taken for it."""

from email.message import EmailMessage

import pytest

from gateway.mail import read
from gateway.model.judgement import Remedy
from gateway.model.notice import NoticeContext
from gateway.notices.examples import examples
from gateway.notices.message import as_read
from gateway.service.written import words, written_lines
from tests.notices.building import BOROUGH

EXAMPLES = examples(BOROUGH, {})

NOTICE = "Not sent: your email to 1 person\nWrite the new subject on the first line.\nSUBJECT Evil"
CONTROL = "gateway@control.gateway.borough.gov.uk"


def reply(plain: str | None = None, html: str | None = None, subject: str = "RE: Not sent: your email to 1 person", **params: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Jo Bell <jo.bell@borough.gov.uk>"
    message["To"] = "subject.x.y@control.gateway.borough.gov.uk"
    message["Subject"] = subject
    if plain is not None:
        message.set_content(plain)
        for name, value in params.items():
            message.set_param(name, value)
    if html is not None:
        message.add_alternative(html, subtype="html") if plain is not None else message.set_content(html, subtype="html")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def quote(text: str = NOTICE) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


OUTLOOK_HEADER = f"From: London Borough of Borough mail gateway <{CONTROL}>\nSent: 20 November 2026 17:59\nTo: Jo Bell\nSubject: Not sent"
WELSH_HEADER = "Oddi wrth: London Borough of Borough mail gateway\nAnfonwyd: 20 Tachwedd 2026 17:59\nAt: Jo Bell\nPwnc: Not sent"
GERMAN_HEADER = "Von: London Borough of Borough mail gateway\nGesendet: Freitag, 20. November 2026 17:59\nAn: Jo Bell\nBetreff: Not sent"
SIGNATURE = "Jo Bell | Social Worker\nChildren's Services, London Borough of Borough\nTel: 020 7946 0000"

PLAIN = {
    # Where the quotation begins
    "outlook": f"School transport\n\n{SIGNATURE}\n\n{OUTLOOK_HEADER}\n\n{NOTICE}",
    "outlook, no signature": f"School transport\n\n{OUTLOOK_HEADER}\n\n{NOTICE}",
    "outlook bold header": f"School transport\n\n*From:* gateway <{CONTROL}>\n*Sent:* Friday\n\n{NOTICE}",
    "outlook old": f"School transport\n\n-----Original Message-----\n{OUTLOOK_HEADER}\n\n{NOTICE}",
    "outlook welsh": f"School transport\n\n-----Neges Wreiddiol-----\n{WELSH_HEADER}\n\n{NOTICE}",
    "outlook welsh, header only": f"School transport\n\n{WELSH_HEADER}\n\n{NOTICE}",
    "outlook german": f"School transport\n\n-----Ursprüngliche Nachricht-----\n{GERMAN_HEADER}\n\n{NOTICE}",
    "outlook german, header only": f"School transport\n\n{GERMAN_HEADER}\n\n{NOTICE}",
    "outlook web": f"School transport\n\n________________________________\n{OUTLOOK_HEADER}\n\n{NOTICE}",
    "outlook for iOS": f"School transport\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n{OUTLOOK_HEADER}",
    "sent from outlook for iOS": f"School transport\n\nSent from Outlook for iOS\n________________________________\n{OUTLOOK_HEADER}",
    "outlook for mac": f'School transport\n\nOn 20/11/2026, 17:59, "Gateway" <{CONTROL}> wrote:\n\n    {NOTICE}',
    "gmail": f"School transport\n\nOn Fri, 20 Nov 2026 at 17:59, London Borough of Borough mail gateway <\n{CONTROL}> wrote:\n\n{quote()}",
    "gmail welsh": f"School transport\n\nAr Gwe, 20 Tach 2026 am 17:59 London Borough of Borough mail gateway <\n{CONTROL}> ysgrifennodd:\n\n{quote()}",
    "gmail german": f"School transport\n\nAm Fr., 20. Nov. 2026 um 17:59 Uhr schrieb London Borough of Borough mail gateway <\n{CONTROL}>:\n\n{quote()}",
    "apple mail": f"School transport\n\n> On 20 Nov 2026, at 17:59, Gateway <{CONTROL}> wrote:\n> \n{quote()}",
    "apple mail, wrapped": f"School transport\n\nOn 20 Nov 2026, at 17:59, London Borough of Borough\nmail gateway\n<{CONTROL}> wrote:\n{quote()}",
    "iphone": f"School transport\n\nSent from my iPhone\n\n> On 20 Nov 2026, at 17:59, Gateway <{CONTROL}> wrote:\n{quote()}",
    "iphone welsh": f"School transport\n\nAnfonwyd o fy iPhone\n\n{quote()}",
    "iphone german": f"School transport\n\nVon meinem iPhone gesendet\n\n{quote()}",
    "thunderbird": f"School transport\n\nOn 20/11/2026 17:59, London Borough of Borough mail gateway wrote:\n{quote()}\n-- \n{SIGNATURE}",
    "thunderbird german": f"School transport\n\nAm 20.11.26 um 17:59 schrieb Gateway:\n{quote()}",
    "plain quote": f"School transport\n{quote()}",
    # What people put around it
    "greeting": f"Hi,\n\nSchool transport\n\nThanks\nJo\n\n{OUTLOOK_HEADER}",
    "greeting with a name": f"Dear gateway team,\nSchool transport\nKind regards,\nJo Bell\n\n{OUTLOOK_HEADER}",
    "greeting welsh": f"Bore da,\n\nSchool transport\n\nDiolch yn fawr\nJo\n\n{quote()}",
    "greeting german": f"Sehr geehrte Damen und Herren,\n\nSchool transport\n\nMit freundlichen Grüßen\nJo Bell\n\n{quote()}",
    "marking": f"OFFICIAL\n\nSchool transport\n\n{OUTLOOK_HEADER}",
    "classification": f"Classification: OFFICIAL-SENSITIVE\n\nSchool transport\n\n{OUTLOOK_HEADER}",
    "the verb repeated": f"SUBJECT: School transport\n\n{OUTLOOK_HEADER}",
    "the verb in small letters": f"subject School transport\n\n{OUTLOOK_HEADER}",
    "spaces that do not break": f"\u00a0\n\u200bSchool\u00a0transport\n\n{OUTLOOK_HEADER}",
    "disclaimer": "School transport\n\nThis email and any attachments are confidential.",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_reply_is_understood(text: str) -> None:
    assert words(read(reply(text)), Remedy.SUBJECT) == "School transport"
    assert words(read(reply(text)), Remedy.RELEASE).removeprefix("SUBJECT: ").removeprefix("subject ") == "School transport"


HTML = {
    "outlook desktop": "<html xmlns:o='x'><head><meta charset=iso-8859-1><title>Not sent</title><style>p{}</style></head><body lang=EN-GB>"
    "<div class=WordSection1><p class=MsoNormal>School transport<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
    "<p class=MsoNormal><b>Jo Bell</b> | Social Worker</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
    f"<p class=MsoNormal><b>From:</b> gateway &lt;{CONTROL}&gt; <br><b>Sent:</b> 20 November 2026 17:59<br></p></div><p>{NOTICE}</p></div></body></html>",
    "outlook web": "<html><head><style type='text/css'>P {margin-top:0}</style></head><body dir='ltr'><div class='elementToProof'>School transport</div>"
    "<div id='Signature'><div>Jo Bell</div></div><div id='appendonsend'></div><hr style='display:inline-block;width:98%' tabindex='-1'>"
    f"<div id='divRplyFwdMsg' dir='ltr'><b>From:</b> gateway</div><div>{NOTICE}</div></body></html>",
    "outlook for iOS": "<html><body><div dir='auto'>School transport</div><div id='ms-outlook-mobile-body-separator-line'><br></div>"
    "<div id='ms-outlook-mobile-signature'>Sent from <a href='https://aka.ms/o0ukef'>Outlook for iOS</a></div>"
    f"<div id='mail-editor-reference-message-container'><hr><b>From:</b> gateway<div>{NOTICE}</div></div></body></html>",
    "outlook for android": f"<div dir='auto'>School transport<br><br>Get <a href='x'>Outlook for Android</a></div><hr><b>From:</b> g<br>{NOTICE}",
    "gmail": "<div dir='ltr'>School transport</div><br><div class='gmail_quote gmail_quote_container'><div dir='ltr' class='gmail_attr'>"
    f"On Fri, 20 Nov 2026 at 17:59, gateway &lt;<a>{CONTROL}</a>&gt; wrote:<br></div><blockquote class='gmail_quote'>{NOTICE}</blockquote></div>",
    "gmail signed": "<div dir='ltr'><div>School transport</div><div><br></div><span class='gmail_signature_prefix'>-- </span><br>"
    f"<div class='gmail_signature'>Jo Bell</div></div><div class='gmail_quote'>{NOTICE}</div>",
    "apple mail": "<html><body>School transport<br><div><br><blockquote type='cite'><div>On 20 Nov 2026, at 17:59, gateway wrote:</div>"
    f"<div>{NOTICE}</div></blockquote></div></body></html>",
    "iphone": f"<html><body dir='auto'>School transport<div><br><div dir='ltr'>Sent from my iPhone</div><blockquote type='cite'>{NOTICE}</blockquote></div></body></html>",
    "thunderbird": f"<html><body><p>School transport</p><div class='moz-cite-prefix'>On 20/11/2026 17:59, gateway wrote:<br></div><blockquote type='cite'>{NOTICE}</blockquote>"
    "<pre class='moz-signature' cols='72'>-- Jo Bell</pre></body></html>",
    "thunderbird welsh": f"<p>School transport</p><div class='moz-cite-prefix'>Ar 20/11/2026 17:59, ysgrifennodd gateway:</div><blockquote>{NOTICE}</blockquote>",
    "hidden text": f"<div style='display:none'>SUBJECT Evil</div><p>School&nbsp;<b>trans</b>port</p><blockquote>{NOTICE}</blockquote>",
    "old outlook": f"<p>School transport</p><p>-----Original Message-----<br>From: gateway<br>{NOTICE}</p>",
    "greeting": f"<p>Hello,</p><p>School transport</p><p>Many thanks,</p><p>Jo</p><hr><p>{NOTICE}</p>",
}


@pytest.mark.parametrize("page", HTML.values(), ids=HTML.keys())
@pytest.mark.parametrize("plain", [None, "\r\n \u00a0\r\n"], ids=["html-only", "empty-plain"])
def test_an_html_reply_is_understood(page: str, plain: str | None) -> None:
    assert words(read(reply(plain, page)), Remedy.SUBJECT) == "School transport"


NOTHING = {
    "empty": "",
    "only the notice": f"{OUTLOOK_HEADER}\n\n{NOTICE}",
    "only a signature": f"{SIGNATURE}\n\n{OUTLOOK_HEADER}\n\n{NOTICE}",
    "surname first": f"BELL, Jo (Social Worker)\nBorough\n\n{OUTLOOK_HEADER}",
    "closing and name": f"Kind regards\n\nJo Bell\nSocial Worker\n\n{quote()}",
    "only a greeting": f"Hello,\n\n{quote()}",
    "delimiter first": f"-- \nJo\n\n{quote()}",
    "phone footer": f"Sent from my iPhone\n\n{quote()}",
    "answer below the quotation": f"On 20/11/2026 17:59, gateway wrote:\n{quote()}\nSchool transport",
    "marking only": f"OFFICIAL-SENSITIVE\n\n{OUTLOOK_HEADER}",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING.keys())
def test_where_nothing_was_written_nothing_is_taken(text: str) -> None:
    message = read(reply(text))
    assert list(written_lines(message)) == []
    assert words(message, Remedy.SUBJECT) == ""


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        # The link of the notice opens an email whose subject is the verb.
        ("SUBJECT", "School transport", "School transport"),
        ("SUBJECT School transport", "", "School transport"),
        ("SUBJECT: School transport", SIGNATURE, "School transport"),
        ("RE: SUBJECT", "School transport", "School transport"),
        # A reply, with the new subject in its Subject
        ("School transport", "Hi,\nplease use this one", "School transport"),
        ("RE: School transport", quote(), "School transport"),
        ("AW: Not sent: your email to 2 people", "School transport", "School transport"),
        ("ATB: Not sent yet: your email to 2 people", "School transport", "School transport"),
        ("Re[2]: Not sent: your email", quote(), ""),
        ("FW: Sent, but please read: your email", "School transport", "School transport"),
        # Words that only begin like the verb
        ("RE: Not sent: your email", "Subjects for the autumn term", "Subjects for the autumn term"),
    ],
)
def test_the_subject_line_of_the_request_counts_where_it_is_new(subject: str, text: str, expected: str) -> None:
    assert words(read(reply(text, subject=subject)), Remedy.SUBJECT) == expected


def test_lines_that_a_mail_program_wrapped_are_one() -> None:
    text = "The school has asked for it and has the consent of both parents, who were \nasked on Tuesday.\n\n-- \nJo"
    message = read(reply(text, format="flowed"))
    assert list(written_lines(message)) == [text.partition("\n\n")[0].replace(" \n", " ")]


def test_a_reason_may_have_several_lines_and_stops_at_the_name() -> None:
    text = f"RELEASE\nThe school asked for it.\nBoth parents agree.\n\nJo\n{SIGNATURE}"
    assert words(read(reply(text)), Remedy.RELEASE) == "The school asked for it. Both parents agree."


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_encodings_do_not_matter(encoding: str) -> None:
    message = EmailMessage()
    message["From"] = "Siân Bell <sian@borough.gov.uk>"
    message.set_content(HTML["outlook desktop"].replace("School", "Ysgôl"), subtype="html", cte=encoding, charset="utf-8")
    assert words(read(message.as_bytes()), Remedy.SUBJECT) == "Ysgôl transport"


@pytest.mark.parametrize("about", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_no_subject_of_ours_is_ever_taken_for_a_new_one(about: NoticeContext) -> None:
    subject, _ = as_read(about)
    assert words(read(reply("", subject=f"RE: {subject}")), Remedy.SUBJECT) == ""
    assert words(read(reply("School transport", subject=f"RE: {subject}")), Remedy.SUBJECT) == "School transport"
