"""The document itself: read once, ready to serve and to look things up in."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata, resources
from typing import Any

import jsonschema_rs
import orjson
import yaml
from attrs import field, frozen

_METHODS = ("get", "put", "post", "delete", "patch")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = Mapping[str, Any]

#: What the document is called by a schema that is compiled outside it.
_URI = "urn:contract"


@frozen
class Described:
    """One operation as the document describes it, references to parameters followed."""

    method: str
    path: str
    operation_id: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Schema | None
    body_required: bool


@frozen
class Document:
    """An OpenAPI document."""

    content: Mapping[str, Any] = field(repr=False)
    _registry: jsonschema_rs.Registry = field(init=False, repr=False, eq=False)

    @_registry.default
    def _read_once(self) -> jsonschema_rs.Registry:
        resources = [(_URI, {"$schema": _DIALECT, "components": self.components})]
        return jsonschema_rs.Registry(resources)

    @property
    def components(self) -> Mapping[str, Any]:
        """What is referred to."""
        components: Mapping[str, Any] = self.content["components"]
        return components

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a reference refers to; what is none, as it is."""
        while "$ref" in schema:
            found: Any = self.content
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def validator(self, schema: Schema) -> jsonschema_rs.Validator:
        """Compile a schema; what it refers to is in the document."""
        return jsonschema_rs.validator_for(
            {"$schema": _DIALECT, **_from_outside(schema)},
            validate_formats=True,
            registry=self._registry,
        )

    def operations(self) -> Iterator[Described]:
        """Give every operation there is."""
        for path, item in self.content["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield self._described(method, path, item)

    def as_json(self) -> bytes:
        """Return the document as it is served."""
        return orjson.dumps(self.content)

    def _described(self, method: str, path: str, item: Mapping[str, Any]) -> Described:
        operation = item[method]
        parameters = (*item.get("parameters", ()), *operation.get("parameters", ()))
        request = operation.get("requestBody", {})
        return Described(
            method.upper(),
            path,
            operation["operationId"],
            tuple(self.resolved(parameter) for parameter in parameters),
            request["content"]["application/json"]["schema"] if request else None,
            body_required=request.get("required", False),
        )


def _from_outside(part: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Return a part of the document with references that hold outside it."""
    match part:
        case {"$ref": str(reference)}:
            return {**part, "$ref": f"{_URI}{reference}"}
        case dict():
            return {name: _from_outside(each) for name, each in part.items()}
        case list():
            return [_from_outside(each) for each in part]
        case _:
            return part


@cache
def load() -> Document:
    """Return the document of this service, with the version that is installed."""
    text = resources.files(__package__).joinpath("openapi.yaml").read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # where there is libyaml
    content = yaml.load(text, Loader=loader)  # noqa: S506 (safe, either of them)
    content = {
        name: part for name, part in content.items() if not name.startswith("x-")
    }
    content["info"]["version"] = metadata.version("events-core")
    return Document(content)
