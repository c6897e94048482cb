"""What an operator or an embedder may set otherwise: frozen, with defaults."""

from datetime import timedelta
from enum import StrEnum

from attrs import frozen


class QueueOrder(StrEnum):
    """Who of those who wait gets a seat that is free: whoever came first,

    even if her party does not fit yet and those behind her would (``STRICT``); or
    whoever comes first of those whose party fits (``FIT``).
    """

    STRICT = "strict"
    FIT = "fit"


@frozen(kw_only=True)
class Policies:
    """How far things may go.

    ``largest_page`` bounds a page, ``farthest_offset`` how deep a list can be skipped
    into (beyond, walk by position). ``search_ahead`` is how far from today a search
    looks that names no window, ``longest_search`` how long its text may be,
    ``most_words`` how many words. ``change_attempts`` is how often a change without a
    precondition is tried again on a newer version. ``most_subscriptions`` is how many a
    tenant can have, ``most_retried`` how many dead letters are sent again at once.
    Subscribers on ``inner_hosts`` may be plain http or on an inner address.
    ``most_roles`` bounds how many can hold a role on one event. ``attendance_opens`` is
    how long before the start people can be marked as present, ``most_marks`` how many
    at once; ``most_events`` is how many can be created at once. ``queue_order`` is
    the rule of every waiting list. ``longest_file`` is how many lines are given out in
    one piece, ``most_counted`` how many occurrences are summed up at once.
    """

    largest_page: int = 250
    farthest_offset: int = 10_000
    search_ahead: timedelta = timedelta(days=366)
    longest_search: int = 200
    most_words: int = 10
    change_attempts: int = 5
    most_subscriptions: int = 50
    most_retried: int = 1000
    inner_hosts: frozenset[str] = frozenset()
    most_roles: int = 100
    attendance_opens: timedelta = timedelta(hours=2)
    most_marks: int = 250
    most_events: int = 250
    queue_order: QueueOrder = QueueOrder.STRICT
    longest_file: int = 10_000
    most_counted: int = 5_000
