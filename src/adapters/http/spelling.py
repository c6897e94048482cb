"""The two spellings of a name: ``starts_at`` in Python, ``startsAt`` on the wire."""

import re


def camel_case(name: str) -> str:
    """Return the name as the wire spells it; dotted parts each by themselves."""
    return re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), name)


def snake_case(name: str) -> str:
    """Return the name as Python spells it."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
