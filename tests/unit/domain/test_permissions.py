from itertools import chain, combinations

import pytest

from events_core.domain.actors import Viewer
from events_core.domain.permissions import (
    CATALOGUE,
    IMPLICIT_PERMISSIONS,
    NEEDS,
    Action,
    Permission,
    Role,
    allows,
)
from events_core.testing.builders import a_grant, a_person, a_team, an_event

#: What suffices for each action, as http-api.md has it: a permission, or a role that
#: somebody gave, or (with ``create`` or ``manage``) having created the event.
RULES = {
    "READ": ("events.event.read", {"owner", "editor", "checkin", "viewer"}, True),
    "CREATE": ("events.event.create", set[str](), False),
    "UPDATE": ("events.event.manage", {"owner", "editor"}, True),
    "READ_HISTORY": ("events.event.manage", {"owner", "editor"}, True),
    "DELETE": ("events.event.manage", {"owner"}, True),
    "SHARE": ("events.event.manage", {"owner"}, True),
    "ANSWER": ("events.rsvp.set", set[str](), False),
    "ANSWER_FOR_OTHERS": ("events.event.manage", set[str](), False),
    "LIST_EXPECTED": ("events.event.manage", {"owner", "editor", "checkin"}, True),
    "READ_ANSWERS": ("events.event.manage", {"owner", "editor"}, True),
    "MARK_ATTENDANCE": ("events.attendance.mark", {"checkin"}, False),
    "SUM_UP": ("events.event.manage", set[str](), False),
    "PUBLISH": ("events.event.manage", set[str](), False),
    "AUDIT": ("events.event.manage", set[str](), False),
}

ALL = sorted(Permission)
SETS = [*chain.from_iterable(combinations(ALL, size) for size in range(len(ALL) + 1))]


def test_every_action_has_a_rule() -> None:
    assert {action.name for action in Action} == RULES.keys()
    assert NEEDS.keys() == set(Action)


@pytest.mark.parametrize("action", Action, ids=lambda action: action.name)
def test_a_permission_or_a_role_suffices_and_nothing_else(action: Action) -> None:
    permission, roles, for_creators = RULES[action.name]
    for held in SETS:
        values = {one.value for one in held}
        for role in (None, *Role):
            expected = permission in values or (
                role is not None and role.value in roles
            )
            given = () if role is None else (role,)
            assert allows(action, permissions=held, given=given) is expected
        by_creation = for_creators and bool(
            values & {"events.event.create", "events.event.manage"}
        )
        expected = permission in values or by_creation
        assert allows(action, permissions=held, created=True) is expected


def test_everybody_may_read_and_answer() -> None:
    assert {one.value for one in IMPLICIT_PERMISSIONS} == {
        "events.event.read",
        "events.rsvp.set",
    }


def test_the_catalogue_has_two_roles() -> None:
    assert {role: {p.value for p in held} for role, held in CATALOGUE.items()} == {
        "events.participant": {"events.event.read", "events.rsvp.set"},
        "events.organizer": {
            "events.event.create",
            "events.event.manage",
            "events.attendance.mark",
        },
    }


class TestOnAnEvent:
    def test_an_ownership_that_was_given_needs_no_permission(self) -> None:
        her = a_person()
        event = an_event(grants=(a_grant(her, Role.OWNER),))
        assert event.allows(Action.UPDATE, Viewer(event.tenant_id, her))

    def test_an_ownership_by_creation_needs_create_or_manage_at_the_scope(self) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        nothing = Viewer(event.tenant_id, her)
        assert not event.allows(Action.UPDATE, nothing)
        creates = frozenset({Permission.EVENT_CREATE})
        here = Viewer(event.tenant_id, her, permissions={event.scope: creates})
        assert event.allows(Action.UPDATE, here)
        elsewhere = Viewer(event.tenant_id, her, permissions={a_team(): creates})
        assert not event.allows(Action.UPDATE, elsewhere)

    def test_whoever_is_barred_may_nothing(self) -> None:
        her = a_person()
        event = an_event(grants=(a_grant(her, Role.OWNER),))
        barred = Viewer(
            event.tenant_id,
            her,
            permissions={event.scope: frozenset(Permission)},
            barred=True,
        )
        assert not any(event.allows(action, barred) for action in Action)
