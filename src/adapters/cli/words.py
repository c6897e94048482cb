"""What can be said to `events-core`.

Each command has its words beside what it runs, which is imported when it is.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import NoReturn

from adapters.cli.delivery_commands import add_delivery_commands
from adapters.cli.errors import UsageError
from adapters.cli.serving_commands import add_call, add_serving_commands
from adapters.cli.upkeep_commands import add_access, add_upkeep_commands

#: What a command does with what was said and the environment; returns the exit code.
Run = Callable[[argparse.Namespace, Mapping[str, str]], int]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def parser() -> argparse.ArgumentParser:
    """Return what understands a command line; what it returns has its ``run``.

    What is said wrongly is a ``UsageError``.
    """
    words = _Parser(
        prog="events-core",
        description="The events service: people plan events, answer them, and come.",
        epilog="Settings come from the environment; `events-core config` shows them.",
    )
    commands = words.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_serving_commands(commands)
    add_upkeep_commands(commands)
    add_delivery_commands(commands)
    add_access(commands)
    add_call(commands)
    return words
