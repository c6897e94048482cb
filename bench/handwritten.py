"""The list page by hand: as fast as it gets on the same libraries, and nothing else.

It checks the signature, opens a transaction bound to the tenant, reads which
communities and teams the events of the time are of, since membership can be asked for
by name only, looks them up among the answers it remembers, reads the page and the
total, and answers with what the service answers. It runs on the driver's own pool, as
that comes. What the service does beside that, it leaves out: no other path,
parameter, visibility or error, no permission, no groups with roles, no question to a
neighbour, no limits, logs, metrics, or captured signatures; and all is read in one
transaction.
"""

import argparse
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.http.server import run
from bench.load import SECRET
from bench.town import READER, Town, is_member

_MATCHING = """
    tenant_id = $1 AND NOT deleted AND starts_at <= $3 AND lasts_until >= $2
    AND status IN ('published', 'completed')
    AND (
        visibility = 'public'
        OR visibility = 'community' AND scope_id = ANY ($4)
        OR visibility = 'team' AND scope_id = ANY ($5)
        OR EXISTS (
            SELECT FROM events.event_role r
            WHERE r.tenant_id = $1 AND r.event_id = o.event_id
                AND r.holder_id = ANY ($6)
                AND (r.expires_at IS NULL OR r.expires_at > now())
        )
    )
"""
_NEAR = "starts_at >= $2 :: timestamptz - interval '745 hours'"
_FAR = (
    "starts_at < $2 :: timestamptz - interval '745 hours'"
    " AND lasts_until - starts_at > interval '745 hours'"
)
_KEYS = "SELECT starts_at, event_id, occurrence_key FROM events.occurrence o WHERE"
PAGE_STATEMENT = f"""
WITH long AS MATERIALIZED ({_KEYS} {_FAR} AND {_MATCHING}),
page AS MATERIALIZED (
    SELECT * FROM (
        (
            {_KEYS} {_NEAR} AND {_MATCHING}
            ORDER BY starts_at, event_id, occurrence_key LIMIT $8
        )
        UNION ALL
        SELECT * FROM long
    ) AS found
    ORDER BY starts_at, event_id, occurrence_key LIMIT $8
)
SELECT e.event_id, e.tenant_id, e.scope_kind, e.scope_id, e.title, e.description,
    e.event_type, e.status, e.visibility, o.starts_at, o.ends_at, e.time_zone,
    e.all_day, e.location_text, e.location_url, e.location_lat, e.location_lng,
    e.game_id, e.metadata, e.capacity, e.waitlist, e.guests_per_answer,
    e.signup_opens_at, e.signup_deadline, e.walk_ins, e.created_by, e.created_at,
    e.updated_at, e.deleted_at, e.version, t.interested, t.going, t.not_going,
    t.seats, t.waiting, a.answer, a.admission,
    ARRAY(
        SELECT r.role FROM events.event_role r
        WHERE r.tenant_id = $1 AND r.event_id = p.event_id AND r.holder_id = ANY ($6)
            AND (r.expires_at IS NULL OR r.expires_at > now())
    )
FROM page p
    JOIN events.occurrence o ON o.tenant_id = $1 AND o.event_id = p.event_id
        AND o.occurrence_key = p.occurrence_key
    JOIN events.event e ON e.tenant_id = $1 AND e.event_id = p.event_id
    JOIN events.tally t ON t.tenant_id = $1 AND t.event_id = p.event_id
        AND t.occurrence_key = p.occurrence_key
    LEFT JOIN events.rsvp a ON a.tenant_id = $1 AND a.event_id = p.event_id
        AND a.occurrence_key = p.occurrence_key AND a.user_id = $7
ORDER BY p.starts_at, p.event_id, p.occurrence_key
"""
TOTAL_STATEMENT = f"""
SELECT (SELECT count(*) FROM events.occurrence o WHERE {_NEAR} AND {_MATCHING})
    + (SELECT count(*) FROM events.occurrence o WHERE {_FAR} AND {_MATCHING})
"""
PLACES_STATEMENT = " UNION ".join(
    f"""
    SELECT scope_kind, scope_id FROM events.occurrence WHERE
        tenant_id = $1 AND starts_at <= $3 AND lasts_until >= $2 AND {part}
        AND status IN ('published', 'completed') AND visibility IN ('community', 'team')
    """
    for part in (_NEAR, _FAR)
)
_BIND = "SELECT set_config('app.tenant_id', $1, true)"


async def page(request: Request) -> Response:
    """Answer with one page of the list."""
    context = request.headers
    if not _is_signed(request):
        return Response(status_code=401)
    limit = int(request.query_params["limit"])
    begin = datetime.fromisoformat(request.query_params["from"]).replace(tzinfo=UTC)
    end = datetime.fromisoformat(request.query_params["to"]).replace(tzinfo=UTC)
    end += timedelta(days=1, microseconds=-1)
    tenant_id, reader = UUID(context["x-tenant-id"]), UUID(context["x-user-id"])
    known = request.app.state.memberships
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(_BIND, str(tenant_id))
        found = await connection.fetch(PLACES_STATEMENT, tenant_id, begin, end)
        mine = [(kind, place) for kind, place in found if known[reader, place]]
        communities = [place for kind, place in mine if kind == "COMMUNITY"]
        teams = [place for kind, place in mine if kind == "TEAM"]
        holders = [reader, *communities, *teams]
        asked = (tenant_id, begin, end, communities, teams, holders)
        rows = await connection.fetch(PAGE_STATEMENT, *asked, reader, limit + 1)
        total = await connection.fetchval(TOTAL_STATEMENT, *asked)
    shown = rows[:limit]
    meta = {"limit": limit, "offset": 0, "total": total}
    if len(rows) > limit:
        meta["nextCursor"] = f"{shown[-1][9].isoformat()} {shown[-1][0]}"
    return Response(
        orjson.dumps(
            {"items": [_item(row) for row in shown], "meta": meta},
            default=str,
            option=orjson.OPT_UTC_Z,
        ),
        media_type="application/json",
    )


def _is_signed(request: Request) -> bool:
    context = request.headers
    stamp = context["x-updspace-timestamp"]
    signed = "\n".join(
        (
            request.method,
            request.scope["raw_path"].decode(),
            hashlib.sha256(b"").hexdigest(),
            context["x-request-id"],
            stamp,
        )
    )
    expected = hmac.new(SECRET, signed.encode(), "sha256").hexdigest()
    return abs(time.time() - int(stamp)) <= 300 and hmac.compare_digest(
        expected, context["x-updspace-signature"]
    )


def _item(row: asyncpg.Record) -> dict[str, Any]:
    (
        event_id, tenant_id, scope_kind, scope_id, title, description, event_type,
        status, visibility, starts_at, ends_at, time_zone, all_day, location_text,
        location_url, lat, lng, game_id, metadata, capacity, waitlist,
        guests_per_answer, signup_opens_at, signup_deadline, walk_ins, created_by,
        created_at, updated_at, deleted_at, version, interested, going, not_going,
        seats, waiting, answer, admission, roles,
    ) = row  # fmt: skip
    return {
        "id": event_id,
        "tenantId": tenant_id,
        "scopeType": scope_kind,
        "scopeId": scope_id,
        "title": title,
        "description": description,
        "eventType": event_type,
        "status": status,
        "visibility": visibility,
        "startsAt": starts_at,
        "endsAt": ends_at,
        "timeZone": time_zone,
        "allDay": all_day,
        "durationMinutes": (
            None if ends_at is None else (ends_at - starts_at) // timedelta(minutes=1)
        ),
        "occurrence": None,
        "locationText": location_text,
        "locationUrl": location_url,
        "locationGeo": None if lat is None else {"lat": lat, "lng": lng},
        "gameId": game_id,
        "metadata": None if metadata is None else orjson.Fragment(metadata),
        "capacity": capacity,
        "waitlist": waitlist,
        "guestsPerAnswer": guests_per_answer,
        "signupOpensAt": signup_opens_at,
        "signupDeadline": signup_deadline,
        "walkIns": walk_ins,
        "createdBy": created_by,
        "createdAt": created_at,
        "updatedAt": updated_at,
        "deletedAt": deleted_at,
        "version": version,
        "rsvpCounts": {
            "interested": interested,
            "going": going,
            "notGoing": not_going,
            "not_going": not_going,
        },
        "registrationCount": seats,
        "waitlistCount": waiting,
        "myRsvp": "interested" if admission == "waitlisted" else answer,
        "myAdmission": admission,
        "myWaitlistPosition": None,
        "myRoles": roles,
    }


def app(url: str, town: Town) -> Starlette:
    """Return the page as an application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        settings = {"jit": "off"}
        async with asyncpg.create_pool(url, server_settings=settings) as pool:
            app.state.pool = pool
            app.state.memberships = {
                (READER, place): is_member(place) for place in town.places
            }
            yield

    return Starlette(routes=[Route("/api/v1/events", page)], lifespan=lifespan)


def main() -> None:
    """Serve it until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("events", type=int)
    asked = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app(asked.url, Town(asked.events)), log_level="warning", access_log=False
    )
    print(f"serving on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
