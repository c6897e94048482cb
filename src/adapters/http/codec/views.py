"""From views to JSON, by hand: a page of events is the most frequent thing there is.

``orjson`` writes instants and enumerations by itself, so they go in as they are. So do
ids, but for those of an event: the driver has a kind of its own, unknown to ``orjson``.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from adapters.http.codec.times import stamp
from events_core import (
    Explanation,
    Grant,
    Listing,
    Mark,
    Myself,
    Scope,
    Sharing,
    Standing,
    Tally,
    UserId,
)

Json = dict[str, Any]


def dump(value: Json) -> bytes:
    """Return the JSON text."""
    return orjson.dumps(value, default=_otherwise, option=orjson.OPT_UTC_Z)


def event(listing: Listing) -> Json:
    """Show an event as its reader sees it."""
    scope, geo, signup = listing.scope, listing.location_geo, listing.signup
    creator = listing.created_by
    # Line by line: of a literal as long as this Python makes parts and merges them.
    told: Json = {}
    told["id"] = str(listing.id)
    told["tenantId"] = str(listing.tenant_id)
    told["scopeType"] = scope.kind
    told["scopeId"] = str(scope.id)
    told["title"] = listing.title
    told["description"] = listing.description
    told["eventType"] = listing.event_type
    told["status"] = listing.status
    told["visibility"] = listing.visibility
    told["startsAt"] = stamp(listing.starts_at)
    told["endsAt"] = stamp(listing.ends_at)
    told["timeZone"] = listing.time_zone
    told["allDay"] = listing.all_day
    told["durationMinutes"] = listing.duration_minutes
    told["occurrence"] = None  # no event repeats
    told["locationText"] = listing.location_text
    told["locationUrl"] = listing.location_url
    told["locationGeo"] = None if geo is None else {"lat": geo.lat, "lng": geo.lng}
    told["gameId"] = listing.game_id
    told["metadata"] = listing.metadata
    told["capacity"] = signup.capacity
    told["waitlist"] = signup.waitlist
    told["guestsPerAnswer"] = signup.guests_per_answer
    told["signupOpensAt"] = stamp(signup.opens_at)
    told["signupDeadline"] = stamp(signup.deadline)
    told["walkIns"] = signup.walk_ins
    told["createdBy"] = None if creator is None else str(creator)
    told["createdAt"] = stamp(listing.created_at)
    told["updatedAt"] = stamp(listing.updated_at)
    told["deletedAt"] = stamp(listing.deleted_at)
    told["version"] = listing.version
    told["rsvpCounts"] = rsvp_counts(listing.tally)
    told["registrationCount"] = listing.tally.seats
    told["waitlistCount"] = listing.tally.waiting
    told["myRsvp"] = listing.my_answer
    told["myAdmission"] = listing.my_admission
    told["myWaitlistPosition"] = listing.my_position
    told["myRoles"] = listing.my_roles
    return told


def revised(listing: Listing) -> Json:
    """Show an event after a change, and whom that moved to the waiting list."""
    told = event(listing)
    return told | {"displaced": list(listing.displaced)} if listing.displaced else told


def rsvp_counts(tally: Tally) -> Json:
    """Show how often each answer was given; ``not_going`` is an alias."""
    return {
        "interested": tally.interested,
        "going": tally.going,
        "notGoing": tally.not_going,
        "not_going": tally.not_going,
    }


def standing(view: Standing) -> Json:
    """Show where somebody stands with an event."""
    return {
        "status": view.answer,
        "admission": view.admission,
        "waitlistPosition": view.position,
        "rsvpCounts": rsvp_counts(view.tally),
    }


def mark(view: Mark) -> Json:
    """Show the mark there is of somebody."""
    return {
        "userId": view.attendance.user_id,
        "markedBy": view.attendance.marked_by,
        "markedAt": stamp(view.attendance.marked_at),
        "created": view.created,
    }


def explanation(view: Explanation) -> Json:
    """Show the rules that decide, for programs and for people."""
    return {
        "action": view.action,
        "allowed": view.allowed,
        "text": view.sentence,
        "rules": [
            {
                "rule": ruling.rule,
                "passed": ruling.passed,
                "because": ruling.because,
                "text": ruling.sentence,
                "details": dict(ruling.details),
            }
            for ruling in view.rulings
        ],
    }


def sharing(view: Sharing, *, most: int) -> Json:
    """Show who holds which role: one page, as there are never more."""
    items = [grant(one) for one in view.grants]
    return {"items": items, "meta": {"total": len(items), "limit": most, "offset": 0}}


def grant(view: Grant) -> Json:
    """Show a role on an event."""
    holder, ends = view.holder, view.expires_at
    return {
        "holderType": holder.kind if isinstance(holder, Scope) else "USER",
        "holderId": holder.id if isinstance(holder, Scope) else holder,
        "role": view.role,
        "grantedAt": stamp(view.granted_at),
        "grantedBy": view.granted_by,
        "byCreation": view.by_creation,
        "expiresAt": stamp(ends),
    }


def me(user_id: UserId, view: Myself) -> Json:
    """Show somebody what she may do."""
    flags = view.flags
    return {
        "userId": user_id,
        "scopeType": view.scope.kind,
        "scopeId": view.scope.id,
        "permissions": sorted(view.permissions),
        "roles": view.roles,
        "masterFlags": {
            "suspended": flags.suspended,
            "banned": flags.banned,
            "systemAdmin": flags.system_admin,
            "membershipStatus": flags.membership_status,
        },
    }


def _otherwise(value: object) -> object:
    """Show what ``orjson`` does not know: a driver's own UUID, a frozen mapping."""
    match value:
        case UUID():
            return str(value)
        case Mapping():
            return dict(value)
        case _:
            raise TypeError(f"{type(value).__name__} is not for the wire")
