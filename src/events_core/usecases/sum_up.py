"""See what became of all events of a time, in numbers."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.details import EventType
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import Scope, ScopeKind
from events_core.domain.numbers import By, Line, Numbers, summed_up
from events_core.domain.permissions import Action, allows
from events_core.domain.schedule import TimeWindow, checked_zone
from events_core.errors import InvalidFields, PermissionDenied
from events_core.usecases.core import EventsCore, own_scope
from events_core.usecases.list_events import ListEvents, listed_for, viewer_for
from events_core.usecases.parts import problems_of_part
from events_core.usecases.watching import watched

_HAS_BEEN_OR_WILL_BE = frozenset({Status.PUBLISHED, Status.COMPLETED, Status.ARCHIVED})


@frozen(kw_only=True)
class SumUp:
    """What to sum up, and by what. None means that it does not matter.

    ``window`` and the rest as in ``ListEvents``, but that ``statuses`` None is what
    is published, completed or archived. ``zone`` is where days begin. Without a
    ``limit`` it is every line from ``offset`` on.
    """

    window: TimeWindow = TimeWindow()
    scope: Scope | None = None
    scope_kind: ScopeKind | None = None
    visibilities: frozenset[Visibility] | None = None
    statuses: frozenset[Status] | None = None
    event_types: frozenset[EventType] | None = None
    by: By = By.EVENT_TYPE
    zone: str = "UTC"
    limit: int | None = 100
    offset: int = 0


@frozen
class Summary:
    """Part of the lines, how many there are, and the line of all of them together.

    ``degraded`` as in ``EventList``: what hangs on a membership that could not be
    decided is not counted.
    """

    lines: tuple[Line, ...]
    total: int
    occurrences: int
    numbers: Numbers
    degraded: bool


@watched
async def sum_up(core: EventsCore, actor: Actor, command: SumUp) -> Summary:
    """Return the numbers of all occurrences of a time that the actor may see.

    For who manages the scope that is asked about, the whole tenant where none is. The
    number of questions to the store does not depend on how many there are.

    Raises:
        InvalidFields: some part of the question breaks its rule; more occurrences
            than are summed up at once; or the scope is a tenant's, but not hers.
        PermissionDenied: she does not manage the scope.
        AccessUnavailable: nobody could tell whether she does.
    """
    _check(core, command)
    managing = own_scope(actor, command.scope)
    asked = ListEvents(
        window=command.window,
        scope=command.scope,
        scope_kind=command.scope_kind,
        visibilities=command.visibilities,
        statuses=command.statuses or _HAS_BEEN_OR_WILL_BE,
        event_types=command.event_types,
    )
    viewer = await viewer_for(core, actor, asked, managing)
    if not allows(Action.SUM_UP, permissions=viewer.permissions_in(managing)):
        raise PermissionDenied(Action.SUM_UP.value)
    most = core.policies.most_counted
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        counted = await uow.events.counted(
            listed_for(actor, asked, viewer),
            command.window,
            limit=most + 1,
        )
    if len(counted) > most:
        problem = f"there are more than {most} occurrences; ask about less at once"
        raise InvalidFields({"from": (problem,)})
    at = core.clock.now()
    lines = summed_up(counted, command.by, zone=command.zone, at=at)
    rest = lines[command.offset :]
    return Summary(
        lines=rest if command.limit is None else rest[: command.limit],
        total=len(lines),
        occurrences=len(counted),
        numbers=sum((line.numbers for line in lines), start=Numbers()),
        degraded=bool(viewer.undecided),
    )


def _check(core: EventsCore, command: SumUp) -> None:
    problems = problems_of_part(core.policies, command.limit, command.offset)
    problems.checked("time_zone", lambda: checked_zone(command.zone), "")
    problems.raise_if_any()
