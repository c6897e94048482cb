"""A tenant's subscriptions."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from secrets import token_bytes
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from adapters.postgres.audit import write_audit
from adapters.postgres.database import Database
from adapters.postgres.rows import (
    SUBSCRIPTION_COLUMNS,
    changed_columns,
    subscription_from,
    wanted_columns,
)
from adapters.postgres.tables import (
    SCHEMA,
    attempt,
    dead_letter,
    delivery,
    fact_head,
    subscription,
)
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.audit import Deed, of_subscription
from events_core.domain.change import Cause
from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId
from events_core.errors import TooManySubscriptions
from events_core.ports.outbox import Kind, State
from events_core.ports.publishing import (
    MOST_COUNTED,
    NewTerms,
    Subscription,
    SubscriptionBook,
    Terms,
)

SECRET_BYTES = 32

#: How much of each kind goes with a subscription at once; retention clears the rest.
_MOST_REMOVED = 50_000

_functions = getattr(func, SCHEMA)
_ONE = bindparam("of_subscription", type_=Uuid)

#: What the tenant manages itself: what an operator widened is the operator's.
OWN = and_(
    subscription.c.tenant_id == TENANT,
    subscription.c.visibilities == literal([Visibility.PUBLIC.value], ARRAY(Text)),
    ~subscription.c.persons,
    subscription.c.kind != Kind.ACTIVITY.value,
)
IS_NAMED = subscription.c.subscription_id == _ONE
IS_ONE = and_(OWN, IS_NAMED)


def _counted(table: Table) -> Any:  # noqa: ANN401 (a column)
    rows = (
        select(literal(1))
        .where(
            table.c.tenant_id == TENANT,
            table.c.subscription_id == subscription.c.subscription_id,
        )
        .limit(MOST_COUNTED)
        .correlate(subscription)
        .subquery()
    )
    return select(func.count()).select_from(rows).scalar_subquery()


_SHOWN: Select[Any] = select(
    *SUBSCRIPTION_COLUMNS,
    _counted(delivery).label("pending"),
    _counted(dead_letter).label("dead"),
)
_FIND = _SHOWN.where(IS_ONE)
_PAGE = (
    _SHOWN.where(OWN)
    .order_by(subscription.c.created_at, subscription.c.subscription_id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_COUNT = select(func.count()).select_from(subscription).where(OWN)

# Whoever adds waits for whoever adds in the same tenant, so that the count holds.
_LOCK = select(
    func.pg_advisory_xact_lock(
        func.hashtextextended("subscriptions of " + cast(TENANT, Text), 0)
    )
)
_NAMES = (
    "tenant_id",
    "subscription_id",
    "kind",
    "url",
    "description",
    "scope_kind",
    "scope_id",
    "event_types",
    "secrets",
    "state",
    "place",
)
# Facts that have no position yet come later than her place, too.
_ADD = (
    insert(subscription)
    .from_select(
        _NAMES,
        select(
            TENANT,
            _ONE,
            *(
                bindparam(name, type_=subscription.c[name].type)
                for name in _NAMES[2:-1]
            ),
            func.coalesce(
                select(fact_head.c.place)
                .where(fact_head.c.tenant_id == TENANT)
                .scalar_subquery(),
                0,
            ),
        ).where(_COUNT.scalar_subquery() < bindparam("most")),
        include_defaults=False,
    )
    .on_conflict_do_nothing()
)
_ADD_SECRET = select(
    _functions.add_secret(_ONE, bindparam("secret", type_=LargeBinary))
)
_REMOVE = delete(subscription).where(IS_ONE)


@frozen
class PostgresSubscriptionBook:
    """``SubscriptionBook`` of one tenant."""

    _database: Database
    _tenant_id: TenantId
    _cause: Cause

    async def add(self, subscription_id: UUID, terms: Terms, *, most: int) -> bytes:
        """See ``SubscriptionBook.add``."""
        secret = token_bytes(SECRET_BYTES)
        values = {
            "of_subscription": subscription_id,
            "kind": terms.signing.value,
            "url": terms.url,
            "description": terms.description,
            **wanted_columns(terms.scope, terms.event_types),
            "secrets": [secret],
            "state": State.ACTIVE.value,
            "most": most,
        }
        async with self._database.transaction(self._tenant_id) as transaction:
            await transaction.run(_LOCK)
            deed = Deed.SUBSCRIBED
            if not (await transaction.run(_ADD, values)).rowcount:
                deed = Deed.RESECRETED
                given = {"of_subscription": subscription_id, "secret": secret}
                if not (await transaction.run(_ADD_SECRET, given)).scalar_one():
                    raise TooManySubscriptions(most)
            await self._note(transaction, deed, subscription_id)
            await transaction.commit()
        return secret

    async def page(
        self, *, limit: int, offset: int
    ) -> tuple[Sequence[Subscription], int]:
        """See ``SubscriptionBook.page``."""
        async with self._database.transaction(self._tenant_id) as transaction:
            total = (await transaction.run(_COUNT)).scalar_one()
            rows = await transaction.run(_PAGE, {"limit": limit, "offset": offset})
            return [subscription_from(row) for row in rows], total

    async def find(self, subscription_id: UUID) -> Subscription | None:
        """See ``SubscriptionBook.find``."""
        async with self._database.transaction(self._tenant_id) as transaction:
            return await _find(transaction, subscription_id)

    async def change(
        self, subscription_id: UUID, terms: NewTerms
    ) -> Subscription | None:
        """See ``SubscriptionBook.change``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if values := changed_columns(terms):
                statement = _changing(tuple(values))
                await transaction.run(statement, {**one, **_bound(values)})
            found = await _find(transaction, subscription_id)
            if found is not None:
                deed, named = Deed.SUBSCRIPTION_CHANGED, terms.given()
                await self._note(transaction, deed, subscription_id, named)
            await transaction.commit()
        return found

    async def remove(self, subscription_id: UUID) -> bool:
        """See ``SubscriptionBook.remove``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if await _find(transaction, subscription_id) is None:
                return False
            # As who settles goes: first what is to be delivered, then her.
            await transaction.run(_clearing(delivery), one)
            removed = (await transaction.run(_REMOVE, one)).rowcount
            for table in (delivery, dead_letter, attempt):
                await transaction.run(_clearing(table), one)
            if removed:
                await self._note(transaction, Deed.SUBSCRIPTION_ENDED, subscription_id)
            await transaction.commit()
        return removed == 1

    async def rotate(self, subscription_id: UUID) -> bytes | None:
        """See ``SubscriptionBook.rotate``."""
        secret = token_bytes(SECRET_BYTES)
        given = {"of_subscription": subscription_id, "secret": secret}
        async with self._database.transaction(self._tenant_id) as transaction:
            done = (await transaction.run(_ADD_SECRET, given)).scalar_one()
            if done:
                await self._note(transaction, Deed.RESECRETED, subscription_id)
            await transaction.commit()
        return secret if done else None

    async def _note(
        self,
        transaction: Transaction,
        deed: Deed,
        subscription_id: UUID,
        names: Collection[str] = (),
    ) -> None:
        entry = of_subscription(deed, subscription_id, self._cause, names)
        await write_audit(transaction, [entry])


async def _find(transaction: Transaction, subscription_id: UUID) -> Subscription | None:
    found = await transaction.run(_FIND, {"of_subscription": subscription_id})
    row = found.one_or_none()
    return None if row is None else subscription_from(row)


@lru_cache(64)
def _changing(names: tuple[str, ...]) -> Update:
    columns = (subscription.c[name] for name in names)
    values = {c.name: bindparam(f"new_{c.name}", type_=c.type) for c in columns}
    return update(subscription).where(IS_ONE).values(values)


def _bound(values: Mapping[str, object]) -> dict[str, object]:
    return {f"new_{name}": value for name, value in values.items()}


@cache
def _clearing(table: Table) -> Any:  # noqa: ANN401 (a statement)
    ctid: ColumnElement[Any] = literal_column("ctid")
    some = (
        select(ctid)
        .select_from(table)
        .where(table.c.tenant_id == TENANT, table.c.subscription_id == _ONE)
        .limit(_MOST_REMOVED)
    )
    return delete(table).where(ctid == func.any(func.array(some.scalar_subquery())))


def _satisfies_port(book: PostgresSubscriptionBook) -> SubscriptionBook:
    return book
