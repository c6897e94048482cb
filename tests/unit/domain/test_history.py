"""Properties of any history: it folds, its differences apply, it can go back."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import assume, given
from hypothesis import strategies as st

from events_core.domain.change import Change
from events_core.domain.event import Event, changed_fields, public_fields
from events_core.domain.exposure import Status, Visibility
from events_core.domain.history import (
    BROUGHT_BACK,
    CHANGEABLE,
    Changes,
    Version,
    compare,
    merged,
    to_bring_back,
)
from events_core.domain.revision import Revision
from events_core.errors import Invalid, InvalidFields, MergeConflict
from events_core.testing.builders import (
    a_cause,
    a_message_id,
    a_schedule,
    an_event,
    arrival_of,
)
from events_core.testing.strategies import events, plain_details, revisions
from events_core.wire import version_of


def living(**drawn: Any) -> st.SearchStrategy[Event]:  # noqa: ANN401 (passed on)
    """Return events that can be changed: nobody has deleted them."""
    return events(**drawn).map(lambda event: evolve(event, deleted_at=None))


def revised(event: Event, revision: Revision) -> Change[Event]:
    return event.revise(revision, cause=a_cause(), message_id=a_message_id())


def after(change: Change[Event]) -> Event:
    assert change.after is not None
    return change.after


def history_of(event: Event, revisions: list[Revision]) -> tuple[Event, list[Version]]:
    """Return what becomes of an event, and every version; bad revisions left out."""
    versions = [version_of(arrival_of(event))]
    for revision in revisions:
        try:
            change = revised(event, revision)
        except Invalid:
            continue
        if change.happened:
            event = after(change)
            versions.append(version_of(change))
    return event, versions


def applied(changes: Changes, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return the snapshot with the new values of the changes."""
    return {**snapshot, **{name: new for name, (_, new) in changes.items()}}


@given(living(), st.lists(revisions(), max_size=5))
def test_folding_the_changes_from_version_1_gives_every_snapshot(
    event: Event, changes: list[Revision]
) -> None:
    _, versions = history_of(event, changes)
    folded = versions[0].snapshot
    for number, version in enumerate(versions, 1):
        folded = applied(version.changes, folded)
        assert (folded, version.number) == (version.snapshot, number)


@given(living(), st.lists(revisions(), max_size=4), st.data())
def test_a_difference_applied_to_its_left_side_gives_its_right_side(
    event: Event, changes: list[Revision], data: st.DataObject
) -> None:
    _, versions = history_of(event, changes)
    old, new = (data.draw(st.sampled_from(versions)) for _ in range(2))
    assert applied(compare(old, new).changes, old.snapshot) == new.snapshot
    assert (compare(old, new).changes == {}) == (old.snapshot == new.snapshot)


@given(living(), st.lists(revisions(), max_size=3))
def test_going_back_to_the_current_version_changes_nothing(
    event: Event, changes: list[Revision]
) -> None:
    event, versions = history_of(event, changes)
    assert not revised(event, to_bring_back(versions[-1], CHANGEABLE)).happened
    assert not revised(event, to_bring_back(versions[-1], None)).happened


@given(living(), st.lists(revisions(), min_size=1, max_size=3))
def test_all_that_can_be_changed_can_be_brought_back(
    event: Event, changes: list[Revision]
) -> None:
    later, versions = history_of(event, changes)
    back = after(revised(later, to_bring_back(versions[0], CHANGEABLE)))
    assert public_fields(back) == public_fields(event)


@given(living(), revisions())
def test_without_names_nothing_comes_back_that_people_rely_on(
    event: Event, revision: Revision
) -> None:
    later, versions = history_of(event, [revision])
    change = revised(later, to_bring_back(versions[0], None))
    assert changed_fields(later, after(change)).keys() <= BROUGHT_BACK
    kept = {"visibility", "starts_at", "ends_at", "time_zone", "all_day", "status"}
    assert kept.isdisjoint(BROUGHT_BACK)
    assert {f.name for f in fields(type(event.details))} >= BROUGHT_BACK


@pytest.mark.parametrize("name", ["status", "id", "created_by", "deleted_at", "x"])
def test_nothing_else_can_be_brought_back(name: str) -> None:
    [version] = history_of(an_event(), [])[1]
    with pytest.raises(InvalidFields, match=f"{name} cannot be brought back"):
        to_bring_back(version, {"title", name})


def test_a_field_that_was_not_known_yet_is_left_alone() -> None:
    event, [version] = history_of(an_event(), [])
    snapshot = {k: v for k, v in version.snapshot.items() if k != "game_id"}
    later = after(revised(event, Revision(game_id="go", title="Go")))
    back = after(
        revised(later, to_bring_back(evolve(version, snapshot=snapshot), None))
    )
    assert (back.details.game_id, back.details.title) == ("go", "Chess night")


class TestMerging:
    @given(living(about=plain_details()), revisions(), revisions())
    def test_both_changes_stand_in_the_end_or_the_later_is_refused(
        self, event: Event, theirs: Revision, mine: Revision
    ) -> None:
        assume(mine.given())
        now, versions = history_of(event, [theirs])
        try:
            wanted = changed_fields(event, event.with_values(mine))
            becomes = now.with_values(merged(now, versions[0], mine))
        except MergeConflict as refused:
            meant = changed_fields(event, now)
            is_theirs_too = refused.fields.keys() <= {*wanted, *meant}
        except Invalid:
            return
        else:
            assert public_fields(becomes) == {
                **public_fields(now),
                **{name: new for name, (_, new) in wanted.items()},
            }
            return
        assert wanted
        assert meant
        assert is_theirs_too

    def test_changes_of_different_fields_are_merged(self) -> None:
        event = an_event()
        now, versions = history_of(event, [Revision(title="Go")])
        revision = Revision(title="Chess night", game_id="go")
        assert merged(now, versions[0], revision) == Revision(game_id="go")

    def test_the_same_change_twice_is_one(self) -> None:
        now, versions = history_of(an_event(), [Revision(title="Go")])
        becomes = now.with_values(merged(now, versions[0], Revision(title="Go")))
        assert becomes == now

    def test_changes_of_one_field_are_refused_with_both_values(self) -> None:
        now, versions = history_of(an_event(), [Revision(title="Go")])
        with pytest.raises(MergeConflict) as refused:
            merged(now, versions[0], Revision(title="Poker", game_id="x"))
        assert refused.value.current == 2
        assert refused.value.fields == {"title": ("Go", "Poker")}

    def test_times_hang_together(self) -> None:
        event = an_event()
        later = a_schedule().ends_at
        assert later is not None
        now, versions = history_of(event, [Revision(time_zone="Asia/Tokyo")])
        with pytest.raises(MergeConflict) as refused:
            merged(now, versions[0], Revision(starts_at=later))
        assert {"starts_at", "ends_at"} == refused.value.fields.keys()

    def test_status_is_nobodys_edit(self) -> None:
        event = an_event(visibility=Visibility.PRIVATE)
        versions = history_of(event, [])[1]
        now = evolve(event, status=Status.CANCELLED, version=2)
        revision = merged(now, versions[0], Revision(title="Go"))
        assert reduce(Event.with_values, [revision], now).details.title == "Go"
