"""Portal and Access on loopback, as slow and as narrow as they are told to be.

An answer takes ``--milliseconds``, and 32 are worked at side by side. Everybody may do
everything everywhere; who is a member of what, ``town.is_member`` says.
"""

import argparse
import asyncio
import socket
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.http.server import run
from bench.town import is_member

AT_ONCE = 32

_MAY = orjson.dumps(
    {
        "allowed": True,
        "reason_code": "GRANTED",
        "effective_roles": [{"name": "events.organizer", "service": "events"}],
        "effective_permissions": [
            "events.event.read",
            "events.event.create",
            "events.event.manage",
            "events.rsvp.set",
            "events.attendance.mark",
        ],
    }
)


def app(seconds: float) -> Starlette:
    """Return both as one application."""
    turns, calls = asyncio.Semaphore(AT_ONCE), 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        async with turns:
            await asyncio.sleep(seconds)

    async def member(request: Request) -> Response:
        await work()
        if not is_member(UUID(request.path_params["scope_id"])):
            return Response(status_code=404)
        return Response(b'{"member": true}', media_type="application/json")

    async def check(_: Request) -> Response:
        await work()
        return Response(_MAY, media_type="application/json")

    async def count(_: Request) -> Response:
        return Response(str(calls))

    return Starlette(
        routes=[
            Route("/{places}/{scope_id}/members/{user_id}", member),
            Route("/access/check", check, methods=["POST"]),
            Route("/calls", count),
        ]
    )


def main() -> None:
    """Serve them until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--milliseconds", type=float, default=10.0)
    seconds = parser.parse_args().milliseconds / 1000
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app(seconds), log_level="warning", access_log=False)
    print(f"serving on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
