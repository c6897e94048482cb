"""How one limit is told of."""

from datetime import timedelta

from attrs import frozen

from adapters import settings


@frozen
class Limit:
    """One limit: of what, how much, what is beyond it, and the test of it."""

    what: str
    value: str
    beyond: str
    test: str


def size(number: int) -> str:
    """Return a number of bytes as one reads it."""
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if number >= unit and number % unit == 0:
            return f"{number // unit:,} {name}"
    return f"{number:,} bytes"


def lasting(time: timedelta | float) -> str:
    """Return a time as one reads it."""
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    days, rest = divmod(seconds, 86_400)
    return f"{days:g} days" if days and not rest else f"{seconds:g} s"


def setting(name: str) -> str:
    """Return a setting's default, and its name."""
    shown = next(s.value for s in settings.describe({}) if s.name == name)
    return f"{shown} (`{name}`)"


def at(path: str, test: str) -> str:
    """Return where a test is."""
    return f"{path}::{test}"
