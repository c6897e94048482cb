"""What every use case is watched for: that somebody was refused, or acted as admin."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from events_core.domain.actors import Actor
from events_core.domain.audit import AuditEntry, Deed, Outcome
from events_core.errors import ConcurrentChange, PermissionDenied, Unavailable
from events_core.usecases.core import EventsCore

P = ParamSpec("P")
T = TypeVar("T")

UseCase = Callable[Concatenate[EventsCore, Actor, P], Coroutine[Any, Any, T]]


def watched(use_case: UseCase[P, T]) -> UseCase[P, T]:
    """Have it counted when somebody is refused, and when a system admin does it.

    Whether she could have done it without being one is not asked. What a person does
    not get to see is no refusal: from that nobody may learn what there is.
    """
    return _watched(use_case, as_admin=True)


def watched_as_her_own(use_case: UseCase[P, T]) -> UseCase[P, T]:
    """Have it counted when somebody is refused; for all else she is herself."""
    return _watched(use_case, as_admin=False)


def _watched(use_case: UseCase[P, T], *, as_admin: bool) -> UseCase[P, T]:
    name = use_case.__name__

    @wraps(use_case)
    async def watching(
        core: EventsCore, actor: Actor, /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        try:
            done = await use_case(core, actor, *args, **kwargs)
        except PermissionDenied:
            await _count(core, actor, name, Deed.ATTEMPTED, Outcome.DENIED)
            raise
        if as_admin and actor.acts_as_admin:
            await _count(core, actor, name, Deed.ACTED_AS_ADMIN, Outcome.DONE)
        return done

    return watching


async def _count(
    core: EventsCore, actor: Actor, name: str, deed: Deed, outcome: Outcome
) -> None:
    """Count it, and close the minutes before; as far as the store can be reached.

    It has been refused, or done, by now, and that is what the caller is told.
    """
    cause = core.cause(actor)
    entry = AuditEntry.of(deed, cause, outcome=outcome, names=(name,))
    try:
        async with core.store.unit_of_work(actor.tenant_id) as uow:
            await uow.audit.close_minutes(before=entry.minute)
            await uow.audit.count(entry)
            await uow.commit()
    except (ConcurrentChange, Unavailable):
        return
