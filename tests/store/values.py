"""Short ways to make what is stored."""

from datetime import UTC, datetime, timedelta

from gateway.model.address import Address
from gateway.model.judgement import Tls
from gateway.model.plan import Consignment, Forward
from gateway.model.records import Entry, Event
from gateway.model.stored import HeldMessage, HeldRecipient, HoldState, QueueItem, StoredContent, TakeOver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def entry(message: str = "m1", event: Event = Event.INTENT, *to: str, at: datetime = NOON, **more: object) -> Entry:
    recipients = to or ("sam.reid@nhs.net",)
    given = {
        "verdicts": tuple((who, "nhs", "bridge", "deliver") for who in recipients),
        "reasons": ("attachment.unprotected",),
        "policy": "sha256:ab",
        "details": {"files": ["plan.docx"], "size": 4096},
        **more,
    }
    return Entry(message, event, at, "borough", "jo.bell@borough.gov.uk", recipients, **given)  # type: ignore[arg-type]


def held_recipient(address: str = "dee.dunn@gmail.com", reason: str = "attachment.unprotected") -> HeldRecipient:
    because = (("lock-attachments", reason, "2", "Files for people outside are locked."),)
    return HeldRecipient(address, address, "default", 2, ("NOTIFY=FAILURE",), "hold", because, ("PROTECT",), "", "insecure")


def hold(id: str = "h1", message: str = "m1", content: str = "c1", **more: object) -> HeldMessage:
    given = {
        "organisation": "borough",
        "state": HoldState.HELD,
        "sender": "jo.bell@borough.gov.uk",
        "sender_options": ("BODY=8BITMIME",),
        "recipients": (held_recipient(),),
        "reasons": ("attachment.unprotected",),
        "held_at": NOON,
        "deadline": NOON + timedelta(hours=24),
        "waits_for": "sender",
        "group": "g1",
        **more,
    }
    return HeldMessage(id=id, message=message, content=content, **given)  # type: ignore[arg-type]


def item(id: str = "q1", content: str = "c1", *to: str, **more: object) -> QueueItem:
    recipients = to or ("sam.reid@nhs.net", "a@b.org")
    forwards = tuple(
        Forward(Address(*who.rsplit("@", 1)).with_suffix(".cjsm.net"), Address(*who.rsplit("@", 1)), ("NOTIFY=NEVER",))
        for who in recipients
    )
    consignment = Consignment(id, "cjsm", Tls.VERIFY, Address("jo.bell", "borough.gov.uk"), ("RET=HDRS",), forwards)
    given = {"attempts": 0, "created_at": NOON, "next_at": NOON, **more}
    return QueueItem(consignment=consignment, message="m1", organisation="borough", content=content, **given)  # type: ignore[arg-type]


def content(id: str = "c1", raw: bytes = b"Subject: x\r\n\r\nhello\r\n") -> StoredContent:
    return StoredContent(id, raw, b"Received: from here\r\n")


def taken(**more: object) -> TakeOver:
    given = {"entries": (entry("m1", Event.ACCEPTED),), "contents": (content(),), **more}
    return TakeOver(**given)  # type: ignore[arg-type]
