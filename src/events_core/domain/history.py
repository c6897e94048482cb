"""What an event was: one entry for each of its versions, compared and brought back."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from attrs import fields, frozen

from events_core.domain.change import Cause
from events_core.domain.details import EventType, Geo
from events_core.domain.event import Event, changed_fields, public_fields
from events_core.domain.exposure import Visibility
from events_core.domain.identity import EventId
from events_core.domain.revision import Revision
from events_core.domain.signup import Waitlist
from events_core.domain.words import Piece, compared
from events_core.errors import InvalidFields, MergeConflict

#: What can be changed, and so brought back.
CHANGEABLE = frozenset(attribute.name for attribute in fields(Revision))

#: Of that, what is brought back without being named. What else people rely on (who
#: may see it, when it is, how many can come) is not moved behind their backs.
BROUGHT_BACK = CHANGEABLE & {
    "title",
    "description",
    "event_type",
    "location_text",
    "location_url",
    "location_geo",
    "game_id",
    "metadata",
}

#: What people read, and so compare word by word.
_TEXTS = ("title", "description", "location_text")

#: How a snapshot's JSON is read where JSON has no such type.
_READ: Mapping[str, Callable[[Any], object]] = {
    "event_type": EventType,
    "visibility": Visibility,
    "starts_at": datetime.fromisoformat,
    "ends_at": datetime.fromisoformat,
    "location_geo": lambda geo: Geo(**geo),
    "waitlist": Waitlist,
    "signup_opens_at": datetime.fromisoformat,
    "signup_deadline": datetime.fromisoformat,
}

Changes = Mapping[str, tuple[Any, Any]]


@frozen
class Version:
    """One state of an event and how it came about.

    ``snapshot`` has every field that a change can be told of, ``changes`` the old
    and the new value of those that changed; both in their published, JSON form.
    Version 1 changes nothing: it is the beginning.
    """

    event_id: EventId
    number: int
    cause: Cause
    changes: Changes
    snapshot: Mapping[str, Any]

    def content(self, names: Collection[str] = CHANGEABLE) -> Revision:
        """Return what gives an event the content of this version, in these fields.

        A field that was not known yet is left as it is.
        """
        return Revision(
            **{
                name: _read(name, value)
                for name, value in self.snapshot.items()
                if name in names and name in CHANGEABLE
            }
        )


@frozen
class Comparison:
    """What lies between two versions of an event.

    ``changes`` as in ``Version``, from the one to the other; ``texts`` has the texts
    among them word by word.
    """

    changes: Changes
    texts: Mapping[str, tuple[Piece, ...]]


def compare(old: Version, new: Version) -> Comparison:
    """Return what has to change of one version to have the other."""
    changes = differences(old.snapshot, new.snapshot)
    texts = {name: changes[name] for name in _TEXTS if name in changes}
    return Comparison(
        changes,
        {name: compared(old or "", new or "") for name, (old, new) in texts.items()},
    )


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields in which two snapshots differ: old and new value."""
    return {
        name: (old.get(name), new.get(name))
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    }


def to_bring_back(version: Version, named: Collection[str] | None) -> Revision:
    """Return the revision that takes an event back to a version.

    Without names it brings back what nobody relies on (``BROUGHT_BACK``).

    Raises:
        InvalidFields: a name is none of a field that can be changed.
    """
    if named is None:
        return version.content(BROUGHT_BACK)
    if unknown := sorted(set(named) - CHANGEABLE):
        problems = tuple(f"{name} cannot be brought back" for name in unknown)
        raise InvalidFields({"fields": problems})
    return version.content(named)


def merged(event: Event, base: Version, revision: Revision) -> Revision:
    """Return what of a revision, made on an older version, is to be done now.

    A field whose value is the older version's is not changed by it.

    Raises:
        MergeConflict: others have changed the same fields otherwise since, or fields
            that these hang together with.
        InvalidFields, InvalidTimeRange, VisibilityNeedsScope: a value breaks its rule,
            or does together with what others changed.
    """
    was = event.with_values(base.content())
    mine = changed_fields(was, was.with_values(revision))
    theirs = changed_fields(was, event)
    wanted = {name: new for name, (_, new) in mine.items()}
    narrowed = revision.only(mine)
    now = public_fields(event)
    becomes = public_fields(event.with_values(narrowed))
    conflicts = {
        name: (now[name], wanted.get(name, becomes[name]))
        for name, value in {**now, **wanted}.items()
        if becomes[name] != value
        or (name in wanted and name in theirs and now[name] != value)
    }
    if conflicts:
        raise MergeConflict(event.version, conflicts)
    return narrowed


def _read(name: str, value: object) -> Any:  # noqa: ANN401 (of its field's type)
    return value if value is None or name not in _READ else _READ[name](value)
