"""From a query string to values, strictly: each name once, each value of its type."""

import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qsl

from attrs import frozen

from adapters.http.errors import DuplicateField, Malformed
from adapters.http.schema.document import Described, Document
from adapters.http.schema.shape import Shape
from events_core.errors import InvalidFields

MOST_PARAMETERS = 50
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
_TRUTH = {"true": True, "false": False}

#: What is 400 ``INVALID_<NAME>`` where it cannot be read; everything else is 422.
_MALFORMED = frozenset({"from", "to"})


@frozen
class QueryShape:
    """The query parameters of one operation."""

    shape: Shape
    types: Mapping[str, str]

    @classmethod
    def of(cls, operation: Described, document: Document) -> Self:
        """Compile the query parameters of an operation."""
        schemas = {
            _camel(parameter["name"]): parameter["schema"]
            for parameter in operation.parameters
            if parameter["in"] == "query"
        }
        return cls(
            Shape.of({"type": "object", "properties": schemas}, document),
            {
                name: document.resolved(schema).get("type", "string")
                for name, schema in schemas.items()
            },
        )

    def read(self, query_string: bytes) -> dict[str, Any]:
        """Return the values by camelCase name.

        Raises:
            Malformed: it cannot be read as a query, or a time in it cannot.
            DuplicateField: a name is there more than once, in whatever spelling.
            InvalidFields: a name is unknown, a value breaks its rule.
        """
        if not query_string:
            return {}
        given: dict[str, Any] = {}
        unknown: dict[str, tuple[str, ...]] = {}
        for spelling, text in _pairs(query_string):
            name = self.shape.names.spellings.get(spelling)
            if name is None:
                unknown[spelling] = ("is no parameter of this operation",)
            elif name in given:
                raise DuplicateField(name)
            else:
                given[name] = _coerced(text, self.types[name])
        if unknown:
            raise InvalidFields(unknown)
        self._check(given)
        return given

    def _check(self, given: Mapping[str, Any]) -> None:
        try:
            self.shape.check(given)
        except InvalidFields as invalid:
            for name, problems in invalid.fields.items():
                if name in _MALFORMED:
                    raise Malformed(name, problems[0]) from None
            raise


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:  # UnicodeDecodeError too
        raise Malformed("query", "cannot be read") from None


def _coerced(text: str, kind: str) -> object:
    """Return the text as the type says, or as it is for the schema to refuse."""
    match kind:
        case "integer" if _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        case "boolean":
            return _TRUTH.get(text, text)
        case "array":
            return text.split(",")
        case _:
            return text


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
