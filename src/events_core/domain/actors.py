"""Who acts, and all that is known about who looks."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import evolve, field, frozen

from events_core.domain.identity import Scope, TenantId, UserId
from events_core.domain.permissions import Permission
from events_core.domain.roles import END_OF_TIME, Bearer


@frozen
class MasterFlags:
    """What the platform says of a person, above all permissions."""

    suspended: bool = False
    banned: bool = False
    system_admin: bool = False
    membership_status: str | None = None

    @property
    def barred(self) -> bool:
        """Whether every permission is denied, a system admin's too."""
        return self.suspended or self.banned


class Via(StrEnum):
    """Through what a change came in."""

    HTTP = "http"
    CLI = "cli"
    IMPORT = "import"
    ROLLBACK = "rollback"
    SYSTEM = "system"


@frozen
class Actor:
    """Who acts, as the platform vouches for her.

    ``tenant_slug`` and ``request_id`` are carried to the neighbours, who want them;
    here the audit trail keeps the latter, and else they mean nothing.
    """

    tenant_id: TenantId
    user_id: UserId
    flags: MasterFlags = MasterFlags()
    tenant_slug: str = ""
    request_id: str = ""
    via: Via = Via.HTTP

    @property
    def acts_as_admin(self) -> bool:
        """Whether she may do everything, as a system admin who is not barred."""
        return self.flags.system_admin and not self.flags.barred


@frozen
class Viewer:
    """All that is known about who looks, in the scopes that matter to one question.

    ``undecided`` are the scopes whose membership could not be told: never counted
    as "member", and never quietly as "not a member". Whoever is ``barred`` may do
    nothing, whatever she holds. ``at`` is when she looks; without it no role counts
    that ends some day. ``bearing`` are the groups that hold roles, as far as matters
    to the question; None where that is not known.
    """

    tenant_id: TenantId
    user_id: UserId
    member_of: frozenset[Scope] = frozenset()
    undecided: frozenset[Scope] = frozenset()
    permissions: Mapping[Scope, frozenset[Permission]] = field(factory=dict)
    barred: bool = False
    at: datetime = END_OF_TIME
    bearing: frozenset[Scope] | None = None

    @property
    def roles_as(self) -> Bearer:
        """The viewer as whom roles can have been given to."""
        groups = self.member_of
        if self.bearing is not None:
            groups &= self.bearing
        return Bearer(self.user_id, groups, self.at)

    def permissions_in(self, scope: Scope) -> frozenset[Permission]:
        """Return what is held in the scope; nothing where it was not asked."""
        return self.permissions.get(scope, frozenset())

    @property
    def manages(self) -> frozenset[Scope]:
        """The scopes in which ``events.event.manage`` is held."""
        return frozenset(
            scope
            for scope, held in self.permissions.items()
            if Permission.EVENT_MANAGE in held
        )

    def if_member_of_all(self) -> "Viewer":
        """Return the viewer she would be, were every undecided membership a yes.

        What only this viewer sees hangs on a membership nobody could tell.
        """
        return evolve(
            self,
            member_of=self.member_of | self.undecided,
            undecided=frozenset(),
        )
