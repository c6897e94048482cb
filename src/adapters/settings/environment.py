"""Reads the settings from an environment, and tells where each was found."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import Attribute, fields, frozen

from adapters.settings.declaring import About
from adapters.settings.table import Settings
from adapters.settings.values import written


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one line for the operator."""


@frozen
class Setting:
    """One setting as it is: its name, where it was found, and what to show.

    ``value`` is as the environment would say it.
    """

    name: str
    value: str
    source: str
    help: str


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of an environment; what is empty counts as not set.

    Raises:
        SettingsError: a value is not what the setting takes, or a file that should
            hold one cannot be read. Names the setting and never the value.
    """
    values = {}
    for attribute, about in known():
        found = _find(about, environ)
        if found is None:
            continue
        source, text = found
        try:
            values[attribute.name] = about.read(text)
        except ValueError as problem:
            raise SettingsError(f"{source}: {problem}") from None
    return Settings(**values)


def describe(environ: Mapping[str, str]) -> tuple[Setting, ...]:
    """Return every setting with its source, secrets masked.

    Raises:
        SettingsError: as ``read_settings``.
    """
    settings = read_settings(environ)
    described = []
    for attribute, about in known():
        found = _find(about, environ)
        shown = written(getattr(settings, attribute.name))
        described.append(
            Setting(
                about.names[0],
                "********" if about.secret and shown else shown,
                found[0] if found else "default",
                about.help,
            )
        )
    return tuple(described)


def unknown_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that look like settings of ours and are none: misspelt ones."""
    named = {name for _, about in known() for name in spellings(about)}
    return tuple(
        sorted(n for n in environ if n.startswith("EVENTS_") and n not in named)
    )


def known() -> Iterator[tuple["Attribute[Any]", About]]:
    """Return every field of the table and what is known of it, in the table's order."""
    for attribute in fields(Settings):
        yield attribute, attribute.metadata[About]


def spellings(about: About) -> tuple[str, ...]:
    """Return every name the environment may use for a setting, the first one first."""
    files = tuple(f"{name}_FILE" for name in about.names) if about.secret else ()
    return about.names + files


def _find(about: About, environ: Mapping[str, str]) -> tuple[str, str] | None:
    for name in spellings(about):
        text = environ.get(name, "").strip()
        if not text:
            continue
        if name in about.names:
            return name, text
        try:
            return name, Path(text).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{name}: cannot read the file it names") from None
    return None
