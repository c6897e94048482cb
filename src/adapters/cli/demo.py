"""Fill a tenant with life: through the use cases, as its people would."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from typing import Protocol

from adapters.cli.demo_world import (
    MEMBERS,
    ORGANIZERS,
    PEOPLE,
    TENANT_ID,
    TENANT_SLUG,
    WEEKS,
    chess_in_the_park,
    plans,
)
from events_core import (
    Actor,
    Answer,
    EventsCore,
    ListEvents,
    Listing,
    Scope,
    SetRsvp,
    TenantId,
    TimeWindow,
    UserId,
    Via,
    create_event,
    list_events,
    set_rsvp,
)


class LocalDirectory(Protocol):
    """Where memberships and roles are kept when nobody else keeps them."""

    async def add_member(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId
    ) -> None:
        """Make somebody a member; again changes nothing."""
        ...

    async def bind_role(
        self, tenant_id: TenantId, scope: Scope, user_id: UserId, role: str
    ) -> None:
        """Give somebody a role of the catalogue in a scope; again changes nothing."""
        ...


def actor(name: str) -> Actor:
    """Return one of the demo's people as the one who acts."""
    return Actor(TENANT_ID, PEOPLE[name], tenant_slug=TENANT_SLUG, via=Via.CLI)


async def fill(core: EventsCore, directory: LocalDirectory) -> int:
    """Make sure the coming weeks are full, and return how many events Anna sees there.

    What there is already stays as it is; a second call adds what time has made room
    for.
    """
    for scope, members in MEMBERS.items():
        for name in members:
            await directory.add_member(TENANT_ID, scope, PEOPLE[name])
    for name, scopes in ORGANIZERS.items():
        for scope in scopes:
            await directory.bind_role(
                TENANT_ID, scope, PEOPLE[name], "events.organizer"
            )
    today = core.clock.now().date()
    begin = datetime.combine(today, time(), UTC)
    coming = TimeWindow(begin, begin + timedelta(weeks=WEEKS))
    newest = TimeWindow(coming.end - timedelta(weeks=1) if coming.end else None, None)
    there = await list_events(core, actor("anna"), ListEvents(window=newest, limit=1))
    if not there.items:
        created = [
            await create_event(core, actor(plan.by), plan.command)
            for plan in (chess_in_the_park(today), *plans(today))
        ]
        await _answer(core, created)
    seen = await list_events(core, actor("anna"), ListEvents(window=coming, limit=1))
    return seen.total or 0


async def _answer(core: EventsCore, events: Sequence[Listing]) -> None:
    """Have people answer what comes first, each in a rhythm of her own."""
    ids = {event.id for event in events}
    moods = cycle(
        [Answer.GOING, Answer.INTERESTED, None, Answer.GOING, None, Answer.NOT_GOING]
    )
    for name in PEOPLE:
        seen = await list_events(core, actor(name), ListEvents(limit=30))
        for event in seen.items:
            mood = next(moods)
            open_still = event.starts_at > core.clock.now() + timedelta(minutes=5)
            if mood and event.id in ids and open_still:
                await set_rsvp(
                    core, actor(name), SetRsvp(event_id=event.id, answer=mood)
                )
