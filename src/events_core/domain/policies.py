"""What an operator or an embedder may set otherwise: frozen, with defaults."""

from datetime import timedelta

from attrs import frozen


@frozen(kw_only=True)
class Policies:
    """How far things may go.

    ``largest_page`` bounds a page, ``farthest_offset`` how deep a list can be
    skipped into (beyond, walk by position). ``search_ahead`` is how far from today a
    search looks that names no window, ``longest_search`` how long its text may be,
    ``most_words`` how many words. ``change_attempts`` is how often a change without
    a precondition is tried again on a newer version.
    """

    largest_page: int = 250
    farthest_offset: int = 10_000
    search_ahead: timedelta = timedelta(days=366)
    longest_search: int = 200
    most_words: int = 10
    change_attempts: int = 5
