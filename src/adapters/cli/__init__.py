"""`events-core`: everything an operator or a newcomer does from a command line.

What a command needs is imported when it runs, so that help is there at once. What is
used wrongly is told in one line, with exit code 2.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from adapters.cli.errors import UsageError

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ
) -> int:
    """Run a command and return its exit code: 0 done, 1 failed, 2 used wrongly."""
    try:
        arguments = _parser().parse_args(argv)
        return _run(arguments, environ)
    except UsageError as error:
        print(f"events-core: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:  # the core alone is installed, or too little
        missing = f"{error.name} is missing: install events-core[service]"
        print(f"events-core: {missing}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="events-core",
        description="The events service: people plan events, answer them, and come.",
        epilog="Settings come from the environment; `events-core config` shows them.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the service until it is told to end")
    serve.add_argument(
        "--demo",
        action="store_true",
        help="with local memberships, a secret of its own, and data to look at",
    )
    serve.add_argument("--host", help="instead of EVENTS_HOST")
    serve.add_argument("--port", help="instead of EVENTS_PORT; 0 for any that is free")

    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("config", help="show every setting and where it came from")

    dsar = commands.add_parser("dsar", help="export or erase what is kept of a person")
    dsar.add_argument("action", choices=["export", "erase"])
    dsar.add_argument("user", metavar="USER", help="her id")
    dsar.add_argument("--tenant", metavar="ID", required=True, help="the tenant's id")

    event = commands.add_parser("event", help="what an operator can do to one event")
    of_event = event.add_subparsers(dest="action", required=True, metavar="ACTION")
    take_down = of_event.add_parser("take-down", help="hide it from everybody")
    take_down.add_argument("event", metavar="ID")
    take_down.add_argument("--reason", required=True, help="stays in its history")

    audit = commands.add_parser("audit", help="who did what in a tenant")
    of_audit = audit.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = of_audit.add_parser("verify", help="find what somebody changed of it")
    verify.add_argument(
        "--known",
        metavar="POSITION:HASH",
        action="append",
        default=[],
        help="a head that was noted down before",
    )
    export = of_audit.add_parser("export", help="print it, a line of JSON each")
    export.add_argument(
        "--after", metavar="POSITION", default="0", help="what follows it (%(default)s)"
    )
    for parser_of in (verify, export):
        parser_of.add_argument(
            "--tenant", metavar="ID", required=True, help="the tenant's id"
        )

    commands.add_parser("housekeeping", help="complete and archive what is over")

    retention = commands.add_parser("retention", help="clear away what has expired")
    retention.add_argument(
        "--archived-days",
        metavar="N",
        default="730",
        help="how long archived events are kept after their end (%(default)s)",
    )
    retention.add_argument(
        "--attempt-days",
        metavar="N",
        default="30",
        help="how long the record of attempts to deliver is kept (%(default)s)",
    )
    retention.add_argument(
        "--dead-letter-days",
        metavar="N",
        default="90",
        help="how long what could not be delivered is kept (%(default)s)",
    )
    retention.add_argument(
        "--dry-run", action="store_true", help="count, and delete nothing"
    )

    from adapters.cli.delivery_commands import add_delivery_commands

    add_delivery_commands(commands)

    access = commands.add_parser("access", help="what Access knows of this service")
    of_access = access.add_subparsers(dest="action", required=True, metavar="ACTION")
    seed = of_access.add_parser("seed", help="create our roles; first say which")
    seed.add_argument("--tenant", metavar="ID", required=True, help="the tenant's id")
    seed.add_argument("--slug", default="events", help="the tenant's slug")
    seed.add_argument(
        "--as", dest="user", metavar="USER", required=True, help="who does it: her id"
    )
    seed.add_argument("--apply", action="store_true", help="really create them")

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
    return parser


def _run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    match arguments.command:
        case "serve":
            from adapters.cli.serve import serve

            return serve(
                environ,
                demo=arguments.demo,
                host=arguments.host,
                port=arguments.port,
            )
        case "migrate":
            from adapters.cli.migrate import migrate

            return migrate(environ)
        case "config":
            from adapters.cli.config import config

            return config(environ)
        case "dsar":
            from adapters.cli.dsar import dsar

            return dsar(
                environ,
                action=arguments.action,
                user=arguments.user,
                tenant=arguments.tenant,
            )
        case "event":
            from adapters.cli.event import take_down

            return take_down(environ, event=arguments.event, reason=arguments.reason)
        case "audit":
            from adapters.cli.audit import export, verify

            if arguments.action == "export":
                return export(environ, tenant=arguments.tenant, after=arguments.after)
            return verify(environ, tenant=arguments.tenant, known=arguments.known)
        case "housekeeping":
            from adapters.cli.housekeeping import housekeeping

            return housekeeping(environ)
        case "retention":
            from adapters.cli.retention import retention

            return retention(
                environ,
                archived_days=arguments.archived_days,
                attempt_days=arguments.attempt_days,
                dead_letter_days=arguments.dead_letter_days,
                dry_run=arguments.dry_run,
            )
        case "relay" | "subscriptions":
            from adapters.cli.delivery_commands import run_delivery_command

            return run_delivery_command(arguments, environ)
        case "access":
            from adapters.cli.access import seed

            return seed(
                environ,
                tenant=arguments.tenant,
                slug=arguments.slug,
                user=arguments.user,
                apply=arguments.apply,
            )
        case _:
            from adapters.cli.call import Request, call

            return call(
                environ,
                Request(
                    method=arguments.method,
                    path=arguments.path,
                    user=arguments.user,
                    tenant=arguments.tenant,
                    data=arguments.data,
                    flags=arguments.flags,
                    url=arguments.url,
                ),
                include=arguments.include,
            )
