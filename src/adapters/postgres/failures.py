"""What the database's errors mean to the core: translated here and nowhere else."""

from contextlib import AbstractContextManager
from typing import NoReturn

import asyncpg

from events_core.errors import ConcurrentChange, StoreUnavailable

# SQLSTATEs and, of two characters, their classes (PostgreSQL, appendix A).
_LOST = frozenset({"40001", "40P01"})
_UNAVAILABLE = frozenset(
    {
        "08",  # the connection broke
        "28",  # the role is not let in
        "3D",  # there is no such database
        "53",  # no connection, memory or disk is left
        "58",  # the system failed the server
        "25006",  # it takes no writes: a standby
        "25P03",  # the transaction was idle too long
        "25P04",  # or took too long
        "55P03",  # a lock was not to be had in time
        "57014",  # the statement took too long
        "57P01",  # the server is stopping
        "57P02",
        "57P03",  # or starting
        "57P04",
        "57P05",
    }
)

#: What the driver raises where the server is away, too slow, or lost between two words.
OUT_OF_REACH = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # The driver is out of step when its server goes between two of its words.
    asyncpg.InternalClientError,
    OSError,  # a TimeoutError is one
)


class DatabaseFault(Exception):
    """The database refused what should not have been asked of it: a bug of ours.

    Names the rule that was broken and not the values, which may be somebody's.
    """


class _Reaching:
    # A class: every question asks this several times, and a generator costs more.
    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OUT_OF_REACH):
            raise StoreUnavailable from error


class _Translating:
    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OUT_OF_REACH):
            _translate(error)


_REACHING, _TRANSLATING = _Reaching(), _Translating()


def reaching() -> AbstractContextManager[None]:
    """Turn whatever keeps us from getting a connection into ``StoreUnavailable``."""
    return _REACHING


def translated() -> AbstractContextManager[None]:
    """Turn the errors of database and driver into what the ports promise.

    Raises:
        StoreUnavailable: the database cannot be reached, is too busy or too slow.
        ConcurrentChange: it undid this transaction in favour of another.
        DatabaseFault: anything else it complains of.
    """
    return _TRANSLATING


def _translate(error: BaseException) -> NoReturn:
    if isinstance(error, asyncpg.InterfaceError):
        if "closed" in str(error):  # nothing else tells
            raise StoreUnavailable from error
        raise DatabaseFault(type(error).__name__) from None
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state in _LOST:
            raise ConcurrentChange from error
        if state in _UNAVAILABLE or state[:2] in _UNAVAILABLE:
            raise StoreUnavailable from error
        rule = getattr(error, "constraint_name", None) or "no constraint"
        raise DatabaseFault(f"{type(error).__name__} {state}: {rule}") from None
    raise StoreUnavailable from error
