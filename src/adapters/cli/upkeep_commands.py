"""The words of what an operator does to data, and says to Access."""

import argparse
from collections.abc import Mapping
from typing import Any


def add_upkeep_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add what an operator does to data: of persons, events, the trail, and all."""
    dsar = commands.add_parser("dsar", help="export or erase what is kept of a person")
    dsar.add_argument("action", choices=["export", "erase"])
    dsar.add_argument("user", metavar="USER", help="her id")
    dsar.add_argument("--tenant", metavar="ID", required=True, help="the tenant's id")
    dsar.set_defaults(run=_dsar)

    event = commands.add_parser("event", help="what an operator can do to one event")
    of_event = event.add_subparsers(dest="action", required=True, metavar="ACTION")
    take_down = of_event.add_parser("take-down", help="hide it from everybody")
    take_down.add_argument("event", metavar="ID")
    take_down.add_argument("--reason", required=True, help="stays in its history")
    take_down.set_defaults(run=_take_down)

    _add_audit(commands)
    housekeeping = commands.add_parser(
        "housekeeping", help="complete and archive what is over"
    )
    housekeeping.set_defaults(run=_housekeeping)
    _add_retention(commands)


def _add_audit(commands: "argparse._SubParsersAction[Any]") -> None:
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
    verify.set_defaults(run=_verify)
    export = of_audit.add_parser("export", help="print it, a line of JSON each")
    export.add_argument(
        "--after", metavar="POSITION", default="0", help="what follows it (%(default)s)"
    )
    export.set_defaults(run=_export)
    for parser_of in (verify, export):
        parser_of.add_argument(
            "--tenant", metavar="ID", required=True, help="the tenant's id"
        )


def _add_retention(commands: "argparse._SubParsersAction[Any]") -> None:
    retention = commands.add_parser("retention", help="clear away what has expired")
    for name, days, text in (
        ("--archived-days", "730", "archived events are kept after their end"),
        ("--attempt-days", "30", "the record of attempts to deliver is kept"),
        ("--dead-letter-days", "90", "what could not be delivered is kept"),
    ):
        retention.add_argument(
            name, metavar="N", default=days, help=f"how long {text} (%(default)s)"
        )
    retention.add_argument(
        "--dry-run", action="store_true", help="count, and delete nothing"
    )
    retention.set_defaults(run=_retention)


def add_access(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add what there is to say to Access."""
    access = commands.add_parser("access", help="what Access knows of this service")
    of_access = access.add_subparsers(dest="action", required=True, metavar="ACTION")
    seed = of_access.add_parser("seed", help="create our roles; first say which")
    seed.add_argument("--tenant", metavar="ID", required=True, help="the tenant's id")
    seed.add_argument("--slug", default="events", help="the tenant's slug")
    seed.add_argument(
        "--as", dest="user", metavar="USER", required=True, help="who does it: her id"
    )
    seed.add_argument("--apply", action="store_true", help="really create them")
    seed.set_defaults(run=_seed)


def _dsar(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.dsar import dsar

    return dsar(environ, action=said.action, user=said.user, tenant=said.tenant)


def _take_down(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.event import take_down

    return take_down(environ, event=said.event, reason=said.reason)


def _verify(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.audit import verify

    return verify(environ, tenant=said.tenant, known=said.known)


def _export(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.audit import export

    return export(environ, tenant=said.tenant, after=said.after)


def _housekeeping(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.housekeeping import housekeeping

    return housekeeping(environ)


def _retention(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.retention import retention

    return retention(
        environ,
        archived_days=said.archived_days,
        attempt_days=said.attempt_days,
        dead_letter_days=said.dead_letter_days,
        dry_run=said.dry_run,
    )


def _seed(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.access import seed

    return seed(
        environ,
        tenant=said.tenant,
        slug=said.slug,
        user=said.user,
        apply=said.apply,
    )
