"""What a command line can say instead of doing something."""


class UsageError(Exception):
    """The command cannot be run like this; the message is one line. Exit code 2."""
