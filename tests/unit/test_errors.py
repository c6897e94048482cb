"""What holds for every error."""

import copy
import pickle
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from attrs import fields

from events_core import errors
from events_core.errors import EventsError, NotFound
from tests.unit.inside import leaves

#: Something for every field that an error has.
ARGUMENTS = {
    "action": "change this event",
    "changed": ("title",),
    "allowed": ("published", "cancelled"),
    "closed_at": datetime(2027, 3, 21, 19, tzinfo=UTC),
    "capacity": 20,
    "current": 7,
    "free": 1,
    "largest": 3,
    "taken": 23,
    "user_id": UUID(int=8),
    "event_id": UUID(int=7),
    "opens_at": datetime(2027, 3, 21, 17, tzinfo=UTC),
    "fields": {"title": ("must not be empty",)},
    "retry_after": 2.5,
    "message_id": UUID(int=9),
    "most": 50,
    "scope_kind": "TENANT",
    "version": 3,
    "source": "postponed",
    "target": "archived",
    "subscription_id": UUID(int=8),
    "visibility": "team",
}


class TestErrors:
    def every(self) -> Iterator[EventsError]:
        for kind in leaves(EventsError):
            names = [field.name for field in fields(kind)]
            yield kind(*(ARGUMENTS[name] for name in names))

    def test_each_leaf_has_a_code_of_its_own_and_no_group_has_one(self) -> None:
        # What is not there is not named: that says the same of whatever it is.
        codes = Counter(e.code for e in self.every() if not isinstance(e, NotFound))
        assert set(codes.values()) == {1}
        groups = set(all_below(EventsError)) - set(leaves(EventsError))
        assert not [group for group in groups if "code" in vars(group)]

    def test_each_survives_a_copy_and_a_pickle_and_reads_as_a_sentence(self) -> None:
        for error in self.every():
            for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
                assert type(other) is type(error)
                assert other.args == error.args
                assert str(other) == str(error)
            assert len(str(error).split()) > 2

    def test_the_tree_in_the_docstring_is_the_tree(self) -> None:
        line = re.compile(r"── (\w+) +([A-Z_]{3,}|\S)")
        drawn = dict(line.findall(errors.__doc__ or ""))
        assert drawn.keys() == {kind.__name__ for kind in all_below(EventsError)}
        for error in self.every():
            assert drawn[type(error).__name__] == error.code

    def test_all_are_listed(self) -> None:
        names = {kind.__name__ for kind in (EventsError, *all_below(EventsError))}
        assert set(errors.__all__) == names


def all_below(root: type) -> list[type]:
    """The classes below a class, however far."""
    below: list[type] = root.__subclasses__()
    return [one for child in below for one in (child, *all_below(child))]
