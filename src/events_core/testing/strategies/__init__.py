"""Hypothesis strategies for every value and aggregate; names in the plural.

Everything drawn is valid unless its strategy says otherwise. People, communities and
teams are few, and so are moments, words and zones: so that things meet. Draw from a
tenant of your own where a test shares a store with others.
"""

from events_core.testing.strategies.answers import attendances, rosters, rsvps
from events_core.testing.strategies.events import (
    causes,
    details,
    events,
    exposures,
    places_on_earth,
    plain_details,
    revisions,
    signups,
    visibilities,
)
from events_core.testing.strategies.identities import (
    COMMUNITIES,
    PEOPLE,
    TEAMS,
    TENANT,
    event_ids,
    message_ids,
    people,
    scopes,
)
from events_core.testing.strategies.predicates import predicates
from events_core.testing.strategies.texts import (
    WORDS,
    comments,
    descriptions,
    game_ids,
    hostile_texts,
    json_objects,
    location_texts,
    titles,
    web_addresses,
)
from events_core.testing.strategies.times import (
    ZONES,
    instants,
    present_times,
    schedules,
    walls,
    windows,
    zones,
)
from events_core.testing.strategies.viewers import (
    actors,
    bearers,
    master_flags,
    viewers,
)

__all__ = [
    "COMMUNITIES",
    "PEOPLE",
    "TEAMS",
    "TENANT",
    "WORDS",
    "ZONES",
    "actors",
    "attendances",
    "bearers",
    "causes",
    "comments",
    "descriptions",
    "details",
    "event_ids",
    "events",
    "exposures",
    "game_ids",
    "hostile_texts",
    "instants",
    "json_objects",
    "location_texts",
    "master_flags",
    "message_ids",
    "people",
    "places_on_earth",
    "plain_details",
    "predicates",
    "present_times",
    "revisions",
    "rosters",
    "rsvps",
    "schedules",
    "scopes",
    "signups",
    "titles",
    "viewers",
    "visibilities",
    "walls",
    "web_addresses",
    "windows",
    "zones",
]
