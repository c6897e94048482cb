"""Roles on one event: who holds which, given by whom, and for how long."""

from datetime import UTC, datetime

from attrs import evolve, frozen

from events_core.domain.identity import EventId, Scope, UserId
from events_core.domain.permissions import Role
from events_core.errors import InvalidFields, LastOwner, PermissionDenied

#: After everything: at this time, every role that ends has ended.
END_OF_TIME = datetime.max.replace(tzinfo=UTC)

#: A community or a team holds a role for all of its members.
Holder = UserId | Scope


@frozen
class Bearer:
    """One person as whom roles can have been given to, at a moment.

    ``groups`` are the communities and teams she is known to belong to. Without a
    moment no role counts that ends some day.
    """

    user_id: UserId
    groups: frozenset[Scope] = frozenset()
    at: datetime = END_OF_TIME


@frozen
class Grant:
    """A role somebody holds on one event, until ``expires_at`` if that is given.

    ``granted_by`` is None where nobody gave it, and once that person has been
    erased. ``by_creation`` says which of the two: the creator's own role, which
    nobody gave her.
    """

    holder: Holder
    role: Role
    granted_at: datetime
    granted_by: UserId | None = None
    by_creation: bool = False
    expires_at: datetime | None = None

    def is_held_by(self, bearer: Bearer) -> bool:
        """Tell whether the role is hers at that moment, herself or in a group."""
        is_hers = self.holder == bearer.user_id or self.holder in bearer.groups
        return is_hers and not self.has_ended(bearer.at)

    def has_ended(self, at: datetime) -> bool:
        """Tell whether nobody holds it any more at that moment."""
        return self.expires_at is not None and self.expires_at <= at

    @property
    def is_lasting_ownership(self) -> bool:
        """Whether it makes one person the owner for good; each event needs such."""
        is_one_persons = not isinstance(self.holder, Scope)
        return is_one_persons and self.role is Role.OWNER and self.expires_at is None


@frozen
class Sharing:
    """Who holds which role on an event; each holder has one."""

    event_id: EventId
    grants: tuple[Grant, ...]

    def given(self, grant: Grant, *, most: int) -> "Sharing":
        """Return it with a role given, in place of the one the holder had.

        The same role until the same time changes nothing. Roles that have ended by
        then are left out.

        Raises:
            PermissionDenied: she gives it to herself.
            InvalidFields: it would be over at once, or there are ``most`` already.
            LastOwner: nobody would own the event for good.
        """
        if grant.holder == grant.granted_by:
            raise PermissionDenied("give yourself a role on this event")
        if grant.expires_at is not None and grant.expires_at <= grant.granted_at:
            raise InvalidFields({"expires_at": ("must be in the future",)})
        had = self.of(grant.holder)
        if had and (had.role, had.expires_at) == (grant.role, grant.expires_at):
            return self
        others = tuple(
            other
            for other in self._without(grant.holder)
            if not other.has_ended(grant.granted_at)
        )
        if had is None and len(others) >= most:
            raise InvalidFields({"role": (f"can be given to {most} at most",)})
        return self._owned((*others, grant))

    def taken(self, holder: Holder) -> "Sharing":
        """Return it without a holder's role; without one, unchanged.

        Raises:
            LastOwner: nobody would own the event for good.
        """
        return self if self.of(holder) is None else self._owned(self._without(holder))

    def transferred(self, grant: Grant, *, most: int) -> "Sharing":
        """Return it with an ownership given to a person in place of the giver's own.

        Raises:
            PermissionDenied: the giver does not own the event herself.
            InvalidFields: it is no ownership of one person for good.
        """
        giver = self.of(grant.granted_by) if grant.granted_by else None
        owns = giver is not None and giver.role is Role.OWNER
        if giver is None or not owns or giver.has_ended(grant.granted_at):
            raise PermissionDenied("pass on the ownership of this event")
        if not grant.is_lasting_ownership:
            problem = "is for the ownership of one person, without an end"
            raise InvalidFields({"transfer": (problem,)})
        return self.given(grant, most=most + 1).taken(giver.holder)

    def of(self, holder: Holder) -> Grant | None:
        """Return the role a holder has, or None."""
        return next((g for g in self.grants if g.holder == holder), None)

    def _without(self, holder: Holder) -> tuple[Grant, ...]:
        return tuple(grant for grant in self.grants if grant.holder != holder)

    def _owned(self, grants: tuple[Grant, ...]) -> "Sharing":
        owned_so_far = any(grant.is_lasting_ownership for grant in self.grants)
        if owned_so_far and not any(grant.is_lasting_ownership for grant in grants):
            raise LastOwner
        return evolve(self, grants=grants)
