"""A compiled object schema: folds names, validates, and says what is wrong.

Names come in as camelCase or snake_case and leave as the schema spells its
properties. A whole number may come as ``5.0`` (to JSON Schema that is an integer) and
leaves as ``5``. Only members that the schema knows are looked into, so what a caller
keeps in an opaque object stays as it is.
"""

from collections.abc import Mapping
from typing import Any, Self

import jsonschema_rs
from attrs import frozen

from adapters.http.errors import DuplicateField
from adapters.http.schema.document import Document, Schema
from adapters.http.schema.rules import rule_of, types_of
from adapters.http.spelling import snake_case
from events_core.errors import InvalidFields

#: From here on not every whole number is a float; none that we take is so large.
_EXACT = 2.0**53


@frozen
class Names:
    """Every spelling of an object's members, and the names within those members.

    Of what is no object: whether it is ``whole``, a number without a fraction.
    """

    spellings: Mapping[str, str]
    within: Mapping[str, "Names"]
    whole: bool = False

    @classmethod
    def of(cls, schema: Schema, document: Document) -> Self:
        """Return the names of a schema's properties."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        found = {name: cls._within(part, document) for name, part in properties.items()}
        return cls(
            {spelling: name for name in found for spelling in (snake_case(name), name)},
            {name: names for name, names in found.items() if names.changes},
            whole="integer" in types_of(schema),
        )

    @classmethod
    def _within(cls, schema: Schema, document: Document) -> "Names":
        schema = document.resolved(schema)
        if "items" in schema:
            return cls._within(schema["items"], document)
        for choice in schema.get("anyOf", ()):
            names = cls._within(choice, document)
            if names.changes:
                return names
        return cls.of(schema, document)

    @property
    def changes(self) -> bool:
        """Whether a value of it may be folded to another."""
        return bool(self.spellings) or self.whole

    def fold(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members that are known, under their own names.

        Raises:
            DuplicateField: one is there in both spellings.
        """
        folded: dict[str, Any] = {}
        for spelling, value in members.items():
            name = self.spellings.get(spelling)
            if name is None:
                continue
            if name in folded:
                raise DuplicateField(name)
            names = self.within.get(name)
            folded[name] = names.folded(value) if names else value
        return folded

    def folded(self, value: Any) -> Any:  # noqa: ANN401 (any JSON)
        """Return an object, or each of an array, folded; what else, as it is meant.

        Raises:
            DuplicateField: one is there in both spellings.
        """
        match value:
            case dict():
                return self.fold(value)
            case list():
                return [self.folded(each) for each in value]
            case float() if self.whole and value.is_integer() and abs(value) < _EXACT:
                return int(value)
            case _:
                return value


@frozen
class Shape:
    """What an object must look like."""

    names: Names
    rules: Mapping[str, str]
    validator: jsonschema_rs.Validator

    @classmethod
    def of(cls, schema: Schema, document: Document) -> Self:
        """Compile an object schema of the document."""
        plain = document.resolved(schema)
        return cls(
            Names.of(plain, document),
            dict(_rules(plain, document)),
            document.validator(schema),
        )

    def check(self, members: Mapping[str, Any]) -> None:
        """Check folded members against the schema.

        Raises:
            InvalidFields: names every member that does not hold.
        """
        if self.validator.is_valid(members):
            return
        problems: dict[str, tuple[str, ...]] = {}
        for error in self.validator.iter_errors(members):
            path = ".".join(map(str, error.instance_path))
            if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
                name = ".".join(filter(None, (path, error.kind.property)))
                problems[name] = ("is required",)
            else:
                problems[path] = (f"must be {self._rule(path)}",)
        raise InvalidFields(problems)

    def _rule(self, path: str) -> str:
        """Return the rule of a member; that of its parent where it has none."""
        path = ".".join(part for part in path.split(".") if not part.isdigit())
        while path not in self.rules and "." in path:
            path = path.rpartition(".")[0]
        return self.rules[path]


def _rules(
    schema: Schema, document: Document, within: str = ""
) -> list[tuple[str, str]]:
    found = []
    for name, part in schema.get("properties", {}).items():
        path = f"{within}{name}"
        found.append((path, rule_of(part, document)))
        plain = document.resolved(part)
        each = document.resolved(plain.get("items", plain))
        found.extend(_rules(each, document, f"{path}."))
    return found
