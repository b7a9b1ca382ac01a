"""A generated day of ordinary council mail: nothing in it may be called personal.

`day(count)` yields (kind, sender, recipient, subject, text, attachment text or '') always in the same order;
it was fixed before the rules were tuned on it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

FIRST = [
    "Alan",
    "Amy",
    "Andrew",
    "Anita",
    "Ben",
    "Carol",
    "Chris",
    "Claire",
    "Daniel",
    "David",
    "Deborah",
    "Emma",
    "Fiona",
    "Gary",
    "Grace",
    "Hannah",
    "Helen",
    "Ian",
    "Jack",
    "Jane",
    "Joanne",
    "John",
    "Julie",
    "Karen",
    "Kevin",
    "Laura",
    "Lee",
    "Lisa",
    "Mark",
    "Mohammed",
    "Natalie",
    "Nick",
    "Olivia",
    "Paul",
    "Peter",
    "Priya",
    "Rachel",
    "Raj",
    "Robert",
    "Rose",
    "Samina",
    "Sarah",
    "Simon",
    "Sofia",
    "Steve",
    "Susan",
    "Tom",
    "Tracey",
    "Yusuf",
    "Zoe",
]
LAST = [
    "Adams",
    "Ahmed",
    "Baker",
    "Begum",
    "Bell",
    "Brown",
    "Carter",
    "Clark",
    "Cole",
    "Davies",
    "Evans",
    "Fox",
    "Green",
    "Hall",
    "Harris",
    "Hill",
    "Hughes",
    "Hussain",
    "Jackson",
    "James",
    "Jones",
    "Kaur",
    "Kelly",
    "Khan",
    "King",
    "Lee",
    "Lewis",
    "Marsh",
    "Martin",
    "Mason",
    "Miller",
    "Moore",
    "Morgan",
    "Nair",
    "Okafor",
    "Owen",
    "Park",
    "Patel",
    "Price",
    "Reed",
    "Rose",
    "Scott",
    "Shah",
    "Singh",
    "Smith",
    "Stone",
    "Taylor",
    "Turner",
    "Ward",
    "West",
]
PLACE = [
    "Road",
    "Street",
    "Lane",
    "Close",
    "Avenue",
    "Gardens",
    "House",
    "School",
    "Park",
    "Primary",
    "Academy",
    "Centre",
    "Library",
    "Court",
    "Way",
    "Place",
]
TEAM = [
    "Waste Services",
    "Parking",
    "Council Tax",
    "Housing Repairs",
    "Planning",
    "Libraries",
    "Electoral Services",
    "Highways",
    "Leisure",
    "Communications",
]
TOWN = ["Castleford", "Northwick", "Eastmere", "Harlow", "Brampton", "Ashby", "Thornley", "Wexcombe", "Milford", "Denholme"]
FOOTER = "\n\nThis email is confidential and may be legally privileged. If you are not the intended recipient please delete it."


@dataclass(frozen=True, slots=True)
class Ordinary:
    """One ordinary mail."""

    kind: str
    sender: str
    recipient: str
    subject: str
    text: str
    attachment: str = ""


# (kind, subject, text). Slots: n, m colleagues, f a first name, l a surname, p, q named places, t a team, w a town, d a date, o, k numbers.
_MAILS = (
    (
        "newsletter",
        "{w} residents' newsletter",
        "News from {w}: {p} reopens on {d}. Storytime with {f} every Tuesday. Young carers' day on {d}.{x}",
    ),
    (
        "newsletter",
        "Spring term bulletin",
        "Dear parents,\n\nYear 4 visit {p} on {d}. Please send a packed lunch; we are a nut-free school.\n\nMrs {l}",
    ),
    ("bill", "Your council tax bill", "Your bill for 12 {p} is ready. Account {o}. Pay by {d}.{x}"),
    ("bill", "Reminder: invoice {o}", "Invoice {o} from {l} & Sons Ltd is overdue. Please pay within 14 days.{x}"),
    (
        "foi",
        "FOI 2026/{k} response",
        "You asked how many children were looked after in {w}. In 2025 there were {k}, of whom 12 % were placed outside the borough.{x}",
    ),
    (
        "foi",
        "FOI {k}: exclusions in secondary schools",
        "There were {k} fixed-term exclusions. We do not hold data on reasons for absence.",
    ),
    (
        "advert",
        "Foster for {w}",
        "Could you foster? Join our information evening at {p} on {d}. Speak to {n}, recruitment officer, on 020 7946 0{k}.{x}",
    ),
    (
        "advert",
        "Vacancy: social worker, {w}",
        "We are looking for a senior social worker (child protection). Interviews on {d}. Contact {n} for an informal chat.",
    ),
    ("photo", "Photos of {p}", "Hi {f}\n\nHere are the photos of the playground. The swings arrive on {d}.\n\nThanks\n{n}"),
    (
        "invitation",
        "Invitation: safeguarding board, {d}",
        "Dear colleague\n\nPlease join the safeguarding board at {p}. Lunch is provided.\n\n{n}\nBusiness support",
    ),
    ("invitation", "Lunch with {n}?", "Are you free on {d}? {f} is booking."),
    (
        "minutes",
        "Minutes of the housing forum",
        "Present: {n} (chair), {m}, Cllr {l}. Apologies: {f}. Item 1: arrears are down 3 %. Item 2: homelessness strategy.",
    ),
    (
        "minutes",
        "Draft minutes - SEND steering group",
        "{n} reported that 94 % of plans were on time. {m} asked about autism training for schools. Action: {f} to update.",
    ),
    (
        "talk",
        "RE: Monday",
        "Hi {f}\n\nMonday is fine. I will bring the projector. {m} cannot come, he is on leave.\n\nKind regards\n{n}\n{t}, 1 {p}, {w}",
    ),
    ("talk", "Rota", "Hi all, {f} covers Tuesday and {n} covers Thursday. Ring me on 01632 960{k} if you are stuck.\n\nCheers\n{m}"),
    (
        "talk",
        "Thank you",
        "Dear {f}\n\nThank you for coming to {p} yesterday. It was good to hear about the new library.\n\nBest wishes\n{n}",
    ),
    ("talk", "Question about the spreadsheet", "{f}, column D adds up wrongly, see row {k}. Can you ask {n} in finance?"),
    ("training", "Training: neglect and the law", "{n} will run a workshop on neglect on {d} at {p}. Book by emailing {m}."),
    (
        "training",
        "Domestic abuse awareness week",
        "This week we mark domestic abuse awareness. Talks by {n} and Dr {l}. Helpline 0808 200 0247.",
    ),
    (
        "policy",
        "Updated attendance policy",
        "The attendance policy has been updated. Head teachers should read chapter 3 on exclusion before {d}.",
    ),
    ("policy", "How to send personal data", "Never put names, dates of birth or NHS numbers in a subject. Ask {n} if unsure."),
    (
        "planning",
        "Planning application {k}/2026: 12 {p}",
        "Mr {l} has applied for a single storey extension at 12 {p}, {w}. Comments by {d}.{x}",
    ),
    ("planning", "Road closure: {p}", "{p} will be closed from {d} for resurfacing. Buses are diverted via {q}."),
    ("order", "Order {o}", "Your order {o} has been dispatched. Tracking number {o}. Expected on {d}."),
    ("order", "Quote from {l} and {l2} Ltd", "Please find our quote {k} for the boiler at {p}. Valid until {d}.\n\n{n}\nSales"),
    ("it", "Ticket {k} resolved", "Your ticket was resolved by {n}. Reply if the printer at {p} still jams."),
    (
        "it",
        "Your password expires in 5 days",
        "Your network password expires on {d}. Press Ctrl+Alt+Del to change it. IT will never ask for your password.",
    ),
    ("leaving", "{n} is leaving", "After 22 years in children's services {n} is retiring. Cake at 3 pm in {p}. Collection with {f}."),
    ("leaving", "Welcome {n}", "Please welcome {n}, our new early help manager, who joins us from {w} on {d}."),
    ("election", "Cllr {n}: ward surgery", "Cllr {n} holds a surgery at {p} on {d}, no appointment needed."),
    ("school", "{p} summer fair", "The summer fair is on {d}. Volunteers please ring {n} on 020 7946 0{k}.{x}"),
    (
        "school",
        "School admissions timetable 2027",
        "Applications close on {d}. Children born between 1 September 2022 and 31 August 2023 start in 2027.",
    ),
    (
        "bin",
        "Missed bin at {p}",
        "Dear Mr {l}\n\nSorry we missed your bin on {d}. The crew will return tomorrow.\n\nYours sincerely\n{n}\n{t}",
    ),
    ("library", "Your reserved book is ready", "'The Lives of {n}' is ready to collect at {p} until {d}."),
    (
        "press",
        "Press release: {p} wins award",
        "{p} has won the {l} Prize. Leader of the council {n} said: 'We are delighted.' Notes to editors: call {m}.",
    ),
    (
        "legal",
        "Tender {k}: legal services",
        "The tender closes on {d}. Clarification questions to {n}. Lots 1 to 4 cover family law advocacy.",
    ),
    ("health", "Flu clinic at {p}", "Free flu jabs for staff at {p} on {d}. Bring your badge. Nurse {l} will be there from 9."),
    (
        "statistics",
        "Children's services dashboard",
        "Referrals rose by 4 %, {k} children are on plans, average caseload 16. Questions to {n}, performance team.",
    ),
)
_TABLES = (
    ("invoices", "Supplier,Invoice,PO,Date,Amount", "{l} Ltd,{o},{k},{d},{k}.20"),
    ("meters", "Site,MPAN,Reading,Date", "{p},12{o}{k},{k},{d}"),
    ("stock", "Item;Code;Qty", "Chair {l};A{o}{k};{k}"),
    ("rooms", "Room\tExtension\tBooked by", "{p} {k}\t{k}\t{n}"),
    ("phones", "Team,Contact,Ext", "{t},{n},{k}"),
    ("rota", "Date,Early,Late", "{d},{n},{m}"),
)


def _slots(chance: random.Random) -> dict[str, str]:
    def name() -> str:
        return f"{chance.choice(FIRST)} {chance.choice(LAST)}"

    def place() -> str:
        return f"{chance.choice((chance.choice(LAST), name(), chance.choice(TOWN)))} {chance.choice(PLACE)}"

    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(2025, 2027)
    return {
        "n": name(),
        "m": name(),
        "f": chance.choice(FIRST),
        "l": chance.choice(LAST),
        "l2": chance.choice(LAST),
        "p": place(),
        "q": place(),
        "t": chance.choice(TEAM),
        "w": chance.choice(TOWN),
        "d": chance.choice(
            (
                f"{day:02}/{month:02}/{year}",
                f"{day} {['January', 'May', 'July', 'October'][month % 4]} {year}",
                f"{day}.{month}.{year % 100}",
            )
        ),
        "o": str(chance.randint(10**9, 10**10 - 1)),
        "k": str(chance.randint(100, 999)),
        "x": FOOTER if chance.random() < 0.4 else "",
    }


def day(count: int = 10_000, seed: int = 2026) -> Iterator[Ordinary]:
    """`count` ordinary mails, the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        kind, subject, text = _MAILS[number % len(_MAILS)]
        slots = _slots(chance)
        attachment = ""
        if chance.random() < 0.1:
            kind_of_table, head, row = chance.choice(_TABLES)
            kind = f"{kind} with {kind_of_table}"
            attachment = "\n".join([head, *(row.format(**_slots(chance)) for _ in range(chance.randint(8, 60)))])
        sender = f"{slots['n']} <{slots['n'].replace(' ', '.').lower()}@borough.gov.uk>"
        recipient = chance.choice(
            ("resident@gmail.com", "info@supplier.co.uk", f"{slots['f'].lower()}@oakfield.borough.sch.uk", "team@merton.gov.uk")
        )
        yield Ordinary(kind, sender, recipient, subject.format(**slots), text.format(**slots), attachment)
