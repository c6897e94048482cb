"""How one setting is declared: its names, how it is read, what it is for."""

from collections.abc import Callable
from typing import Any

from attrs import field, frozen


@frozen
class About:
    """What is known of a setting beside its value."""

    names: tuple[str, ...]
    read: Callable[[str], Any]
    help: str
    secret: bool


def setting(
    *names: str,
    default: Any,  # noqa: ANN401 (of the field's own type)
    read: Callable[[str], Any] = str,
    secret: bool = False,
    help: str,  # noqa: A002 (what such texts are called)
) -> Any:  # noqa: ANN401 (attrs' own)
    """Return a field of the settings' table, read from the first of its names."""
    about = About(names, read, help, secret)
    return field(default=default, repr=not secret, metadata={About: about})
