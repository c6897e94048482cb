"""The words of `events-core relay` and `events-core subscriptions`."""

import argparse
from collections.abc import Mapping
from typing import Any


def add_delivery_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add what there is to say about delivering facts."""
    relay = commands.add_parser("relay", help="deliver facts until it is told to end")
    what = relay.add_mutually_exclusive_group()
    what.add_argument(
        "--dry-run", action="store_true", help="only say what would be sent now"
    )
    what.add_argument(
        "--resync",
        action="store_true",
        help="only set positions right after a restore into another cluster",
    )
    relay.set_defaults(run=_relay)

    subscriptions = commands.add_parser(
        "subscriptions", help="who is told of what happens, of all tenants"
    )
    actions = subscriptions.add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    subscriptions.set_defaults(run=_subscriptions)
    actions.add_parser("list", help="show all of them")
    _add_terms(actions)
    _add_deeds(actions)


def _add_terms(actions: "argparse._SubParsersAction[Any]") -> None:
    """Add what says who is told, and of what."""
    add = actions.add_parser("add", help="tell somebody; prints her secret once")
    add.add_argument("--url", required=True)
    add.add_argument("--signing", choices=["standard", "internal"], default="standard")
    activity = actions.add_parser("add-activity", help="tell the Activity service")
    activity.add_argument("--url", help="instead of ACTIVITY_BASE_URL")
    for parser in (add, activity):
        parser.add_argument("--tenant", metavar="ID", help="without it: all tenants")
    change = actions.add_parser(
        "change", help="tell her elsewhere, or of something else; the rest stays"
    )
    change.add_argument("subscription", metavar="ID")
    change.add_argument("--url", help="of Activity: its address")
    for parser in (add, activity, change):
        parser.add_argument("--description")
        parser.add_argument(
            "--visibility", help="of what events, with commas; public unless widened"
        )
        parser.add_argument(
            "--persons",
            action=argparse.BooleanOptionalAction,
            help="of answers and attendance, too",
        )
        parser.add_argument("--event-types", help="only these, with commas; or any")
        parser.add_argument("--scope", help="only of there, as KIND:ID; or any")


def _add_deeds(actions: "argparse._SubParsersAction[Any]") -> None:
    """Add what is done to one subscription."""
    for name, text in (
        ("pause", "tell her nothing for now"),
        ("resume", "tell her again, and of what she missed"),
        ("remove", "forget her"),
        ("rotate", "sign with a new secret too; prints it once"),
        ("test", "send her a test, and nobody else"),
        ("deliveries", "show what she was told, and each attempt"),
        ("dead-letters", "show what is not tried any more"),
        ("retry", "try her dead letters again"),
        ("replay", "tell her again of what was"),
    ):
        parser = actions.add_parser(name, help=text)
        parser.add_argument("subscription", metavar="ID")
        if name in {"deliveries", "dead-letters"}:
            parser.add_argument("--limit", help="how many; 20 without it")
        if name in {"dead-letters", "retry"}:
            parser.add_argument("--message", metavar="ID", help="only this one")
            parser.add_argument("--event-types", help="only these, with commas")
            parser.add_argument("--since", help="died then or later, with an offset")
            parser.add_argument("--until", help="died then or before, with an offset")
        if name == "replay":
            which = parser.add_mutually_exclusive_group(required=True)
            which.add_argument("--from-position", help="a tenant's, and what follows")
            which.add_argument("--since", help="a time with an offset")


def _relay(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.relay import relay

    return relay(environ, dry_run=said.dry_run, resync=said.resync)


def _subscriptions(said: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from adapters.cli.subscriptions import subscriptions

    return subscriptions(environ, said)
