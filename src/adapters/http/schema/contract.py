"""What the requests of each operation must look like, compiled once."""

from collections.abc import Mapping
from typing import Any, Self

from attrs import frozen

from adapters.http.errors import InvalidJson
from adapters.http.handling import Contract
from adapters.http.schema.document import Described, Document, load
from adapters.http.schema.parsing import parse
from adapters.http.schema.query import QueryShape
from adapters.http.schema.shape import Shape
from events_core.errors import InvalidFields


@frozen
class _Requests:
    query: QueryShape
    body: Shape | None
    body_required: bool

    @classmethod
    def of(cls, operation: Described, document: Document) -> Self:
        return cls(
            QueryShape.of(operation, document),
            None if operation.body is None else Shape.of(operation.body, document),
            operation.body_required,
        )

    def read_body(self, body: bytes) -> dict[str, Any] | None:
        if self.body is None:
            return None
        if not body:
            if self.body_required:
                raise InvalidJson("a JSON body is needed")
            return None
        value = parse(body)
        if not isinstance(value, dict):
            raise InvalidFields({"body": ("must be a JSON object",)})
        folded = self.body.names.fold(value)
        self.body.check(folded)
        return folded


@frozen
class OpenApiContract:
    """The contract an OpenAPI document makes. A body no operation knows is ignored."""

    _operations: Mapping[str, _Requests]

    @classmethod
    def of(cls, document: Document) -> Self:
        """Compile the schemas of all operations."""
        return cls(
            {
                operation.operation_id: _Requests.of(operation, document)
                for operation in document.operations()
            }
        )

    @classmethod
    def of_this_service(cls) -> Self:
        """Compile the document that comes with this package."""
        return cls.of(load())

    def check(
        self, operation_id: str, query_string: bytes, body: bytes
    ) -> tuple[Mapping[str, Any], Any]:
        """Return the query and the body, validated and folded to camelCase.

        Raises:
            Malformed, InvalidJson, BodyTooLarge, DuplicateField, InvalidFields: for
                what cannot be read, is too deep, came twice or breaks its rule;
                nothing else, whatever the bytes are.
        """
        requests = self._operations[operation_id]
        return requests.query.read(query_string), requests.read_body(body)


def _satisfies_port(contract: OpenApiContract) -> Contract:
    return contract
