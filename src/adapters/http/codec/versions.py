"""Versions of an event, as JSON."""

from collections.abc import Mapping
from typing import Any

from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from adapters.http.spelling import camel_case
from events_core import Comparison, History, ReadHistory, Version


def page(command: ReadHistory, history: History) -> Json:
    """Show a page of a history."""
    return {
        "items": [_summary(version) for version in history.items],
        "meta": {
            "total": history.total,
            "limit": command.limit,
            "offset": command.offset,
        },
    }


def version(version: Version) -> Json:
    """Show one version, all of it."""
    return {**_summary(version), "snapshot": _camel(version.snapshot)}


def comparison(old: int, new: int, view: Comparison) -> Json:
    """Show what lies between two versions."""
    return {
        "from": old,
        "to": new,
        "changes": _camel(view.changes),
        "texts": {
            camel_case(name): [
                {"edit": piece.edit, "text": piece.text} for piece in pieces
            ]
            for name, pieces in view.texts.items()
        },
    }


def _summary(version: Version) -> Json:
    cause = version.cause
    return {
        "version": version.number,
        "at": stamp(cause.at),
        "by": cause.by,
        "via": cause.via,
        "reason": cause.reason,
        "changes": _camel(version.changes),
    }


def _camel(by_field: Mapping[str, Any]) -> Json:
    return {camel_case(name): value for name, value in by_field.items()}
