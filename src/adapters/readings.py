"""Numbers that an adapter knows of itself, for whoever collects them.

Adapters are strangers to each other: what one counts and another tells meets here.
"""

from collections.abc import Callable, Iterable, Mapping

from attrs import field, frozen


@frozen
class Reading:
    """One number as it is now. ``name`` is without prefix and without ``_total``.

    All readings of one name have the same help and the same names of labels, and
    either all are counters or none is.
    """

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(factory=dict)
    is_counter: bool = False


#: Called whenever somebody wants to know; quick, and never fails.
Readings = Callable[[], Iterable[Reading]]
