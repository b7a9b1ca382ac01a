"""An organisation whose mail we carry: its domains, its lead contact (guidance H10) and when somebody is there."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.model.frozen import frozen
from gateway.model.judgement import Mode


@frozen
class Contact:
    name: str
    email: str = ""
    phone: str = ""


@frozen
class Hours:
    """When reviewers work: `days` 0 is Monday; local time of `zone`; `closed` are bank holidays."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    zone: str = "Europe/London"
    closed: tuple[date, ...] = ()

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone))
        return local.weekday() in self.days and local.date() not in self.closed and self.opens <= local.time() < self.closes

    def next_open(self, at: datetime) -> datetime:
        """The moment from which somebody can look: `at` itself when open. Raises ValueError when no day is ever open."""
        if self.is_open(at):
            return at
        local = at.astimezone(ZoneInfo(self.zone))
        for ahead in range(60):
            day = local.date() + timedelta(days=ahead)
            start = datetime.combine(day, self.opens, tzinfo=ZoneInfo(self.zone))
            if day.weekday() in self.days and day not in self.closed and start > local:
                return start
        raise ValueError("no working day in the next 60 days")

    def after_working_days(self, at: datetime, days: int) -> datetime:
        """`days` working days after `at`, at the same time of day (the deadline of a review)."""
        moment = self.next_open(at).astimezone(ZoneInfo(self.zone))
        while days:
            moment += timedelta(days=1)
            if moment.weekday() in self.days and moment.date() not in self.closed:
                days -= 1
        return moment


@frozen
class Organisation:
    """`domains` are exact, lower case. `internal_secure` has no default in the policy (guidance C6)."""

    key: str
    name: str
    domains: tuple[str, ...]
    cjsm_member: bool
    internal_secure: bool
    lead_contact: Contact
    reviewers: tuple[str, ...] = ()
    hours: Hours = Hours()
    out_of_hours_phone: str = ""
    four_eyes: bool = True
    """Whoever sent a message, or may answer for it, does not release it."""
    mode: Mode | None = None
    """For mail of this organisation instead of the policy's mode, so that a school can begin later, or first."""

    def owns(self, domain: str) -> bool:
        return domain.lower() in self.domains
