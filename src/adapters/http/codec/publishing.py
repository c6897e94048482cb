"""Subscriptions in JSON, either way. A secret goes out once, when it is made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.http.codec.commands import scope_asked
from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from adapters.http.errors import Malformed
from adapters.webhooks import shown_secret
from events_core import (
    UNSET,
    CreateSubscription,
    Kind,
    NewTerms,
    Scope,
    ScopeKind,
    State,
    Subscribed,
    Subscription,
    SubscriptionList,
    Terms,
)
from events_core.domain.publication import WITHDRAWN
from events_core.errors import InvalidFields
from events_core.wire import FACTS

#: What a subscriber can choose among.
EVENT_TYPES = frozenset({*FACTS, WITHDRAWN})


def create_subscription(body: Mapping[str, Any], *, seed: UUID) -> CreateSubscription:
    """Read a new subscription; null is as if it were not there.

    Raises:
        InvalidFields: a scope that is not whole, or a kind of fact that there is not.
    """
    return CreateSubscription(
        id=seed,
        terms=Terms(
            url=body["url"],
            signing=Kind(body.get("signing") or Kind.STANDARD),
            description=body.get("description") or "",
            event_types=event_types(body.get("eventTypes")),
            scope=_scope(body),
        ),
    )


def new_terms(body: Mapping[str, Any]) -> NewTerms:
    """Read a change: null clears what can be empty, and leaves the rest alone.

    Raises:
        InvalidFields: as ``create_subscription``.
    """
    url, state = body.get("url"), body.get("state")
    names_scope = not body.keys().isdisjoint({"scopeType", "scopeId"})
    return NewTerms(
        url=UNSET if url is None else url,
        description=(body["description"] or "") if "description" in body else UNSET,
        event_types=event_types(body["eventTypes"]) if "eventTypes" in body else UNSET,
        scope=_scope(body) if names_scope else UNSET,
        state=UNSET if state is None else State(state),
    )


def event_types(names: list[str] | None) -> frozenset[str] | None:
    """Read which kinds of facts are wanted.

    Raises:
        InvalidFields: there is no such kind.
    """
    if names is None:
        return None
    if unknown := sorted(set(names) - EVENT_TYPES):
        raise InvalidFields({"event_types": (f"there is no {unknown[0]}",)})
    return frozenset(names)


def subscription(view: Subscription) -> Json:
    """Show a subscription and how it does."""
    terms, scope = view.terms, view.terms.scope
    types, failing, rests = terms.event_types, view.failing_since, view.open_until
    return {
        "id": view.id,
        "url": terms.url,
        "signing": terms.signing,
        "description": terms.description or None,
        "eventTypes": None if types is None else sorted(types),
        "scopeType": None if scope is None else scope.kind,
        "scopeId": None if scope is None else scope.id,
        "state": view.state,
        "stateReason": view.reason,
        "createdAt": stamp(view.created_at),
        "failingSince": stamp(failing),
        "openUntil": stamp(rests),
        "pending": view.pending,
        "deadLetters": view.dead,
    }


def subscribed(view: Subscribed) -> Json:
    """Show a new subscription with her secret."""
    return {**subscription(view.subscription), "secret": shown_secret(view.secret)}


def subscriptions(view: SubscriptionList, *, limit: int, offset: int) -> Json:
    """Show a part of the list."""
    return {
        "items": [subscription(one) for one in view.items],
        "meta": {"total": view.total, "limit": limit, "offset": offset},
    }


def _scope(body: Mapping[str, Any]) -> Scope | None:
    given = {name: value for name, value in body.items() if value is not None}
    try:
        scope, kind = scope_asked(given)
    except Malformed:
        raise InvalidFields({"scope_id": ("goes with scope_type only",)}) from None
    if scope is None and kind is not None:
        raise InvalidFields({"scope_id": (f"is required with {ScopeKind(kind)}",)})
    return scope
