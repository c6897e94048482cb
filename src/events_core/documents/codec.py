"""Documents as JSON texts, for whoever keeps texts."""

import json
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from cattrs.preconf.json import make_converter

from events_core.domain.identity import Scope, UserId
from events_core.domain.roles import Holder

T = TypeVar("T")

_json = make_converter()
_json.register_unstructure_hook(UUID, str)
_json.register_structure_hook(UUID, lambda text, _: UUID(text))


@_json.register_structure_hook
def _to_holder(form: object, _: type) -> Holder:
    if isinstance(form, str):
        return UserId(UUID(form))
    return _json.structure(form, Scope)


@_json.register_unstructure_hook
def _from_time(moment: datetime) -> str:
    return moment.isoformat() + "+fold" * moment.fold  # ISO 8601 has no word for it


@_json.register_structure_hook
def _to_time(text: str, _: type) -> datetime:
    plain = text.removesuffix("+fold")
    return datetime.fromisoformat(plain).replace(fold=plain != text)


def to_text(document: object) -> str:
    """Return a document as JSON, in ASCII, from which ``from_text`` makes it again.

    So does that of every later version of this package. Not promised: that the same
    document always has the same text.
    """
    return json.dumps(_json.unstructure(document))


def from_text(kind: type[T], text: str) -> T:
    """Return the document that a text was made of."""
    return _json.structure(json.loads(text), kind)
