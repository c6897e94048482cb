"""The words of `events-core serve`, of what it needs, and of `events-core call`."""

import argparse
from collections.abc import Mapping
from typing import Any


def add_serving_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add how to run the service, and what goes before."""
    serve = commands.add_parser("serve", help="run the service until it is told to end")
    serve.add_argument(
        "--demo",
        action="store_true",
        help="with local memberships, a secret of its own, and data to look at",
    )
    serve.add_argument("--host", help="instead of EVENTS_HOST")
    serve.add_argument("--port", help="instead of EVENTS_PORT; 0 for any that is free")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=_migrate)
    config = commands.add_parser(
        "config", help="show every setting and where it came from"
    )
    config.set_defaults(run=_config)


def add_call(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add how to send the service a request."""
    call = commands.add_parser(
        "call", help="send a signed request to the running service"
    )
    call.add_argument("method", metavar="METHOD")
    call.add_argument("path", metavar="PATH", help="such as /events or /events/me")
    call.add_argument("--as", dest="user", metavar="USER", help="an id; demo: a name")
    call.add_argument("--tenant", metavar="ID", help="the tenant's id")
    call.add_argument("--data", metavar="JSON", help="the body; @FILE reads a file")
    call.add_argument("--flags", metavar="JSON", help="master flags")
    call.add_argument("--url", help="instead of EVENTS_PUBLIC_URL")
    call.add_argument("-i", "--include", action="store_true", help="show headers too")
    call.set_defaults(run=_call)


def _serve(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.serve import serve

    return serve(environ, demo=said.demo, host=said.host, port=said.port)


def _migrate(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.migrate import migrate

    return migrate(environ)


def _config(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.config import config

    return config(environ)


def _call(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.call import Request, call

    request = Request(
        method=said.method,
        path=said.path,
        user=said.user,
        tenant=said.tenant,
        data=said.data,
        flags=said.flags,
        url=said.url,
    )
    return call(environ, request, include=said.include)
