"""Look through the events of a time."""

from datetime import UTC, datetime, time

from attrs import evolve, frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.answers import Answer
from events_core.domain.details import EventType
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import Scope, ScopeKind
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action, allows
from events_core.domain.policies import Policies
from events_core.domain.predicate import (
    AllOf,
    CreatedBy,
    Mentions,
    Predicate,
    ScopeIn,
    ScopeKindIs,
    StatusIn,
    TypeIn,
    VisibilityIn,
)
from events_core.domain.schedule import TimeWindow
from events_core.domain.text import fold
from events_core.domain.visibility import on_view_to, visible_to
from events_core.errors import InvalidFields, PermissionDenied
from events_core.ports.store import PagePosition, PageQuery
from events_core.usecases.core import EventsCore, own_scope, viewer_in
from events_core.usecases.parts import problems_of_part
from events_core.usecases.watching import watched

_ON_VIEW = frozenset({Status.PUBLISHED, Status.COMPLETED})
_NEEDING_MEMBERS = frozenset({Visibility.COMMUNITY, Visibility.TEAM})


@frozen(kw_only=True)
class ListEvents:
    """What to list. None means that it does not matter, but for ``statuses``.

    ``statuses`` None is what is on view: published and completed. ``scope`` is one
    scope, ``scope_kind`` any of its kind. ``my_answers`` keeps what the actor
    answered so (None: not at all), ``mine`` what she created. ``search`` keeps what
    has every one of its words, without regard to case, in title, description or
    location; without a window it looks ahead from today (``Policies``).
    """

    window: TimeWindow = TimeWindow()
    scope: Scope | None = None
    scope_kind: ScopeKind | None = None
    visibilities: frozenset[Visibility] | None = None
    statuses: frozenset[Status] | None = None
    event_types: frozenset[EventType] | None = None
    my_answers: frozenset[Answer | None] | None = None
    mine: bool = False
    search: str | None = None
    limit: int = 100
    offset: int = 0
    after: PagePosition | None = None
    count: bool = True


@frozen
class EventList:
    """One part of a list.

    ``total`` is exactly what the actor could page through, None where it was not
    asked for. ``degraded`` says that some membership could not be decided, and what
    hangs on it is in neither ``items`` nor ``total``.
    """

    items: tuple[Listing, ...]
    total: int | None
    next: PagePosition | None
    degraded: bool


@watched
async def list_events(core: EventsCore, actor: Actor, command: ListEvents) -> EventList:
    """Return the events the actor may see and asked for, by start.

    The number of questions to the store does not depend on how many events there
    are. Memberships are asked for the distinct scopes in question only.

    Raises:
        InvalidFields: some part of the question breaks its rule, or the scope is a
            tenant's, but not hers.
        PermissionDenied: she may not read at the scope asked about.
        AccessUnavailable: nobody could tell whether she may.
    """
    _check(command, core.policies)
    command = _looking_ahead(command, core)
    reading_in = own_scope(actor, command.scope)
    viewer = await viewer_for(core, actor, command, reading_in)
    if not allows(Action.READ, permissions=viewer.permissions_in(reading_in)):
        raise PermissionDenied(Action.READ.value)
    query = PageQuery(
        where=listed_for(actor, command, viewer),
        reader=viewer.roles_as,
        window=command.window,
        my_answers=command.my_answers,
        limit=command.limit,
        offset=command.offset,
        after=command.after,
        count=command.count,
    )
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        page = await uow.events.page(query)
    return EventList(page.items, page.total, page.next, bool(viewer.undecided))


async def viewer_for(
    core: EventsCore, actor: Actor, command: ListEvents, reading_in: Scope
) -> Viewer:
    """Resolve the actor in the scopes that a list touches, and in one more."""
    statuses = command.statuses or _ON_VIEW
    visibilities = command.visibilities or frozenset(Visibility)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        places = await uow.events.places(
            AllOf(
                (
                    VisibilityIn(visibilities & _NEEDING_MEMBERS),
                    StatusIn(statuses),
                    *_in_scope(command),
                )
            ),
            command.window,
        )
        managing: frozenset[Scope] = frozenset()
        if Status.DRAFT in statuses:
            drafts = await uow.events.places(
                AllOf(
                    (
                        VisibilityIn(visibilities),
                        StatusIn(frozenset({Status.DRAFT})),
                        *_in_scope(command),
                    )
                ),
                command.window,
            )
            managing = drafts.with_events
    return await viewer_in(
        core,
        actor,
        members_of=places.with_events | places.with_roles,
        permissions_in={*managing, reading_in},
        bearing=places.with_roles,
    )


def listed_for(actor: Actor, command: ListEvents, viewer: Viewer) -> Predicate:
    """Return what is on a list: what is asked for, and she may see."""
    return AllOf((_asked(actor, command), _visible(command, viewer)))


def _visible(command: ListEvents, viewer: Viewer) -> Predicate:
    # No list has what is deleted.
    if Status.DRAFT in (command.statuses or _ON_VIEW):
        return visible_to(viewer)
    return on_view_to(viewer)


def _in_scope(command: ListEvents) -> tuple[Predicate, ...]:
    if command.scope is not None:
        return (ScopeIn(command.scope.kind, frozenset({command.scope.id})),)
    if command.scope_kind is not None:
        return (ScopeKindIs(command.scope_kind),)
    return ()


def _asked(actor: Actor, command: ListEvents) -> Predicate:
    parts: list[Predicate] = [StatusIn(command.statuses or _ON_VIEW)]
    parts.extend(_in_scope(command))
    if command.visibilities is not None:
        parts.append(VisibilityIn(command.visibilities))
    if command.event_types is not None:
        parts.append(TypeIn(command.event_types))
    if command.mine:
        parts.append(CreatedBy(actor.user_id))
    parts.extend(Mentions(word) for word in _words(command.search))
    return AllOf(tuple(parts))


def _words(search: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(search or "").split()))


def _looking_ahead(command: ListEvents, core: EventsCore) -> ListEvents:
    if not _words(command.search) or command.window != TimeWindow():
        return command
    today = datetime.combine(core.clock.now().date(), time(), UTC)
    window = TimeWindow(today, today + core.policies.search_ahead)
    return evolve(command, window=window)


def _check(command: ListEvents, policies: Policies) -> None:
    problems = problems_of_part(
        policies, command.limit, command.offset, beyond="; then cursor"
    )
    if command.after is not None and command.offset:
        problems.add("cursor", "goes without an offset")
    if len(command.search or "") > policies.longest_search:
        problems.add("q", f"must be at most {policies.longest_search} characters long")
    elif len(_words(command.search)) > policies.most_words:
        problems.add("q", f"must be at most {policies.most_words} words")
    scope = command.scope
    if scope and command.scope_kind not in {None, scope.kind}:
        raise InvalidFields({"scope_id": ("is of another kind of scope",)})
    problems.raise_if_any()
