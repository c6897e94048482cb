"""What each action needs: a permission in the event's scope, or a role on the event.

Permissions are held in a scope and asked of the Access port; roles are given on one
event. Whether a person may *see* an event is another question, answered first
(``visibility``). Deny by default: what is not in ``NEEDS`` is not allowed.
"""

from collections.abc import Collection, Mapping
from enum import Enum, StrEnum
from types import MappingProxyType

from attrs import frozen


class Permission(StrEnum):
    """What can be held in a scope."""

    EVENT_READ = "events.event.read"
    EVENT_CREATE = "events.event.create"
    EVENT_MANAGE = "events.event.manage"
    RSVP_SET = "events.rsvp.set"
    ATTENDANCE_MARK = "events.attendance.mark"


ALL_PERMISSIONS = frozenset(Permission)

#: What everybody holds in every scope.
IMPLICIT_PERMISSIONS = frozenset({Permission.EVENT_READ, Permission.RSVP_SET})

#: The roles of the permission catalogue and what each holds where it is bound.
CATALOGUE: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "events.participant": IMPLICIT_PERMISSIONS,
        "events.organizer": frozenset(
            {
                Permission.EVENT_CREATE,
                Permission.EVENT_MANAGE,
                Permission.ATTENDANCE_MARK,
            }
        ),
    }
)


class Role(StrEnum):
    """What can be given on one event. Each gives sight of that event."""

    OWNER = "owner"
    EDITOR = "editor"
    CHECKIN = "checkin"
    VIEWER = "viewer"


#: The roles that show an event in every state, drafts and deleted ones too.
EDITING_ROLES = frozenset({Role.OWNER, Role.EDITOR})


class Action(Enum):
    """What a person can want to do with an event; the value completes "may not …"."""

    READ = "read events here"
    CREATE = "create events here"
    UPDATE = "change this event"
    READ_HISTORY = "see the history of this event"
    DELETE = "delete or restore this event"
    SHARE = "say who may do what on this event"
    ANSWER = "answer this event"
    ANSWER_FOR_OTHERS = "answer this event for others"
    LIST_EXPECTED = "see who is expected at this event"
    READ_ANSWERS = "read the answers to this event"
    MARK_ATTENDANCE = "mark attendance at this event"
    SUM_UP = "see what became of all events here"
    PUBLISH = "manage who is told of facts"
    AUDIT = "read the audit trail"


@frozen
class Need:
    """What suffices for an action: the permission, or any one of the roles."""

    permission: Permission
    roles: frozenset[Role] = frozenset()


NEEDS: Mapping[Action, Need] = MappingProxyType(
    {
        Action.READ: Need(Permission.EVENT_READ, frozenset(Role)),
        Action.CREATE: Need(Permission.EVENT_CREATE),
        Action.UPDATE: Need(Permission.EVENT_MANAGE, EDITING_ROLES),
        Action.READ_HISTORY: Need(Permission.EVENT_MANAGE, EDITING_ROLES),
        Action.DELETE: Need(Permission.EVENT_MANAGE, frozenset({Role.OWNER})),
        Action.SHARE: Need(Permission.EVENT_MANAGE, frozenset({Role.OWNER})),
        Action.ANSWER: Need(Permission.RSVP_SET),
        Action.ANSWER_FOR_OTHERS: Need(Permission.EVENT_MANAGE),
        Action.LIST_EXPECTED: Need(
            Permission.EVENT_MANAGE, EDITING_ROLES | {Role.CHECKIN}
        ),
        Action.READ_ANSWERS: Need(Permission.EVENT_MANAGE, EDITING_ROLES),
        Action.MARK_ATTENDANCE: Need(
            Permission.ATTENDANCE_MARK, frozenset({Role.CHECKIN})
        ),
        Action.SUM_UP: Need(Permission.EVENT_MANAGE),
        Action.PUBLISH: Need(Permission.EVENT_MANAGE),
        Action.AUDIT: Need(Permission.EVENT_MANAGE),
    }
)


def allows(
    action: Action,
    *,
    permissions: Collection[Permission],
    given: Collection[Role] = (),
    created: bool = False,
) -> bool:
    """Tell whether these permissions and roles suffice for the action.

    ``permissions`` are those held in the event's scope, ``given`` the roles somebody
    gave on it. ``created`` says that the person owns the event for having created it:
    that suffices like any ownership, but only while she still holds
    ``events.event.create`` or ``.manage`` in the scope.
    """
    need = NEEDS[action]
    if need.permission in permissions or not need.roles.isdisjoint(given):
        return True
    return (
        created
        and Role.OWNER in need.roles
        and not {Permission.EVENT_CREATE, Permission.EVENT_MANAGE}.isdisjoint(
            permissions
        )
    )
