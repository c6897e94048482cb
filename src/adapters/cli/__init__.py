"""`events-core`: everything an operator or a newcomer does from a command line.

What a command needs is imported when it runs, so that help is there at once. What is
used wrongly is told in one line, with exit code 2.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from adapters.cli.errors import UsageError
from adapters.cli.words import Run, parser

__all__ = ["main"]


def main(
    argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ
) -> int:
    """Run a command and return its exit code: 0 done, 1 failed, 2 used wrongly."""
    try:
        said = parser().parse_args(argv)
        run: Run = said.run
        return run(said, environ)
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
