"""Why somebody may do something with an event, or may not: the rules that decided.

The rules themselves stand elsewhere (``visibility``, ``permissions``, ``roster``);
here they are asked one by one, and a test holds the answer against what becomes of
really doing it. Nothing is told of an event that its asker does not see.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from events_core.domain.actors import Viewer
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.permissions import NEEDS, Action, Role
from events_core.domain.predicate import holds
from events_core.domain.visibility import visible_to


class Explained(StrEnum):
    """What can be asked about."""

    SEE = "see"
    READ = "read"
    UPDATE = "update"
    RSVP = "rsvp"
    CHECKIN = "checkin"


_ACTIONS: Mapping[Explained, Action] = {
    Explained.READ: Action.READ,
    Explained.UPDATE: Action.UPDATE,
    Explained.RSVP: Action.ANSWER,
    Explained.CHECKIN: Action.MARK_ATTENDANCE,
}


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
class Explanation:
    """The rules that decide, in their order, and what they come to together.

    After a rule that says no, no further one is asked.
    """

    action: Explained
    rulings: tuple[Ruling, ...]

    @property
    def allowed(self) -> bool | None:
        """Whether all say yes; None where somebody could not be asked."""
        said = [ruling.passed for ruling in self.rulings]
        return False if False in said else None if None in said else True

    @property
    def sentence(self) -> str:
        """All of it, to be read."""
        return " ".join(ruling.sentence for ruling in self.rulings)


def explain(
    event: Event,
    viewer: Viewer,
    action: Explained,
    *,
    at: datetime,
    permissions_known: bool = True,
    as_admin: bool = False,
) -> Explanation:
    """Return why the viewer may do this with the event, or may not.

    Without ``permissions_known`` what is held in scopes could not be asked, and only
    roles on the event can say yes. ``as_admin`` says that it is the platform's word
    for which the viewer holds every permission.
    """
    rulings: list[Ruling] = []
    case = _Case(event, viewer, known=permissions_known, as_admin=as_admin)
    for ruling in _asked(case, action, at):
        rulings.append(ruling)
        if ruling.passed is False:
            break
    return Explanation(action, tuple(rulings))


@frozen
class _Case:
    event: Event
    viewer: Viewer
    known: bool
    as_admin: bool


def _asked(case: _Case, action: Explained, at: datetime) -> Iterator[Ruling]:
    yield _sight(case)
    if action is Explained.SEE:
        return
    yield _permission(case, _ACTIONS[action])
    if action is Explained.RSVP:
        yield _lifecycle(case.event)
        yield _opening(case.event, at)
        yield _deadline(case.event, at)


def _sight(case: _Case) -> Ruling:
    event, viewer = case.event, case.viewer
    roles = _roles(event, viewer)
    details = {
        "visibility": event.visibility.value,
        "scopeType": event.scope.kind.value,
        "membership": _membership(event, viewer),
        "roles": [role.value for role in roles],
    }

    def ruling(passed: bool | None, because: str, sentence: str) -> Ruling:  # noqa: FBT001
        return Ruling("visibility", passed, because, sentence, details)

    if holds(visible_to(viewer), event):
        if roles:
            named = " and ".join(role.value for role in roles)
            return ruling(True, "role", f"It shows: by the role {named} on it.")
        if event.status is Status.DRAFT or event.deleted_at is not None:
            sentence = "It shows to those who manage events where it belongs."
            return ruling(True, "manager", sentence)
        if event.visibility is Visibility.PUBLIC:
            return ruling(True, "public", "It shows: it is public.")
        kind = event.scope.kind.value.lower()
        return ruling(True, "member", f"It shows to the members of its {kind}.")
    if holds(visible_to(viewer.if_member_of_all()), event):
        sentence = "Whether it shows hangs on a membership nobody can tell now."
        return ruling(None, "membership_unknown", sentence)
    if event.status is Status.DRAFT or event.deleted_at is not None:
        hidden = "a draft" if event.deleted_at is None else "deleted"
        sentence = f"It is {hidden}: it shows to those who edit or manage it."
        return ruling(False if case.known else None, "hidden", sentence)
    if event.visibility is Visibility.PRIVATE:
        sentence = "It does not show: it is private, and there is no role on it."
        return ruling(False, "private", sentence)
    kind = event.scope.kind.value.lower()
    sentence = f"It does not show: it is for members of its {kind}."
    return ruling(False, "not_a_member", sentence)


def _permission(case: _Case, action: Action) -> Ruling:
    event, viewer = case.event, case.viewer
    need, roles = NEEDS[action], _roles(event, viewer)
    suffices = [role.value for role in Role if role in need.roles]
    details = {"permission": need.permission.value, "roles": suffices}

    def ruling(passed: bool | None, because: str, sentence: str) -> Ruling:  # noqa: FBT001
        return Ruling("permission", passed, because, sentence, details)

    if viewer.barred:
        return ruling(False, "barred", "Nothing is allowed while suspended or banned.")
    if event.allows(action, viewer):
        if case.as_admin:
            return ruling(True, "system_admin", "A system admin may do everything.")
        if need.permission in viewer.permissions_in(event.scope):
            sentence = f"{need.permission} is held where the event belongs."
            return ruling(True, "permission", sentence)
        held = [role for role in roles if role in need.roles]
        named = " and ".join(role.value for role in held)
        return ruling(True, "role", f"The role {named} on it suffices.")
    if not case.known:
        return ruling(None, "unknown", "Her permissions cannot be asked about.")
    wanted = f"{need.permission} where the event belongs"
    if suffices:
        wanted += f", or the role {' or '.join(suffices)} on it"
    return ruling(False, "missing", f"Missing is {wanted}.")


def _lifecycle(event: Event) -> Ruling:
    deleted = event.deleted_at is not None
    state = "deleted" if deleted else event.status.value
    takes = event.status is Status.PUBLISHED and not deleted
    sentence = (
        "It takes answers: it is published."
        if takes
        else f"It takes no answers: it is {state}."
    )
    return Ruling("lifecycle", takes, state, sentence, {"status": event.status.value})


def _opening(event: Event, at: datetime) -> Ruling:
    opens = event.signup.opens_at
    if opens is None or at >= opens:
        return Ruling("opening", True, "open", "Answering has begun.")
    details = {"opensAt": opens}
    return Ruling("opening", False, "not_yet", "Answering has not begun yet.", details)


def _deadline(event: Event, at: datetime) -> Ruling:
    closes = event.signup.deadline or event.schedule.starts_at
    ended = at >= closes
    sentence = "Answering is over." if ended else "Answering is not over yet."
    because = "over" if ended else "open"
    return Ruling("deadline", not ended, because, sentence, {"closesAt": closes})


def _roles(event: Event, viewer: Viewer) -> tuple[Role, ...]:
    held = {g.role for g in event.grants if g.is_held_by(viewer.roles_as)}
    return tuple(role for role in Role if role in held)


def _membership(event: Event, viewer: Viewer) -> str | None:
    if not event.scope.has_members:
        return None
    if event.scope in viewer.undecided:
        return "unknown"
    return "member" if event.scope in viewer.member_of else "not_a_member"
