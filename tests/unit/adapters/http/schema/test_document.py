"""What is promised, what is there, and what is checked are one and the same."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from attrs import fields
from openapi_spec_validator import validate

import adapters.http
from adapters import signing
from adapters.http import errors as edge_errors
from adapters.http.codec.commands.events import FIELDS
from adapters.http.routes import OPERATIONS
from adapters.http.schema import Document, load
from adapters.http.spelling import camel_case
from events_core import (
    Admission,
    Answer,
    CreateEvent,
    Deed,
    EventType,
    Outcome,
    Permission,
    Revision,
    Role,
    ScopeKind,
    Status,
    Visibility,
)
from events_core import errors as core_errors
from tests.unit.adapters.http.world import check_against

DOCUMENT = load()
SCHEMAS = DOCUMENT.components["schemas"]

#: What needs no signature and is served beside the operations.
BESIDE = {
    ("GET", path)
    for path in (
        "/api/v1/openapi.json",
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/metrics/prometheus",
    )
}


def test_the_document_is_sound() -> None:
    validate(DOCUMENT.content)


def test_it_has_the_operations_there_are_and_no_others() -> None:
    described = {(o.method, o.path): o.operation_id for o in DOCUMENT.operations()}
    assert described.keys() >= BESIDE

    there = {(o.method, "/api/v1" + o.path): o.operation_id for o in OPERATIONS}
    assert {k: v for k, v in described.items() if k not in BESIDE} == there


def test_names_of_operations_are_unique() -> None:
    names = [operation.operation_id for operation in DOCUMENT.operations()]
    assert len(names) == len(set(names))


def test_whatever_changes_something_is_checked_before_it_is_repeated() -> None:
    unchecked = {o.operation_id for o in OPERATIONS if o.changes and not o.may_repeat}
    assert unchecked == {"erasePerson"}


def test_bodies_are_taken_as_what_the_document_says() -> None:
    for operation in OPERATIONS:
        item = DOCUMENT.content["paths"]["/api/v1" + operation.path]
        request = item[operation.method.lower()].get("requestBody")
        if request is not None:
            assert operation.takes == frozenset(request["content"])


@pytest.mark.parametrize(
    ("schema", "members"),
    [
        ("ScopeType", ScopeKind),
        ("Visibility", Visibility),
        ("Status", Status),
        ("EventType", EventType),
        ("Rsvp", Answer),
        ("Admission", Admission),
        ("Role", Role),
        ("Permission", Permission),
        ("Deed", Deed),
        ("Outcome", Outcome),
    ],
)
def test_enumerations_have_the_members_of_the_domain(
    schema: str, members: type[StrEnum]
) -> None:
    assert SCHEMAS[schema]["enum"] == [member.value for member in members]


def test_a_new_event_and_a_change_have_the_fields_of_their_commands() -> None:
    beside = {"scopeType", "scopeId", "status", "idempotencyKey"}
    given = set(SCHEMAS["EventCreate"]["properties"]) - beside
    changed = set(SCHEMAS["EventPatch"]["properties"]) - {
        "expectedVersion",
        "merge",
        "force",
        "changeReason",
    }
    created = {camel_case(f.name) for f in fields(CreateEvent)}
    revised = {camel_case(f.name) for f in fields(Revision)}

    assert given == changed == revised == set(FIELDS)
    assert given == created - {"id", "scope", "status"}


def test_an_event_shows_every_field_it_promises_always() -> None:
    shown = SCHEMAS["Event"]
    assert shown["required"] == list(shown["properties"])


def leaves(root: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes below a class that have none below them."""
    for below in root.__subclasses__():
        if below.__subclasses__():
            yield from leaves(below)
        elif below.__module__.startswith(("adapters.", "events_core.")):
            yield below


def malformed_codes() -> set[str]:
    """Return the codes of whatever is found to be malformed anywhere in the edge."""
    names = {"from", "to", "If-Match", "If-None-Match"}
    for path in Path(adapters.http.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="Malformed"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    names.add(name)
    for operation in OPERATIONS:
        for part in operation.path.split("/"):
            if part.startswith("{"):
                names.add(part.strip("{}"))
    return {edge_errors.Malformed(name, "").code for name in names}


def test_every_code_there_is_is_promised_and_no_other() -> None:
    codes = {error.code for error in leaves(core_errors.EventsError)}
    codes |= {
        error.code
        for error in leaves(edge_errors.EdgeError)
        if error is not edge_errors.Malformed
    }

    promised = SCHEMAS["ErrorCode"]["enum"]
    assert promised == sorted(promised)
    assert set(promised) == codes | malformed_codes()


def test_every_status_an_error_has_is_promised_somewhere() -> None:
    promised = {
        status
        for item in DOCUMENT.content["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
        for status in operation.get("responses", {})
    }
    told = {str(edge_errors.STATUS[core]) for core in edge_errors.STATUS}
    told |= {
        str(error.status)
        for error in leaves(edge_errors.EdgeError)
        # 405 is told by paths, not by their operations.
        if error.status != 405
    }
    assert told <= promised


def test_the_worked_example_of_a_signature_is_true() -> None:
    scheme = DOCUMENT.components["securitySchemes"]["signedContext"]["description"]
    body = (
        b'{"title":"Board games","startsAt":"2027-03-05T19:00:00",'
        b'"timeZone":"Europe/Berlin"}'
    )
    request: dict[str, Any] = {
        "method": "POST",
        "path": b"/api/v1/events/",
        "body": body,
        "request_id": b"req-2027-03-01-0001",
        "timestamp": 1803895200,
    }
    secret = b"an-example-secret-of-32-bytes-ok"

    signed = signing.canonical_form(**request).decode().splitlines()
    assert body.decode() in scheme
    assert "\n".join(f"    {line}" for line in signed) in scheme
    assert f"X-Updspace-Signature: {signing.sign(secret, **request)}\n" in scheme
    assert f"`{secret.decode()}`" in scheme


def examples(document: Document) -> Iterator[tuple[str, Any, Any]]:
    """Yield every example in the document: where, its schema, its value."""
    for path, item in document.content["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict):
                continue
            where = f"{method} {path}"
            bodies = [operation.get("requestBody", {})]
            bodies += operation["responses"].values()
            for body in map(document.resolved, bodies):
                for media in body.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        value = document.resolved(example)["value"]
                        yield where, media["schema"], value
    for operation in document.operations():
        for parameter in operation.parameters:
            if "example" in parameter:
                yield operation.operation_id, parameter["schema"], parameter["example"]


def test_every_example_keeps_its_own_promise() -> None:
    found = list(examples(DOCUMENT))
    assert len(found) > 30
    for where, schema, value in found:
        try:
            check_against(DOCUMENT, schema, value)
        except ValueError as problem:
            raise AssertionError(f"{where}: {problem}") from None


def test_every_operation_with_a_body_shows_one() -> None:
    for item in DOCUMENT.content["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                for media in operation["requestBody"]["content"].values():
                    assert media["examples"]


def test_the_names_of_series_are_not_promised_yet() -> None:
    text = DOCUMENT.as_json().decode()
    for name in ("recurrence", "recurrenceId", "occurrences"):
        assert f'"{name}"' not in text
