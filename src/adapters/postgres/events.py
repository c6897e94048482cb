"""Events, in one transaction."""

from functools import lru_cache
from typing import Any

from attrs import frozen
from sqlalchemy import (
    Select,
    Uuid,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.audit import write_audit
from adapters.postgres.counting import (
    counted_from,
    counted_statement,
    shape_of_counted,
    values_of_counted,
)
from adapters.postgres.facts import write_facts
from adapters.postgres.listing import (
    ListShape,
    look_statement,
    page_statement,
    places_statement,
    values_of_list,
    values_of_window,
)
from adapters.postgres.predicates import (
    shape_of,
    to_sql,
    values_of,
)
from adapters.postgres.roles import groups_with_roles, replace_roles, roles_on
from adapters.postgres.rows import (
    EVENT_COLUMNS,
    event_from,
    event_row,
    grant_row,
    listing_from,
    occurrence_row,
    scope_from,
    version_row,
)
from adapters.postgres.scopes import (
    is_short,
    places_from,
    remember_scope,
    remembered_statement,
    widened,
)
from adapters.postgres.tables import (
    event,
    event_role,
    event_version,
    occurrence,
    tally,
)
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.answers import Answer
from events_core.domain.audit import of_event
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, Scope
from events_core.domain.listing import Listing
from events_core.domain.numbers import Counted
from events_core.domain.predicate import Predicate
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.errors import AlreadyExists
from events_core.ports.store import Page, PagePosition, PageQuery, Places
from events_core.wire import version_of

_EVENT = bindparam("of_event", type_=Uuid)

_SCOPE = select(event.c.scope_kind, event.c.scope_id).where(
    event.c.tenant_id == TENANT, event.c.event_id == _EVENT
)
_CREATE = insert(event).on_conflict_do_nothing()
_CHANGE = update(event).where(
    event.c.tenant_id == TENANT,
    event.c.event_id == _EVENT,
    event.c.version == bindparam("version_before"),
)
_CHANGE_OCCURRENCE = update(occurrence).where(
    occurrence.c.tenant_id == TENANT,
    occurrence.c.event_id == _EVENT,
    occurrence.c.occurrence_key == bindparam("of_occurrence"),
)
_LIMIT = update(tally).where(
    tally.c.tenant_id == TENANT,
    tally.c.event_id == _EVENT,
    tally.c.occurrence_key == bindparam("of_occurrence"),
)
_COUNTS = (*(a.value for a in Answer), "waiting", "seats", "turns", "forced_to")

# What a change of an event does not touch. Her name can be gone from the stored row
# by now, and must not come back with a state that was read before.
_FOR_EVER = {"event_id", "occurrence_key", "created_by", "created_at"}


@frozen
class PostgresEvents:
    """``Events`` in one transaction."""

    _transaction: Transaction

    async def scope_of(self, event_id: EventId) -> Scope | None:
        """See ``Events.scope_of``."""
        found = await self._transaction.run(_SCOPE, {"of_event": event_id})
        row = found.one_or_none()
        return None if row is None else scope_from(row)

    async def places(self, where: Predicate, window: TimeWindow) -> Places:
        """See ``Events.places``."""
        if is_short(window):
            shape = ListShape(shape_of(where), has_start=True, has_end=True)
            statement = places_statement(shape)
            values = values_of(where) | values_of_window(window)
        else:
            wide = widened(where)
            statement, values = remembered_statement(shape_of(wide)), values_of(wide)
        found = await self._transaction.run(statement, values)
        return places_from(found)

    async def groups(self, event_id: EventId) -> frozenset[Scope]:
        """See ``Events.groups``."""
        return await groups_with_roles(self._transaction, event_id)

    async def get(self, event_id: EventId, where: Predicate) -> Event | None:
        """See ``Events.get``."""
        found = await self._transaction.run(
            _get_statement(shape_of(where)),
            {"of_event": event_id, **values_of(where)},
        )
        row = found.one_or_none()
        if row is None:
            return None
        return event_from(row, await roles_on(self._transaction, event_id))

    async def look(
        self, event_id: EventId, where: Predicate, reader: Bearer
    ) -> Listing | None:
        """See ``Events.look``."""
        found = await self._transaction.run(
            look_statement(shape_of(where, reader)),
            {
                "of_event": event_id,
                "reader": reader.user_id,
                **values_of(where, reader),
            },
        )
        row = found.one_or_none()
        return None if row is None else listing_from(row)

    async def page(self, query: PageQuery) -> Page:
        """See ``Events.page``."""
        statement = page_statement(ListShape.of(query))
        found = await self._transaction.run(statement, values_of_list(query))
        total: int | None = found.rows[0][0]
        listings = [listing_from(row[1:]) for row in found if row[1] is not None]
        items = tuple(listings[: query.limit])
        goes_on = len(listings) > len(items)
        return Page(items, total, _place_of(items[-1]) if goes_on else None)

    async def counted(
        self, where: Predicate, window: TimeWindow, *, limit: int
    ) -> tuple[Counted, ...]:
        """See ``Events.counted``."""
        found = await self._transaction.run(
            counted_statement(shape_of_counted(where, window, limit)),
            values_of_counted(where, window, limit),
        )
        return tuple(map(counted_from, found))

    async def save(self, change: Change[Event]) -> None:
        """See ``Events.save``."""
        if not change.happened:
            return
        version = version_of(change)
        after = change.after
        assert after is not None
        if after.tenant_id != self._transaction.tenant_id:
            raise ValueError("the event is another tenant's")
        if change.before is None:
            await self._create(after)
        else:
            await self._replace(change.before, after)
        await remember_scope(self._transaction, after)
        await self._transaction.insert(event_version, version_row(version))
        await write_facts(self._transaction, change.facts)
        await write_audit(self._transaction, of_event(change))

    async def _create(self, new: Event) -> None:
        created = await self._transaction.write(_CREATE, [event_row(new)])
        if not created.rowcount:
            raise AlreadyExists(new.id)
        row = occurrence_row(new)
        await self._transaction.insert(occurrence, row)
        key = {"event_id": new.id, "occurrence_key": new.occurrence}
        await self._transaction.insert(
            tally,
            {
                **key,
                **dict.fromkeys(_COUNTS, 0),
                "capacity": new.signup.capacity,
            },
        )
        grants = [grant_row(new.id, grant) for grant in new.grants]
        await self._transaction.insert(event_role, *grants)

    async def _replace(self, before: Event, after: Event) -> None:
        changed = await self._transaction.run(
            _CHANGE,
            {
                "of_event": after.id,
                "version_before": before.version,
                **_changeable(event_row(after)),
            },
        )
        if not changed.rowcount:
            raise self._transaction.lose()
        await self._transaction.run(
            _CHANGE_OCCURRENCE,
            {
                "of_event": after.id,
                "of_occurrence": after.occurrence,
                **_changeable(occurrence_row(after)),
            },
        )
        await replace_roles(self._transaction, after.id, before.grants, after.grants)
        if after.signup.capacity != before.signup.capacity:
            await self._transaction.run(
                _LIMIT,
                {
                    "of_event": after.id,
                    "of_occurrence": after.occurrence,
                    "capacity": after.signup.capacity,
                },
            )


@lru_cache(512)
def _get_statement(where: Predicate) -> Select[Any]:
    return select(*EVENT_COLUMNS).where(
        event.c.tenant_id == TENANT, event.c.event_id == _EVENT, to_sql(where, event)
    )


def _changeable(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in _FOR_EVER}


def _place_of(listing: Listing) -> PagePosition:
    return PagePosition(listing.starts_at, listing.id, listing.occurrence)
