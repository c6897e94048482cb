"""Seats and their ledger, as JSON."""

from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from events_core import Promotion, ReadSeats, Seats
from events_core.ports.store import Entry


def page(command: ReadSeats, view: Seats) -> Json:
    """Show a page of the ledger, and what it adds up to."""
    return {
        "capacity": view.terms.capacity,
        "registrationCount": view.tally.seats,
        "waitlistCount": view.tally.waiting,
        "items": [_entry(entry) for entry in view.entries.items],
        "meta": {
            "total": view.entries.total,
            "limit": command.limit,
            "offset": command.offset,
        },
    }


def promotion(view: Promotion) -> Json:
    """Show who was moved up, and the counts after it."""
    return {
        "promoted": list(view.promoted),
        "registrationCount": view.tally.seats,
        "waitlistCount": view.tally.waiting,
    }


def _entry(entry: Entry) -> Json:
    movement = entry.movement
    return {
        "number": entry.number,
        "kind": movement.moved,
        "seats": movement.seats,
        "taken": entry.taken,
        "userId": movement.user_id,
        "by": movement.by,
        "at": stamp(movement.at),
        "why": movement.why,
        "reason": movement.reason,
    }
