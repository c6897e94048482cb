"""What a schema demands, said so that a person understands it."""

from collections.abc import Mapping
from typing import Any

from adapters.http.schema.document import Document, Schema

_FORMATS = {
    "uuid": "a UUID",
    "date-time": "an RFC 3339 time",
    "date": "a date",
}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def rule_of(schema: Schema, document: Document) -> str:
    """Return what a value must be, to complete "must be …".

    ``x-rule`` in the schema says it where the keywords would not.
    """
    schema = document.resolved(schema)
    if "x-rule" in schema:
        return _or_null(str(schema["x-rule"]), schema)
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(rule_of(choice, document) for choice in schema["anyOf"])
    kind = types_of(schema)[0]
    match kind:
        case "string":
            rule = _text(schema)
        case "integer" | "number":
            rule = _TYPES[kind] + _range(schema)
        case "array" if "properties" in document.resolved(schema["items"]):
            rule = "a list of objects"
        case "array":
            rule = "a list; each item must be " + rule_of(schema["items"], document)
        case "object" if "properties" in schema:
            members = ", ".join(
                f"{name} ({rule_of(member, document)})"
                for name, member in schema["properties"].items()
            )
            rule = f"an object with {members}"
        case _:
            rule = _TYPES[kind]
    return _or_null(rule, schema)


def types_of(schema: Schema) -> list[str]:
    """Return the types a value may have, the chief one first."""
    types = schema.get("type", "object")
    return [types] if isinstance(types, str) else list(types)


def _or_null(rule: str, schema: Schema) -> str:
    return f"{rule} or null" if "null" in types_of(schema)[1:] else rule


def _text(schema: Mapping[str, Any]) -> str:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    match schema.get("minLength", 0), schema.get("maxLength"):
        case 0, None:
            return "a text"
        case 0, longest:
            return f"a text of at most {longest} characters"
        case _, None:
            return "a text that is not empty"
        case shortest, longest:
            return f"a text of {shortest} to {longest} characters"


def _range(schema: Mapping[str, Any]) -> str:
    match schema.get("minimum"), schema.get("maximum"):
        case None, None:
            return ""
        case least, None:
            return f" of at least {least}"
        case None, most:
            return f" of at most {most}"
        case least, most:
            return f" from {least} to {most}"
