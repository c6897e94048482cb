"""The document itself: read once, ready to serve and to look things up in."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata, resources
from typing import Any

import orjson
import yaml
from attrs import field, frozen

_METHODS = ("get", "put", "post", "delete", "patch")

Schema = Mapping[str, Any]


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
