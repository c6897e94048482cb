"""Times as the wire spells them: RFC 3339, and dates."""

from datetime import MINYEAR, UTC, date, datetime, time

_DATE_LENGTH = len("2026-01-31")
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """Return the time a text spells: aware with an offset, naive without one.

    The contract has seen the form; what is left is what the form cannot say.

    Raises:
        ValueError: there is no such time: 30 February, the year 0, a leap second.
    """
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("must be a time that there is") from None


def first_moment(text: str) -> datetime:
    """Return where a window begins: a date at its midnight, all in UTC.

    Raises:
        ValueError: as ``moment``.
    """
    return _bound(text, time.min)


def last_moment(text: str) -> datetime:
    """Return where a window ends: a date at its last moment, all in UTC.

    Raises:
        ValueError: as ``moment``.
    """
    return _bound(text, time.max)


def _bound(text: str, of_day: time) -> datetime:
    if len(text) == _DATE_LENGTH:
        try:
            return datetime.combine(date.fromisoformat(text), of_day, UTC)
        except ValueError:
            raise ValueError("must be a day that there is") from None
    found = moment(text)
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:  # within a day of the calendar's ends
        return _FIRST if found.year == MINYEAR else _LAST


def stamp(instant: datetime | None) -> datetime | str | None:
    """Return an instant in UTC so that it is written in milliseconds at the most.

    None stays None.
    """
    if instant is None or not instant.microsecond:
        return instant
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
