"""Subscriptions as their tenant sees and changes them."""

from typing import Any

from sqlalchemy import Column

from adapters.postgres.rows.members import Row, Values, scope_of
from adapters.postgres.tables import subscription
from events_core.domain.identity import Scope
from events_core.domain.revision import UNSET
from events_core.ports.outbox import Kind, State
from events_core.ports.publishing import NewTerms, Subscription, Terms

#: What is read of a subscription, and then how much is pending, and how much dead.
SUBSCRIPTION_COLUMNS: tuple[Column[Any], ...] = (
    subscription.c.subscription_id,
    subscription.c.kind,
    subscription.c.url,
    subscription.c.description,
    subscription.c.event_types,
    subscription.c.scope_kind,
    subscription.c.scope_id,
    subscription.c.state,
    subscription.c.state_reason,
    subscription.c.created_at,
    subscription.c.failing_since,
    subscription.c.open_until,
)

_ANEW: Values = {
    "failures": 0,
    "trips": 0,
    "open_until": None,
    "failing_since": None,
}


def wanted_columns(scope: Scope | None, event_types: frozenset[str] | None) -> Values:
    """Return the columns of what a subscriber wants to hear of."""
    return {
        "scope_kind": None if scope is None else scope.kind.value,
        "scope_id": None if scope is None else scope.id,
        "event_types": None if event_types is None else sorted(event_types),
    }


def changed_columns(terms: NewTerms) -> Values:
    """Return the columns that change; a new URL, or a state, makes a new start."""
    values: Values = {}
    for name in ("url", "description"):
        if (value := getattr(terms, name)) is not UNSET:
            values[name] = value
    scope = None if terms.scope is UNSET else terms.scope
    types = None if terms.event_types is UNSET else terms.event_types
    wanted = wanted_columns(scope, types)
    if terms.scope is not UNSET:
        values |= {name: wanted[name] for name in ("scope_kind", "scope_id")}
    if terms.event_types is not UNSET:
        values["event_types"] = wanted["event_types"]
    if terms.state is not UNSET:
        values |= {"state": terms.state.value, "state_reason": None}
    if terms.state is not UNSET or terms.url is not UNSET:
        values |= _ANEW
    return values


def subscription_from(row: Row) -> Subscription:
    """Return a subscription."""
    (
        subscription_id, kind, url, description, event_types, scope_kind, scope_id,
        state, reason, created_at, failing_since, open_until, pending, dead,
    ) = row  # fmt: skip
    return Subscription(
        id=subscription_id,
        terms=Terms(
            url=url,
            signing=Kind(kind),
            description=description,
            scope=None if scope_kind is None else scope_of(scope_kind, scope_id),
            event_types=None if event_types is None else frozenset(event_types),
        ),
        state=State(state),
        reason=reason,
        created_at=created_at,
        failing_since=failing_since,
        open_until=open_until,
        pending=pending,
        dead=dead,
    )
