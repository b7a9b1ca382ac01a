"""A council's week in fifteen messages, and what each recipient's copy should become under the shipped policy.

The table is the demo's expectation: `python -m gateway.cli.demo` sends these through SMTP and compares.
All people, numbers and places in them are invented.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.cli.demo_files import excel_file, form_that_opens_freely, locked_zip, word_file

JO = "jo.bell@borough.gov.uk"
OFFICE = "office@oakfield.borough.sch.uk"
PASSWORD = "Rainbow2026"

SENT, LOCKED, HELD, BOUNCED = "deliver", "protect", "hold", "bounce"
"""What becomes of a copy. LOCKED: held first, then its sender asks for PROTECT, and it goes with its file locked."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of one recipient: the verdict, the address it is handed on to, and the reason code where it is stopped."""

    recipient: str
    verdict: str
    deliver_to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """One message of the week."""

    title: str
    sender: str
    subject: str
    body: str
    expected: tuple[Expected, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    cc: tuple[str, ...] = field(default=())

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(one.recipient for one in self.expected)

    @property
    def stopped(self) -> bool:
        return any(one.verdict != SENT for one in self.expected)

    @property
    def asks_for_lock(self) -> bool:
        return any(one.verdict == LOCKED for one in self.expected)

    def to_bytes(self, message_id: str, at: datetime) -> bytes:
        """As a mail program writes it, with CRLF line ends."""
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(address for address in self.recipients if address not in self.cc)
        if self.cc:
            message["Cc"] = ", ".join(self.cc)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = message_id
        message.set_content(self.body)
        for name, content in self.files:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return message.as_bytes()


def sent(recipient: str, deliver_to: str = "") -> Expected:
    return Expected(recipient, SENT, deliver_to or recipient)


def locked(recipient: str, reason: str) -> Expected:
    return Expected(recipient, LOCKED, recipient, reason)


def held(recipient: str, reason: str) -> Expected:
    return Expected(recipient, HELD, reason=reason)


def bounced(recipient: str, reason: str) -> Expected:
    return Expected(recipient, BOUNCED, reason=reason)


def the_week() -> tuple[DemoMessage, ...]:
    """The messages in the order in which they are sent."""
    notes = (
        f"{day} June: home visit. Her aunt says that school goes well; she sleeps better and has joined the choir." for day in range(1, 29)
    )
    plan = word_file(
        "Early help assessment", "Kayleigh Thompson, born 03/04/2015, NHS number 943 476 5919.", "Lives with her aunt.", *notes
    )
    papers = locked_zip(PASSWORD, {"papers.docx": plan})
    children = [("Name", "Date of birth", "Allergy"), *((f"Child {number}", f"0{number}/05/2015", "nuts") for number in range(1, 9))]
    return (
        DemoMessage(
            "A plan for the NHS, a child's name in the subject",
            JO,
            "Health assessment for Kayleigh Thompson, DOB 03/04/2015",
            "As agreed, the plan is attached.\n",
            (sent("sam.reid@nhs.net", "sam.reid@nhs.net.cjasm.net"),),
            (("caf-plan.docx", plan),),
        ),
        DemoMessage(
            "The same with a lock that the secure route turns away",
            JO,
            "Papers as agreed",
            "Please see the attached.\n",
            (bounced("ward.clerk@nhs.net", "cjsm.encrypted_attachment"),),
            (("papers.zip", papers),),
        ),
        DemoMessage(
            "Friday, 17:58: a placement plan to a carer. Nobody can review it, so Jo asks for PROTECT",
            JO,
            "Placement tonight",
            "He arrives at seven.\n",
            (locked("rita.carer@outlook.com", "attachment.unprotected"),),
            (("placement-plan.docx", plan),),
        ),
        DemoMessage(
            "A school's medical list to an outdoor centre",
            OFFICE,
            "Year 6 residential",
            "The list you asked for.\n",
            (held("lead@greenoutdoor.co.uk", "attachment.unprotected"),),
            (("medical-list.xlsx", excel_file(children)),),
        ),
        DemoMessage(
            "A locked file with its password beside it",
            JO,
            "Papers",
            f"The password is {PASSWORD}\n",
            (bounced("keyworker@ymca-east.org.uk", "password.included"),),
            (("papers.zip", papers),),
        ),
        DemoMessage(
            "Marked, locked, and the password by phone: just right",
            JO,
            "CONFIDENTIAL: papers for Thursday",
            "I will ring you with the password.\n",
            (sent("manager@ymca-east.org.uk"),),
            (("papers.zip", papers),),
        ),
        DemoMessage(
            "A report to a borough that is not registered",
            JO,
            "Transfer-in conference",
            "The report is attached.\n",
            (held("dan.lee@croydon.gov.uk", "attachment.unprotected"),),
            (("report.docx", plan),),
        ),
        DemoMessage(
            "A link that opens a file for anyone",
            JO,
            "Photos",
            "Please fetch them here: https://wetransfer.com/downloads/0f3a9c41d2/8b7e\n",
            (held("venue@townhall-events.co.uk", "body.file_link"),),
        ),
        DemoMessage(
            "One letter too many in the address",
            JO,
            "Meeting on Tuesday",
            "Can we meet at ten?\n",
            (bounced("sam.reid@nhs.nett", "recipient.lookalike"),),
        ),
        DemoMessage(
            "A form locked against changes only, to the NHS",
            JO,
            "Referral form",
            "The form is attached.\n",
            (sent("forms@nhs.net", "forms@nhs.net.cjasm.net"),),
            (("referral-form.pdf", form_that_opens_freely("Referral form")),),
        ),
        DemoMessage(
            "Central government's subdomain counts, a police force that is not listed does not",
            JO,
            "Briefing",
            "The briefing is attached.\n",
            (sent("a@gol.gsi.gov.uk", "a@gol.gsi.gov.uk.cjasm.net"), held("b@essex.pnn.police.uk", "attachment.unprotected")),
            (("briefing.docx", word_file("Briefing for Thursday's meeting.")),),
        ),
        DemoMessage(
            "A school writes to the NHS: ordinary mail stays ordinary",
            OFFICE,
            "Can we move Tuesday?",
            "Would Wednesday at ten suit you?\n",
            (sent("nurse@nhs.net"),),
        ),
        DemoMessage(
            "The school types the secure ending by hand, but is no member",
            OFFICE,
            "Can we move Tuesday?",
            "Would Wednesday at ten suit you?\n",
            (bounced("nurse@nhs.net.cjasm.net", "cjsm.sender_not_member"),),
        ),
        DemoMessage(
            "Inside the council nothing is stopped",
            JO,
            "Kayleigh Thompson: notes of our meeting",
            "Notes attached.\n",
            (sent("ann.ward@borough.gov.uk"),),
            (("notes.docx", plan),),
        ),
        DemoMessage(
            "One message to four: two get it now, two are held",
            JO,
            "Papers for Thursday",
            "Please read before we meet.\n",
            (
                sent("priya.shah@borough.gov.uk"),
                sent("hv.team@nhs.net", "hv.team@nhs.net.cjasm.net"),
                held("team.leader@croydon.gov.uk", "attachment.unprotected"),
                held("rita.k1964@gmail.com", "attachment.unprotected"),
            ),
            (("papers.docx", plan),),
            cc=("rita.k1964@gmail.com",),
        ),
    )
