"""Times as the database keeps them: whole microseconds since 1970 in UTC, exact both ways."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(at: datetime) -> int:
    """`at` needs a time zone; a naive time is a bug that would move records by an hour in summer."""
    return (at - _EPOCH) // _MICROSECOND


def moment(stamped: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamped)
