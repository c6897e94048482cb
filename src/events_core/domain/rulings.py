"""What each rule says of one person and one event, and why.

The rules themselves stand elsewhere (``visibility``, ``permissions``, ``lifecycle``,
``signup``, ``admitting``, ``attendance``); here they are asked one by one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from events_core.domain.actors import Viewer
from events_core.domain.admitting import Place, place_for
from events_core.domain.answers import Admission
from events_core.domain.attendance import TAKES_MARKS
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.listing import Listing
from events_core.domain.permissions import (
    ALL_PERMISSIONS,
    CATALOGUE,
    NEEDS,
    Action,
    Permission,
    Role,
)
from events_core.domain.policies import QueueOrder
from events_core.domain.predicate import holds
from events_core.domain.signup import Waitlist
from events_core.domain.visibility import visible_to


@frozen
class Ruling:
    """What one rule says: yes, no, or (None) that nobody could tell.

    ``rule`` and ``because`` are words for programs, ``sentence`` is for people.
    """

    rule: str
    passed: bool | None
    because: str
    sentence: str
    details: Mapping[str, object] = field(factory=dict)


@frozen
class Case:
    """One person and one event.

    Without ``known`` what she holds in scopes could not be asked, and only roles on
    the event can say yes. ``through`` are the catalogue's roles she has where the event
    belongs. ``as_admin`` says that it is the platform's word for which she holds every
    permission.
    """

    event: Event
    viewer: Viewer
    known: bool = True
    through: tuple[str, ...] = ()
    as_admin: bool = False


def sight(case: Case) -> Ruling:
    """Rule on whether she sees it."""
    event, viewer = case.event, case.viewer
    passed, because, sentence = _shows(case)
    details = {
        "visibility": event.visibility.value,
        "scopeType": event.scope.kind.value,
        "membership": _membership(event, viewer),
        "roles": [role.value for role in _roles(event, viewer)],
    }
    return Ruling("visibility", passed, because, sentence, details)


def _shows(case: Case) -> tuple[bool | None, str, str]:
    event, viewer = case.event, case.viewer
    kind = event.scope.kind.value.lower()
    hidden = event.status is Status.DRAFT or event.deleted_at is not None
    if holds(visible_to(viewer), event):
        if roles := _roles(event, viewer):
            named = " and ".join(role.value for role in roles)
            return True, "role", f"It shows: by the role {named} on it."
        if hidden:
            sentence = "It shows to those who manage events where it belongs."
            return True, "manager", sentence
        if event.visibility is Visibility.PUBLIC:
            return True, "public", "It shows: it is public."
        return True, "member", f"It shows to the members of its {kind}."
    if holds(visible_to(viewer.if_member_of_all()), event):
        sentence = "Whether it shows hangs on a membership nobody can tell now."
        return None, "membership_unknown", sentence
    if hidden:
        state = "a draft" if event.deleted_at is None else "deleted"
        sentence = f"It is {state}: it shows to those who edit or manage it."
        return None if _could_manage(case) else False, "hidden", sentence
    if event.visibility is Visibility.PRIVATE:
        sentence = "It does not show: it is private, and there is no role on it."
        return False, "private", sentence
    sentence = f"It does not show: it is for members of its {kind}."
    return False, "not_a_member", sentence


def _could_manage(case: Case) -> bool:
    """Tell whether what could not be asked might show it to her."""
    event, viewer = case.event, case.viewer.if_member_of_all()
    manager = evolve(viewer, permissions={event.scope: ALL_PERMISSIONS})
    return not case.known and holds(visible_to(manager), event)


def permission(case: Case, action: Action) -> Ruling:
    """Rule on whether she may do this with an event she sees."""
    need = NEEDS[action]
    passed, because, sentence = _may(case, action)
    through = _through(case, need.permission) if because == "permission" else []
    details = {
        "permission": need.permission.value,
        "roles": [role.value for role in Role if role in need.roles],
        "through": through,
    }
    return Ruling("permission", passed, because, sentence, details)


def _may(case: Case, action: Action) -> tuple[bool | None, str, str]:
    event, viewer, need = case.event, case.viewer, NEEDS[action]
    wanted = f"{need.permission} where the event belongs"
    if viewer.barred:
        return False, "barred", "Nothing is allowed while suspended or banned."
    if event.allows(action, viewer):
        if case.as_admin:
            return True, "system_admin", "A system admin may do everything."
        if need.permission in viewer.permissions_in(event.scope):
            names = _through(case, need.permission)
            by = f", through the role {' and '.join(names)}" if names else ""
            return True, "permission", f"There is {wanted}{by}."
        held = [role for role in _roles(event, viewer) if role in need.roles]
        named = " and ".join(role.value for role in held)
        return True, "role", f"The role {named} on it suffices."
    if not case.known:
        return None, "unknown", "What is held where it belongs cannot be asked."
    suffices = [role.value for role in Role if role in need.roles]
    if suffices:
        wanted += f", or the role {' or '.join(suffices)} on it"
    return False, "missing", f"Missing is {wanted}."


def _through(case: Case, needed: Permission) -> list[str]:
    return [name for name in case.through if needed in CATALOGUE.get(name, ())]


def takes_changes(event: Event) -> Ruling:
    """Rule on whether it is there to be changed."""
    there = event.deleted_at is None
    sentence = (
        "It can be changed: it is not deleted."
        if there
        else "It cannot be changed: it is deleted, and can only be restored."
    )
    return _lifecycle(event, there, sentence)


def takes_answers(event: Event) -> Ruling:
    """Rule on whether it takes answers in the state it is in."""
    takes = event.status is Status.PUBLISHED and event.deleted_at is None
    said = "It takes answers" if takes else "It takes no answers"
    return _lifecycle(event, takes, f"{said}: it is {_state(event)}.")


def takes_marks(event: Event) -> Ruling:
    """Rule on whether people can be marked as present in the state it is in."""
    takes = event.status in TAKES_MARKS and event.deleted_at is None
    said = "People can be marked" if takes else "Nobody can be marked"
    return _lifecycle(event, takes, f"{said}: it is {_state(event)}.")


def _lifecycle(event: Event, passed: bool, sentence: str) -> Ruling:  # noqa: FBT001
    details = {"status": event.status.value}
    return Ruling("lifecycle", passed, _state(event), sentence, details)


def _state(event: Event) -> str:
    return "deleted" if event.deleted_at is not None else event.status.value


def answering_has_begun(event: Event, at: datetime) -> Ruling:
    """Rule on whether answers are taken yet."""
    return _opening("Answering", event.signup.opens_at, at)


def marking_has_begun(event: Event, at: datetime, *, opens: timedelta) -> Ruling:
    """Rule on whether people can be marked yet: from ``opens`` before the start."""
    return _opening("Marking", event.schedule.starts_at - opens, at)


def _opening(what: str, opens_at: datetime | None, at: datetime) -> Ruling:
    begun = opens_at is None or at >= opens_at
    details = {} if opens_at is None else {"opensAt": opens_at}
    if begun:
        return Ruling("opening", True, "open", f"{what} has begun.", details)
    sentence = f"{what} has not begun yet."
    return Ruling("opening", False, "not_yet", sentence, details)


def lets_in(event: Event) -> Ruling:
    """Rule on who can be marked: whoever comes, or who has a place."""
    if event.signup.walk_ins:
        return Ruling("walkIns", True, "welcome", "Whoever comes can be marked.")
    sentence = "Who has a place can be marked, and nobody else."
    return Ruling("walkIns", True, "places_only", sentence)


def answering_is_not_over(event: Event, at: datetime) -> Ruling:
    """Rule on whether answers that want a seat are still taken."""
    closes_at = event.signup.closes_at(event.schedule)
    ended = at >= closes_at
    sentence = "Answering is over." if ended else "Answering is not over yet."
    because = "over" if ended else "open"
    return Ruling("deadline", not ended, because, sentence, {"closesAt": closes_at})


def seats(listing: Listing) -> Ruling:
    """Rule on whether there is a seat, or at least a line to wait in."""
    terms, admission, taken = listing.signup, listing.my_admission, listing.tally.seats
    room = terms.room(taken)
    full = f"All {terms.capacity} seats are taken"
    details = {"capacity": terms.capacity, "taken": taken}

    def ruling(passed: bool, because: str, sentence: str) -> Ruling:  # noqa: FBT001
        return Ruling("seats", passed, because, sentence, details)

    if admission is Admission.CONFIRMED:
        return ruling(True, "held", "There is a seat for this answer already.")
    if room is None:
        return ruling(True, "unlimited", "Seats are not limited.")
    if room > 0:
        return ruling(True, "free", f"Of {terms.capacity} seats, {room} are free.")
    if admission is Admission.WAITLISTED or terms.waitlist is not Waitlist.NONE:
        return ruling(True, "waitlist", f"{full}; there is a waiting list.")
    return ruling(False, "full", f"{full}, and nobody can wait for one.")


def queue(listing: Listing, order: QueueOrder) -> Ruling | None:
    """Rule on who comes first of those who want a seat; None where nobody waits."""
    admission, waiting = listing.my_admission, listing.tally.waiting
    place = place_for(
        listing.signup,
        listing.tally,
        held=int(admission is Admission.CONFIRMED),
        waits=admission is Admission.WAITLISTED,
        order=order,
    )
    details = {"waiting": waiting, "position": listing.my_position}

    def ruling(passed: bool, because: str, sentence: str) -> Ruling:  # noqa: FBT001
        return Ruling("queue", passed, because, sentence, details)

    match place:
        case Place.KEPT:
            sentence = f"This answer waits, in place {listing.my_position}."
            return ruling(True, "waits", sentence)
        case Place.LAST:
            return ruling(True, "last", f"An answer now waits, behind {waiting}.")
        case Place.NONE if waiting:
            sentence = "The free seats are for those who wait, and nobody new can."
            return ruling(False, "others_wait", sentence)
        case Place.FREE if waiting:
            sentence = "A free seat goes to the first whose party fits."
            return ruling(True, "fits", sentence)
        case _:
            return None


def _roles(event: Event, viewer: Viewer) -> tuple[Role, ...]:
    held = {g.role for g in event.grants if g.is_held_by(viewer.roles_as)}
    return tuple(role for role in Role if role in held)


def _membership(event: Event, viewer: Viewer) -> str | None:
    scope = event.scope
    if not scope.has_members:
        return None
    if scope in viewer.undecided:
        return "unknown"
    return "member" if scope in viewer.member_of else "not_a_member"
