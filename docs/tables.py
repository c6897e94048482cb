"""What the reference says, read from the code. Each entry of ``TABLES`` is Markdown."""

import gc
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar, get_args

from attrs import fields

from adapters import settings
from adapters.http import errors as http
from adapters.http.routes import OPERATIONS
from adapters.http.schema import load
from docs import facts, ports
from docs.limits import LIMITS, Limit
from events_core import Permission, Policies, Role, errors
from events_core.domain.permissions import CATALOGUE, NEEDS, Action
from events_core.domain.predicate import Predicate
from events_core.testing.contracts.clock import ClockContract, IdSourceContract
from events_core.testing.contracts.outbox import OutboxContract
from events_core.testing.contracts.people import AccessContract, MembershipsContract
from events_core.testing.contracts.publishing import PublishingContract
from events_core.testing.contracts.repeats import RepeatsContract, SignaturesContract
from events_core.testing.contracts.store import StoreContract

_SUITES: tuple[type, ...] = (
    StoreContract,
    MembershipsContract,
    AccessContract,
    ClockContract,
    IdSourceContract,
    RepeatsContract,
    SignaturesContract,
    OutboxContract,
    PublishingContract,
)

E = TypeVar("E")


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = tuple(head)
    lines = [names, ("---",) * len(names), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", str(value)).replace("\n", " ")


def _codes(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "–"


def _summary(documented: object) -> str:
    """Return what a docstring promises: its text up to where the errors begin."""
    text = inspect.getdoc(documented) or ""
    return text.partition("\n\nRaises:")[0].replace("\n\n", " ")


def _permissions() -> str:
    def rows() -> Iterator[tuple[str, str, str]]:
        for permission in Permission:
            roles = [role for role, held in CATALOGUE.items() if permission in held]
            actions = [a for a, need in NEEDS.items() if need.permission is permission]
            yield (
                f"`{permission}`",
                _codes(roles),
                ", ".join(action.value for action in actions),
            )

    return _table(("permission", "roles of the catalogue", "suffices to"), rows())


def _needs() -> str:
    def rows() -> Iterator[tuple[str, str, str]]:
        for action in Action:
            need = NEEDS[action]
            roles = [role.value for role in Role if role in need.roles]
            yield action.value, f"`{need.permission}`", _codes(roles)

    return _table(("to", "permission in the event's scope", "or a role on it"), rows())


def _core_errors() -> str:
    def rows() -> Iterator[tuple[str, int, str, str]]:
        for error in _leaves(errors.EventsError):
            near = next(kind for kind in error.__mro__ if kind in http.STATUS)
            status = http.STATUS[near]
            yield f"`{error.code}`", status, f"`{error.__name__}`", _summary(error)

    return _table(("code", "status", "raised as", "what it says"), rows())


def _http_errors() -> str:
    def rows() -> Iterator[tuple[int, str, str]]:
        for error in _leaves(http.EdgeError):
            if error is http.Malformed:
                yield error.status, _codes(_malformed()), _summary(error)
            else:
                yield error.status, f"`{error.code}`", _summary(error)

    return _table(
        ("code", "status", "what it says"),
        ((code, status, text) for status, code, text in sorted(rows())),
    )


def _malformed() -> list[str]:
    """Return the codes of the contract that no class has for its own."""
    own = {error.code for error in _leaves(errors.EventsError)}
    own |= {
        error.code for error in _leaves(http.EdgeError) if error is not http.Malformed
    }
    promised: list[str] = load().content["components"]["schemas"]["ErrorCode"]["enum"]
    return [code for code in promised if code not in own]


# attrs makes a class anew, for its slots; the first one lingers until it is collected.
gc.collect()


def _leaves(root: type[E]) -> Iterator[type[E]]:
    for kind in root.__subclasses__():
        if kind.__subclasses__():
            yield from _leaves(kind)
        elif kind.__module__.startswith(("adapters.", "events_core.")):  # no test's
            yield kind


def _envelope() -> str:
    error = errors.InvalidFields({"title": ("must not be empty",)})
    answer = http.answer_to(error, request_id="req-2027-03-01-0001")
    shown = json.dumps(json.loads(answer.body), indent=2)
    return f"Status {answer.status}:\n\n```json\n{shown}\n```"


def _settings() -> str:
    def rows() -> Iterator[tuple[str, str, str]]:
        defaults = settings.describe({})
        for (_, about), shown in zip(settings.known(), defaults, strict=True):
            name, *older = about.names
            also = [*older, *([f"{name}_FILE"] if about.secret else [])]
            names = f"`{name}`" + "".join(f"<br>`{other}`" for other in also)
            yield names, f"`{shown.value}`" if shown.value else "–", about.help

    return _table(("name", "default", "what it sets"), rows())


def _operations() -> str:
    summaries = {
        item["operationId"]: (path, item["summary"])
        for path, methods in load().content["paths"].items()
        for item in methods.values()
        if "operationId" in item
    }

    def rows() -> Iterator[tuple[str, str, str]]:
        for operation in OPERATIONS:
            _, summary = summaries[operation.operation_id]
            path = f"`{operation.method} /api/v1{operation.path}`"
            yield path, f"`{operation.operation_id}`", summary

    return _table(("route", "operation", "what it is for"), rows())


def _unsigned() -> str:
    paths = load().content["paths"]
    signed = {operation.operation_id for operation in OPERATIONS}

    def rows() -> Iterator[tuple[str, str]]:
        for path, methods in paths.items():
            for item in methods.values():
                if "operationId" in item and item["operationId"] not in signed:
                    yield f"`GET {path}`", item["summary"]

    return _table(("route", "what it is for"), rows())


def _limits(of: Sequence[Limit]) -> str:
    rows = ((limit.what, limit.value, limit.beyond) for limit in of)
    return _table(("of", "at most", "beyond it"), rows)


def _policies() -> str:
    rows = ((f"`{f.name}`", f"`{f.default}`") for f in fields(Policies))
    return _table(("policy", "default"), rows)


def _suites() -> str:
    def rows() -> Iterator[tuple[str, str, str]]:
        for suite in _SUITES:
            factory = next(name for name in dir(suite) if name.startswith("make_"))
            port = suite.__name__.removesuffix("Contract")
            inside = suite.__module__.removeprefix("events_core.testing.contracts.")
            door = inside.partition(".")[0]
            yield f"`{port}`", f"`{door}.{suite.__name__}`", f"`{factory}`"

    return _table(("port", "suite", "fixture to override"), rows())


def _nodes() -> str:
    rows = (
        (f"`{node.__name__}`", (node.__doc__ or "").split("\n")[0])
        for node in get_args(Predicate)
    )
    return _table(("node", "true of"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "permissions": _permissions,
    "needs": _needs,
    "core errors": _core_errors,
    "http errors": _http_errors,
    "envelope": _envelope,
    "settings": _settings,
    "operations": _operations,
    "unsigned routes": _unsigned,
    "policies": _policies,
    "predicate nodes": _nodes,
    "fact keys": facts.common_keys,
    "facts": facts.every_kind,
    "ports": ports.every_port,
    "suites": _suites,
    **{name: partial(_limits, of) for name, of in LIMITS.items()},
}
